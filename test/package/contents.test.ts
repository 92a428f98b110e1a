import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { expect, inject, test } from "vitest";
import { run } from "./run.js";

const tarball = inject("tarball");
const installed = join(inject("consumer"), "node_modules/softmax-wasm");
const read = (name: string) => readFileSync(join(installed, name));

test("holds these files and no others", () => {
  expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
  expect(readdirSync(join(installed, "dist")).sort()).toEqual([
    "index.cjs",
    "index.d.cts",
    "index.d.ts",
    "index.js",
    "probe.wasm",
    "relaxed.wasm",
    "simd.wasm",
    "workerd.js",
  ]);
});

test("depends on nothing", () => {
  const manifest = Object.keys(JSON.parse(read("package.json").toString()));
  expect(manifest.filter((key) => /dependencies/i.test(key))).toEqual(["devDependencies"]);
});

test.each(["index.js", "index.cjs"])("dist/%s has both binaries in it", (name) => {
  const entry = read(`dist/${name}`);
  for (const binary of ["simd", "relaxed"]) {
    const text = read(`dist/${binary}.wasm`).toString("hex");
    for (let at = 0; at < text.length; at += 12288) {
      expect(entry.includes(`"${text.slice(at, at + 12288)}"`)).toBe(true);
    }
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
  const untyped = ["simd.wasm", "relaxed.wasm"];
  const options = ["--no-definitely-typed", "--format", "json", "--exclude-entrypoints", ...untyped];
  const { analysis } = JSON.parse(run(process.cwd(), "node_modules/.bin/attw", tarball, ...options));
  expect(analysis.problems).toEqual([]);
});
