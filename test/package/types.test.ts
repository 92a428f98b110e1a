import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { run } from "./run.js";

const consumer = inject("consumer");

const files = {
  "module.mts": `
    import { allocate, createSoftmax, init, logSoftmax, logSumExp, softmax } from "softmax-wasm";
    import type { FloatArray, Resident } from "softmax-wasm";
    export const single: Float32Array = softmax(new Float32Array(2));
    export const double: Float64Array = softmax([1, 2], { shape: [1, 2], axis: -1, temperature: 2 });
    export const total: number = logSumExp(double, { temperature: 2 });
    export const totals: Float32Array = logSumExp(single, { shape: [2, 1] });
    export const either: FloatArray = createSoftmax({ backend: "simd" }).softmax(single as FloatArray | number[]);
    export const generic = <T extends FloatArray>(x: T, out: T): T => softmax(x, { out });
    export const resident: Resident<Float32Array> = allocate("f32", 2);
    export const filled: Float32Array = logSoftmax(single, { out: resident.view });
    export const found: "relaxed" | "simd" | "js" = await init();
    // @ts-expect-error: strings are no logits
    softmax("1, 2");
    // @ts-expect-error: out has the element type of x
    softmax(single, { out: new Float64Array(2) });
  `,
  "family.mts": `
    import * as library from "softmax-wasm";
    const { createSoftmax, crossEntropy, crossEntropyGrad, logSumExp, logSumExpSigned, softmax } = library;
    const single: Float32Array = softmax(new Float32Array(2), { mask: new Uint8Array(2), normalizer: [1] });
    const double: Float64Array = library.softmaxVjp([1, 2], [0, 1], { temperature: 2 });
    export const pulled: Float32Array = library.logSoftmaxVjp(single, [0, 1], { out: single });
    export const spread: Float64Array = library.logSumExpVjp(double, 1);
    export const spreadness: number = library.entropy(double, { temperature: 2 });
    export const matrix: Float32Array = library.softmaxJacobian(single);
    export const cube: Float64Array = library.softmaxHessian([1, 2]);
    export const mean: number = crossEntropy(single, [1], { labelSmoothing: 0.1, weight: [1, 2] });
    export const apart: Float32Array = crossEntropy(single, BigInt64Array.of(1n), { reduction: "none" });
    export const gradient: Float32Array = crossEntropyGrad(single, Uint8Array.of(1), { out: single });
    export const ratios: Float64Array = library.alr([1, 2], { reference: -1, scale: 2, validate: false });
    export const back: Float64Array = library.alrInverse(ratios);
    export const centred: Float32Array = library.clr(single, { axis: null });
    export const logits: Float32Array = library.clrInverse(centred, { out: centred });
    export const slopes: Float64Array = library.alrJacobian(double);
    export const log: Float32Array = library.logSigmoid(single, { out: single });
    export const odds: Float64Array = library.logit([0.5]);
    export const sums: Float32Array = library.logAddExp(single, 1);
    export const weighted: number = logSumExp(single, { weights: [1, -1], mask: new Uint8Array(2) });
    export const signed: { value: number; sign: number } = logSumExpSigned(double, { weights: double });
    export const sign: Float64Array = logSumExpSigned(double, { shape: [1, 2] }).sign;
    const whole: library.LogSumExp = new library.LogSumExp({ temperature: 2 }).push(single).push([1]).push(1);
    export const value: number = library.LogSumExp.from(whole.toJSON()).merge(whole).value;
    export const other: number = new (createSoftmax().LogSumExp)().push(1).value;
    const shared: library.SoftmaxOptions = { temperature: 2 };
    export const annotated: library.FloatArray = softmax(single, shared);
    const reduced: library.CrossEntropyOptions = { reduction: "sum" };
    export const either: number | library.FloatArray = crossEntropy(single, [1], reduced);
    // @ts-expect-error: a mask is a Uint8Array
    softmax(single, { mask: [true, false] });
    // @ts-expect-error: one of three reductions
    crossEntropy(single, [1], { reduction: "max" });
  `,
  "threads.mts": `
    import { createPool, type Pool, type PoolOptions } from "softmax-wasm/threads";
    import type { FloatArray, Resident } from "softmax-wasm";
    const options: PoolOptions = { threads: 2, backend: "simd", worker: "./worker.js" };
    const pool: Pool = await createPool(options);
    const resident: Resident<Float32Array> = pool.allocate("f32", 64);
    export const single: Float32Array = await pool.softmax(resident.view, { out: resident.view });
    export const double: Float64Array = await pool.logSoftmax([1, 2], { axis: 0 });
    export const total: number = await pool.logSumExp(double, { temperature: 2 });
    export const totals: Float32Array = await pool.logSumExp(single, { shape: [2, 32] });
    export const losses: Float32Array = await pool.crossEntropy(single, [1], { reduction: "none" });
    export const atOnce: Float64Array = pool.sync.softmaxVjp(double, [0, 1]);
    export const generic = <T extends FloatArray>(x: T, out: T): Promise<T> => pool.softmax(x, { out });
    export const all: readonly [Float32Array, number] = await Promise.all([pool.sigmoid(single), total]);
    export const closed: void = await pool.close();
    // As lib.dom and @types/trusted-types declare it.
    declare class TrustedScriptURL {
      private constructor();
      private readonly brand: true;
      toJSON(): string;
      toString(): string;
    }
    export const trusting = (worker: TrustedScriptURL) => createPool({ worker });
    // @ts-expect-error: a number is no URL
    createPool({ worker: 5 });
    // @ts-expect-error: a promise is no array
    export const early: Float32Array = pool.softmax(single);
    // @ts-expect-error: strings are no logits
    pool.softmax("1, 2");
  `,
  "script.cts": `
    import library = require("softmax-wasm");
    import threads = require("softmax-wasm/threads");
    export const single: Float32Array = library.softmax(new Float32Array(2));
    export const pool: Promise<threads.Pool> = threads.createPool();
  `,
  "dom.mts": `
    import { createSoftmax, softmax } from "softmax-wasm";
    import { createPool } from "softmax-wasm/threads";
    export const blob = new Blob([softmax(new Float32Array(2)), softmax([1, 2])]);
    export const instance = createSoftmax({ module: new WebAssembly.Module(new ArrayBuffer(0)) });
    export const pool = createPool({ worker: new URL("https://example.org/worker.js") });
  `,
};

const resolutions = [
  {
    module: "nodenext",
    moduleResolution: "nodenext",
    files: ["module.mts", "family.mts", "threads.mts", "script.cts"],
  },
  { module: "esnext", moduleResolution: "bundler", files: ["module.mts", "family.mts", "threads.mts"] },
];

// Every declaration file is checked, the package's own included: skipLibCheck stays off.
test.each(["5.6", "6.0", "7"])("TypeScript %s", (version) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(consumer, name), text);
  for (const { files, ...resolution } of resolutions) {
    for (const dom of [false, true]) {
      const compilerOptions = {
        ...resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        target: "es2022",
        lib: dom ? ["es2022", "dom"] : ["es2022"],
        types: [],
        noEmit: true,
      };
      const project = { compilerOptions, files: dom ? [...files, "dom.mts"] : files };
      writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify(project));
      expect(
        run(consumer, "npx", "--yes", "--package", `typescript@${version}`, "tsc", "--project", "."),
      ).toBe("");
    }
  }
});
