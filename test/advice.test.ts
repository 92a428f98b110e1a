import { describe, expect, test } from "vitest";
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
  [
    new Uint8Array(bytes),
    "if these are the bytes of floats, Float64Array.from(x) if not, or give { scale, zeroPoint }",
  ],
  [new Uint16Array(bytes), "half floats, or pass Float64Array.from(x) if these are integers"],
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
    "softmaxVjp: dy must be a Float64Array or a list of numbers, of length 2 (as p is), got a Tensor: pass dy.data",
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

describe("an argument without a shape of its own: nothing is said of one", () => {
  const tensor = new Tensor(new Float32Array(2), [1, 2]);
  const { sigmoid, logAddExp } = library as unknown as Record<string, (...args: unknown[]) => unknown>;
  const push = (chunk: unknown) => new library.LogSumExp().push(chunk as never);
  const elements = "a number, a Float32Array, a Float64Array or a list of numbers, got";

  test.each<[string, () => unknown, string]>([
    ["sigmoid", () => sigmoid([[1]]), "sigmoid: x[0] must be a number, got an array of length 1: flatten x"],
    ["a tensor", () => sigmoid(tensor), `sigmoid: x must be ${elements} a Tensor: pass x.data`],
    [
      "a later one",
      () => sigmoid(new Matrix()),
      `sigmoid: x must be ${elements} a Matrix: pass await x.data()`,
    ],
    ["logAddExp", () => logAddExp(tensor, tensor), `logAddExp: a must be ${elements} a Tensor: pass a.data`],
    [
      "push of a nested list",
      () => push([[1]]),
      "LogSumExp.push: chunk[0] must be a number, got an array of length 1: flatten chunk",
    ],
    [
      "push of a tensor",
      () => push(tensor),
      `LogSumExp.push: chunk must be ${elements} a Tensor: pass chunk.data`,
    ],
    [
      "an operand",
      () => softmaxVjp([1, 2], [[1], [2]]),
      "softmaxVjp: dy[0] must be a number, got an array of length 1: flatten dy",
    ],
    [
      "labels",
      () => crossEntropy([1, 2], new Tensor(Int32Array.of(1), [1])),
      "crossEntropy: labels must be 1 integer (one label per lane), or a Float64Array or list of 2 probabilities (one per logit), got a Tensor: pass labels.data",
    ],
    [
      "weights",
      () => library.logSumExp([1, 2], { weights: tensor as never }),
      "logSumExp: weights must be a Float64Array or a list of numbers, of length 2 (as x is), got a Tensor: pass weights.data",
    ],
    [
      "out",
      () => softmax([1, 2], { out: tensor }),
      "softmax: out must be a Float64Array of length 2 (as x is), got a Tensor: pass out.data",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(new TypeError(message));
  });
});

test.each<[string, () => unknown, Error]>([
  [
    "a Map has values",
    () => softmax(new Map([["a", 1]])),
    new TypeError(
      "softmax: x must be a Float32Array, a Float64Array or a list of numbers, got a Map: pass Float64Array.from(x.values())",
    ),
  ],
  [
    "an operand has the type of the other",
    () => softmaxVjp([1, 2], new Float32Array(2)),
    new TypeError(
      "softmaxVjp: dy must be a Float64Array or a list of numbers, of length 2 (as p is), got a Float32Array of length 2: pass Float64Array.from(dy)",
    ),
  ],
  [
    "b may be a number",
    () => library.logAddExp([1, 2], "3" as never),
    new TypeError(
      'logAddExp: b must be a number, or a Float64Array or a list of numbers, of length 2 (as a is), got "3"',
    ),
  ],
  [
    "a normalizer may be a number where there is one lane",
    () => softmax([1, 2], { normalizer: "3" }),
    new TypeError(
      'softmax: normalizer must be a number, a Float32Array, a Float64Array or a list of numbers, got "3"',
    ),
  ],
  [
    "a shape is a list",
    () => softmax([1, 2], { shape: Int32Array.of(1, 2) }),
    new TypeError(
      "softmax: shape must be an array of numbers, got an Int32Array of length 2: pass Array.from(shape)",
    ),
  ],
  [
    "and so are axes",
    () => softmax([1, 2], { shape: [1, 2], axis: BigInt64Array.of(1n) }),
    new TypeError(
      "softmax: axis must be a number, an array of numbers or null, got a BigInt64Array of length 1: pass Array.from(axis, Number)",
    ),
  ],
  [
    "an axis without a shape",
    () => softmax([1, 2], { axis: 1 }),
    new RangeError("softmax: axis must be an integer from -1 to 0, got 1: without { shape } x is one vector"),
  ],
  [
    "axes without a shape",
    () => library.entropy([1, 2], { axis: [0, 1] }),
    new RangeError(
      "entropy: axis must be an integer from -1 to 0, got 1: without { shape } logits are one vector",
    ),
  ],
  [
    "an axis beside a shape",
    () => softmax([1, 2], { shape: [2], axis: 1 }),
    new RangeError("softmax: axis must be an integer from -1 to 0, got 1"),
  ],
  [
    "one element",
    () => library.entropy([1, 2], { shape: [] }),
    new RangeError("entropy: shape [] has 1 element, but logits have 2"),
  ],
  [
    "weights as long as x or as a lane",
    () => library.logSumExp([1, 2, 3, 4], { shape: [2, 2], weights: [1] }),
    new RangeError(
      "logSumExp: weights must be a Float64Array or a list of numbers, of length 4 (as x is) or 2 (as one lane is), got an array of length 1",
    ),
  ],
  [
    "a tolerance in two digits",
    () => library.alr([0.5, 0.4]),
    new RangeError("alr: p must add up to 1 within 1.5e-8 along each lane, got a sum of 0.9 in lane 0"),
  ],
  [
    "a state as JSON",
    () => library.LogSumExp.from(JSON.stringify(new library.LogSumExp()) as never),
    new TypeError("LogSumExp.from: state must be an object, got a string: pass JSON.parse(state)"),
  ],
  [
    "an accumulator in the place of its state",
    () => library.LogSumExp.from(new library.LogSumExp() as never),
    new TypeError("LogSumExp.from: state must be what toJSON gives, got a LogSumExp: pass state.toJSON()"),
  ],
  [
    "states in a list",
    () => library.LogSumExp.from([new library.LogSumExp().toJSON()] as never),
    new TypeError("LogSumExp.from: state must be an object, got an array of length 1"),
  ],
  [
    "a state in the place of an accumulator",
    () => new library.LogSumExp().merge(new library.LogSumExp().toJSON() as never),
    new TypeError("LogSumExp.merge: other must be a LogSumExp, got an object: pass LogSumExp.from(other)"),
  ],
  [
    "createSoftmax: a backend of another name",
    () => library.createSoftmax({ backend: "wasm" as never }),
    new RangeError('createSoftmax: backend must be "auto", "relaxed", "simd" or "js", got "wasm"'),
  ],
  [
    "createSoftmax: a backend that is no string",
    () => library.createSoftmax({ backend: null as never }),
    new TypeError('createSoftmax: backend must be "auto", "relaxed", "simd" or "js", got null'),
  ],
  [
    "createSoftmax: a module by its name",
    () => library.createSoftmax({ module: "x.wasm" as never }),
    new TypeError('createSoftmax: module must be a WebAssembly.Module, got "x.wasm"'),
  ],
  [
    "createSoftmax: another module",
    () =>
      library.createSoftmax({ module: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) }),
    new TypeError("createSoftmax: module must hold the kernels of this package, got other exports"),
  ],
])("%s", (_, call, error) => {
  expect(call).toThrow(error);
});

test("init says its name", async () => {
  await expect(library.init({ backend: "cuda" as never })).rejects.toThrow(
    new RangeError('init: backend must be "auto", "relaxed", "simd" or "js", got "cuda"'),
  );
});

test("the class of accumulators has its name, and prints its value", () => {
  const { LogSumExp } = library;
  expect(LogSumExp).toHaveProperty("name", "LogSumExp");
  expect(() => (LogSumExp as unknown as () => void)()).toThrow(
    "Class constructor LogSumExp cannot be invoked without 'new'",
  );
  const sum = new LogSumExp({ temperature: 2 }).push([1]) as unknown as Record<symbol, () => string>;
  expect(sum[Symbol.for("nodejs.util.inspect.custom")]()).toBe("LogSumExp { value: 0.5, temperature: 2 }");
});
