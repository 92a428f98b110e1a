import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { expectClose } from "./support/close.js";
import { elementBound } from "./support/elementwise.js";
import { FULL } from "./support/extent.js";
import { fill, floatArray } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { distance, type ElementType, ulp } from "./support/ulp.js";

fc.configureGlobal({ seed: 20261122, numRuns: FULL ? 150 : 50 });
// Files that follow in the same process choose for themselves.
afterAll(() => fc.resetConfigureGlobal());

const RISING = ["sigmoid", "logSigmoid", "softplus", "logit"] as const;

function convert(type: ElementType, values: readonly number[]): FloatArray {
  return fill(type, values.length, (k) => values[k]);
}

function arrays(type: ElementType, min: number, max: number): fc.Arbitrary<FloatArray> {
  const value = fc.double({ min, max, noNaN: true });
  return fc.array(value, { minLength: 1, maxLength: 200, size: "max" }).map((x) => convert(type, x));
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  const reals = fc.oneof(arrays(type, -10, 10), arrays(type, -800, 800), arrays(type, -1e-3, 1e-3));
  const probabilities = fc.oneof(arrays(type, 0, 1), arrays(type, 0.49, 0.51), arrays(type, 0, 1e-30));
  const pairs = fc
    .tuple(reals, fc.integer({ min: -90, max: 90 }))
    .map(([a, shift]): [FloatArray, FloatArray] => [
      a,
      a.map((value, k) => (k % 3 ? -value : value + shift)),
    ]);

  describeBackends((library) => {
    const { backend, sigmoid, logSigmoid, softplus, logit, logAddExp, softmax, logSoftmax, logSumExp, alr } =
      library;
    const ulps = elementBound(type, backend);

    test("sigmoid(x) + sigmoid(-x) is 1", () => {
      fc.assert(
        fc.property(reals, (x) => {
          const mirrored = sigmoid(x.map((value) => -value) as FloatArray);
          const one = sigmoid(x).map((p, k) => p + mirrored[k]) as FloatArray;
          const ones = x.map(() => 1);
          // Two errors, each in ulps of a number below 1, and the rounding of the sum.
          expectClose(one, ones as FloatArray, () => (2 * ulps + 1) * ulp(0.75, type));
        }),
      );
    });

    test("logSigmoid(x) is -softplus(-x), to the last bit", () => {
      fc.assert(
        fc.property(reals, (x) => {
          const mirrored = softplus(x.map((value) => -value)).map((value) => 0 - value);
          expectSame(logSigmoid(x), mirrored as FloatArray);
        }),
      );
    });

    test("softplus(x) - softplus(-x) is x", () => {
      fc.assert(
        fc.property(reals, (x) => {
          const above = softplus(x);
          const below = softplus(x.map((value) => -value));
          const difference = above.map((value, k) => value - below[k]);
          const larger = (k: number) => Math.max(above[k], below[k]);
          expectClose(difference as FloatArray, x, (k) => (2 * ulps + 1) * ulp(larger(k), type));
        }),
      );
    });

    test("logit(sigmoid(x)) is x, as far as p has digits", () => {
      fc.assert(
        fc.property(arrays(type, -80, type === "f32" ? 15 : 35), (x) => {
          const p = sigmoid(x);
          const slope = (k: number) => 1 / (p[k] * (1 - p[k]));
          const known = (k: number) => 1.01 * ulps * ulp(p[k], type) * slope(k);
          expectClose(logit(p), x, (k) => known(k) + (ulps + 0.5) * ulp(x[k], type));
        }),
      );
    });

    test("sigmoid(logit(p)) is p, as far as x has digits", () => {
      fc.assert(
        fc.property(probabilities, (p) => {
          const x = logit(p);
          const known = (k: number) => 1.01 * ulps * ulp(x[k], type) * p[k] * (1 - p[k]);
          expectClose(sigmoid(x), p, (k) => (p[k] === 0 ? 0 : known(k)) + (ulps + 0.5) * ulp(p[k], type));
        }),
      );
    });

    test.each(RISING)("%s does not fall", (operation) => {
      fc.assert(
        fc.property(operation === "logit" ? probabilities : reals, (x) => {
          const result = library[operation](x.sort());
          for (let k = 1; k < result.length; k++) {
            const slack = Number.isFinite(result[k]) ? 2 * ulps * ulp(result[k], type) : 0;
            expect(result[k] + slack).toBeGreaterThanOrEqual(result[k - 1]);
          }
        }),
      );
    });

    test("logAddExp does not depend on the order", () => {
      fc.assert(fc.property(pairs, ([a, b]) => expectSame(logAddExp(a, b), logAddExp(b, a))));
    });

    test("logAddExp(a, a) is a + log 2", () => {
      fc.assert(
        fc.property(reals, (a) => {
          const expected = a.map((value) => value + Math.LN2) as FloatArray;
          const unit = (k: number) => ulp(Math.max(Math.abs(expected[k]), Math.LN2), type);
          expectClose(logAddExp(a, a), expected, (k) => (ulps + 1) * unit(k));
        }),
      );
    });

    test("the family of two classes", () => {
      fc.assert(
        fc.property(pairs, ([a, b]) => {
          const rows = floatArray(type, 2 * a.length);
          for (let k = 0; k < a.length; k++) rows.set([a[k], b[k]], 2 * k);
          const options = { shape: [a.length, 2] };
          const sums = logSumExp(rows, options);
          const size = (k: number) => Math.max(Math.abs(sums[k]), Math.LN2);
          const both = ulps + bound("logSumExp", type, backend);
          expectClose(logAddExp(a, b), sums, (k) => both * ulp(size(k), type));

          for (let k = 0; k < a.length; k++) rows.set([a[k], 0], 2 * k);
          const first = (result: FloatArray) => result.filter((_, k) => k % 2 === 0) as FloatArray;
          const softmaxUlps = bound("softmax", type, backend);
          expect(distance(sigmoid(a), first(softmax(rows, options)), type)).toBeLessThanOrEqual(
            ulps + softmaxUlps,
          );
          const logUlps = bound("logSoftmax", type, backend);
          expect(distance(logSigmoid(a), first(logSoftmax(rows, options)), type)).toBeLessThanOrEqual(
            ulps + logUlps,
          );
        }),
      );
    });

    test("logit(p) is the additive log-ratio of p and 1 - p", () => {
      fc.assert(
        fc.property(arrays(type, 0.25, 0.75), (values) => {
          // 1 - p of so few bits is exact.
          const p = values.map((value) => Math.round(value * 2 ** 20) / 2 ** 20) as FloatArray;
          const rows = floatArray(type, 2 * p.length);
          for (let k = 0; k < p.length; k++) rows.set([1 - p[k], p[k]], 2 * k);
          const ratios = alr(rows, { shape: [p.length, 2] });
          expect(distance(logit(p), ratios, type)).toBeLessThanOrEqual(2 * ulps);
        }),
      );
    });
  });
});
