import ts from "typescript";
import { createRecorder, type Result } from "./record.js";

/** The comment of a line with a result begins with a value, and may go on after a colon: `// [0.5, 0.5]: both alike`. */
const VALUE = /^(?:[[{"']|(?:-?(?:[\d.]+(?:e-?\d+)?|Infinity)|NaN|true|false|null|undefined)(?=$|:))/;
const DECIMALS = /(?<![\w.])-?\d+\.\d+(?:e-?\d+)?/g;

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/**
 * Runs TypeScript with these names in scope, and imports by `scope.require`. Of its statements, those of the forms
 * `expression; // value`, `const name = expression; // value` and `console.log(expression); // value` have a result.
 */
export async function runExample(
  code: string,
  scope: { readonly [name: string]: unknown },
): Promise<Result[]> {
  const { results, ...recorder } = createRecorder();
  const names = { ...scope, ...recorder, exports: {} };
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS };
  const { outputText } = ts.transpileModule(withRecords(code), { compilerOptions });
  await new AsyncFunction(...Object.keys(names), outputText)(...Object.values(names));
  return results;
}

/** The code with a call of `recordResult` in the place, or after, each statement that has a result. */
export function withRecords(code: string): string {
  const file = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  const edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];

  function visit(node: ts.Node): void {
    const value = ts.isStatement(node) ? valueAfter(code, node) : undefined;
    const subject = value === undefined ? undefined : subjectOf(node);
    if (value !== undefined && subject !== undefined) {
      const line = JSON.stringify(`${node.getText()} // ${value}`);
      const isText = /^["']/.test(value);
      const expected = isText ? value : value.replaceAll(DECIMALS, (number) => `about("${number}")`);
      const record = `recordResult(${line}, ${subject}, (${expected}));`;
      const kept = ts.isVariableStatement(node) ? `${node.getText()} ` : "";
      edits.push({ start: node.getStart(), end: node.end, text: kept + record });
    } else {
      ts.forEachChild(node, visit);
    }
  }
  visit(file);

  let recorded = code;
  for (const { start, end, text } of edits.reverse()) {
    recorded = recorded.slice(0, start) + text + recorded.slice(end);
  }
  return recorded;
}

/** What the comment after a statement says that comes out. */
function valueAfter(code: string, statement: ts.Node): string | undefined {
  const [comment] = ts.getTrailingCommentRanges(code, statement.end) ?? [];
  if (comment?.kind !== ts.SyntaxKind.SingleLineCommentTrivia) return undefined;
  const text = code.slice(comment.pos + 2, comment.end).trim();
  return VALUE.test(text) ? valueIn(text) : undefined;
}

/** The shortest part before a colon, or all, that is an expression. */
function valueIn(text: string): string {
  const ends = [...text.matchAll(/: |$/g)].map(({ index }) => index);
  const value = ends.map((end) => text.slice(0, end)).find(isExpression);
  if (value === undefined) throw new Error(`this is no value, as the comment seems to say: ${text}`);
  return value;
}

function isExpression(text: string): boolean {
  try {
    return new Function(`(${text})`) instanceof Function;
  } catch {
    return false;
  }
}

/** The expression that a statement is about. */
function subjectOf(statement: ts.Node): string | undefined {
  if (ts.isVariableStatement(statement)) {
    const [{ name }, ...others] = statement.declarationList.declarations;
    if (ts.isIdentifier(name) && others.length === 0) return name.text;
    throw new Error(`a value behind several names says nothing: ${statement.getText()}`);
  }
  if (!ts.isExpressionStatement(statement)) return undefined;
  const { expression } = statement;
  const isLog = ts.isCallExpression(expression) && expression.expression.getText() === "console.log";
  return isLog ? expression.arguments[0].getText() : expression.getText();
}
