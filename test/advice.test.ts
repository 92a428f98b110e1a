import { expect, test } from "vitest";
import * as library from "../src/index.js";

/** Calls that JavaScript lets pass, and the end of their errors. */
const { softmax, crossEntropy, softmaxVjp } = library as unknown as Record<
  string,
  (...args: unknown[]) => unknown
>;

class Tensor {
  constructor(
    readonly data: unknown,
    readonly dims: readonly number[],
  ) {}
}

class Matrix {
  readonly shape = [1, 2];
  data() {
    return Promise.resolve(new Float32Array(2));
  }
}

const bytes = new ArrayBuffer(8);

const hostile = () => {
  throw new Error("hidden");
};

const CASES: [unknown, string][] = [
  [new Tensor(new Float32Array(2), [1, 2]), "got a Tensor: pass x.data, with { shape: x.dims }"],
  [new Matrix(), "got a Matrix: pass await x.data(), with { shape: x.shape }"],
  [{ data: [1, 2], shape: [2] }, "got an object: pass x.data, with { shape: x.shape }"],
  [Promise.resolve([1]), "got a Promise: await it"],
  [bytes, "got an ArrayBuffer: pass new Float32Array(x)"],
  [new SharedArrayBuffer(8), "got a SharedArrayBuffer: pass new Float32Array(x)"],
  [new DataView(bytes), "pass new Float32Array(x.buffer, x.byteOffset, x.byteLength / 4)"],
  [new Uint8Array(bytes), "if these are the bytes of floats, Float64Array.from(x) if not"],
  [new Uint16Array(bytes), "half floats first, or pass Float64Array.from(x) if these are integers"],
  [new BigInt64Array(bytes), "got a BigInt64Array of length 1: pass Float64Array.from(x, Number)"],
  [new Set([1, 2]), "got a Set: pass Float64Array.from(x)"],
  [
    [
      [1, 2],
      [3, 4],
    ],
    "x[0] must be a number, got an array of length 2: flatten x, and give its shape",
  ],
  [
    [new Float32Array(2)],
    "x[0] must be a number, got a Float32Array of length 2: flatten x, and give its shape",
  ],
  [Object.defineProperty({ dims: [2] }, "data", { get: hostile }), "got an object"],
  [new Proxy({}, { get: hostile }), "got an object"],
  [{ constructor: { name: "two words" } }, "got an object"],
];

test.each(CASES.map(([x, end]) => ({ end, x })))("… $end", ({ x, end }) => {
  expect(() => softmax(x)).toThrow(TypeError);
  expect(() => softmax(x)).toThrow(/^softmax: x(\[0\])? must be a/);
  try {
    softmax(x);
  } catch (error) {
    expect((error as Error).message.endsWith(end)).toBe(true);
  }
});

test("the second argument has its own name in it", () => {
  expect(() => softmaxVjp([1, 2], new Tensor(new Float32Array(2), [2]))).toThrow(
    "softmaxVjp: dy must be a Float64Array or a list of numbers, of length 2 (as p is), got a Tensor: pass dy.data, with { shape: dy.dims }",
  );
});

test("labels: the error speaks of labels first", () => {
  expect(() => crossEntropy([1, 2, 3, 4, 5, 6], [0, 2])).toThrow(
    "crossEntropy: labels must be 1 integer (one label per lane), or a Float64Array or list of 6 probabilities (one per logit), got an array of length 2: logits are a single lane; for 2 lanes give { shape: [2, 3] }",
  );
});

test.each([Int8Array, Int16Array, Int32Array, Uint32Array])("%o is computed as a list is", (Integers) => {
  const x = Integers.of(1, 2, 3, 100);
  expect(softmax(x)).toEqual(softmax(Array.from(x)));
  expect(softmaxVjp([0.5, 0.5], Integers.of(1, 2))).toEqual(softmaxVjp([0.5, 0.5], [1, 2]));
  expect(softmaxVjp(Float32Array.of(0.5, 0.5), Integers.of(1, 2))).toBeInstanceOf(Float32Array);
});

test("a detached array of integers is refused", () => {
  const x = Int32Array.of(1, 2);
  structuredClone(x, { transfer: [x.buffer] });
  expect(() => softmax(x)).toThrow("softmax: x is detached");
});
