import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeArguments } from "./support/arguments.js";
import { type CoreOperation, ELEMENTWISE, type Library, OPERATIONS } from "./support/backends.js";
import { type ErrorType, expectError } from "./support/errors.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

/** Calls with arguments that the types would refuse. */
function call(
  library: Library,
  operation: CoreOperation,
  x: unknown,
  options?: unknown,
): FloatArray | number {
  return (library[operation] as (x: unknown, options?: unknown) => FloatArray | number)(x, options);
}

const X = Float32Array.of(1, 2, 3, 4, 5, 6);

const wrongTypes: [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["a number", 3],
  ["a string", "1,2,3"],
  ["a bigint", 3n],
  ["a symbol", Symbol("x")],
  ["a function", () => X],
  ["an object", { length: 2, 0: 1, 1: 2 }],
  ["a Set", new Set([1, 2])],
  ["a Uint8Array", Uint8Array.of(1, 2)],
  ["a Uint16Array", Uint16Array.of(1, 2)],
  ["a Uint8ClampedArray", Uint8ClampedArray.of(1, 2)],
  ["a BigInt64Array", BigInt64Array.of(1n, 2n)],
  ["a DataView", new DataView(new ArrayBuffer(8))],
  ["an ArrayBuffer", new ArrayBuffer(8)],
  ["an object that pretends", { [Symbol.toStringTag]: "Float32Array", length: 1, 0: 1 }],
  ["something that inherits", Object.create(Float32Array.prototype)],
  ["a Uint8Array in disguise", Object.setPrototypeOf(new Uint8Array(8), Float32Array.prototype)],
];

const wrongElements: [string, unknown[], string][] = [
  ["a string", [1, "2"], "x\\[1"],
  ["undefined", [undefined], "x\\[0"],
  ["null", [1, 2, null], "x\\[2"],
  ["a bigint", [1n], "x\\[0"],
  ["a nested array", [[1, 2]], "x\\[0"],
  ["a boolean", [true], "x\\[0"],
  // biome-ignore lint/suspicious/noSparseArray: the hole is the case
  ["a hole", [1, , 3], "x\\[1"],
  ["a number object", [new Number(3)], "x\\[0"],
];

const wrongOptions: [string, Record<string, unknown>, ErrorType, string][] = [
  ["shape: a number", { shape: 6 }, TypeError, "shape"],
  ["shape: null", { shape: null }, TypeError, "shape"],
  ["shape: a string", { shape: "2,3" }, TypeError, "shape"],
  ["shape: a typed array", { shape: Int32Array.of(2, 3) }, TypeError, "shape"],
  ["shape: of strings", { shape: ["2", "3"] }, TypeError, "shape"],
  ["shape: of bigints", { shape: [2n, 3n] }, TypeError, "shape"],
  ["shape: of symbols", { shape: [Symbol("2"), 3] }, TypeError, "shape"],
  ["shape: of objects without a prototype", { shape: [Object.create(null)] }, TypeError, "shape"],
  ["shape: with a hole", { shape: Array.from({ length: 2, 0: 6 }) }, TypeError, "shape"],
  ["shape: too small", { shape: [2, 2] }, RangeError, "shape"],
  ["shape: too large", { shape: [2, 4] }, RangeError, "shape"],
  ["shape: empty, for six elements", { shape: [], axis: null }, RangeError, "shape"],
  ["shape: a zero", { shape: [0, 6] }, RangeError, "shape"],
  ["shape: negative", { shape: [-2, -3] }, RangeError, "shape"],
  ["shape: fractional", { shape: [1.5, 4] }, RangeError, "shape"],
  ["shape: NaN", { shape: [Number.NaN, 6] }, RangeError, "shape"],
  ["shape: infinite", { shape: [Infinity, 6] }, RangeError, "shape"],
  ["shape: a product over 2^53", { shape: [2 ** 40, 2 ** 40] }, RangeError, "shape"],
  ["shape: a product over 2^1024", { shape: Array.from({ length: 30 }, () => 2 ** 40) }, RangeError, "shape"],
  ["shape: a product that wraps to 6 in 32 bits", { shape: [2 ** 31 + 3, 2] }, RangeError, "shape"],
  ["axis: too large", { shape: [2, 3], axis: 2 }, RangeError, "axis"],
  ["axis: too small", { shape: [2, 3], axis: -3 }, RangeError, "axis"],
  ["axis: fractional", { shape: [2, 3], axis: 0.5 }, RangeError, "axis"],
  ["axis: NaN", { shape: [2, 3], axis: Number.NaN }, RangeError, "axis"],
  ["axis: without a shape", { axis: 1 }, RangeError, "axis"],
  ["axis: of an empty shape", { shape: [], axis: 0 }, RangeError, "(axis|shape)"],
  ["axis: twice the same", { shape: [2, 3], axis: [1, 1] }, RangeError, "axis"],
  ["axis: twice the same, once from the end", { shape: [2, 3], axis: [1, -1] }, RangeError, "axis"],
  ["axis: one of two too large", { shape: [2, 3], axis: [0, 2] }, RangeError, "axis"],
  ["axis: a string", { shape: [2, 3], axis: "1" }, TypeError, "axis"],
  ["axis: a boolean", { shape: [2, 3], axis: true }, TypeError, "axis"],
  ["axis: an object", { shape: [2, 3], axis: { 0: 1 } }, TypeError, "axis"],
  ["axis: of strings", { shape: [2, 3], axis: ["1"] }, TypeError, "axis"],
  ["axis: of nulls", { shape: [2, 3], axis: [null] }, TypeError, "axis"],
  ["axis: of objects without a prototype", { shape: [2, 3], axis: [Object.create(null)] }, TypeError, "axis"],
  [
    "axis: twice the same, and no number",
    { shape: [2, 3], axis: [1, 1, Object.create(null)] },
    RangeError,
    "axis",
  ],
  ["axis: of symbols", { shape: [2, 3], axis: [Symbol("1")] }, TypeError, "axis"],
  ["temperature: zero", { temperature: 0 }, RangeError, "temperature"],
  ["temperature: negative", { temperature: -1 }, RangeError, "temperature"],
  ["temperature: NaN", { temperature: Number.NaN }, RangeError, "temperature"],
  ["temperature: infinite", { temperature: Infinity }, RangeError, "temperature"],
  ["temperature: too small", { temperature: 9e-31 }, RangeError, "temperature"],
  ["temperature: too large", { temperature: 1.1e30 }, RangeError, "temperature"],
  ["temperature: a string", { temperature: "1" }, TypeError, "temperature"],
  ["temperature: null", { temperature: null }, TypeError, "temperature"],
  ["temperature: a bigint", { temperature: 1n }, TypeError, "temperature"],
  ["temperature: an object", { temperature: { valueOf: () => 1 } }, TypeError, "temperature"],
  ["mask: null", { mask: null }, TypeError, "mask"],
  ["mask: a boolean", { mask: true }, TypeError, "mask"],
  ["mask: a list of another length", { mask: [true, true, false] }, RangeError, "mask"],
  ["mask: a list with a string", { mask: [1, 1, 0, 1, 1, "1"] }, TypeError, "mask"],
  ["mask: clamped integers", { mask: new Uint8ClampedArray(6) }, TypeError, "mask"],
  ["mask: signed integers", { mask: new Int8Array(6) }, TypeError, "mask"],
  ["mask: floats", { mask: new Float32Array(6) }, TypeError, "mask"],
  ["mask: an ArrayBuffer", { mask: new ArrayBuffer(6) }, TypeError, "mask"],
  [
    "mask: in disguise",
    { mask: Object.setPrototypeOf(new Int8Array(6), Uint8Array.prototype) },
    TypeError,
    "mask",
  ],
  ["mask: too short", { mask: new Uint8Array(5) }, RangeError, "mask"],
  ["mask: too long", { mask: new Uint8Array(7) }, RangeError, "mask"],
  ["mask: empty", { mask: new Uint8Array(0) }, RangeError, "mask"],
  ["mask: one element per lane", { shape: [2, 3], mask: new Uint8Array(2) }, RangeError, "mask"],
  [
    "mask: as one lane of another axis",
    { shape: [2, 3], axis: 0, mask: new Uint8Array(3) },
    RangeError,
    "mask",
  ],
  ["out: null", { out: null }, TypeError, "out"],
  ["out: true", { out: true }, TypeError, "out"],
  ["out: a plain array", { out: [0, 0, 0, 0, 0, 0] }, TypeError, "out"],
  ["out: of the other type", { out: new Float64Array(6) }, TypeError, "out"],
  ["out: integers", { out: new Int32Array(6) }, TypeError, "out"],
  ["out: too long", { out: new Float32Array(7) }, RangeError, "out"],
  ["out: too short", { out: new Float32Array(0) }, RangeError, "out"],
];

describeArguments((library) => {
  test("a nested shape is told from a number", () => {
    const message = "logSumExp: shape[0] must be a number, got an array of length 1";
    expect(() => call(library, "logSumExp", X, { shape: [[6]] })).toThrow(new TypeError(message));
  });

  test("more lanes than an array can have", () => {
    const run = () => library.logSumExp(new Float32Array(0), { shape: [2 ** 40, 0] });
    expectError(run, RangeError, "logSumExp");
    expectError(run, RangeError, `${2 ** 40}`);
  });

  describe.each(OPERATIONS)("%s", (operation) => {
    test.each(wrongTypes)("x: %s", (_, x) => {
      expectError(() => call(library, operation, x), TypeError, "x");
    });

    test.each(wrongElements)("x: an array with %s", (_, x, name) => {
      expect(() => call(library, operation, x)).toThrow(TypeError);
      expect(() => call(library, operation, x)).toThrow(new RegExp(name));
    });

    test.each(wrongOptions)("%s", (_, options, type, argument) => {
      expectError(() => call(library, operation, X, options), type, argument);
      expect(Array.from(X)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    test.each([null, 3, "axis", true])("options: %s", (options) => {
      expectError(() => call(library, operation, X, options), TypeError, "options");
    });

    test("undefined options are ignored", () => {
      const options = { shape: undefined, axis: undefined, temperature: undefined, out: undefined };
      expect(call(library, operation, X, options)).toEqual(call(library, operation, X));
    });

    test("a message tells what was given and what was expected", () => {
      expect(() => call(library, operation, X, { shape: [2, 4] })).toThrow(/\b8\b.*\b6\b|\b6\b.*\b8\b/);
      expect(() => call(library, operation, X, { shape: [2, 3], axis: 5 })).toThrow(/\b5\b/);
      expect(() => call(library, operation, X, { temperature: -4 })).toThrow(/-4/);
      expect(() => call(library, operation, Uint8Array.of(1))).toThrow(/Uint8Array/);
      expect(() => call(library, operation, X, { out: new Float32Array(77) })).toThrow(/\b77\b/);
    });
  });

  describe.each(ELEMENTWISE)("%s: out that overlaps x", (operation) => {
    const compute = library[operation];
    const memory = () => normal("f32", 300, 2, 1) as Float32Array;

    test.each([1, 2, 4, 99])("by all but %d elements", (shift) => {
      const buffer = memory();
      const kept = buffer.slice();
      for (const [x, out] of [
        [buffer.subarray(0, 100), buffer.subarray(shift, 100 + shift)],
        [buffer.subarray(shift, 100 + shift), buffer.subarray(0, 100)],
      ]) {
        expectError(() => compute(x, { out }), RangeError, "out");
      }
      expectSame(buffer, kept);
    });

    test("not at all, in one buffer", () => {
      const buffer = memory();
      const expected = compute(buffer.slice(0, 100));
      const kept = buffer.slice();
      expectSame(compute(buffer.subarray(0, 100), { out: buffer.subarray(100, 200) }), expected);
      expectSame(buffer.subarray(100, 200), expected);
      expectSame(buffer.subarray(0, 100), kept.subarray(0, 100));
      expectSame(buffer.subarray(200), kept.subarray(200));
    });

    test("exactly, through another view of the same memory", () => {
      const buffer = memory();
      const expected = compute(buffer.slice(100, 200));
      const kept = buffer.slice();
      const out = buffer.subarray(100, 200);
      expect(compute(buffer.subarray(100, 200), { out })).toBe(out);
      expectSame(out, expected);
      expectSame(buffer.subarray(0, 100), kept.subarray(0, 100));
      expectSame(buffer.subarray(200), kept.subarray(200));
    });
  });

  test("logSumExp: out that overlaps x, and one that does not", () => {
    const buffer = normal("f32", 130, 2, 1) as Float32Array;
    const x = buffer.subarray(0, 120);
    for (const start of [0, 50, 119 - 11]) {
      expectError(
        () => library.logSumExp(x, { shape: [12, 10], out: buffer.subarray(start, start + 12) }),
        RangeError,
        "out",
      );
    }
    const out = buffer.subarray(120);
    const shape = [10, 12];
    expect(library.logSumExp(x, { shape, out })).toBe(out);
    expectSame(out, library.logSumExp(x, { shape }));
  });

  test("logSumExp without a shape fills an out of one element", () => {
    const out = new Float32Array(1);
    expect(library.logSumExp(X, { out })).toBe(out);
    expect(out[0]).toBe(Math.fround(library.logSumExp(X)));
    expectError(() => library.logSumExp(X, { out: new Float32Array(6) }), RangeError, "out");
  });

  test.each([
    ["type", ["float32", 4], RangeError],
    ["type", [undefined, 4], TypeError],
    ["length", ["f32"], TypeError],
    ["length", ["f32", "4"], TypeError],
    ["length", ["f32", -1], RangeError],
    ["length", ["f64", 1.5], RangeError],
    ["length", ["f64", Number.NaN], RangeError],
    ["length", ["f32", Infinity], RangeError],
    ["allocate", ["f64", 2 ** 40], RangeError],
    ["allocate", ["f32", Number.MAX_SAFE_INTEGER], RangeError],
  ] as const)("allocate: bad %s in %j", (name, values, type) => {
    const allocate = library.allocate as (...values: readonly unknown[]) => unknown;
    expectError(() => allocate(...values), type, name);
  });
});
