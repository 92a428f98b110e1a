import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { all } from "../../src/functions/all.js";
import type { Functions } from "../../src/functions/instance.js";
import { createSoftmax, type FloatArray } from "../../src/index.js";
import { arraysOf } from "../../src/threads/caller/held.js";
import type { Pool } from "../../src/threads/index.js";
import { pool, recordJobs, scaled } from "../support/pool.js";

type Untyped = Record<string, (...args: unknown[]) => unknown>;

const rows = scaled(2 ** 9);
const LENGTH = rows * 2 ** 10;
const shape = [rows, 2 ** 10];
const array = () => new Float32Array(LENGTH).fill(0.5);
const labels = () => new Int32Array(rows);

let shared: Pool;
beforeAll(async () => {
  shared = await pool({ backend: "simd", threads: 2 });
});
afterAll(() => shared.close());

/** Calls that are pending on threads. Each takes the array in question. */
const uses: [string, (x: Float32Array) => Promise<unknown>][] = [
  ["x", (x) => shared.softmax(x, { shape })],
  ["a part of x", (x) => shared.softmax(x.subarray(0, LENGTH / 2), { shape: [rows / 2, 2 ** 10] })],
  ["out", (out) => shared.softmax(array(), { shape, out })],
  ["y", (dy) => shared.softmaxVjp(array(), dy, { shape })],
  ["targets", (targets) => shared.crossEntropy(array(), targets, { shape })],
  ["weights", (weights) => shared.logSumExp(array(), { shape, weights: weights.subarray(0, 2 ** 10) })],
  [
    "the bytes of a mask",
    ({ buffer, byteOffset }) => {
      const mask = new Uint8Array(buffer, byteOffset, LENGTH).fill(1);
      return shared.softmax(array(), { shape, mask });
    },
  ],
  [
    "out.sign",
    (sign) => {
      const out = { value: new Float32Array(rows), sign: sign.subarray(0, rows) };
      return shared.logSumExpSigned(array(), { shape, out });
    },
  ],
];

describe("free() of a resident array", () => {
  test.each(uses)("is refused while a call has it as %s", async (_, use) => {
    const resident = shared.allocate("f32", LENGTH);
    const other = shared.allocate("f32", LENGTH);
    const jobs = recordJobs();
    const pending = use(resident.view);
    expect(jobs.length).toBeGreaterThan(0);
    expect(() => resident.free()).toThrow(/^Resident: free\(\) was called while a call .* is pending/);
    other.free();
    await pending;
    expect(resident.view.length).toBe(LENGTH);
    resident.free();
    expect(() => resident.view).toThrow(/after free/);
  });

  test("goes on after a call that failed, or that was not for threads", async () => {
    const resident = shared.allocate("f32", LENGTH);
    await expect(shared.softmax(resident.view, { shape: [3] })).rejects.toThrow(RangeError);
    const small = shared.softmax(resident.view.subarray(0, 10));
    resident.free();
    await small;
  });

  test.skipIf(Symbol.dispose === undefined)("by Symbol.dispose too", async () => {
    const resident = shared.allocate("f32", LENGTH);
    const pending = shared.softmax(resident.view, { shape });
    expect(() => resident[Symbol.dispose]()).toThrow(/pending/);
    await pending;
    resident[Symbol.dispose]();
    expect(() => resident.view).toThrow(/after free/);
  });
});

describe("an argument that is detached while the call is pending is named", () => {
  const mask = () => new Uint8Array(LENGTH).fill(1);
  const cases: [keyof Functions, string, () => unknown[], (args: unknown[]) => ArrayBufferView][] = [
    ["softmax", "x", () => [array(), { shape }], ([x]) => x as FloatArray],
    ["softmax", "out", () => [array(), { shape, out: array() }], ([, o]) => (o as { out: FloatArray }).out],
    [
      "softmax",
      "mask",
      () => [array(), { shape, mask: mask() }],
      ([, o]) => (o as { mask: Uint8Array }).mask,
    ],
    ["softmaxVjp", "p", () => [array(), array(), { shape }], ([p]) => p as FloatArray],
    ["softmaxVjp", "dy", () => [array(), array(), { shape }], ([, dy]) => dy as FloatArray],
    ["logAddExp", "b", () => [array(), array()], ([, b]) => b as FloatArray],
    ["entropy", "logits", () => [array(), { shape }], ([x]) => x as FloatArray],
    ["crossEntropy", "logits", () => [array(), labels(), { shape }], ([x]) => x as FloatArray],
    // Read when the threads are done.
    ["crossEntropy", "labels", () => [array(), array(), { shape }], ([, labels]) => labels as FloatArray],
    [
      "logSumExpSigned",
      "out.sign",
      () => [array(), { shape, out: { value: new Float32Array(rows), sign: new Float32Array(rows) } }],
      ([, o]) => (o as { out: { sign: FloatArray } }).out.sign,
    ],
    // Lanes without a single stride: the threads get copies.
    [
      "softmax",
      "out",
      () => [array(), { shape: [rows / 2, 2, 2 ** 10], axis: [0, 2], out: array() }],
      ([, o]) => (o as { out: FloatArray }).out,
    ],
    ["alr", "p", () => [array().fill(2 ** -10), { shape }], ([p]) => p as FloatArray],
  ];
  test.each(cases)("%s: %s", async (name, argument, make, pick) => {
    const args = make();
    const jobs = recordJobs();
    const pending = (shared as unknown as Untyped)[name](...args) as Promise<unknown>;
    expect(jobs.length).toBeGreaterThan(0);
    const { buffer } = pick(args);
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    await expect(pending).rejects.toBeInstanceOf(TypeError);
    await expect(pending).rejects.toThrow(
      `${name}: ${argument} was detached, or changed its length, while the call was pending`,
    );
  });

  const library = createSoftmax({ backend: "js" }) as unknown as Untyped;
  const names = (Object.keys(all) as (keyof Functions)[]).filter((name) => !/(Jacobian|Hessian)$/.test(name));
  test.each(names)("%s: by the names of its other errors", (name) => {
    const held = arraysOf(name, [array(), array(), array()]);
    for (const [k, { name: argument }] of held.entries()) {
      if (argument === "") continue;
      const args = [array(), array()].slice(0, all[name].length - 1);
      args[k] = "no array" as never;
      expect(() => library[name](...args)).toThrow(new RegExp(`^${name}: ${argument} must `));
    }
    expect(held[0].name).not.toBe("");
  });
});
