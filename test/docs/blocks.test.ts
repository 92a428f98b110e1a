import { createRequire } from "node:module";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as core from "../../src/index.js";
import * as threads from "../../src/threads/index.js";
import { runExample } from "../support/examples.js";
import { differences } from "../support/record.js";
import { type Block, blocks } from "./blocks.js";

const WORKER = new URL("../../build/worker.js", import.meta.url);
const all = blocks();

const requireBuiltin = createRequire(import.meta.url);
const modules: { readonly [specifier: string]: unknown } = {
  "softmax-wasm": core,
  "softmax-wasm/threads": {
    createPool: (options?: object) => threads.createPool({ worker: WORKER, ...options }),
  },
};

test("there are blocks in the README and in docs/", () => {
  const files = new Set(all.map(({ place }) => place.split(":")[0]));
  expect([...files]).toContain("README.md");
  expect(files.size).toBeGreaterThan(3);
});

describe("strict TypeScript", () => {
  const sources = new Map(
    all.filter(({ host }) => host !== "npm").map((block) => [nameOf(block), block.code] as const),
  );
  const diagnostics = diagnose(sources);
  test.each([...sources.keys()])("%s", (name) => {
    expect(diagnostics.get(name) ?? []).toEqual([]);
  });
});

// What is for Node alone also compiles without the DOM library.
describe("strict TypeScript without the DOM library", () => {
  const sources = new Map(
    all
      .filter(({ host, code }) => host === "node" && /from "node:/.test(code))
      .map((block) => [nameOf(block), block.code] as const),
  );
  const diagnostics = diagnose(sources, { lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"] });
  test.each([...sources.keys()])("%s", (name) => {
    expect(diagnostics.get(name) ?? []).toEqual([]);
  });
});

describe("in Node", () => {
  test.each(all.filter(({ host }) => host === "node"))("$place", async ({ code }) => {
    const quiet = { log: () => {}, warn: console.warn, error: console.error };
    const scope = {
      require: (specifier: string) => modules[specifier] ?? requireBuiltin(specifier),
      console: quiet,
    };
    expect(differences(await runExample(code, scope))).toEqual([]);
  });
});

function nameOf({ place }: Block): string {
  return `${process.cwd()}/${place.replace(":", "-")}.ts`;
}

/** What the compiler says of each file, under the options of the project and these. */
function diagnose(
  sources: ReadonlyMap<string, string>,
  others?: ts.CompilerOptions,
): ReadonlyMap<string, string[]> {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, process.cwd());
  Object.assign(options, { noUnusedLocals: false, moduleDetection: ts.ModuleDetectionKind.Force }, others);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, languageVersion, onError) => {
    const text = sources.get(file);
    if (text === undefined) return getSourceFile(file, languageVersion, onError);
    return ts.createSourceFile(file, text, languageVersion);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  const found = new Map<string, string[]>();
  for (const { file, start = 0, messageText } of ts.getPreEmitDiagnostics(program)) {
    const { line = 0 } = file?.getLineAndCharacterOfPosition(start) ?? {};
    const name = file?.fileName ?? "";
    const text = `${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    found.set(name, [...(found.get(name) ?? []), text]);
  }
  return found;
}
