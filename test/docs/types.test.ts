/** The blocks of the documentation as TypeScript. */
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { type Block, blocks } from "./blocks.js";

const all = blocks();

describe("strict TypeScript", () => {
  checkAll(all.filter(({ host }) => host !== "npm"));
});

// What is for Node alone also compiles without the DOM library.
describe("strict TypeScript without the DOM library", () => {
  checkAll(
    all.filter(({ host, code }) => host === "node" && /from "node:/.test(code)),
    { lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"] },
  );
});

function checkAll(taken: readonly Block[], options?: ts.CompilerOptions): void {
  const sources = new Map(taken.map((block) => [nameOf(block), block.code] as const));
  const diagnostics = diagnose(sources, options);
  test.each([...sources.keys()])("%s", (name) => {
    expect(diagnostics.get(name) ?? []).toEqual([]);
  });
}

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
