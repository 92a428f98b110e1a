import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends, type Library } from "./support/backends.js";
import { floatArray, normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

const TYPES = ["f32", "f64"] as const;
const PAIRWISE = { softmaxVjp: "p", logSoftmaxVjp: "logp" } as const;
type Pairwise = keyof typeof PAIRWISE;
const OPERATIONS = Object.keys(PAIRWISE) as Pairwise[];

/** Calls with arguments that the types would refuse. */
function call(library: Library, operation: Pairwise | "logSumExpVjp", ...values: readonly unknown[]) {
  return (library[operation] as (...values: readonly unknown[]) => FloatArray)(...values);
}

/** The error is of this type and its message names the operation and the argument. */
function expectError(run: () => unknown, type: typeof TypeError | typeof RangeError, pattern: RegExp): void {
  expect(run).toThrow(type);
  expect(run).toThrow(pattern);
}

function detached(length: number): Float32Array {
  const array = new Float32Array(length);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const P = Float32Array.of(0.5, 0.25, 0.25, 0, 1, 0);
const DY = Float32Array.of(1, -1, 2, 3, 0, 5);

describeBackends((library) => {
  describe.each(OPERATIONS)("%s", (operation) => {
    const name = PAIRWISE[operation];
    const compute = library[operation];

    test("a list of numbers is a Float64Array, and as dy whatever the other is", () => {
      const expected = compute(Float64Array.from(P), Float64Array.from(DY));
      expect(expected).toBeInstanceOf(Float64Array);
      expectSame(compute(Array.from(P), Array.from(DY)), expected);
      expectSame(compute(Array.from(P), Float64Array.from(DY)), expected);
      expectSame(compute(Float64Array.from(P), Array.from(DY)), expected);
      expectSame(compute(P, Array.from(DY)), compute(P, DY));
      expect(compute(P, DY)).toBeInstanceOf(Float32Array);
    });

    test.each([
      ["the first: undefined", [undefined, DY], TypeError, `${name} must be`],
      ["the first: bytes", [Uint8Array.of(1, 2), [1, 2]], TypeError, `${name} must be .*Uint8Array`],
      [
        "the first: a list with a string",
        [
          [1, "2"],
          [1, 2],
        ],
        TypeError,
        `${name}\\[1\\]`,
      ],
      ["the first: detached", [detached(6), DY], TypeError, `${name} is detached`],
      ["dy: undefined", [P], TypeError, "dy must be .*undefined"],
      ["dy: a number", [P, 1], TypeError, "dy must be .*1"],
      ["dy: bytes", [P, Uint8Array.of(1, 2, 3, 4, 5, 6)], TypeError, "dy must be .*Uint8Array"],
      [
        "dy: of the other type",
        [P, Float64Array.from(DY)],
        TypeError,
        "dy must be a Float32Array.*Float64Array",
      ],
      [
        "dy: of the other type than a list",
        [[1, 0], new Float32Array(2)],
        TypeError,
        "dy must be a Float64Array",
      ],
      ["dy: too short", [P, DY.subarray(1)], RangeError, "dy must be .*length 6 .*got .*length 5"],
      ["dy: too long", [P, new Float32Array(7)], RangeError, "dy must be .*length 6 .*got .*length 7"],
      ["dy: a list too short", [P, [1, 2]], RangeError, "dy must be .*length 6 .*got .*length 2"],
      ["dy: a list with a string", [P, [1, 2, 3, 4, 5, "6"]], TypeError, "dy\\[5\\]"],
      ["dy: detached", [P, detached(6)], TypeError, "dy is detached"],
      ["options: a number", [P, DY, 3], TypeError, "options must be"],
      ["shape: too large", [P, DY, { shape: [2, 4] }], RangeError, "shape .*8.*6"],
      ["axis: too large", [P, DY, { shape: [2, 3], axis: 2 }], RangeError, "axis must be .*2"],
      ["temperature: 0", [P, DY, { temperature: 0 }], RangeError, "temperature must be .*0"],
      [
        "out: of the other type",
        [P, DY, { out: new Float64Array(6) }],
        TypeError,
        "out must be .*Float64Array",
      ],
      [
        "out: too short",
        [P, DY, { out: new Float32Array(3) }],
        RangeError,
        "out must be .*length 6.*length 3",
      ],
      ["out: a list", [P, DY, { out: [0, 0, 0, 0, 0, 0] }], TypeError, "out must be .*an array"],
      ["out: detached", [P, DY, { out: detached(6) }], TypeError, "out is detached"],
    ] as const)("%s", (_, values, type, pattern) => {
      expectError(() => call(library, operation, ...values), type, new RegExp(`^${operation}: ${pattern}`));
    });

    describe.each([6, 1000, 70_001])("%d elements", (length) => {
      const buffer = normal("f32", 4 * length, 1, length) as Float32Array;
      const forward = operation === "softmaxVjp" ? library.softmax : library.logSoftmax;
      forward(buffer.subarray(0, length), { out: buffer.subarray(0, length) });
      const part = (from: number) => buffer.slice().subarray(from, from + length);
      const expected = compute(part(0), part(2 * length));

      test("out is either argument, or apart", () => {
        const first = part(0);
        expect(compute(first, part(2 * length), { out: first })).toBe(first);
        expectSame(first, expected);
        const dy = part(2 * length);
        expect(compute(part(0), dy, { out: dy })).toBe(dy);
        expectSame(dy, expected);

        const shared = buffer.slice();
        const out = shared.subarray(3 * length);
        compute(shared.subarray(0, length), shared.subarray(2 * length, 3 * length), { out });
        expectSame(out, expected);
        expectSame(shared.subarray(0, 3 * length), buffer.subarray(0, 3 * length));
      });

      test("the same array twice, in place", () => {
        const both = part(0);
        const result = compute(part(0), part(0));
        expect(compute(both, both, { out: both })).toBe(both);
        expectSame(both, result);
      });

      test("out that overlaps an argument in part", () => {
        const first = buffer.subarray(0, length);
        const dy = buffer.subarray(2 * length, 3 * length);
        const kept = buffer.slice();
        for (const shift of [1, length - 1]) {
          const before = new RegExp(`^${operation}: out must be ${name} itself or not overlap ${name}`);
          const out = buffer.subarray(shift, shift + length);
          expectError(() => compute(first, dy, { out }), RangeError, before);
          const after = new RegExp(`^${operation}: out must be dy itself or not overlap dy`);
          const other = buffer.subarray(2 * length - shift, 3 * length - shift);
          expectError(() => compute(first, dy, { out: other }), RangeError, after);
        }
        expectSame(buffer, kept);
      });

      test("in linear memory", () => {
        const [first, dy, out] = [0, 1, 2].map(() => library.allocate("f32", length));
        first.view.set(part(0));
        dy.view.set(part(2 * length));
        expect(compute(first.view, dy.view, { out: out.view })).toBe(out.view);
        // The others may be left to the TypeScript path.
        const tolerance = 2 ** -20 * expected.reduce((most, value) => Math.max(most, Math.abs(value)));
        const results = [out.view, compute(first.view, part(2 * length)), compute(part(0), dy.view)];
        results.push(compute(first.view, dy.view, { out: dy.view }));
        for (const result of results) {
          expect(result.every((value, k) => Math.abs(value - expected[k]) <= tolerance)).toBe(true);
        }
        for (const resident of [first, dy, out]) resident.free();
      });
    });
  });

  describe("logSumExpVjp", () => {
    const { logSumExpVjp, softmax } = library;
    const shape = [2, 3];

    test("dy is one number, or one per lane in either type or a list", () => {
      expectSame(logSumExpVjp(DY, 1), softmax(DY));
      const list = [0.5, -2];
      const expected = logSumExpVjp(DY, list, { shape });
      expectSame(logSumExpVjp(DY, Float32Array.from(list), { shape }), expected);
      expectSame(logSumExpVjp(DY, Float64Array.from(list), { shape }), expected);
      expectSame(logSumExpVjp(DY.subarray(0, 3), 0.5), expected.subarray(0, 3));
      expectSame(logSumExpVjp(DY.subarray(3), [-2]), expected.subarray(3));
      expectSame(logSumExpVjp(DY, 3, { shape: [1, 6] }), logSumExpVjp(DY, 3));
      expectSame(logSumExpVjp(DY, 3, { shape, axis: null }), logSumExpVjp(DY, 3));
      expectSame(logSumExpVjp(Array.from(DY), 3), logSumExpVjp(Float64Array.from(DY), 3));
    });

    test("dy along an axis in the middle, and along two that are apart", () => {
      const x = normal("f64", 30, 1, 1);
      const slopes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
      const p = softmax(x, { shape: [2, 3, 5], axis: 1 });
      const result = logSumExpVjp(x, slopes, { shape: [2, 3, 5], axis: 1 });
      for (let at = 0; at < 30; at++) {
        const lane = 5 * Math.floor(at / 15) + (at % 5);
        expect(result[at]).toBeCloseTo(p[at] * slopes[lane], 14);
      }
      const joint = logSumExpVjp(x, [1, 2, 3], { shape: [2, 3, 5], axis: [0, 2] });
      const q = softmax(x, { shape: [2, 3, 5], axis: [0, 2] });
      for (let at = 0; at < 30; at++) {
        expect(joint[at]).toBeCloseTo(q[at] * (1 + (Math.floor(at / 5) % 3)), 14);
      }
    });

    test.each([
      ["x: undefined", [undefined, 1], TypeError, "x must be"],
      ["dy: undefined", [DY], TypeError, "dy must be .*undefined"],
      ["dy: a string", [DY, "1"], TypeError, 'dy must be .*"1"'],
      ["dy: bytes", [DY, Uint8Array.of(1)], TypeError, "dy must be .*Uint8Array"],
      ["dy: a list with null", [DY, [null]], TypeError, "dy\\[0\\]"],
      ["dy: detached", [DY, detached(1)], TypeError, "dy is detached"],
      ["dy: one per element", [DY, DY], RangeError, "dy must have length 1 .*got .*length 6"],
      ["dy: a number for two lanes", [DY, 1, { shape }], RangeError, "dy must have length 2 .*got 1"],
      ["dy: three numbers for two lanes", [DY, [1, 2, 3], { shape }], RangeError, "dy must have length 2"],
      ["dy: a number for no lanes", [[], 1, { shape: [0, 3] }], RangeError, "dy must have length 0 .*got 1"],
      ["out: one per lane", [DY, 1, { out: new Float32Array(1) }], RangeError, "out must be .*length 6"],
      ["temperature: NaN", [DY, 1, { temperature: Number.NaN }], RangeError, "temperature must be .*NaN"],
    ] as const)("%s", (_, values, type, pattern) => {
      expectError(
        () => call(library, "logSumExpVjp", ...values),
        type,
        new RegExp(`^logSumExpVjp: ${pattern}`),
      );
    });

    test.each(TYPES)("%s: out is x, or apart from it, or holds dy", (type) => {
      const x = normal(type, 300, 2, 1);
      const slopes = normal(type, 3, 1, 2);
      const options = { shape: [3, 100] };
      const expected = logSumExpVjp(x, slopes, options);
      const out = floatArray(type, 300);
      expect(logSumExpVjp(x, slopes, { ...options, out })).toBe(out);
      expectSame(out, expected);
      out.set(slopes, 7);
      logSumExpVjp(x, out.subarray(7, 10), { ...options, out });
      expectSame(out, expected);
      expect(logSumExpVjp(x, slopes, { ...options, out: x })).toBe(x);
      expectSame(x, expected);
      expectError(
        () => logSumExpVjp(out.subarray(0, 200), 1, { out: out.subarray(100) }),
        RangeError,
        /^logSumExpVjp: out must be x itself or not overlap x/,
      );
    });
  });
});
