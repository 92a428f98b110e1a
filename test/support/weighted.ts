import {
  add,
  type DoubleDouble,
  divide,
  exp,
  multiply,
  multiplyByNumber,
  negate,
  ONE,
  scaleByPowerOfTwo,
  twoSum,
  ZERO,
} from "./doubleDouble.js";
import { type ElementType, ulp } from "./ulp.js";

/** log|S| and the sign of S = Σ w e^(x/T) over the finite numbers of one lane, in double-double. */
export interface WeightedReference {
  readonly value: DoubleDouble;
  readonly sign: number;
  /** The error, in the unit of the value, that comes of an error of one ulp in each sum and in the result. */
  readonly unit: (type: ElementType) => number;
}

/** For weights that are 0 or between 2^-60 and 2^60 in size, and not all 0. */
export function weightedReference(
  x: ArrayLike<number>,
  weights: ArrayLike<number>,
  temperature = 1,
): WeightedReference {
  const kept = Array.from(x, (_, k) => k).filter((k) => weights[k] !== 0);
  const max = kept.reduce((max, k) => Math.max(max, x[k]), Number.NEGATIVE_INFINITY);
  let top = ZERO;
  let others = ZERO;
  let rounded = 0;
  let size = 0;
  for (const k of kept) {
    if (x[k] === max) {
      // One weight is itself; a sum of several is rounded.
      rounded = top.high === 0 ? 0 : rounded + Math.abs(weights[k]) + Math.abs(top.high);
      top = add(top, { high: weights[k], low: 0 });
      continue;
    }
    const power = exp(divide(twoSum(x[k], -max), { high: temperature, low: 0 }));
    if (power.exponent < -900) continue;
    const term = scaleByPowerOfTwo(multiplyByNumber(power, weights[k]), power.exponent);
    others = add(others, term);
    size += Math.abs(term.high);
  }
  const sum = add(top, others);
  const logarithm = logarithmOf(top, others);
  const maximum = divide({ high: max, low: 0 }, { high: temperature, low: 0 });
  const value = add(maximum, logarithm);
  const cancelled =
    maximum.high * logarithm.high < 0 ? Math.min(Math.abs(maximum.high), Math.abs(logarithm.high)) : 0;
  return {
    value,
    sign: Math.sign(sum.high),
    unit: (type) => {
      const own = ulp(value.high, type);
      // What cancels more is computed again, with more digits.
      if (
        size > 2 * Math.abs(sum.high) ||
        Math.abs(value.high) < Math.max(size / Math.abs(sum.high), Math.abs(maximum.high)) / 16
      )
        return own;
      return (
        own +
        (cancelled === 0 ? 0 : ulp(cancelled, type)) +
        (ulp(1, type) * size + ulp(1, "f64") * rounded) / Math.abs(sum.high)
      );
    },
  };
}

/** log|top + others|, relative to the result also where `top` is 1 and `others` tiny. */
function logarithmOf(top: DoubleDouble, others: DoubleDouble): DoubleDouble {
  const quotient = divide(others, top);
  if (Math.abs(quotient.high) < 2 ** -50) return add(logarithm(top), expansion(quotient));
  return logarithm(add(top, others));
}

/** Newton's step from Math.log. */
function logarithm(value: DoubleDouble): DoubleDouble {
  const size = value.high < 0 ? negate(value) : value;
  const estimate = { high: Math.log(size.high), low: 0 };
  const power = exp(negate(estimate));
  const correction = add(scaleByPowerOfTwo(multiply(size, power), power.exponent), negate(ONE));
  return add(estimate, expansion(correction));
}

/** log(1 + q) for |q| < 2^-50, to 2^-100 of it. */
function expansion(q: DoubleDouble): DoubleDouble {
  return add(q, multiplyByNumber(multiply(q, q), -0.5));
}
