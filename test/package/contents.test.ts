import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { expect, inject, test } from "vitest";
import { run } from "./run.js";

const tarball = inject("tarball");
const installed = join(inject("consumer"), "node_modules/softmax-wasm");
const read = (name: string) => readFileSync(join(installed, name));

test("holds these files and no others", () => {
  expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json", "threads"]);
  const hash = /-[\w-]{8}(?=\.d\.)/;
  const dist = readdirSync(join(installed, "dist")).map((name) => name.replace(hash, ""));
  expect(dist.sort()).toEqual([
    "chunk.js",
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

test("depends on nothing", () => {
  const manifest = Object.keys(JSON.parse(read("package.json").toString()));
  expect(manifest.filter((key) => /dependencies/i.test(key))).toEqual(["devDependencies"]);
});

test.each(["chunk.js", "index.cjs", "threads.cjs"])("dist/%s has both binaries in it", (name) => {
  const literal = /^var pieces = (\[.*?\]);$/ms.exec(read(`dist/${name}`).toString())?.[1] ?? "";
  const pieces: string[] = JSON.parse(literal);
  for (const [first, binary] of ["simd", "relaxed"].entries()) {
    const text = pieces.filter((_, k) => k % 2 === first).join("");
    expect(decode(text).equals(read(`dist/${binary}.wasm`))).toBe(true);
  }
});

/** As assembly/build.mjs writes bytes: by 91 characters from "#" on, of which | and } are prefixes. */
function decode(text: string): Buffer {
  const characters = Array.from({ length: 91 }, (_, k) => (k === 57 ? "~" : String.fromCharCode(35 + k)));
  const pairs = text.match(/[|}]?./gs) ?? [];
  return Buffer.from(
    pairs.map((pair) => {
      const [low, high] = [...pair].reverse().map((character) => characters.indexOf(character));
      return ((high === undefined ? 0 : 89 * (high - 88)) + low - 16) & 255;
    }),
  );
}

test("both entries share one chunk, and a worker needs no other file", () => {
  const importsOf = (name: string) => [
    ...read(`dist/${name}`)
      .toString()
      .matchAll(/^} from "(.*)";$/gm),
  ];
  for (const entry of ["index.js", "threads.js"]) {
    expect(importsOf(entry).map(([, path]) => path)).toEqual(["./chunk.js"]);
  }
  const worker = read("dist/worker.js").toString();
  expect(worker).not.toMatch(/^(import|export) |\bimport\(/m);
  for (const binary of ["simd", "relaxed"]) {
    expect(worker).not.toContain(read(`dist/${binary}.wasm`).toString("hex", 0, 100));
  }
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
