import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { expect, inject, test } from "vitest";
import { run } from "./run.js";

const tarball = inject("tarball");
const installed = join(inject("consumer"), "node_modules/softmax-wasm");
const read = (name: string) => readFileSync(join(installed, name));

// One other character, in a comment too, and V8 keeps the whole file, with its binaries, in two bytes for each character (a cold
// command takes 7 of 240 ms more).
test("code is ASCII", () => {
  const code = readdirSync(join(installed, "dist")).filter((name) => /\.c?js$/.test(name));
  expect(code.length).toBeGreaterThan(8);
  for (const name of code) {
    const lines = read(`dist/${name}`).toString("utf8").split("\n");
    expect(
      lines.filter((line) => /[^ -~\t]/.test(line)).map((line) => line.trim()),
      name,
    ).toEqual([]);
  }
});

test("holds these files and no others", () => {
  expect(readdirSync(installed).sort()).toEqual([
    "LICENSE",
    "README.md",
    "dist",
    "docs",
    "package.json",
    "threads",
  ]);
  expect(readdirSync(join(installed, "docs")).sort()).toEqual(
    readdirSync("docs")
      .filter((name) => /\.(md|svg)$/.test(name))
      .sort(),
  );
  const hash = /-[\w-]{8}(?=\.d\.)/;
  const dist = readdirSync(join(installed, "dist")).map((name) => name.replace(hash, ""));
  expect(dist.sort()).toEqual([
    "chunk.cjs",
    "chunk.js",
    "cli.js",
    "cli.licences.txt",
    "index.cjs",
    "index.d.cts",
    "index.d.ts",
    "index.js",
    "instance.d.cts",
    "instance.d.ts",
    "native.threads.cjs",
    "probe.wasm",
    "relaxed.wasm",
    "simd.wasm",
    "threads.cjs",
    "threads.d.cts",
    "threads.d.ts",
    "threads.js",
    "worker.js",
    "workerd.chunk.js",
    "workerd.js",
    "workerd.threads.js",
  ]);
});

test("depends on nothing, but for packages of formats and queues, which are optional", () => {
  const manifest = JSON.parse(read("package.json").toString());
  const keys = Object.keys(manifest).filter((key) => /dependencies/i.test(key));
  expect(keys).toEqual(["peerDependencies", "peerDependenciesMeta", "devDependencies"]);
  expect(manifest.peerDependenciesMeta).toEqual(
    Object.fromEntries(Object.keys(manifest.peerDependencies).map((name) => [name, { optional: true }])),
  );
});

test.each(["chunk.js", "chunk.cjs"])("the comment in dist/%s says how to check its binaries", (name) => {
  const source = read(`dist/${name}`).toString();
  const comment = /binaries = \(\s*\/\*(.*?)\*\//s.exec(source)?.[1] ?? "";
  const command = /node -e '(.*?)'$/ms.exec(comment)?.[1] ?? "";
  const sums = [...comment.matchAll(/^ *(\w+) +([0-9a-f]{64})$/gm)].map(
    ([, binary, sum]) => `${binary} ${sum}`,
  );
  expect(sums.length).toBe(3);
  expect(command).not.toContain("\n *");
  const printed = run(join(installed, "dist"), process.execPath, "-e", command.replace("FILE", name));
  // Each as it is in the text, and as it is in its file.
  expect(printed).toBe(sums.map((sum) => `${sum}\n${sum}\n`).join(""));
});

test("both entries share one chunk, and a worker needs no other file", () => {
  const importsOf = (name: string) => [
    ...read(`dist/${name}`)
      .toString()
      .matchAll(/^} from "(.*)";$/gm),
  ];
  for (const entry of ["index.js", "threads.js"]) {
    expect(importsOf(entry).map(([, path]) => path)).toEqual(["./chunk.js"]);
  }
  for (const entry of ["index.cjs", "threads.cjs"]) {
    const required = read(`dist/${entry}`)
      .toString()
      .matchAll(/\brequire\("(.*?)"\)/g);
    expect([...required].map(([, path]) => path)).toEqual(["./chunk.cjs"]);
  }
  const worker = read("dist/worker.js").toString();
  expect(worker).not.toMatch(/^(import|export) |\bimport\(/m);
  expect(worker).not.toContain(read("dist/simd.wasm").toString("hex", 0, 100));
});

test("no file needs BigInt, which old engines lack, but for the command", () => {
  const files = readdirSync(join(installed, "dist")).filter(
    (name) => /\.c?js$/.test(name) && name !== "cli.js",
  );
  const uses = files.flatMap(
    (name) =>
      read(`dist/${name}`)
        .toString()
        .match(/\bBigInt\b|\b(\d+|0x[\da-fA-F]+)n\b/g) ?? [],
  );
  expect(files.length).toBe(11);
  expect(uses).toEqual([]);
});

test("publint has nothing to say", async () => {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
    strict: true,
  });
  expect(messages).toEqual([]);
});

test("attw finds the right types under every way to resolve them", () => {
  const untyped = ["simd.wasm", "relaxed.wasm", "worker.js"];
  const options = ["--no-definitely-typed", "--format", "json", "--exclude-entrypoints", ...untyped];
  const { analysis } = JSON.parse(run(process.cwd(), "node_modules/.bin/attw", tarball, ...options));
  expect(analysis.problems).toEqual([]);
});
