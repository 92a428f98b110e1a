import type { FloatArray } from "../types.js";
import {
  add,
  type DoubleDouble,
  divideByNumber,
  log1p,
  multiply,
  multiplyByExp,
  ZERO,
} from "./doubleDouble.js";
import type { Reduction } from "./reduction.js";
import { twoSum } from "./sums.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, tables } from "./tables.js";

/**
 * A sum of exponentials exp(x / T): the largest x, whose own 1 stays apart, and the sum of the others relative to it. That is
 * a double-double in units of 1 / ONE, so that no term that counts becomes subnormal, nor its low part: results go down to
 * 2^-1074. Beside an infinite or NaN maximum it is 0.
 */
export interface ExpSum extends DoubleDouble {
  readonly max: number;
}

/** Of no element. */
export const EMPTY: ExpSum = { max: Number.NEGATIVE_INFINITY, high: 0, low: 0 };

/** The largest sum of the others: far enough below where products of double-doubles overflow. */
export const MOST = ONE * 2 ** 800;

const WHOLE: DoubleDouble = { high: ONE, low: 0 };

/** Below this, e^z takes the most terms to nothing beside 2^-1074. */
const VANISHING = -1400;

/** The same of fewer than 2^53 terms, in octaves. */
const LOWEST_TERM = -1130;

/** From a maximum and the others in two parts. */
export function expSum(max: number, others: number, rest: number): ExpSum {
  const { high, low } = Number.isFinite(max) ? twoSum(others * ONE, rest * ONE) : ZERO;
  return { max: max + 0, high, low };
}

/** `sum` with the elements of `x`, which are within 2^-57. There is scratch memory for as many `values`. */
export function withElements(sum: ExpSum, x: FloatArray, values: Float64Array, reduction: Reduction): ExpSum {
  const { length } = x;
  let max = Number.NEGATIVE_INFINITY;
  let top = 0;
  let hasNaN = Number.isNaN(sum.max);
  for (let k = 0; k < length; k++) {
    const value = x[k];
    values[k] = value;
    if (value > max) {
      max = value;
      top = k;
    } else if (Number.isNaN(value)) {
      hasNaN = true;
    }
  }
  if (hasNaN) return { max: Number.NaN, high: 0, low: 0 };
  if (max === Number.NEGATIVE_INFINITY || sum.max === Number.POSITIVE_INFINITY) return sum;
  if (max === Number.POSITIVE_INFINITY) return { max, high: 0, low: 0 };
  if (max <= sum.max) return withTerms(sum, values, length, sum.max, reduction);
  values[top] = Number.NEGATIVE_INFINITY;
  return withTerms(relativeTo(max, sum, reduction.temperature), values, length, max, reduction);
}

/**
 * `sum` with a part that kernels have summed, as exact as that: what it adds is within 2^-57. `merged` takes sums of sums, where
 * such errors would add up.
 */
export function withPart(sum: ExpSum, part: ExpSum, reduction: Reduction): ExpSum {
  if (!(part.max < sum.max && sum.max < Number.POSITIVE_INFINITY)) {
    return merged(sum, part, reduction.temperature);
  }
  if (part.max === Number.NEGATIVE_INFINITY) return sum;
  single[0] = part.max;
  const factor = withTerms(ZERO, single, 1, sum.max, reduction);
  const { high, low } = add(WHOLE, part);
  const others = add(sum, multiply(factor, { high: high / ONE, low: low / ONE }));
  return limited(sum.max, others.high, others.low);
}

const single = /* @__PURE__ */ new Float64Array(1);

/** The sum of all elements of both, within 2^-95. */
export function merged(a: ExpSum, b: ExpSum, temperature: number): ExpSum {
  const rises = b.max > a.max || Number.isNaN(b.max);
  const upper = rises ? b : a;
  const lower = rises ? a : b;
  if (!Number.isFinite(upper.max)) return upper;
  const { high, low } = add(upper, relativeTo(upper.max, lower, temperature));
  return limited(upper.max, high, low);
}

/** log Σ exp(x / T). */
export function logarithmOf(sum: ExpSum, temperature: number): number {
  const { max } = sum;
  const quotient = max / temperature;
  // The logarithm, at most 644, is nothing beside these. Or NaN.
  if (!(Math.abs(quotient) < 2 ** 70)) return quotient;
  const scaled = tempered({ high: max * ONE, low: 0 }, temperature);
  const logarithm = log1p(sum, ONE);
  const { high, low } = twoSum(scaled.high, logarithm.high);
  return (high + (low + (scaled.low + logarithm.low))) / ONE;
}

/** All terms of `sum` relative to a finite maximum that is not below its own. */
function relativeTo(max: number, sum: ExpSum, temperature: number): DoubleDouble {
  const difference = twoSum(sum.max, -max);
  // Not finite beside the maximum of no element, and where it overflows.
  if (!(difference.high / temperature >= VANISHING)) return ZERO;
  const all = add(WHOLE, sum);
  return difference.high === 0 ? all : multiplyByExp(all, tempered(difference, temperature));
}

/** `others` and exp((x - max) / T) of `count` values, none of which is above the finite `max`. */
function withTerms(
  { high, low }: DoubleDouble,
  values: Float64Array,
  count: number,
  max: number,
  { temperature, inverse, stepsPerUnit, stepHigh, stepLow }: Reduction,
): ExpSum {
  const { shortRoots, powers } = tables();
  const round = ROUND;
  const lowestOctave = LOWEST_OCTAVE;
  const lowest = LOWEST_TERM * Math.LN2 * temperature;
  const nothing = NOTHING * Math.LN2 * temperature;
  let sum = high;
  let rest = low;
  for (let k = 0; k < count; k++) {
    const value = values[k];
    const difference = value - max;
    const counts = difference >= lowest;
    const z = counts ? difference : nothing;
    const rounded = difference - value;
    const lost = counts ? value - (difference - rounded) - (max + rounded) : 0; // Knuth, TAOCP 4.2.2
    const steps = z * stepsPerUnit + round - round;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const r = (z - steps * stepHigh - (steps * stepLow - lost)) * inverse + shortRoots[step + 1];
    const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
    // The cubic term as in backend/js/f64.ts.
    const increase = power * (r + r * r * (1 / 2 + r * (0.1666666799405961 + r * (1 / 24))));
    const next = sum + power;
    const taken = next - sum;
    rest += sum - (next - taken) + (power - taken) + increase;
    sum = next;
  }
  return limited(max, sum, rest);
}

function limited(max: number, high: number, low: number): ExpSum {
  if (high > MOST) throw new RangeError("LogSumExp: there are more than 2^800 elements");
  const sum = high + low;
  // + 0 turns -0, which JSON does not keep, into 0.
  return { max: max + 0, high: sum, low: low - (sum - high) };
}

function tempered(x: DoubleDouble, temperature: number): DoubleDouble {
  return temperature === 1 ? x : divideByNumber(x, temperature);
}
