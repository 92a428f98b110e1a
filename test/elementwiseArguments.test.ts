import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends, type Library } from "./support/backends.js";
import { elementBound } from "./support/elementwise.js";
import { FULL } from "./support/extent.js";
import { fill } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { distance } from "./support/ulp.js";

const UNARY = ["sigmoid", "logSigmoid", "softplus", "logit"] as const;

/** Calls with arguments that the types would refuse. */
function call(library: Library, operation: (typeof UNARY)[number] | "logAddExp", values: readonly unknown[]) {
  return (library[operation] as (...values: readonly unknown[]) => FloatArray)(...values);
}

function detached(length: number): Float32Array {
  const array = new Float32Array(length);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** Between 0 and 1, for which every operation has a finite value. */
function elements(type: "f32" | "f64", length: number, seed = 0): FloatArray {
  return fill(type, length, (k) => (((k + seed) * 7919) % 1009) / 1010 + 0.0005);
}

const X = elements("f32", 6);

const wrongOptions: [string, unknown, typeof TypeError | typeof RangeError, string][] = [
  ["options: a number", 3, TypeError, "options must be"],
  ["options: null", null, TypeError, "options must be"],
  ["out: a list", { out: [0, 0, 0, 0, 0, 0] }, TypeError, "out must be .*an array"],
  ["out: of the other type", { out: new Float64Array(6) }, TypeError, "out must be .*Float64Array"],
  ["out: too short", { out: new Float32Array(3) }, RangeError, "out must be .*length 6.*length 3"],
  ["out: too long", { out: new Float32Array(7) }, RangeError, "out must be .*length 6.*length 7"],
  ["out: detached", { out: detached(6) }, TypeError, "out is detached"],
];

describeBackends((library) => {
  const { backend, logAddExp } = library;

  describe.each(UNARY)("%s", (operation) => {
    const compute = library[operation];
    const name = operation === "logit" ? "p" : "x";

    test.each([
      ["undefined", undefined, `${name} must be .*undefined`],
      ["a string", "0.5", `${name} must be .*0.5`],
      ["bytes", Uint8Array.of(1, 2), `${name} must be .*Uint8Array`],
      ["a list with a string", [0.5, "1"], `${name}\\[1\\] must be a number`],
      ["detached", detached(6), `${name} is detached`],
    ])("the argument: %s", (_, x, pattern) => {
      expect(() => call(library, operation, [x])).toThrow(TypeError);
      expect(() => call(library, operation, [x])).toThrow(new RegExp(`^${operation}: ${pattern}`));
    });

    test.each(wrongOptions)("%s", (_, options, type, pattern) => {
      expect(() => call(library, operation, [X, options])).toThrow(type);
      expect(() => call(library, operation, [X, options])).toThrow(new RegExp(`^${operation}: ${pattern}`));
    });

    test("out is the only option", () => {
      expectSame(call(library, operation, [X, { out: undefined, shape: undefined }]), compute(X));
      expect(() => call(library, operation, [X, { shape: [X.length] }])).toThrow(
        `${operation}: there is no option shape: the only option is out`,
      );
    });

    test.each(["f32", "f64"] as const)("%s: the result has that type, and x is not written", (type) => {
      const x = elements(type, 100);
      const kept = x.slice();
      expect(compute(x)).toBeInstanceOf(type === "f32" ? Float32Array : Float64Array);
      expectSame(x, kept as FloatArray);
      const list = compute(Array.from(x));
      expect(list).toBeInstanceOf(Float64Array);
      expectSame(list, compute(Float64Array.from(x)));
    });

    test.each([6, 1000, FULL ? 200_003 : 33_003])("%d elements, in place and apart", (length) => {
      for (const type of ["f32", "f64"] as const) {
        const x = elements(type, length);
        const expected = compute(x.slice() as FloatArray);
        const out = fill(type, length, () => 7);
        expect(compute(x, { out })).toBe(out);
        expectSame(out, expected);
        const shared = fill(type, 2 * length, (k) => x[k % length]);
        const view = () => shared.subarray(0, length) as FloatArray;
        compute(view(), { out: view() });
        expectSame(view(), expected);
        expectSame(shared.subarray(length) as FloatArray, x);
        expect(compute(x, { out: x })).toBe(x);
        expectSame(x, expected);
      }
    });

    test("out that overlaps x in part", () => {
      const buffer = elements("f32", 300);
      const kept = buffer.slice();
      const x = buffer.subarray(100, 200) as Float32Array;
      for (const start of [1, 99, 101, 199]) {
        const out = buffer.subarray(start, start + 100) as Float32Array;
        expect(() => compute(x, { out })).toThrow(RangeError);
        expect(() => compute(x, { out })).toThrow(new RegExp(`^${operation}: out must be ${name} itself`));
      }
      expectSame(buffer, kept as FloatArray);
    });

    test("in linear memory", () => {
      const [x, out] = [0, 1].map(() => library.allocate("f64", 1001));
      x.view.set(elements("f64", 1001));
      const expected = compute(elements("f64", 1001));
      expect(compute(x.view, { out: out.view })).toBe(out.view);
      expect(distance(out.view, expected, "f64")).toBeLessThanOrEqual(2 * elementBound("f64", backend));
      compute(x.view, { out: x.view });
      expectSame(x.view, out.view);
      for (const resident of [x, out]) resident.free();
    });
  });

  test("out beside a number", () => {
    for (const out of [new Float64Array(1), 1]) {
      for (const operation of UNARY) {
        const run = () => call(library, operation, [0.5, { out }]);
        expect(run).toThrow(TypeError);
        expect(run).toThrow(new RegExp(`^${operation}: out is not allowed where [xp] is a number, got `));
      }
      for (const operation of ["logAddExp", "logDiffExp"] as const) {
        const run = () => (library[operation] as (...args: unknown[]) => unknown)(1, 0, { out });
        expect(run).toThrow(TypeError);
        expect(run).toThrow(new RegExp(`^${operation}: out is not allowed where a is a number, got `));
      }
    }
    expect(library.sigmoid(0, { out: undefined })).toBe(0.5);
    expect(library.sigmoid(0, {})).toBe(0.5);
  });

  describe("logAddExp", () => {
    const b = elements("f32", 6, 5);

    test("b is of the type of a, a list, or one number for all", () => {
      const expected = logAddExp(X, b);
      expectSame(logAddExp(X, Array.from(b)), expected);
      expectSame(
        logAddExp(Array.from(X), Array.from(b)),
        logAddExp(Float64Array.from(X), Float64Array.from(b)),
      );
      expectSame(
        logAddExp(Array.from(X), Float64Array.from(b)),
        logAddExp(Float64Array.from(X), Array.from(b)),
      );
      expectSame(logAddExp(X, 0.25), logAddExp(X, [0.25, 0.25, 0.25, 0.25, 0.25, 0.25]));
      expectSame(logAddExp(X, 0.1), logAddExp(X, Math.fround(0.1)));
      expectSame(logAddExp(X, Number.NEGATIVE_INFINITY), X);
      expectSame(logAddExp([], 1), new Float64Array(0));
    });

    test.each([
      ["a: undefined", [undefined, b], TypeError, "a must be .*undefined"],
      ["a: a number, beside an array", [1, b], TypeError, "b must be a number, as a is, got a Float32Array"],
      ["a: a number, beside a list of one", [1, [1]], TypeError, "b must be a number, as a is"],
      [
        "a: a list with a string",
        [
          [1, "2"],
          [1, 2],
        ],
        TypeError,
        "a\\[1\\]",
      ],
      ["a: detached", [detached(6), b], TypeError, "a is detached"],
      ["b: undefined", [X], TypeError, "b must be .*undefined"],
      ["b: a string", [X, "1"], TypeError, 'b must be .*"1"'],
      ["b: a bigint", [X, 1n], TypeError, "b must be .*the bigint 1"],
      ["b: bytes", [X, Uint8Array.of(1, 2, 3, 4, 5, 6)], TypeError, "b must be .*Uint8Array"],
      [
        "b: of the other type",
        [X, Float64Array.from(b)],
        TypeError,
        "b must be a number, or a Float32Array.*Float64Array of length 6: pass Float32Array.from.b.",
      ],
      ["b: too short", [X, b.subarray(1)], RangeError, "b must be .*length 6 .*got .*length 5"],
      ["b: a list too long", [X, [1, 2, 3, 4, 5, 6, 7]], RangeError, "b must be .*length 6 .*got .*length 7"],
      ["b: a list with a string", [X, [1, 2, 3, 4, 5, "6"]], TypeError, "b\\[5\\]"],
      ["b: detached", [X, detached(6)], TypeError, "b is detached"],
    ] as const)("%s", (_, values, type, pattern) => {
      expect(() => call(library, "logAddExp", values)).toThrow(type);
      expect(() => call(library, "logAddExp", values)).toThrow(new RegExp(`^logAddExp: ${pattern}`));
    });

    test.each(wrongOptions)("%s", (_, options, type, pattern) => {
      expect(() => call(library, "logAddExp", [X, b, options])).toThrow(type);
      expect(() => call(library, "logAddExp", [X, b, options])).toThrow(new RegExp(`^logAddExp: ${pattern}`));
    });

    test.each([6, 1000, FULL ? 200_003 : 33_003])(
      "%d elements: out is either argument, or apart",
      (length) => {
        const first = () => elements("f32", length);
        const second = () => elements("f32", length, 3);
        const expected = logAddExp(first(), second());
        const a = first();
        expect(logAddExp(a, second(), { out: a })).toBe(a);
        expectSame(a, expected);
        const other = second();
        expect(logAddExp(first(), other, { out: other })).toBe(other);
        expectSame(other, expected);
        const both = first();
        const twice = logAddExp(first(), first());
        expect(logAddExp(both, both, { out: both })).toBe(both);
        expectSame(both, twice);
        const plusOne = first();
        expect(logAddExp(plusOne, 1, { out: plusOne })).toBe(plusOne);
        expectSame(plusOne, logAddExp(first(), 1));
      },
    );

    test("out that overlaps an argument in part", () => {
      const buffer = elements("f32", 300) as Float32Array;
      const kept = buffer.slice();
      const [a, second] = [buffer.subarray(0, 100), buffer.subarray(200)];
      expect(() => logAddExp(a, second, { out: buffer.subarray(1, 101) })).toThrow(/out must be a itself/);
      expect(() => logAddExp(a, second, { out: buffer.subarray(101, 201) })).toThrow(/out must be b itself/);
      expectSame(buffer, kept);
    });

    test("a list whose getters take the memory of a away", () => {
      const a = X.slice() as Float32Array;
      const list = Array.from(b);
      Object.defineProperty(list, 2, {
        get: () => {
          structuredClone(a.buffer, { transfer: [a.buffer] });
          return 1;
        },
      });
      expect(() => logAddExp(a, list)).toThrow(/a is detached/);
    });
  });
});
