import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, inject, test } from "vitest";
import { binaries } from "../../build/binaries.js";
import { run, runModule } from "./run.js";

const consumer = inject("consumer");
const score =
  "const p = softmax([1, 2, 3, 4], { shape: [2, 2] }); console.log(backend(), p[0] + p[1], p[2] + p[3]);";
const scored = /^(simd|relaxed) 1 1$/m;

test("import", () => {
  expect(runModule(consumer, `import { backend, softmax } from "softmax-wasm"; ${score}`)).toMatch(scored);
});

test("require", () => {
  const code = `const { backend, softmax } = require("softmax-wasm"); ${score}`;
  expect(run(consumer, process.execPath, "--input-type=commonjs", "--eval", code)).toMatch(scored);
});

test.each([["bun"], ["deno", "run", "--allow-all"]])("%s", (runtime, ...args) => {
  writeFileSync(join(consumer, "score.mjs"), `import { backend, softmax } from "softmax-wasm"; ${score}`);
  expect(run(consumer, "npx", "--yes", runtime, ...args, "score.mjs")).toMatch(scored);
});

test("the examples of the README", () => {
  const readme = readFileSync("README.md", "utf8");
  const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
  expect(examples.length).toBeGreaterThan(0);
  for (const code of examples) runModule(consumer, code);
});

test("a bundle for browsers runs as it is", async () => {
  const code = await bundle(`import { backend, softmax } from "softmax-wasm"; ${score}`);
  expect(runModule("/", code)).toMatch(scored);
});

test("a bundle leaves out what is not used", async () => {
  expect(await bundle('import { softmax } from "softmax-wasm"; console.log(1);')).toBe("console.log(1);\n");
});

// Minified and gzipped, both binaries in it.
test.each([
  ["of softmax is under 75.5 KB", "softmax", 75_500],
  ["of the three is under 79 KB", "softmax, logSoftmax, logSumExp", 79_000],
  ["of all functions is under 108.5 KB", "...all", 108_500],
])("a bundle %s", async (_, used, limit) => {
  const names = used === "...all" ? "* as all" : `{ ${used} }`;
  const code = await bundle(`import ${names} from "softmax-wasm"; console.log({ ${used} });`);
  for (const text of Object.values(binaries)) expect(code).toContain(text);
  expect(gzipSync(code).length).toBeLessThan(limit);
});

test("a bundle of both entries has the kernels once", async () => {
  const code = await bundle(`
    import { softmax } from "softmax-wasm";
    import { createPool } from "softmax-wasm/threads";
    console.log(softmax, createPool);`);
  for (const text of Object.values(binaries)) expect(code.split(text).length).toBe(2);
});

test("the family, on the kernels of the package", () => {
  const code = `
    import * as library from "softmax-wasm";
    const { createSoftmax, backend, ...family } = library;
    const zeros = new Float32Array(64);
    const losses = family.crossEntropy(zeros, [1], { reduction: "none" });
    const sum = new family.LogSumExp().push(zeros).merge(new family.LogSumExp().push(0));
    console.log(losses[0].toFixed(4), family.sigmoid(zeros)[63], sum.value.toFixed(4), family.alr([0.5, 0.5])[0]);`;
  expect(runModule(consumer, code)).toBe("4.1589 0.5 4.1744 0\n");
});

test("accumulators of every copy of the package merge", () => {
  const code = `
    import { createRequire } from "node:module";
    import { createSoftmax, LogSumExp } from "softmax-wasm";
    import { createPool } from "softmax-wasm/threads";
    const require = createRequire(import.meta.url);
    const pool = await createPool({ threads: 1 });
    const pools = await require("softmax-wasm/threads").createPool({ threads: 1 });
    const classes = [LogSumExp, createSoftmax({ backend: "js" }).LogSumExp, require("softmax-wasm").LogSumExp, pool.LogSumExp, pools.LogSumExp];
    const sums = classes.flatMap((A) => classes.map((B) => new A().push([0, 0]).merge(new B().push(0)).value));
    console.log(sums.length, new Set(sums).size, sums[0].toFixed(6));`;
  writeFileSync(join(consumer, "merge.mjs"), code);
  expect(run(consumer, process.execPath, "merge.mjs")).toBe("25 1 1.098612\n");
});

test("the raw binaries serve as modules", () => {
  const code = `
    import { readFileSync } from "node:fs";
    import { createSoftmax } from "softmax-wasm";
    const bytes = readFileSync(new URL(import.meta.resolve("softmax-wasm/simd.wasm")));
    const { backend, softmax } = createSoftmax({ module: new WebAssembly.Module(bytes) });
    console.log(backend, softmax([0, 0]));`;
  expect(runModule(consumer, code)).toBe("simd Float64Array(2) [ 0.5, 0.5 ]\n");
});

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: consumer },
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    write: false,
  });
  return outputFiles[0].text;
}
