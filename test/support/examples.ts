import ts from "typescript";
import { expect } from "vitest";

/** A line of an example whose comment says what comes out. */
export interface Result {
  readonly line: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** A number as written: within half a unit of its last digit. */
class About {
  readonly value: number;
  readonly tolerance: number;

  constructor(text: string) {
    const [, decimals, exponent = "0"] = /\.(\d+)(?:e(-?\d+))?$/.exec(text) ?? [];
    this.value = Number(text);
    // And a little more: digits written in full are no nearer to the double than its own rounding.
    this.tolerance = 0.501 * 10 ** (Number(exponent) - decimals.length) + 1e-14 * Math.abs(this.value);
  }
}

/** The comment of a line with a result begins with a value, and may go on after a colon: `// [0.5, 0.5]: both alike`. */
const VALUE = /^(?:[[{"]|(?:-?(?:[\d.]+(?:e-?\d+)?|Infinity)|NaN|true|false|null|undefined)(?=$|:))/;
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
  const results: Result[] = [];
  const names = {
    ...scope,
    exports: {},
    recordResult: (line: string, actual: unknown, expected: unknown) =>
      results.push({ line, actual, expected }),
    about: (text: string) => new About(text),
  };
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
      const expected = value.replaceAll(DECIMALS, (number) => `about("${number}")`);
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
  return VALUE.test(text) ? text.replace(/: [^\]}"]*$/, "") : undefined;
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

/** Compares numbers as far as they are written, and arrays of any type as lists. */
export function expectAlike(actual: unknown, expected: unknown, line: string): void {
  if (expected instanceof About) {
    const isNear = typeof actual === "number" && Math.abs(actual - expected.value) <= expected.tolerance;
    expect(isNear, `${line}, got ${String(actual)}`).toBe(true);
  } else if (typeof expected === "number") {
    expect(actual, line).toBeCloseTo(expected, 4);
  } else if (typeof expected !== "object" || expected === null) {
    expect(actual, line).toBe(expected);
  } else {
    const values = actual as Record<string, unknown>;
    expect(Object.keys(values), line).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) expectAlike(values[key], value, line);
  }
}
