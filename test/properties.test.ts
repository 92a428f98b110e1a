import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { compute, describeBackends, ELEMENTWISE, libraries, OPERATIONS } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { add, type DoubleDouble, ZERO } from "./support/doubleDouble.js";
import { FULL } from "./support/extent.js";
import { gather } from "./support/lanes.js";
import { expectSame } from "./support/same.js";
import { distance, type ElementType, ulp } from "./support/ulp.js";

fc.configureGlobal({ seed: 20261122, numRuns: FULL ? 150 : 50 });
// Files that follow in the same process choose for themselves.
afterAll(() => fc.resetConfigureGlobal());

const convert = (type: ElementType, values: readonly number[]): FloatArray =>
  type === "f32" ? Float32Array.from(values) : Float64Array.from(values);

/** Logits as they come: clustered, spread out, integers with ties, and any finite value at all. */
const logits = (type: ElementType, minLength = 1, maxLength = 300): fc.Arbitrary<FloatArray> => {
  const value = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const extreme = type === "f32" ? fc.float({ noNaN: true, noDefaultInfinity: true }) : value(-1e308, 1e308);
  const array = (element: fc.Arbitrary<number>) => fc.array(element, { minLength, maxLength, size: "max" });
  return fc
    .oneof(
      array(value(-8, 8)),
      array(value(-800, 800)),
      array(fc.integer({ min: -30, max: 30 })),
      array(extreme),
    )
    .map((values) => convert(type, values));
};

const matrix = (type: ElementType) =>
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 19 }))
    .chain(([outer, length, inner]) =>
      logits(type, outer * length * inner, outer * length * inner).map((x) => ({
        x,
        shape: [outer, length, inner],
      })),
    );

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describeBackends((library) => {
    const { softmax, logSoftmax, logSumExp, backend } = library;

    // Each result is within bound ulps of its exact value, and an ulp of p is at most p·ulp(1): hence their sum is
    // within bound·ulp(1) of 1, whatever their number, but for the ulps of subnormal results.
    test("softmax sums to 1", () => {
      fc.assert(
        fc.property(logits(type), (x) => {
          let sum: DoubleDouble = ZERO;
          for (const p of softmax(x)) sum = add(sum, { high: p, low: 0 });
          const off = Math.abs(add(sum, { high: -1, low: 0 }).high);
          expect(off).toBeLessThanOrEqual(
            bound("softmax", type, backend) * (ulp(1, type) + x.length * ulp(0, type)),
          );
        }),
      );
    });

    test("a larger logit has no smaller result", () => {
      fc.assert(
        fc.property(logits(type), fc.constantFrom(...ELEMENTWISE), (x, operation) => {
          const result = library[operation](x);
          const order = Array.from(x.keys()).sort((i, j) => x[i] - x[j]);
          const unordered = order.findIndex((i, k) => k > 0 && !(result[i] >= result[order[k - 1]]));
          expect(unordered).toBe(-1);
        }),
      );
    });

    // Small integers and small integer shifts: x + shift is exact, and the exact results do not change.
    const integers = fc.array(fc.integer({ min: -200, max: 0 }), {
      minLength: 1,
      maxLength: 200,
      size: "max",
    });
    test("an exact shift changes nothing beyond the bound", () => {
      fc.assert(
        fc.property(integers, fc.integer({ min: -4000, max: 4000 }), (values, shift) => {
          const x = convert(type, values);
          const shifted = x.map((value) => value + shift);
          for (const operation of ELEMENTWISE) {
            const apart = distance(library[operation](x), library[operation](shifted), type);
            expect(apart).toBeLessThanOrEqual(2 * bound(operation, type, backend));
          }
          const expected = logSumExp(x) + shift;
          const actual = logSumExp(shifted);
          const unit = ulp(Math.max(Math.abs(expected), Math.abs(expected - shift), Math.abs(shift)), type);
          expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
            2 * bound("logSumExp", type, backend) * unit,
          );
        }),
      );
    });

    // Large maxima are subtracted before anything else, and these differences are exact.
    test("an exact shift between large maxima changes no bit", () => {
      fc.assert(
        fc.property(integers, fc.integer({ min: -4000, max: 4000 }), (values, shift) => {
          const x = convert(type, [0, ...values]).map((value) => value + 2 ** 20);
          const shifted = x.map((value) => value + shift);
          for (const operation of ELEMENTWISE) expectSame(library[operation](shifted), library[operation](x));
        }),
      );
    });

    test("a permutation of the logits permutes the results within the bound", () => {
      fc.assert(
        fc.property(logits(type), fc.integer(), (x, seed) => {
          const order = Array.from(x.keys()).sort((i, j) => Math.imul(i, seed | 1) - Math.imul(j, seed | 1));
          const permuted = x.map((_, k) => x[order[k]]);
          for (const operation of ELEMENTWISE) {
            const result = library[operation](x);
            const expected = result.map((_, k) => result[order[k]]);
            const apart = distance(library[operation](permuted), expected, type);
            expect(apart).toBeLessThanOrEqual(2 * bound(operation, type, backend));
          }
        }),
      );
    });

    test("softmax is the exponential of logSoftmax", () => {
      fc.assert(
        fc.property(logits(type), (x) => {
          const p = softmax(x);
          const apart = logSoftmax(x).findIndex((logarithm, i) => {
            const exponential = Math.exp(logarithm);
            const allowed = bound("softmax", type, backend) * ulp(p[i], type) + ulp(exponential, "f64");
            const logarithmError = bound("logSoftmax", type, backend) * ulp(logarithm, type);
            const propagated = exponential === 0 ? 0 : exponential * Math.expm1(logarithmError);
            return !(Math.abs(exponential - p[i]) <= allowed + propagated);
          });
          expect(apart).toBe(-1);
        }),
      );
    });

    test.each(OPERATIONS)("%s: a bad lane never disturbs its neighbours", (operation) => {
      const bad = fc.constantFrom(Number.NaN, Infinity, -Infinity);
      fc.assert(
        fc.property(
          matrix(type),
          fc.nat(),
          fc.array(bad, { minLength: 1, maxLength: 3 }),
          (input, at, values) => {
            const { x, shape } = input;
            const [, length, inner] = shape;
            const options = { shape, axis: 1 };
            const lane = at % (x.length / length);
            const offset = Math.floor(lane / inner) * length * inner + (lane % inner);
            const disturbed = x.slice();
            for (let k = 0; k < length; k++) disturbed[offset + k * inner] = values[k % values.length];

            const expected = compute(library, operation, x, options);
            const actual = compute(library, operation, disturbed, options);
            const step = operation === "logSumExp" ? 0 : inner;
            for (let k = 0; k < (step === 0 ? 1 : length); k++) {
              const index = step === 0 ? lane : offset + k * step;
              expected[index] = 0;
              actual[index] = 0;
            }
            expectSame(actual, expected);
          },
        ),
      );
    });

    test.each(OPERATIONS)("%s: the input is kept, and out receives the same bits", (operation) => {
      fc.assert(
        fc.property(matrix(type), ({ x, shape }) => {
          const original = x.slice();
          const expected = compute(library, operation, x, { shape, axis: 1 });
          expectSame(x, original);
          const out = x.slice(0, expected.length).fill(7);
          expect(compute(library, operation, x, { shape, axis: 1, out })).toBe(out);
          expectSame(out, expected);
          if (operation === "logSumExp") return;
          expect(compute(library, operation, x, { shape, axis: 1, out: x })).toBe(x);
          expectSame(x, expected);
        }),
      );
    });

    test("a strided lane has the results of the same lane alone, within the bound", () => {
      fc.assert(
        fc.property(matrix(type), fc.nat(), ({ x, shape }, at) => {
          const [, length, inner] = shape;
          const lane = at % (x.length / length);
          const offset = Math.floor(lane / inner) * length * inner + (lane % inner);
          const alone = gather(x, offset, length, inner);
          for (const operation of ELEMENTWISE) {
            const together = library[operation](x, { shape, axis: 1 });
            const expected = gather(together, offset, length, inner);
            const apart = distance(library[operation](alone), expected, type);
            expect(apart).toBeLessThanOrEqual(2 * bound(operation, type, backend));
          }
        }),
      );
    });
  });

  test.each(ELEMENTWISE)("%s: the backends agree within their bounds", (operation) => {
    fc.assert(
      fc.property(matrix(type), ({ x, shape }) => {
        const [first, ...others] = libraries;
        const expected = first[operation](x, { shape, axis: 1 });
        for (const other of others) {
          const allowed = bound(operation, type, first.backend) + bound(operation, type, other.backend);
          expect(distance(other[operation](x, { shape, axis: 1 }), expected, type)).toBeLessThanOrEqual(
            allowed,
          );
        }
      }),
    );
  });
});
