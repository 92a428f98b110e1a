import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { all } from "../src/functions/all.js";
import * as core from "../src/index.js";
import * as threads from "../src/threads/index.js";
import { runExample } from "./support/examples.js";
import { differences } from "./support/record.js";
import { WORKER } from "./support/worker.js";

const CALLER = `${process.cwd()}/caller.ts`;
const functions = Object.keys(all);
const exported = [...Object.keys(core), ...Object.keys(threads)];

/** Calls of everything: arguments that fit any signature, as an editor shows what it knows while they are typed. */
const source = `
import { ${Object.keys(core).join(", ")} } from "./src/index.js";
import { ${Object.keys(threads).join(", ")} } from "./src/threads/index.js";
const any = undefined as never;
const instance = createSoftmax();
const pool = await createPool();
${exported.map((name) => `${name}(any, any);`).join("\n")}
${functions.map((name) => `instance.${name}(any, any);\npool.${name}(any, any);\npool.sync.${name}(any, any);`).join("\n")}
`;

/** Files that are not on the disk. */
const texts = new Map([[CALLER, source]]);

const service = ts.createLanguageService({
  getScriptFileNames: () => [...texts.keys()],
  getScriptVersion: () => "1",
  // Without it, the service looks at every file before each answer.
  getProjectVersion: () => String(texts.size),
  getScriptSnapshot(file) {
    const text = texts.get(file) ?? (ts.sys.fileExists(file) ? readFileSync(file, "utf8") : undefined);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => process.cwd(),
  getCompilationSettings: () => ({
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
  }),
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
});

interface Hover {
  readonly documentation: string;
  /** The texts of the tags by their names. */
  readonly tags: ReadonlyMap<string, string>;
}

/** What an editor shows for the called function. */
function hover(called: string): Hover {
  const at = source.indexOf(`\n${called}(`) + called.length;
  const info = service.getQuickInfoAtPosition(CALLER, at);
  return {
    documentation: ts.displayPartsToString(info?.documentation),
    tags: new Map(info?.tags?.map(({ name, text }) => [name, ts.displayPartsToString(text)])),
  };
}

test.each(exported)("an editor shows the documentation of %s, with an example", (name) => {
  const { documentation, tags } = hover(name);
  expect(documentation).not.toBe("");
  expect(tags.has("example")).toBe(true);
});

describe.each(functions)("%s", (name) => {
  test.each(["", "instance.", "pool.", "pool.sync."])(
    "as a function of %j has its own documentation",
    (owner) => {
      const { documentation, tags } = hover(`${owner}${name}`);
      expect(documentation).toBe(hover(name).documentation);
      expect(tags.get("example")).toContain(`${name}(`);
      expect(tags.get("throws") ?? "").toMatch(/Error/);
    },
  );
});

test.each(exported)("the example of %s gives what it says", async (name) => {
  const createPool = (options?: object) => threads.createPool({ worker: WORKER, ...options });
  const results = await runExample(hover(name).tags.get("example") ?? "", { ...core, createPool });
  expect(results.length).toBeGreaterThan(0);
  expect(differences(results)).toEqual([]);
});

interface Option {
  /** What is called, with `new` before a class. */
  readonly called: string;
  readonly name: string;
  /** The call up to its options. */
  readonly before: string;
  /** Options that must be given beside it. */
  readonly beside: string;
}

/** All that takes options, by owner, × each of its options, as the types have them. */
function findOptions(): Option[] {
  const program = service.getProgram() as ts.Program;
  const checker = program.getTypeChecker();
  const found: Option[] = [];
  program.getSourceFile(CALLER)?.forEachChild((statement) => {
    if (!ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) return;
    const { expression } = statement.expression;
    const type = checker.getTypeAtLocation(expression);
    const constructors = type.getConstructSignatures();
    for (const { parameters } of constructors.length > 0 ? constructors : type.getCallSignatures()) {
      const place = parameters.findIndex(({ name }) => name === "options");
      if (place < 0) continue;
      const options = checker.getNonNullableType(checker.getTypeOfSymbol(parameters[place]));
      const called = `${constructors.length > 0 ? "new " : ""}${expression.getText()}`;
      const before = `${called}(${"any, ".repeat(place)}`;
      const properties = checker.getPropertiesOfType(options);
      const needed = properties.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional));
      for (const { name } of properties) {
        const beside = needed.filter((other) => other.name !== name).map((other) => `${other.name}: any, `);
        found.push({ called, name, before, beside: beside.join("") });
      }
    }
  });
  return found;
}

const options = findOptions();
const OPTIONS = `${process.cwd()}/options.ts`;
const head = source.slice(0, source.indexOf(`\n${exported[0]}(`));
const given = ({ before, beside, name }: Option) =>
  `${before}{ ${beside}${name}: ${name === "length" ? "any" : "undefined"} });`;
texts.set(OPTIONS, `${head}\nexport {};\n${options.map(given).join("\n")}\n`);

test("options of every function are found", () => {
  const calls = new Set(options.map(({ called }) => called));
  const others = ["createSoftmax", "init", "new LogSumExp", "sampler", "softmaxStream", "createPool"];
  const owners = ["", "instance.", "pool.", "pool.sync."];
  const expected = [...functions.flatMap((name) => owners.map((owner) => `${owner}${name}`)), ...others];
  expect([...calls].sort()).toEqual(expected.sort());
});

test.each(options.map((option) => [`${option.called}: ${option.name}`, option] as const))(
  "an editor shows the documentation of an option, %s",
  (_, option) => {
    const text = texts.get(OPTIONS) as string;
    const line = given(option);
    const at = text.indexOf(`\n${line}\n`) + 1 + line.lastIndexOf(`${option.name}:`);
    const shown = ts.displayPartsToString(service.getQuickInfoAtPosition(OPTIONS, at)?.documentation);
    expect(shown).not.toBe("");
    // What the list of suggestions shows for it is the same.
    const names = service.getCompletionsAtPosition(OPTIONS, at, undefined)?.entries.map(({ name }) => name);
    expect(names).toContain(option.name);
    const details = [OPTIONS, at, option.name, undefined, undefined, undefined, undefined] as const;
    const completion = service.getCompletionEntryDetails(...details);
    expect(ts.displayPartsToString(completion?.documentation)).toBe(shown);
  },
);

test("an option may be undefined, also under exactOptionalPropertyTypes", () => {
  const messages = service.getSemanticDiagnostics(OPTIONS).map(({ messageText, start }) => {
    const line = texts.get(OPTIONS)?.slice(0, start).split("\n").length ?? 0;
    return `${texts.get(OPTIONS)?.split("\n")[line - 1]} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
  expect(messages).toEqual([]);
});
