import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { blocks } from "../docs/blocks.js";
import { INSTALL_TIMEOUT, install, run } from "./run.js";

/** Beside the installed package, so that it is found. */
const folder = mkdtempSync(join(inject("consumer"), "types-"));
/** Where each version of TypeScript is, under its number. */
const compilers = mkdtempSync(join(inject("consumer"), "../compilers-"));

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
    export const masked: Float32Array = softmax(single, { mask: [true, false] });
    // @ts-expect-error: a mask is no list of strings
    softmax(single, { mask: ["1", "0"] });
    // @ts-expect-error: one of three reductions
    crossEntropy(single, [1], { reduction: "max" });
  `,
  "threads.mts": `
    import { createPool, type Pool, type PoolOptions } from "softmax-wasm/threads";
    import type { FloatArray, Resident } from "softmax-wasm";
    const options: PoolOptions = { threads: 2, backend: "simd", worker: "./worker.js", blocktime: 0 };
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
  // A user's declarations name the types of the package.
  "exported.mts": `
    import * as library from "softmax-wasm";
    import type { FloatArray, Numbers, Reduction } from "softmax-wasm";
    import { createPool } from "softmax-wasm/threads";
    export const all = { ...library };
    export const start = createPool;
    export const pool = await createPool();
    export const { softmax, crossEntropy, sync } = pool;
    export const instance = library.createSoftmax();
    export const { logSoftmax, allocate, LogSumExp } = instance;
    export const residents = [allocate("f32", 2), pool.allocate("f64", 2)];
    export const sum = new LogSumExp();
    export class Sum extends library.LogSumExp {}
    export const state = sum.toJSON();
    export const signed = library.logSumExpSigned([1], { shape: [1] });
    export const stream = library.softmaxStream({ length: 2, output: "bytes" });
    export const streamOf = <T extends "f32" | "f64">(type: T) => library.softmaxStream({ length: 2, type });
    export const options = { temperature: 2 } satisfies library.SoftmaxOptions;
    export const initial = library.init();
    export const later = (...args: Parameters<typeof library.crossEntropy>) => library.crossEntropy(...args);
    export const score = <T extends FloatArray>(x: T) => library.softmax(x);
    export const scoreInto = <T extends FloatArray>(x: T, out: T) => library.softmax(x, { out });
    export const total = <T extends Numbers>(x: T) => pool.logSumExp(x);
    export const totals = <T extends FloatArray>(x: T, out: T) => library.logSumExp(x, { out });
    export const loss = <T extends FloatArray, R extends Reduction>(x: T, reduction: R) =>
      library.crossEntropy(x, [1], { reduction });
    export const pulled = <T extends Numbers>(x: T) => pool.softmaxVjp(x, [1]);
    export const added = <T extends FloatArray>(x: T) => library.logAddExp(x, 1);
    export default pool.softmax;
  `,
  // undefined counts as absent, also under exactOptionalPropertyTypes.
  "undefined.mts": `
    import * as library from "softmax-wasm";
    import { createPool, type PoolOptions } from "softmax-wasm/threads";
    const lanes = { shape: undefined, axis: undefined, temperature: undefined };
    const masked = { ...lanes, mask: undefined, out: undefined };
    export const a = library.softmax([1], { ...masked, normalizer: undefined });
    export const b: number = library.logSumExp([1], { ...masked, weights: undefined });
    export const c: number = library.entropy([1], masked);
    export const d: number = library.crossEntropy([1], [0], {
      ...lanes, reduction: undefined, ignoreIndex: undefined, labelSmoothing: undefined, weight: undefined,
    });
    export const e: Float64Array = library.alr([1], {
      shape: undefined, axis: undefined, reference: undefined, scale: undefined, validate: undefined, tolerance: undefined,
    });
    export const f = library.sigmoid([1], { out: undefined });
    export const g: { value: number } = library.logSumExpSigned([1], { ...masked });
    library.createSoftmax({ backend: undefined, module: undefined });
    library.softmaxStream({
      length: 1, op: undefined, type: undefined, rows: undefined, skip: undefined, output: undefined,
      temperature: undefined, mask: undefined, pool: undefined,
    });
    const options: PoolOptions = { threads: undefined, backend: undefined, worker: undefined, blocktime: undefined };
    createPool(options);
  `,
  // The package declares nothing that the user's libraries do not.
  "globals.mts": `
    import { allocate } from "softmax-wasm";
    import { createPool } from "softmax-wasm/threads";
    allocate("f32", 2).free();
    await (await createPool()).close();
    // @ts-expect-error: not in es2022
    export const dispose = Symbol.dispose;
    // @ts-expect-error: not in es2022
    export const asyncDispose = Symbol.asyncDispose;
  `,
  "dom.mts": `
    import { createSoftmax, softmax } from "softmax-wasm";
    import { createPool } from "softmax-wasm/threads";
    export const blob = new Blob([softmax(new Float32Array(2)), softmax([1, 2])]);
    export const instance = createSoftmax({ module: new WebAssembly.Module(new ArrayBuffer(0)) });
    export const pool = createPool({ worker: new URL("https://example.org/worker.js") });
  `,
};

/** Compiled with Node's types: everything of the newest library, and nothing but es2022. */
const nodeFiles = {
  "file.mts": `
    import { createReadStream } from "node:fs";
    import { Readable } from "node:stream";
    import { softmaxStream } from "softmax-wasm";
    const file = Readable.toWeb(createReadStream("logits.bin")) as ReadableStream;
    for await (const rows of file.pipeThrough(softmaxStream({ length: 10, skip: 128 }))) {
      const single: Float32Array = rows;
      console.log(single);
    }
    const bytes = softmaxStream({ length: 10, type: "f64", output: "bytes" });
    for await (const rows of bytes.readable) console.log(rows satisfies Uint8Array);
    for await (const rows of softmaxStream({ length: 10, type: "f64" }).readable) console.log(rows satisfies Float64Array);
  `,
  "page.mts": blocks().find(({ section }) => section === "A file in Node")?.code ?? "throw",
  "using.mts": `
    import { allocate } from "softmax-wasm";
    import { createPool } from "softmax-wasm/threads";
    await using pool = await createPool();
    using resident = allocate("f32", 2);
    console.log(pool.threads, resident.view);
  `,
};

const modules = ["module.mts", "family.mts", "threads.mts", "exported.mts", "undefined.mts", "globals.mts"];

const resolutions = [
  {
    module: "nodenext",
    moduleResolution: "nodenext",
    files: [...modules, "script.cts"],
  },
  // Beside the same libraries, which the others have checked.
  { module: "esnext", moduleResolution: "bundler", skipDefaultLibCheck: true, files: modules },
];

const versions = ["5.6", "6.0", "7"];
const strict = { strict: true, exactOptionalPropertyTypes: true, target: "es2022", types: [] as string[] };

beforeAll(() => {
  writeFileSync(join(compilers, "package.json"), JSON.stringify({ private: true }));
  install(compilers, ...versions.map((version) => `typescript-${version}@npm:typescript@${version}`));
}, INSTALL_TIMEOUT);

/** What the compiler says about these files. Every declaration file is checked, but for libraries of its own where that is said. */
function compile(version: string, compilerOptions: object, files: readonly string[]): string {
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = join(compilers, "node_modules", `typescript-${version}`, "bin/tsc");
  return run(folder, process.execPath, tsc, "--project", ".");
}

const programs = versions.flatMap((version) =>
  resolutions.flatMap(({ files, ...resolution }) => [
    { version, ...resolution, files, lib: ["es2022"] },
    { version, ...resolution, files: [...files, "dom.mts"], lib: ["es2022", "dom"] },
  ]),
);

test.each(programs)(
  "TypeScript $version, $moduleResolution, $lib",
  ({ version, files: names, ...resolution }) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const options = { ...strict, ...resolution };
    const written = { declaration: true, emitDeclarationOnly: true, rootDir: ".", outDir: "written" };
    expect(compile(version, { ...options, ...written }, names)).toBe("");
    const read = { noEmit: true, skipDefaultLibCheck: true };
    expect(compile(version, { ...options, ...read }, ["written/exported.d.mts"])).toBe("");
  },
);

test.each(versions)("TypeScript %s beside Node's types", (version) => {
  for (const [name, text] of Object.entries(nodeFiles)) writeFileSync(join(folder, name), text);
  const typeRoots = [join(process.cwd(), "node_modules/@types")];
  const options = { ...strict, module: "nodenext", noEmit: true, types: ["node"], typeRoots };
  expect(compile(version, { ...options, target: "esnext" }, Object.keys(nodeFiles))).toBe("");
  const least = { ...options, lib: ["es2022"], skipDefaultLibCheck: true };
  expect(compile(version, least, ["file.mts", "page.mts"])).toBe("");
});
