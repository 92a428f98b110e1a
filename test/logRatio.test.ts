import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { expectClose } from "./support/close.js";
import { divide } from "./support/doubleDouble.js";
import { elementBound, elementReference } from "./support/elementwise.js";
import { FULL } from "./support/extent.js";
import { centredReference } from "./support/logRatio.js";
import { fill, normal, random } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { expectSame } from "./support/same.js";
import { distance, ulp, ulpError, worstError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;
const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

/** As the docstring says. */
const CLR_BOUND = { f32: 0.51, f64: 4 };

describe.each(TYPES)("%s", (type) => {
  const epsilon = type === "f32" ? 2 ** -23 : 2 ** -52;
  const array = (values: readonly number[]) => fill(type, values.length, (k) => values[k]);

  describeBackends((library) => {
    const { backend, alr, alrInverse, clr, clrInverse, softmax } = library;
    const ulps = elementBound(type, backend);
    /** A probability vector of `length` elements whose logits have this deviation. */
    const probabilities = (length: number, deviation: number, seed: number) =>
      softmax(normal(type, length, deviation, seed));

    describe("alr", () => {
      const next = random(5);
      const power = (low: number, high: number) => 2 ** (low + (high - low) * next());
      const [lowest, highest] = type === "f32" ? [-149, 128] : [-1074, 1024];
      const draws: [string, () => number, (reference: number) => number][] = [
        ["probabilities", next, next],
        ["nearly equal", next, (p) => p * (1 + (next() - 0.5) * power(-25, -1))],
        ["ratios near powers of two", next, (p) => p * power(-3, 3) * (1 + (next() - 0.5) * 2 ** -9)],
        ["any", () => power(lowest, highest), () => power(lowest, highest)],
        ["subnormal", () => power(lowest, lowest + 20), (p) => p * power(-2, 2)],
      ];

      test.each(draws)("%s: errors", (_, drawReference, draw) => {
        const p = fill(type, FULL ? 4000 : 1200, () => 0);
        for (let k = 0; k < p.length; k += 2) {
          p[k] = drawReference();
          p[k + 1] = draw(p[k]);
        }
        const shape = [p.length / 2, 2];
        const results = alr(p, { shape, validate: false });
        for (let row = 0; row < results.length; row++) {
          const [reference, value] = p.subarray(2 * row, 2 * row + 2);
          if (!(value > 0 && reference > 0 && Math.max(value, reference) < INF)) continue;
          const exact = elementReference("logRatio", value, reference);
          const error = ulpError(results[row], exact, type);
          if (!(error <= ulps))
            expect.fail(`${error} ulp off: log(${value} / ${reference}) = ${results[row]}`);
        }
      });

      test.each([4, 3, 0.1])("λ = %d divides", (scale) => {
        const p = probabilities(500, 3, 6);
        const results = alr(p, { reference: 7, scale });
        const others = p.filter((_, k) => k !== 7);
        for (const [k, value] of others.entries()) {
          const exact = elementReference("logRatio", value, p[7]);
          const scaled = { ...divide(exact, { high: scale, low: 0 }), exponent: exact.exponent };
          // Rounded twice, the first time in a unit that may be twice as large.
          const allowed = scale === 4 ? ulps : 2 * ulps + 0.5;
          expect(ulpError(results[k], scaled, type)).toBeLessThanOrEqual(allowed);
        }
      });

      test("the components in their order, without the reference", () => {
        const p = array([0.5, 0.25, 0.125, 0.125]);
        const log2 = (...powers: number[]) => array(powers.map((power) => power * Math.LN2));
        expectSame(alr(p), log2(-1, -2, -2));
        expectSame(alr(p, { reference: 1 }), log2(1, -1, -1));
        expectSame(alr(p, { reference: -1 }), log2(2, 1, 0));
        expectSame(alr(p, { reference: 3, scale: 0.5 }), log2(4, 2, 0));
      });

      test("zeros, and what is no probability", () => {
        expectSame(alr(array([0.5, 0, 0.5])), array([-INF, 0]));
        expectSame(alr(array([0, 0.5, 0.5, 0])), array([INF, INF, NAN]));
        expectSame(alr(array([0.5, -1, NAN, INF]), { validate: false }), array([NAN, NAN, INF]));
        expectSame(alr(array([-1, 0.5, 2]), { validate: false }), array([NAN, NAN]));
        expectSame(alr(array([2, 2, 4]), { validate: false }), array([0, Math.LN2]));
      });

      test("of one component, of two, and of no lanes", () => {
        expectSame(alr(array([1])), array([]));
        expectSame(alr(array([1, 1, 1]), { shape: [3, 1] }), array([]));
        const p = array([0.25, 0.625, 0.875]);
        const rows = array(Array.from(p).flatMap((value) => [1 - value, value]));
        const ratios = alr(rows, { shape: [3, 2], validate: false });
        expect(distance(ratios, library.logit(p), type)).toBeLessThanOrEqual(2 * ulps);
        expectSame(alr(array([]), { shape: [0, 3] }), array([]));
      });
    });

    describe("alrInverse", () => {
      test.each([1, 4, 0.125])("λ = %d: errors are those of softmax", (scale) => {
        for (const length of [1, 2, 9, 300]) {
          const y = normal(type, length, 8 / scale, length);
          const { softmax: exact } = laneReference([0, ...y], 1 / scale);
          const results = alrInverse(y, { scale });
          const { ulp, index } = worstError(results, exact, type);
          expect(ulp, `at ${index}`).toBeLessThanOrEqual(bound("softmax", type, backend, 1 / scale));
        }
      });

      test.each([3, 0.7])("λ = %d, whose inverse is rounded", (scale) => {
        // Of so few bits that the products are exact.
        const short = (value: number) => Math.round(value * 2 ** 10) / 2 ** 10;
        const factor = short(scale);
        const y = normal(type, 300, 30 / factor, 3).map(short) as FloatArray;
        const logits = [0, ...y].map((value) => value * factor);
        const { softmax: exact } = laneReference(logits);
        const results = alrInverse(y, { scale: factor });
        const max = Math.max(...logits);
        for (let k = 0; k < results.length; k++) {
          const depth = type === "f32" ? 0 : max - logits[k];
          const allowed = bound("softmax", type, backend, 1 / factor) + depth;
          expect(ulpError(results[k], exact.at(k), type), `at ${k}`).toBeLessThanOrEqual(allowed);
        }
      });

      test("1 in the place of the reference", () => {
        const y = array([Math.LN2, Math.LN2]);
        for (const [reference, expected] of [
          [0, [0.2, 0.4, 0.4]],
          [1, [0.4, 0.2, 0.4]],
          [-1, [0.4, 0.4, 0.2]],
        ] as const) {
          const results = alrInverse(y, { reference });
          expect(distance(results, array(expected), type)).toBeLessThanOrEqual(3);
        }
      });

      test("infinities and NaN", () => {
        expectSame(alrInverse(array([-INF, 0])), array([0.5, 0, 0.5]));
        expectSame(alrInverse(array([-INF, -INF]), { reference: 1 }), array([0, 1, 0]));
        expectSame(alrInverse(array([INF, 0])), array([NAN, NAN, NAN]));
        expectSame(
          alrInverse(array([NAN, 0, 0, 0]), { shape: [2, 2] }),
          array([NAN, NAN, NAN, 1 / 3, 1 / 3, 1 / 3]),
        );
      });

      test("to one component, to two, and of no lanes", () => {
        expectSame(alrInverse(array([])), array([1]));
        expectSame(alrInverse(array([]), { shape: [3, 0] }), array([1, 1, 1]));
        expectSame(alrInverse(array([]), { shape: [0, 3] }), array([]));
        const x = normal(type, 100, 5, 4);
        const rows = alrInverse(x, { shape: [100, 1] });
        const second = rows.filter((_, k) => k % 2 === 1) as FloatArray;
        const allowed = ulps + bound("softmax", type, backend);
        expect(distance(second, library.sigmoid(x), type)).toBeLessThanOrEqual(allowed);
      });
    });

    describe("clr", () => {
      test.each([
        ["a wide spread", 9],
        ["a moderate one", 2],
        ["nearly equal", 1e-3],
      ])("%s: errors", (_, deviation) => {
        for (const length of [2, 3, 10, 1000]) {
          const p = probabilities(length, deviation, length);
          const results = clr(p);
          const { exact, mean } = centredReference(p);
          for (let k = 0; k < length; k++) {
            const size = Math.max(Math.abs(exact[k].high), Math.abs(mean.high));
            const error = Math.abs(results[k] - exact[k].high - exact[k].low) / ulp(size, type);
            expect(error, `at ${k}`).toBeLessThanOrEqual(CLR_BOUND[type]);
          }
        }
      });

      test("known values", () => {
        const log2 = (...powers: number[]) => array(powers.map((power) => power * Math.LN2));
        expectSame(clr(array([0.25, 0.25, 0.25, 0.25])), array([0, 0, 0, 0]));
        expectClose(clr(array([0.5, 0.25, 0.125, 0.125])), log2(1.25, 0.25, -0.75, -0.75), () => 4 * epsilon);
      });

      test("zeros, and what is no probability", () => {
        expectSame(clr(array([0, 0.25, 0.75])), array([-INF, INF, INF]));
        expectSame(clr(array([0, 1])), array([-INF, INF]));
        const rows = array([0.5, NAN, 0.5, -1, 0, 0, 0.25, 0.25]);
        const options = { shape: [4, 2], validate: false };
        expectSame(clr(rows, options), array([NAN, NAN, NAN, NAN, NAN, NAN, 0, 0]));
        expectSame(clr(array([0, NAN, 1]), { validate: false }), array([NAN, NAN, NAN]));
      });

      test("of one component, and of none", () => {
        expectSame(clr(array([1])), array([0]));
        expectSame(clr(array([1, 1, 1]), { shape: [3, 1] }), array([0, 0, 0]));
        expectSame(clr(array([])), array([]));
        expectSame(clr(array([]), { shape: [3, 0] }), array([]));
        expectSame(clrInverse(array([])), array([]));
      });

      test("clrInverse is softmax", () => {
        const z = normal(type, 1000, 4, 8);
        expectSame(clrInverse(z), softmax(z));
        const options = { shape: [10, 4, 25], axis: [0, 2] };
        expectSame(clrInverse(z, options), softmax(z, options));
      });
    });
  });
});
