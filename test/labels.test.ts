import { describe, expect, test } from "vitest";
import type { Labels } from "../src/index.js";
import { describeArguments } from "./support/arguments.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

type ErrorType = typeof TypeError | typeof RangeError;

const X = normal("f32", 12, 2, 1) as Float32Array;
const SHAPE = [3, 4];
const NUMBERS = [3, 0, 2];

const integers: [string, Labels][] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
].map((Integers) => [Integers.name, Integers.from(NUMBERS)]);
integers.push(
  ["BigInt64Array", BigInt64Array.of(3n, 0n, 2n)],
  ["BigUint64Array", BigUint64Array.of(3n, 0n, 2n)],
  ["a list", NUMBERS],
  ["a list of bigints", [3n, 0n, 2n]],
);

/** What is wrong, with which labels and options; the error, and what its message says. */
const wrong: [string, unknown, Record<string, unknown>, ErrorType, RegExp][] = [
  ["labels: undefined", undefined, {}, TypeError, /labels must .* got undefined/],
  ["labels: null", null, {}, TypeError, /labels must .* got null/],
  ["labels: a number", 1, {}, TypeError, /labels must .* got 1: pass a list, one label per lane$/],
  [
    "labels: a number of a vector",
    2,
    { shape: undefined },
    TypeError,
    /labels must be 1 integer .* got 2: pass a list such as \[2\]$/,
  ],
  ["labels: a Set", new Set(NUMBERS), {}, TypeError, /got a Set: pass Int32Array.from\(labels\)$/],
  [
    "labels: a Map",
    new Map([["a", 1]]),
    {},
    TypeError,
    /got a Map: pass Int32Array.from\(labels.values\(\)\)$/,
  ],
  [
    "labels: a tensor",
    { data: Int32Array.from(NUMBERS), dims: [3] },
    {},
    TypeError,
    /got an object: pass labels.data$/,
  ],
  [
    "labels: one-hot integers",
    new Int32Array(12),
    {},
    RangeError,
    /: integers are labels; for probabilities pass Float32Array.from\(labels\)$/,
  ],
  [
    "labels: one-hot integers of a vector",
    new BigInt64Array(12),
    { shape: undefined },
    RangeError,
    /: integers are labels; for probabilities pass Float32Array.from\(labels, Number\)$/,
  ],
  [
    "labels: one-hot rows",
    [
      [1, 0, 0, 0],
      [1, 0, 0, 0],
      [1, 0, 0, 0],
    ],
    {},
    TypeError,
    /labels\[0\] must be a number, got an array of length 4: flatten labels$/,
  ],
  [
    "labels: floats of the other type and of no length",
    new Float64Array(5),
    {},
    RangeError,
    /labels must be 3 integers .* a Float64Array of length 5$/,
  ],
  ["labels: a string", "302", {}, TypeError, /labels must .* got "302"/],
  ["labels: an object", { length: 3, 0: 3, 1: 0, 2: 2 }, {}, TypeError, /labels must .* an object/],
  ["labels: a DataView", new DataView(new ArrayBuffer(12)), {}, TypeError, /labels must .* a DataView/],
  ["labels: an ArrayBuffer", new ArrayBuffer(12), {}, TypeError, /labels must .* an ArrayBuffer/],
  [
    "labels: a Float32Array in disguise",
    Object.setPrototypeOf(new Float32Array(3), Int32Array.prototype),
    {},
    RangeError,
    /labels must .* 3 integers .* 12 probabilities .* a Float32Array of length 3: .*Int32Array.from/,
  ],
  ["labels: too few", Int32Array.of(3, 0), {}, RangeError, /labels must be 3 integers .* length 2/],
  ["labels: too many", new Uint8Array(12), {}, RangeError, /labels must be 3 integers .* length 12/],
  ["labels: a list of another length", [3, 0], {}, RangeError, /labels must be 3 integers .*12 .* length 2/],
  [
    "labels: floats, one per lane",
    Float32Array.of(3, 0, 2),
    {},
    RangeError,
    /labels must be 3 integers .* 12 .* length 3: floats are probabilities; for labels pass Int32Array.from\(labels\)/,
  ],
  [
    "labels: targets of the other type",
    new Float64Array(12),
    {},
    TypeError,
    /labels must be 3 integers .* a Float32Array .* a Float64Array .*: pass Float32Array.from\(labels\)$/,
  ],
  ["labels: targets that are no numbers", Array(12).fill("0"), {}, TypeError, /labels\[0\].* got "0"/],
  ["labels: too large", Int32Array.of(3, 4, 2), {}, RangeError, /labels\[1\], of lane 1, .* 0 to 3 .* got 4/],
  ["labels: negative", Int8Array.of(3, 0, -1), {}, RangeError, /labels\[2\], of lane 2, .* 0 to 3 .* got -1/],
  [
    "labels: far too large",
    BigInt64Array.of(3n, 0n, 2n ** 62n + 1n),
    {},
    RangeError,
    /labels\[2\].* got 4611686018427387905/,
  ],
  ["labels: fractional", [3, 0.5, 2], {}, RangeError, /labels\[1\].* 0 to 3 .* got 0.5/],
  ["labels: NaN", [Number.NaN, 0, 2], {}, RangeError, /labels\[0\].* got NaN/],
  ["labels: infinite", [3, Infinity, 2], {}, RangeError, /labels\[1\].* got Infinity/],
  ["labels: a list with a string", [3, "0", 2], {}, TypeError, /labels\[1\].* got "0"/],
  ["labels: a list with a symbol", [3, 0, Symbol("2")], {}, TypeError, /labels\[2\].* a symbol/],
  // biome-ignore lint/suspicious/noSparseArray: the hole is the case
  ["labels: a list with a hole", [3, , 2], {}, TypeError, /labels\[1\].* got undefined/],
  [
    "labels: -100 where another is ignored",
    Int8Array.of(3, -100, 2),
    { ignoreIndex: 1 },
    RangeError,
    /labels\[1\].* ignoreIndex \(1\), got -100/,
  ],
  ["ignoreIndex: null", NUMBERS, { ignoreIndex: null }, TypeError, /ignoreIndex .* got null/],
  [
    "ignoreIndex: a bigint beyond 2^53",
    NUMBERS,
    { ignoreIndex: 2n ** 53n },
    RangeError,
    /ignoreIndex .* the bigint 9007199254740992/,
  ],
  [
    "labels: one vector of logits",
    NUMBERS,
    { shape: undefined },
    RangeError,
    /labels must be 1 integer .* length 3: logits are a single lane; for 3 lanes give { shape: \[3, 4\] }/,
  ],
  ["labels: a list with a bigint too large", [3n, 0, 4n], {}, RangeError, /labels\[2\].* got 4/],
  ["ignoreIndex: a string", NUMBERS, { ignoreIndex: "1" }, TypeError, /ignoreIndex .* got "1"/],
  ["ignoreIndex: fractional", NUMBERS, { ignoreIndex: 0.5 }, RangeError, /ignoreIndex .* got 0.5/],
  ["ignoreIndex: NaN", NUMBERS, { ignoreIndex: Number.NaN }, RangeError, /ignoreIndex .* got NaN/],
  [
    "ignoreIndex: beyond 2^53",
    NUMBERS,
    { ignoreIndex: 2 ** 53 },
    RangeError,
    /ignoreIndex .* 9007199254740992/,
  ],
  ["labelSmoothing: negative", NUMBERS, { labelSmoothing: -0.1 }, RangeError, /labelSmoothing .* got -0.1/],
  [
    "labelSmoothing: over 1",
    NUMBERS,
    { labelSmoothing: 1.1 },
    RangeError,
    /labelSmoothing .* 0 to 1, got 1.1/,
  ],
  ["labelSmoothing: NaN", NUMBERS, { labelSmoothing: Number.NaN }, RangeError, /labelSmoothing .* got NaN/],
  ["labelSmoothing: a string", NUMBERS, { labelSmoothing: "0" }, TypeError, /labelSmoothing .* got "0"/],
  ["labelSmoothing: null", NUMBERS, { labelSmoothing: null }, TypeError, /labelSmoothing .* got null/],
  ["reduction: unknown", NUMBERS, { reduction: "average" }, RangeError, /reduction .* got "average"/],
  ["reduction: null", NUMBERS, { reduction: null }, TypeError, /reduction .* got null/],
  ["reduction: a number", NUMBERS, { reduction: 0 }, TypeError, /reduction .* got 0/],
  ["weight: too few", NUMBERS, { weight: [1, 2, 3] }, RangeError, /weight .* length 4 .* length 3/],
  [
    "weight: one per logit",
    NUMBERS,
    { weight: new Float32Array(12) },
    RangeError,
    /weight .* 4 .* length 12/,
  ],
  [
    "weight: of the other type",
    NUMBERS,
    { weight: new Float64Array(4) },
    TypeError,
    /weight .* Float64Array/,
  ],
  ["weight: bytes", NUMBERS, { weight: new Uint8Array(4) }, TypeError, /weight .* a Uint8Array/],
  [
    "weight: negative",
    NUMBERS,
    { weight: [1, 2, -1, 0] },
    RangeError,
    /weight\[2\] must be finite and not negative, got -1/,
  ],
  ["weight: NaN", NUMBERS, { weight: [1, Number.NaN, 1, 0] }, RangeError, /weight\[1\] .* got NaN/],
  [
    "weight: infinite",
    NUMBERS,
    { weight: Float32Array.of(1, 2, 0, Infinity) },
    RangeError,
    /weight\[3\] .* got Infinity/,
  ],
  ["weight: a number", NUMBERS, { weight: 1 }, TypeError, /weight .* got 1/],
  ["weight: null", NUMBERS, { weight: null }, TypeError, /weight .* got null/],
  ["weight: a list with a string", NUMBERS, { weight: [1, 2, "3", 4] }, TypeError, /weight\[2\].* got "3"/],
  ["shape: another size", NUMBERS, { shape: [3, 5] }, RangeError, /shape/],
  ["axis: out of range", NUMBERS, { axis: 2 }, RangeError, /axis/],
  ["temperature: 0", NUMBERS, { temperature: 0 }, RangeError, /temperature/],
];

describeArguments((library) => {
  const { crossEntropy, crossEntropyGrad } = library;

  test.each(integers)("%s", (_, labels) => {
    const options = { shape: SHAPE };
    expect(crossEntropy(X, labels, options)).toBe(crossEntropy(X, NUMBERS, options));
    expectSame(crossEntropyGrad(X, labels, options), crossEntropyGrad(X, NUMBERS, options));
  });

  describe.each(["crossEntropy", "crossEntropyGrad"] as const)("%s", (operation) => {
    const call = library[operation] as (...values: unknown[]) => unknown;

    test.each(wrong)("%s", (_, labels, options, type, message) => {
      const run = () => call(X, labels, { shape: SHAPE, ...options });
      expect(run).toThrow(type);
      expect(run).toThrow(message);
      expect(run).toThrow(new RegExp(`^${operation}: `));
    });

    test("wrong logits and options", () => {
      expect(() => call(new Uint8Array(4), [1])).toThrow(/logits .* a Uint8Array/);
      expect(() => call(["1", 2], [1])).toThrow(/logits\[0\]/);
      expect(() => call(X, [1], null)).toThrow(/options/);
      expect(() => call(X)).toThrow(/labels/);
    });

    test("labels, targets and weights without memory", () => {
      for (const array of [new Uint8Array(3), new BigInt64Array(3), new Float32Array(12)]) {
        structuredClone(array, { transfer: [array.buffer] });
        expect(() => call(X, array, { shape: SHAPE })).toThrow(TypeError);
        expect(() => call(X, array, { shape: SHAPE })).toThrow(/labels are detached/);
        expect(() => call([], array, { shape: [0, 4] })).toThrow(/labels are detached/);
      }
      const weight = new Float32Array(4);
      structuredClone(weight, { transfer: [weight.buffer] });
      expect(() => call(X, NUMBERS, { shape: SHAPE, weight })).toThrow(/weight .* detached/);
    });

    test("the other way round, and half floats", () => {
      expect(() => call([1, 2], new Float32Array(2))).toThrow(/: pass Float64Array.from\(labels\)$/);
      const { Float16Array: Half } = globalThis as { Float16Array?: Float32ArrayConstructor };
      if (Half === undefined) return;
      expect(() => call(X, new Half(12), { shape: SHAPE })).toThrow(/: pass Float32Array.from\(labels\)$/);
      expect(() => call(X, new Half(3), { shape: SHAPE })).toThrow(
        /: floats are probabilities; for labels pass Int32Array.from\(labels\)$/,
      );
    });

    test("a label is wrong even if it is the only one of a vector", () => {
      expect(() => call(X, [12])).toThrow(/labels\[0\], of lane 0, must be an integer from 0 to 11/);
      expect(() => call(new Float32Array(0), [0])).toThrow(
        /labels\[0\], of lane 0, must be ignoreIndex \(-100\)/,
      );
    });

    test("an option is read once, and before any buffer", () => {
      const x = X.slice();
      const options = { shape: SHAPE };
      let reads = 0;
      Object.defineProperty(options, "weight", {
        get() {
          reads++;
          structuredClone(x, { transfer: [x.buffer] });
          return undefined;
        },
      });
      expect(() => call(x, NUMBERS, options)).toThrow(/logits are detached/);
      expect(reads).toBe(1);
    });
  });

  test("a list is labels if it can be both", () => {
    const shape = [3, 1];
    expect(crossEntropy([1, 2, 3], [0, -100, 0], { shape, reduction: "sum" })).toBe(0);
    expect(() => crossEntropy([1, 2, 3], [0.5, 0.5, 0.5], { shape })).toThrow(/labels\[0\]/);
    expect(crossEntropy([1, 2, 3], Float64Array.of(0.5, 0.5, 0.5), { shape })).toBe(0);
  });

  test("ignoreIndex may be a class, and any integer that the type of the labels holds", () => {
    const shape = SHAPE;
    const kept = crossEntropy(X, Int32Array.of(3, -100, 2), { shape });
    expect(crossEntropy(X, NUMBERS, { shape, ignoreIndex: 0 })).toBe(kept);
    expect(crossEntropy(X, Uint8Array.of(3, 255, 2), { shape, ignoreIndex: 255 })).toBe(kept);
    expect(crossEntropy(X, BigInt64Array.of(3n, -1n, 2n), { shape, ignoreIndex: -1 })).toBe(kept);
    expect(crossEntropy(X, [3, -0, 2], { shape, ignoreIndex: 0 })).toBe(kept);
    const targets = X.map(Math.abs) as Float32Array;
    expect(crossEntropy(X, targets, { shape, ignoreIndex: 1 })).toBe(crossEntropy(X, targets, { shape }));
  });
});
