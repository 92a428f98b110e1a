import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { Exact, exact } from "./support/decimal.js";
import { fill, normal, random } from "./support/random.js";
import { ulp } from "./support/ulp.js";

/** Enough for sums of which 120 digits cancel. */
const Wide = Exact.clone({ precision: 150 });

interface Reference {
  readonly value: Exact;
  readonly sign: number;
  readonly cancelled: number;
}

/** Kept for the other backends. */
const known = new Map<string, Reference>();

/** log|Σ w e^(x / T)|, the sign of the sum, and how many times larger its terms are. */
function reference(x: ArrayLike<number>, weights: ArrayLike<number>, temperature = 1): Reference {
  const key = JSON.stringify([Array.from(x), Array.from(weights), temperature]);
  const kept = known.get(key) ?? compute(x, weights, temperature);
  known.set(key, kept);
  return kept;
}

function compute(x: ArrayLike<number>, weights: ArrayLike<number>, temperature: number): Reference {
  let sum = new Wide(0);
  let size = new Wide(0);
  for (let k = 0; k < x.length; k++) {
    const z = new Wide(exact(x[k])).div(exact(temperature));
    const term = z.exp().times(exact(weights[k]));
    sum = sum.plus(term);
    size = size.plus(term.abs());
  }
  const sign = sum.isZero() ? 0 : sum.isNegative() ? -1 : 1;
  return { value: sum.abs().ln(), sign, cancelled: size.div(sum).abs().toNumber() };
}

/** In f32 rounded once from doubles. That of double-doubles comes on top. */
const BOUND = { f32: 0.51, f64: 1 } as const;
const DOUBLED = 2 ** -90;

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describeBackends(({ logSumExp, logSumExpSigned }) => {
    /** Alone, and among terms of weight 0, so that the kernels compute it too. */
    function expectExact(x: FloatArray, weights: FloatArray, temperature?: number, allowed?: number): void {
      const { value, sign, cancelled } = reference(x, weights, temperature);
      const bound = (allowed ?? BOUND[type]) * ulp(value.toNumber(), type) + DOUBLED * cancelled;
      for (const length of [x.length, x.length + 100]) {
        const logits = fill(type, length, (k) => x[k] ?? 3);
        const all = fill(type, length, (k) => weights[k] ?? 0);
        const result = logSumExpSigned(logits, { weights: all, temperature });
        expect(result.sign).toBe(sign);
        const error = Math.abs(value.minus(exact(result.value)).toNumber());
        expect(error).toBeLessThanOrEqual(bound);
        expect(logSumExp(logits, { weights: all, temperature })).toBe(sign < 0 ? Number.NaN : result.value);
      }
    }
    const of = (...values: number[]) => fill(type, values.length, (k) => values[k]);

    test("two terms of opposite weights, as near as can be", () => {
      const next = random(1);
      for (let bits = 4; bits < (type === "f32" ? 140 : 400); bits += type === "f32" ? 7 : 31) {
        const difference = (1 + next()) * 2 ** -bits;
        for (const weight of [1, 0.1, 3e5]) {
          expectExact(of(difference, 0), of(weight, -weight));
          expectExact(of(difference, 0), of(-weight, weight), 0.7);
          expectExact(of(-difference, 0, -3), of(weight, -weight, 0));
        }
        const x = of(7 + 2 ** -Math.min(bits, type === "f32" ? 20 : 49), 7);
        expectExact(x, of(1, -1));
        expectExact(x, of(1, -1), 3);
      }
    });

    test("weights that take back the difference", () => {
      // ln 2 is rounded: what is left is 2^-55 of the terms in f64.
      expectExact(of(Math.LN2, 0), of(1, -2));
      expectExact(of(3 + Math.LN2, 3, -2), of(1, -2, 1e-16));
      const next = random(2);
      for (let k = 0; k < 10; k++) {
        const x = of(next() * 8, next() * 8);
        const ratio = fill(type, 1, () => Math.exp(x[0] - x[1]))[0];
        expectExact(x, of(1, -ratio));
        expectExact(x, of(1, -ratio * (1 + 1e-4)));
      }
    });

    test("many terms of which most cancels", () => {
      for (const length of [3, 4, 10, 31]) {
        for (const size of [1e-2, 1e-6, 1e-12]) {
          const noise = normal(type, length, 1, length);
          const x = fill(type, length, (k) => noise[k - (k % 2)] + (k % 2 === 0 ? 0 : noise[k] * size));
          const weights = fill(type, length, (k) => (k % 2 === 0 ? 1 : -1));
          // So that there is a pair for each.
          if (length % 2 === 1) weights[length - 1] = 0;
          const { value } = reference(x, weights);
          if (value.isFinite()) expectExact(x, weights);
        }
      }
    });

    test("random signs", () => {
      for (let seed = 0; seed < 10; seed++) {
        expectExact(normal(type, 30, 2, seed), normal(type, 30, 1, seed + 100), undefined, 3);
      }
    });

    test("the maximum cancels against the logarithm of the rest", () => {
      for (const top of [100, -30, 0.3, 80]) {
        const weight = fill(type, 1, () => Math.exp(-top))[0];
        expectExact(of(top), of(weight));
        expectExact(of(top, top - 1, top - 2), of(weight / 2, weight, weight));
        expectExact(of(top / 2), of(weight), 0.5);
      }
      expectExact(of(0, -1), of(0.6, 1.0873));
      expectExact(of(0, 0, 0, 0.25), of(0.1, 0.3, 0.2, 0.312));
    });

    test("exact zeros", () => {
      const nothing = { value: Number.NEGATIVE_INFINITY, sign: 0 };
      for (const weights of [of(2, 1, -2, -1), of(0.1, 3, -0.1, -3)]) {
        expect(logSumExpSigned(of(3, -5, 3, -5), { weights })).toEqual(nothing);
        expect(logSumExpSigned(of(1e-5, -5, 1e-5, -5), { weights, temperature: 0.3 })).toEqual(nothing);
      }
    });

    test("large weights", () => {
      const large = type === "f32" ? 3e38 : 1.7e308;
      for (const x of [of(1, 1.5), of(0, 2 ** -20), of(3, 3)]) {
        expectExact(x, of(large, large), undefined, 3);
        if (x[0] !== x[1]) expectExact(x, of(large, -large));
        if (x[0] !== x[1]) expectExact(x, of(1e-37, -1e-37));
      }
    });
  });
});

describeBackends(({ logSumExp }) => {
  test("differences down to the smallest number", () => {
    for (const difference of [1e-200, 1e-300, 2 ** -1074]) {
      const value = logSumExp([difference, 0], { weights: [1, -1] });
      expect(Math.abs(value - Math.log(difference))).toBeLessThanOrEqual(2 * ulp(value, "f64"));
    }
  });

  test("log(e^1e-10 - 1)", () => {
    expect(logSumExp([1e-10, 0], { weights: [1, -1] })).toBe(-23.025850929890456);
  });
});
