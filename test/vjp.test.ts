import { describe, expect, test } from "vitest";
import { createSoftmax, type FloatArray, softmaxJacobian } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { centralDifference, unscaled, unscaledElements } from "./support/derivatives.js";
import { add, type DoubleDouble, multiplyByNumber, ZERO } from "./support/doubleDouble.js";
import { fill, floatArray, normal } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { expectSame } from "./support/same.js";

const TYPES = ["f32", "f64"] as const;
const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const PAIRWISE = ["softmaxVjp", "logSoftmaxVjp"] as const;
const FAMILY = [...PAIRWISE, "logSumExpVjp"] as const;

/** Makes probabilities of logits. */
const js = createSoftmax({ backend: "js" });

function expectClose(actual: FloatArray, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [k, value] of expected.entries()) {
    expect(Math.abs(actual[k] - value), `at ${k}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Numbers of few bits, which have exact sums with small steps. */
function short(length: number, seed: number): Float32Array {
  return normal("f32", length, 1.5, seed).map(
    (value) => Math.round(value * 2 ** 10) / 2 ** 10,
  ) as Float32Array;
}

function unit(length: number, at: number): number[] {
  return Array.from({ length }, (_, k) => (k === at ? 1 : 0));
}

function weightedSum(values: readonly DoubleDouble[], weights: ArrayLike<number>): DoubleDouble {
  return values.reduce((sum, value, k) => add(sum, multiplyByNumber(value, weights[k])), ZERO);
}

describe.each(TYPES)("%s", (type) => {
  const epsilon = type === "f32" ? 2 ** -23 : 2 ** -52;

  describe.each([1, 2, 5, 64])(
    "derivatives of a lane of %d, by differences and by the Jacobian",
    (length) => {
      const x = short(length, length);
      const dy = short(length, length + 1);
      const logits = fill(type, length, (k) => x[k]);
      const slopes = fill(type, length, (k) => dy[k]);
      const size = dy.reduce((sum, value) => sum + Math.abs(value), 0);

      /** The gradient of a number that is computed from the logits. */
      const gradient = (f: (logits: Float64Array) => DoubleDouble) =>
        Array.from({ length }, (_, k) => centralDifference((at) => [f(at)], x, unit(length, k))[0]);

      describe.each([1, 0.75, 3])("temperature %d", (temperature) => {
        const tolerance = (8 * epsilon * size) / temperature + 2 ** -50;
        const p = js.softmax(logits, { temperature });
        const logp = js.logSoftmax(logits, { temperature });
        const softmaxGradient = gradient((at) =>
          weightedSum(unscaledElements(laneReference(at, temperature).softmax), dy),
        );
        const jacobian = softmaxJacobian(p, { temperature });
        const times = (weights: Float32Array, entry: (i: number, j: number) => number) =>
          Array.from({ length }, (_, j) => weights.reduce((sum, weight, i) => sum + weight * entry(i, j), 0));

        describeBackends(({ softmaxVjp, logSoftmaxVjp, logSumExpVjp }) => {
          test("softmaxVjp is the gradient of Σ dy softmax", () => {
            expectClose(softmaxVjp(p, slopes, { temperature }), softmaxGradient, tolerance);
          });

          test("softmaxVjp is also the derivative of softmax in a direction", () => {
            const derivative = centralDifference(
              (at) => unscaledElements(laneReference(at, temperature).softmax),
              x,
              dy,
            );
            expectClose(softmaxVjp(p, slopes, { temperature }), derivative, tolerance);
          });

          test("softmaxVjp is the product with the Jacobian, from either side", () => {
            const result = softmaxVjp(p, slopes, { temperature });
            expectClose(
              result,
              times(dy, (i, j) => jacobian[i * length + j]),
              tolerance,
            );
            expectClose(
              result,
              times(dy, (i, j) => jacobian[j * length + i]),
              tolerance,
            );
          });

          test("logSoftmaxVjp is the gradient of Σ dy logSoftmax", () => {
            const expected = gradient((at) =>
              weightedSum(unscaledElements(laneReference(at, temperature).logSoftmax), dy),
            );
            expectClose(logSoftmaxVjp(logp, slopes, { temperature }), expected, tolerance);
          });

          test("logSoftmaxVjp is the product with the Jacobian [i = j] - p_j, and that of p dy is softmaxVjp", () => {
            const result = logSoftmaxVjp(logp, slopes, { temperature });
            expectClose(
              result,
              times(dy, (i, j) => ((i === j ? 1 : 0) - p[j]) / temperature),
              tolerance,
            );
            const products = fill(type, length, (k) => dy[k] * p[k]);
            const expected = Array.from(softmaxVjp(p, slopes, { temperature }));
            expectClose(logSoftmaxVjp(logp, products, { temperature }), expected, tolerance);
          });

          test("logSumExpVjp is the gradient of dy logSumExp, and softmax times dy / T", () => {
            const result = logSumExpVjp(logits, -2.5, { temperature });
            const expected = gradient((at) =>
              multiplyByNumber(unscaled(laneReference(at, temperature).logSumExp), -2.5),
            );
            expectClose(result, expected, (20 * epsilon) / temperature + 2 ** -50);
            const products = Array.from(p, (value) => (value * -2.5) / temperature);
            expectClose(result, products, (20 * epsilon) / temperature);
          });
        });
      });
    },
  );

  describeBackends((library) => {
    const { softmaxVjp, logSoftmaxVjp, logSumExpVjp } = library;

    test("the gradients of one element", () => {
      for (const dy of [0, 0.3, -7e20, 1e-30]) {
        expect(
          Array.from(
            softmaxVjp(
              fill(type, 1, () => 1),
              [dy],
            ),
          ),
        ).toEqual([0]);
        expect(Array.from(logSoftmaxVjp(floatArray(type, 1), [dy]))).toEqual([0]);
        expectSame(
          logSumExpVjp(
            fill(type, 1, () => 300),
            dy,
          ),
          fill(type, 1, () => dy),
        );
      }
    });

    test("no elements, no lanes", () => {
      const empty = floatArray(type, 0);
      for (const operation of FAMILY) {
        expectSame(library[operation](empty, [], { shape: [0, 3] }), empty);
        expect(library[operation]([], [], { shape: [0, 3] })).toBeInstanceOf(Float64Array);
      }
      expectSame(logSumExpVjp(empty, 1), empty);
      expectSame(logSumExpVjp(empty, [1, 2, 3], { shape: [3, 0] }), empty);
      expectSame(softmaxVjp(empty, []), empty);
    });

    test.each([3, 100, 1000])("a probability of 0 among %d", (length) => {
      const isOut = (k: number) => k % 3 === 1;
      const x = fill(type, length, (k) => (isOut(k) ? -INF : (k % 7) / 2));
      for (const sum of [1, -1, 0]) {
        for (const zero of [0, -0]) {
          const dy = fill(type, length, (k) => (isOut(k) ? zero : k === 0 ? sum : 0));
          const there = (result: FloatArray) => result.filter((_, k) => isOut(k));
          const zeros = there(floatArray(type, length));
          expectSame(there(logSoftmaxVjp(js.logSoftmax(x), dy)), zeros);
          expect(there(softmaxVjp(js.softmax(x), dy)).every((value) => value === 0)).toBe(true);
          expect(there(logSumExpVjp(x, sum)).every((value) => value === 0)).toBe(true);
        }
      }
      const dy = normal(type, length, 1, 3);
      const result = logSoftmaxVjp(js.logSoftmax(x), dy);
      expect(result.every((value, k) => !isOut(k) || value === dy[k])).toBe(true);
    });

    describe.each([
      [5, 4, 1],
      [23, 100, 1],
      [2, 100, 40],
      [3, 5, 7],
      [1, 5003, 3],
    ])("bad numbers in a lane of [%d, %d, %d]", (outer, length, inner) => {
      const shape = [outer, length, inner];
      const options = { shape, axis: 1 };
      const size = outer * length * inner;
      const start = Math.floor(outer / 2) * length * inner + (inner >> 1);
      const isBad = (at: number) =>
        Math.floor(at / length / inner) === outer >> 1 && at % inner === inner >> 1;
      const x = normal(type, size, 2, size);
      const dy = normal(type, size, 1, size + 1);
      const inputs = { softmaxVjp: js.softmax(x, options), logSoftmaxVjp: js.logSoftmax(x, options) };
      const replaced = (array: FloatArray, value: number, k: number) =>
        fill(type, size, (at) => (at === start + k * inner ? value : array[at]));
      const withNaN = (array: FloatArray, where: (at: number) => boolean) =>
        fill(type, size, (at) => (where(at) ? NAN : array[at]));
      const places = [0, length >> 1, length - 1];

      describe.each(PAIRWISE)("%s", (operation) => {
        const compute = library[operation];
        const input = inputs[operation];
        const good = compute(input, dy, options);

        test.each([NAN, INF, -INF])("%d in dy: the lane is NaN, its neighbours are as before", (value) => {
          for (const k of places) {
            expectSame(compute(input, replaced(dy, value, k), options), withNaN(good, isBad));
          }
        });

        // +Infinity is no log-probability, -Infinity is that of 0.
        test.each(operation === "softmaxVjp" ? [NAN, INF, -INF] : [NAN])("%d among the values", (value) => {
          for (const k of places) {
            const where = operation === "softmaxVjp" ? isBad : (at: number) => at === start + k * inner;
            expectSame(compute(replaced(input, value, k), dy, options), withNaN(good, where));
          }
        });
      });

      test("logSumExpVjp", () => {
        const slopes = normal(type, outer * inner, 1, 9);
        const good = logSumExpVjp(x, slopes, options);
        const expected = withNaN(good, isBad);
        for (const value of [NAN, INF]) {
          for (const k of places) expectSame(logSumExpVjp(replaced(x, value, k), slopes, options), expected);
        }
        const lane = (outer >> 1) * inner + (inner >> 1);
        const without = fill(type, size, (at) => (isBad(at) ? -INF : x[at]));
        for (const slope of [NAN, INF]) {
          slopes[lane] = slope;
          expectSame(logSumExpVjp(slope === INF ? without : x, slopes, options), expected);
        }
        // The log-sum-exp of nothing but -Infinity does not change.
        for (const slope of [1, -2, 0]) {
          slopes[lane] = slope;
          const zeros = fill(type, size, (at) => (isBad(at) ? 0 : good[at]));
          expectSame(logSumExpVjp(without, slopes, options), zeros);
          const inPlace = without.slice();
          expectSame(logSumExpVjp(inPlace, slopes, { ...options, out: inPlace }), zeros);
        }
        // Beside NaN they are no such lane.
        expectSame(logSumExpVjp(replaced(without, NAN, length - 1), slopes, options), expected);
        expectSame(logSumExpVjp(x, new Float64Array(outer * inner), options), floatArray(type, size));
      });
    });
  });
});
