import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { all } from "../src/functions/all.js";
import * as core from "../src/index.js";
import * as threads from "../src/threads/index.js";
import { runExample } from "./support/examples.js";
import { differences } from "./support/record.js";

const CALLER = `${process.cwd()}/caller.ts`;
const WORKER = new URL("../build/worker.js", import.meta.url);
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

const service = ts.createLanguageService({
  getScriptFileNames: () => [CALLER],
  getScriptVersion: () => "1",
  getScriptSnapshot: (file) =>
    file === CALLER || ts.sys.fileExists(file)
      ? ts.ScriptSnapshot.fromString(file === CALLER ? source : readFileSync(file, "utf8"))
      : undefined,
  getCurrentDirectory: () => process.cwd(),
  getCompilationSettings: () => ({
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    strict: true,
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
