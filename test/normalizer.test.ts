import { describe, expect, test } from "vitest";
import kernel from "../assembly/normalized.ts?raw";
import js from "../src/backend/js/normalized.ts?raw";
import type { FloatArray, SoftmaxOptions } from "../src/index.js";
import { describeBackends, ELEMENTWISE, type Library } from "./support/backends.js";
import { bound, boundsIn } from "./support/bounds.js";
import { add, divide, exp } from "./support/doubleDouble.js";
import { type ErrorType, expectError } from "./support/errors.js";
import { fill, floatArray, normal, uniform } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { expectSame } from "./support/same.js";
import { lanesOf, SHAPES, sizeOf } from "./support/shapes.js";
import { distance, type ElementType, ulp, ulpError } from "./support/ulp.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

const BOUNDS = new Map([...boundsIn(kernel), ...boundsIn(js)]);

/** Of softmax with a normalizer. Any temperature but 1 costs up to one ulp more. */
function normalizedBound({ backend }: Library, type: ElementType, temperature = 1): number {
  return (BOUNDS.get(`${type} ${backend}`) ?? Number.NaN) + (temperature === 1 ? 0 : 1);
}

/** The normalizers of the lanes, from the same numbers in double precision. */
function normalizersOf({ logSumExp }: Library, x: FloatArray, options: SoftmaxOptions) {
  return logSumExp(Float64Array.from(x), { shape: [x.length], ...options });
}

/**
 * How far softmax with a normalizer of this size, of which the last bits are wrong, may be from softmax itself, in
 * ulps of the type: a change by δ changes each result p by δ p.
 */
function allowance(library: Library, type: ElementType, normalizers: FloatArray, temperature = 1): number {
  const { backend } = library;
  const error = Math.max(...normalizers.map((L) => (Number.isFinite(L) ? ulp(L, "f64") : 0)));
  const rounding = (bound("logSumExp", "f64", backend, temperature) * error * 2) / ulp(1, type);
  const together = bound("softmax", type, backend, temperature) + normalizedBound(library, type, temperature);
  return together + rounding;
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describeBackends((library) => {
    const { softmax, logSoftmax } = library;

    describe.each(SHAPES)("lanes along $axis of $shape", (shape) => {
      const lanes = lanesOf(shape);
      const size = sizeOf(shape);
      const x = normal(type, size, 3, 1, 30);
      const laneMask = Uint8Array.from({ length: lanes[0].length }, (_, k) => (k * 7 + 1) % 3);

      test.each([1, 0.7])("its own log-sum-exp at temperature %d: softmax", (temperature) => {
        const normalizer = normalizersOf(library, x, { ...shape, temperature });
        const result = softmax(x, { ...shape, temperature, normalizer });
        const apart = distance(result, softmax(x, { ...shape, temperature }), type);
        expect(apart).toBeLessThanOrEqual(allowance(library, type, normalizer, temperature));
      });

      test("with a mask: softmax of what is kept", () => {
        const mask = new Uint8Array(size);
        for (const lane of lanes) for (const [k, index] of lane.entries()) mask[index] = laneMask[k];
        const hostile = x.map((value, k) => (mask[k] === 0 ? [NAN, INF, -INF][k % 3] : value));
        const normalizer = normalizersOf(library, hostile, { ...shape, mask });
        for (const given of [mask, laneMask]) {
          const result = softmax(hostile, { ...shape, mask: given, normalizer });
          const expected = softmax(hostile, { ...shape, mask });
          expect(distance(result, expected, type)).toBeLessThanOrEqual(allowance(library, type, normalizer));
          expect(result.findIndex((value, k) => mask[k] === 0 && !Object.is(value, 0))).toBe(-1);
        }
      });

      test("logSoftmax is x / T - L, rounded once more", () => {
        const normalizer = normal("f64", lanes.length, 3, 4);
        const temperature = 0.7;
        const expected = floatArray(type, size);
        for (const [number, lane] of lanes.entries()) {
          for (const [k, index] of lane.entries()) {
            expected[index] = laneMask[k] === 0 ? -INF : x[index] / temperature - normalizer[number];
          }
        }
        expectSame(logSoftmax(x, { ...shape, temperature, normalizer, mask: laneMask }), expected);
      });

      test("in place, into out, and with normalizers of any kind; nothing else is written", () => {
        const normalizer = normal("f32", lanes.length, 3, 4, 30);
        const inputs = [x.slice(), normalizer.slice()];
        for (const operation of ELEMENTWISE) {
          const expected = library[operation](x, { ...shape, normalizer });
          for (const other of [Float64Array.from(normalizer), Array.from(normalizer)]) {
            expectSame(library[operation](x, { ...shape, normalizer: other }), expected);
          }
          if (lanes.length === 1) {
            expectSame(library[operation](x, { ...shape, normalizer: normalizer[0] }), expected);
          }
          const memory = new SharedArrayBuffer(x.byteLength);
          const out = type === "f32" ? new Float32Array(memory) : new Float64Array(memory);
          expect(library[operation](x, { ...shape, normalizer, out })).toBe(out);
          expectSame(out, expected);
          out.set(x);
          expect(library[operation](out, { ...shape, normalizer, out })).toBe(out);
          expectSame(out, expected);
        }
        expectSame(x, inputs[0]);
        expectSame(normalizer, inputs[1]);
      });
    });

    test.each<[string, () => FloatArray, temperature: number, off?: number]>([
      ["ordinary logits", () => normal(type, 5000, 3, 1), 1],
      ["logits near 1e4", () => normal(type, 5000, 3, 2, 1e4), 1],
      ["logits near -1e4", () => normal(type, 5000, 3, 3, -1e4), 1],
      ["results down to nothing", () => uniform(type, 5000, type === "f32" ? -105 : -750, 0, 4), 1],
      ["temperature 0.1", () => normal(type, 5000, 3, 5), 0.1],
      ["temperature 3", () => normal(type, 5000, 9, 6, 200), 3],
      ["temperature 1e30", () => normal(type, 5000, 9e30, 7), 1e30],
      ["few", () => normal(type, 5, 3, 8), 1],
      ["logits far above the normalizer", () => normal(type, 100, 3, 9), 1, -60],
      ["one of them beyond any power", () => normal(type, 100, 3, 11).fill(2000, 50, 51), 1, -1995],
      ["logits above the normalizer, temperature 2", () => normal(type, 100, 3, 10), 2, -3],
    ])("%s: within the bound of softmax, of the exact value", (_, inputs, temperature, off = 0) => {
      const x = inputs();
      const normalizer = laneReference(x, temperature).logSumExp.high + off;
      const result = softmax(x, { temperature, normalizer });
      let worst = 0;
      for (const [k, value] of x.entries()) {
        const quotient = divide({ high: value, low: 0 }, { high: temperature, low: 0 });
        const exact = exp(add(quotient, { high: -normalizer, low: 0 }));
        worst = Math.max(worst, ulpError(result[k], exact, type));
      }
      expect(worst).toBeLessThanOrEqual(normalizedBound(library, type, temperature));
    });

    test("the chunks of a vector have the results of the whole", () => {
      const x = normal(type, 20011, 5, 9);
      x[5000] = -INF;
      for (const temperature of [1, 0.3]) {
        const [normalizer] = normalizersOf(library, x, { temperature });
        const whole = softmax(x, { temperature });
        const result = floatArray(type, x.length);
        const ends = [1, 3, 10, 65, 129, 1000, 5000, 5001, 9007, x.length];
        for (const [k, end] of ends.entries()) {
          const start = ends[k - 1] ?? 0;
          softmax(x.subarray(start, end), { temperature, normalizer, out: result.subarray(start, end) });
        }
        expect(distance(result, whole, type)).toBeLessThanOrEqual(
          allowance(library, type, Float64Array.of(normalizer), temperature),
        );
        expect(result[5000]).toBe(0);
      }
    });

    test.each<[string, number[], number, number[], number[]]>([
      ["-Infinity", [-INF, 2], 2, [0, 1], [-INF, 0]],
      ["a chunk of nothing but -Infinity", [-INF, -INF], 2, [0, 0], [-INF, -INF]],
      ["all of nothing but -Infinity", [-INF, -INF], -INF, [0, 0], [-INF, -INF]],
      ["+Infinity in the chunk", [INF, 2, -INF], INF, [NAN, NAN, NAN], [NAN, NAN, NAN]],
      ["+Infinity elsewhere", [1, 2, -INF], INF, [NAN, NAN, NAN], [NAN, NAN, NAN]],
      ["NaN in the chunk", [NAN, 2, -INF], NAN, [NAN, NAN, NAN], [NAN, NAN, NAN]],
      ["NaN elsewhere", [1, 2, -INF], NAN, [NAN, NAN, NAN], [NAN, NAN, NAN]],
      ["NaN that the normalizer does not know of", [NAN, NAN], 2, [NAN, NAN], [NAN, NAN]],
      ["+Infinity that it does not know of", [INF, INF], 2, [NAN, NAN], [NAN, NAN]],
      ["a normalizer far too large", [0, -INF], 1e30, [0, 0], [-1e30, -INF]],
    ])("%s", (_, chunk, normalizer, p, logp) => {
      const { length } = chunk;
      for (const count of [1, 40, 400]) {
        // Other lanes on both sides, which it must not disturb.
        const x = floatArray(type, (count + 2) * length).fill(1);
        for (let lane = 1; lane <= count; lane++) x.set(chunk, lane * length);
        const normalizers = new Float64Array(count + 2).fill(normalizer);
        normalizers[0] = 1;
        normalizers[count + 1] = 1;
        const options = { shape: [count + 2, length], normalizer: normalizers };
        const expected = (lane: readonly number[], other: number) =>
          fill(type, x.length, (k) =>
            x[k] === 1 && (k < length || k >= x.length - length) ? other : lane[k % length],
          );
        expectSame(softmax(x, options), expected(p, 1));
        expectSame(logSoftmax(x, options), expected(logp, 0));
        const mask = new Uint8Array(length);
        expectSame(softmax(x, { ...options, mask }), floatArray(type, x.length));
        expectSame(logSoftmax(x, { ...options, mask }), floatArray(type, x.length).fill(-INF));
      }
    });

    test("no elements", () => {
      const empty = floatArray(type, 0);
      for (const operation of ELEMENTWISE) {
        expectSame(library[operation](empty, { normalizer: 3 }), empty);
        expectSame(library[operation](empty, { shape: [3, 0], normalizer: [1, 2, 3] }), empty);
        expectSame(library[operation](empty, { shape: [0, 3], normalizer: [] }), empty);
        expectSame(library[operation](empty, { shape: [2 ** 40, 0], axis: 0, normalizer: [] }), empty);
      }
    });

    test("out may be the normalizers where a lane is one element", () => {
      for (const operation of ELEMENTWISE) {
        const x = normal(type, 100, 1, 3);
        const normalizer = normal(type, 100, 1, 4);
        const shape = [100, 1];
        const expected = library[operation](x, { shape, normalizer });
        expect(library[operation](x, { shape, normalizer, out: normalizer })).toBe(normalizer);
        expectSame(normalizer, expected);
      }
    });
  });
});

describeBackends((library) => {
  const X = Float32Array.of(1, 2, 3, 4, 5, 6);
  const shape = [2, 3];

  describe.each(ELEMENTWISE)("%s", (operation) => {
    const run = (normalizer: unknown, options: object = { shape }) =>
      library[operation](X, { ...options, normalizer } as SoftmaxOptions);

    test.each<[string, unknown, ErrorType, string]>([
      ["null", null, TypeError, "normalizer"],
      ["a string", "1", TypeError, "normalizer"],
      ["a bigint", 1n, TypeError, "normalizer"],
      ["an object", { length: 2, 0: 1, 1: 2 }, TypeError, "normalizer"],
      ["bytes", Uint8Array.of(1, 2), TypeError, "normalizer"],
      ["a list with a string", [1, "2"], TypeError, "normalizer\\[1"],
      ["a number for two lanes", 3, RangeError, "normalizer"],
      ["as long as x", new Float32Array(6), RangeError, "normalizer"],
      ["as long as a lane", [1, 2, 3], RangeError, "normalizer"],
      ["empty", new Float64Array(0), RangeError, "normalizer"],
    ])("%s", (_, normalizer, type, name) => {
      expectError(() => run(normalizer), type, name);
    });

    test("a message tells what was given and what was expected", () => {
      expect(() => run(7.5)).toThrow(new RegExp(`^${operation}: .*\\b2\\b.*7\\.5`));
      expect(() => run([1, 2, 3])).toThrow(/\b2\b.*\b3\b/);
    });

    test("out that overlaps the normalizers in part", () => {
      const memory = new ArrayBuffer(256);
      const out = new Float32Array(memory, 8, 6);
      for (const normalizer of [new Float32Array(memory, 28, 2), new Float64Array(memory, 0, 2)]) {
        expectError(() => run(normalizer, { shape, out }), RangeError, "normalizer");
      }
      expect(run(new Float32Array(memory, 0, 2), { shape, out })).toBe(out);
    });

    test("normalizers without memory", () => {
      const normalizer = new Float64Array(2);
      structuredClone(normalizer, { transfer: [normalizer.buffer] });
      expectError(() => run(normalizer), TypeError, "normalizer");
    });

    test("the elements of a list are read before any length", () => {
      const x = Float32Array.of(1, 2, 3);
      const normalizer = [1];
      Object.defineProperty(normalizer, 0, {
        get() {
          structuredClone(x, { transfer: [x.buffer] });
          return 1;
        },
      });
      expectError(() => library[operation](x, { normalizer }), TypeError, "x");
    });
  });
});
