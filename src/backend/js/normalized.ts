import { reductionFor, withoutLast } from "../../math/reduction.js";
import { LOWEST_OCTAVE, ONE, ROUND, STEPS, type Tables, tables } from "../../math/tables.js";
import type { FloatArray, Layout } from "../../types.js";
import type { JsOperation } from "./loops.js";
import { fillMasked } from "./mask.js";

const NO_NUMBERS = /* @__PURE__ */ new Float64Array(0);

let exponentiate: Exponentiate | undefined;

export const runNormalized: JsOperation = (_, __, { x, out, layout, temperature }, operands) => {
  const { numbers = NO_NUMBERS, mask } = operands;
  exponentiate ??= makeExponentiate(tables());
  exponentiate(x, numbers, out, layout, temperature);
  if (mask !== undefined) fillMasked(out, layout, mask, 0);
};

/** x / T - L, in f64 arithmetic. -Infinity where x is, whatever L is unless NaN; NaN where x is +Infinity. */
export const runNormalizedLog: JsOperation = (_, __, { x, out, layout, temperature }, operands) => {
  const { length, inner } = layout;
  const { numbers = NO_NUMBERS, mask } = operands;
  for (let at = 0, row = 0; at < x.length; row++) {
    const first = Math.floor(row / length) * inner;
    for (let i = 0; i < inner; i++, at++) {
      const logit = x[at];
      const normalizer = orNaN(numbers[first + i]);
      // Not by subtraction: the normalizer of a lane of nothing else is -Infinity too.
      if (logit === Number.NEGATIVE_INFINITY && !Number.isNaN(normalizer)) out[at] = logit;
      else out[at] = logit === Number.POSITIVE_INFINITY ? Number.NaN : logit / temperature - normalizer;
    }
  }
  if (mask !== undefined) fillMasked(out, layout, mask, Number.NEGATIVE_INFINITY);
};

/** A lane with Infinity as its log-sum-exp is NaN throughout. */
function orNaN(normalizer: number): number {
  return normalizer === Number.POSITIVE_INFINITY ? Number.NaN : normalizer;
}

type Exponentiate = (
  x: FloatArray,
  normalizers: Float64Array,
  out: FloatArray,
  layout: Layout,
  temperature: number,
) => void;

/**
 * exp(x / T - L) with the normalizer L of the lane, each element by itself. The argument is two doubles, so that
 * neither x / T nor the difference is rounded, for |x / T| < 2^45 (any x at T = 1).
 *
 * NaN where x is NaN or +Infinity, or L is NaN; else 0 where x is -Infinity, whatever L is.
 *
 * Bound: f32 js 0.51 ulp, f64 js 0.76 ulp
 */
function makeExponentiate({ roots, shortRoots, powers }: Tables): Exponentiate {
  const { stepsPerUnit, stepHigh, stepLow } = reductionFor(1);
  const unit = 1 / ONE;

  /** ONE exp(high + low) 2^-octaves, for |low| < 2^-20 and results within the table. */
  function exp(high: number, low: number, octaves: number): number {
    const steps = high * stepsPerUnit + ROUND - ROUND;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const r = high - steps * stepHigh - (steps * stepLow - low) + shortRoots[step + 1];
    const power = shortRoots[step] * powers[(j >> 9) - octaves - LOWEST_OCTAVE];
    return power + power * (r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24))));
  }

  /** exp(difference + rest), which are x / T - normalizer unless one of these is infinite. */
  function expBeyond(x: number, normalizer: number, difference: number, rest: number): number {
    if (Number.isNaN(normalizer) || !(x < Number.POSITIVE_INFINITY)) return Number.NaN;
    if (x === Number.NEGATIVE_INFINITY) return 0;
    const low = Number.isFinite(rest) ? rest : 0;
    const sum = difference + low;
    if (sum < -746) return 0;
    if (!(sum < 745)) return Number.POSITIVE_INFINITY;
    const added = sum - difference;
    const lost = difference - (sum - added) + (low - added);
    // The table ends at octave 64: large results are looked up 1024 octaves lower.
    return sum > 0 ? exp(sum, lost, 1024) * 2 ** 896 : exp(sum, lost, 0) * unit;
  }

  /** exp(x - L) of f32, to 6e-11. What a difference loses in f64 is less where the result is not 0. */
  function exponentiateF32(
    x: Float32Array,
    normalizers: Float64Array,
    out: Float32Array,
    { outer, length, inner }: Layout,
  ): void {
    const round = ROUND;
    const octave0 = -LOWEST_OCTAVE - 128;
    const perUnit = STEPS * Math.LOG2E;
    const term1 = Math.LN2 / STEPS;
    const term2 = (term1 * term1) / 2;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const normalizer = orNaN(normalizers[o * inner + i]);
        for (let k = 0, at = o * length * inner + i; k < length; k++, at += inner) {
          const difference = x[at] - normalizer;
          if (Math.abs(difference + 320) < 360) {
            const steps = difference * perUnit;
            const nearest = steps + round - round;
            const n = steps - nearest;
            const j = nearest | 0;
            out[at] = roots[j & 511] * powers[(j >> 9) + octave0] * (1 + n * (term1 + n * term2));
          } else {
            out[at] = expBeyond(x[at], normalizer, difference, 0);
          }
        }
      }
    }
  }

  return function exponentiate(x, normalizers, out, layout, temperature) {
    if (x.BYTES_PER_ELEMENT === 4 && temperature === 1) {
      exponentiateF32(x as Float32Array, normalizers, out as Float32Array, layout);
      return;
    }
    const { outer, length, inner } = layout;
    const inverse = 1 / temperature;
    const temperatureHigh = withoutLast(27, temperature);
    const temperatureLow = temperature - temperatureHigh;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const normalizer = orNaN(normalizers[o * inner + i]);
        for (let k = 0, at = o * length * inner + i; k < length; k++, at += inner) {
          let quotient = x[at];
          let remainder = 0;
          if (temperature !== 1) {
            // Scaled down, so that no product overflows.
            const dividend = quotient * 2 ** -128;
            const scaled = dividend * inverse;
            const high = withoutLast(27, scaled);
            const low = scaled - high;
            const product = scaled * temperature;
            const lost = product - high * temperatureHigh - high * temperatureLow - low * temperatureHigh; // Dekker 1971
            remainder = (dividend - product + (lost - low * temperatureLow)) * inverse * 2 ** 128;
            quotient = scaled * 2 ** 128;
          }
          const difference = quotient - normalizer;
          const subtracted = difference - quotient;
          const lost = quotient - (difference - subtracted) - (normalizer + subtracted);
          const rest = lost + remainder;
          if (Math.abs(difference + 320) < 360 && Math.abs(rest) < 2 ** -20) {
            out[at] = exp(difference, rest, 0) * unit;
          } else {
            out[at] = expBeyond(x[at], normalizer, difference, rest);
          }
        }
      }
    }
  };
}
