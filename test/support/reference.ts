import {
  add,
  type DoubleDouble,
  divide,
  exp,
  ldexp,
  log1p,
  multiply,
  negate,
  ONE,
  type Scaled,
  scaleByPowerOfTwo,
  twoSum,
  ZERO,
} from "./doubleDouble.js";

/** Values (high + low)·2^exponent, element by element: more than 90 bits, far below the smallest double too. */
export class ScaledArray {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly exponent: Int32Array;

  constructor(readonly length: number) {
    this.high = new Float64Array(length);
    this.low = new Float64Array(length);
    this.exponent = new Int32Array(length);
  }

  set(index: number, value: DoubleDouble, exponent: number): void {
    this.high[index] = value.high;
    this.low[index] = value.low;
    this.exponent[index] = exponent;
  }

  at(index: number): Scaled {
    return { high: this.high[index], low: this.low[index], exponent: this.exponent[index] };
  }
}

export interface LaneReference {
  readonly softmax: ScaledArray;
  readonly logSoftmax: ScaledArray;
  readonly logSumExp: Scaled;
  /**
   * What cancels in logSumExp = max/T + log(1 + Σ others): min(|max/T|, log(1 + Σ others)) where the two
   * have opposite signs, else 0. An error in either is not reduced when the sum is near zero.
   */
  readonly cancelled: number;
}

/**
 * The softmax family on one lane of finite numbers by Higham's shifted formulas, in double-double:
 * s = Σ_{i≠max} e^((x_i - x_max)/T), softmax = e^(z_i)/(1 + s), logSoftmax = z_i - log1p(s),
 * logSumExp = x_max/T + log1p(s). Nothing cancels but in logSumExp; the differences x_i - x_max are exact.
 */
export function laneReference(x: ArrayLike<number>, temperature = 1): LaneReference {
  const { length } = x;
  let top = 0;
  for (let i = 1; i < length; i++) if (x[i] > x[top]) top = i;

  const exponentials = new ScaledArray(length);
  const logSoftmax = new ScaledArray(length);
  let largestOther = Number.NEGATIVE_INFINITY;
  let z: DoubleDouble = ZERO;
  let power: Scaled = { ...ZERO, exponent: 0 };
  for (let i = 0; i < length; i++) {
    // Many cases have runs of equal elements.
    if (i === 0 || x[i] !== x[i - 1]) {
      z = temperedDifference(x[i], x[top], temperature);
      power = exp(z);
    }
    exponentials.set(i, power, power.exponent);
    logSoftmax.set(i, z, 0);
    if (i !== top && power.high !== 0) largestOther = Math.max(largestOther, power.exponent);
  }

  // The others are summed in units of 2^largestOther, so that a tiny sum keeps its bits.
  let sum = ZERO;
  for (let i = 0; i < length; i++) {
    if (i === top || exponentials.high[i] === 0) continue;
    const shift = exponentials.exponent[i] - largestOther;
    if (shift > -900) sum = add(sum, scaleByPowerOfTwo(exponentials.at(i), shift));
  }
  const others: Scaled = { ...sum, exponent: sum.high === 0 ? 0 : largestOther };
  const logarithm = log1p(others);

  const inverse = divide(ONE, add(ONE, unscaled(others)));
  const minusLogarithm = negate(logarithm);
  const offset = unscaled(logarithm);
  const minusOffset = negate(offset);
  for (let i = 0; i < length; i++) {
    exponentials.set(i, multiply(exponentials.at(i), inverse), exponentials.exponent[i]);
    const z = logSoftmax.at(i);
    if (z.high === 0) logSoftmax.set(i, minusLogarithm, logarithm.exponent);
    else logSoftmax.set(i, add(z, minusOffset), 0);
  }

  const maximum = temperedDifference(x[top], 0, temperature);
  return {
    softmax: exponentials,
    logSoftmax,
    logSumExp: maximum.high === 0 ? logarithm : { ...add(maximum, offset), exponent: 0 },
    cancelled: maximum.high < 0 ? Math.min(-maximum.high, offset.high) : 0,
  };
}

/** (a - b) / T, in units of a power of two where steps on the way could overflow though the result does not. */
function temperedDifference(a: number, b: number, temperature: number): DoubleDouble {
  const exponent = Math.max(Math.abs(a), Math.abs(b)) > 2 ** 800 ? 256 : 0;
  const difference = twoSum(ldexp(a, -exponent), -ldexp(b, -exponent));
  const z = temperature === 1 ? difference : divide(difference, { high: temperature, low: 0 });
  return scaleByPowerOfTwo(z, exponent);
}

function unscaled({ high, low, exponent }: Scaled): DoubleDouble {
  return { high: ldexp(high, exponent), low: ldexp(low, exponent) };
}
