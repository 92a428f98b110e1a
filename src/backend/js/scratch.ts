import { withoutLast } from "../../math/reduction.js";
import type { FloatArray, Pair } from "../../types.js";

/** Memory for one lane. */
export interface Scratch {
  /** Exponential k is values[k] + increases[k], the first of 26 bits; of f32 lanes the increases are and stay 0. */
  readonly values: Float64Array;
  readonly increases: Float64Array;
  /** The sum of the exponentials, in two parts, and what rounding took off the last `sumWithout`. */
  readonly total: Float64Array;
  /** What a mask keeps of the lane, of its type. */
  readonly packed: FloatArray;
}

/** For lanes as long as `packed`. */
export function makeScratch(packed: FloatArray): Scratch {
  const { length } = packed;
  return {
    values: new Float64Array(length),
    increases: new Float64Array(length),
    total: new Float64Array(3),
    packed,
  };
}

/** The sum without exponential k; summed anew if it is less than `lost` times the total. */
export function sumWithout(
  k: number,
  { values, increases, total }: Scratch,
  length: number,
  lost: number,
): number {
  let sum = total[0] - values[k];
  let rest = total[0] - sum - values[k] + (total[1] - increases[k]);
  if (sum < total[0] * lost) {
    sum = 0;
    rest = 0;
    for (let j = 0; j < length; j++) {
      if (j === k) continue;
      const term = values[j];
      const next = sum + term;
      rest += (sum < term ? term - next + sum : sum - next + term) + increases[j]; // Neumaier 1974
      sum = next;
    }
  }
  const high = sum + rest;
  total[2] = rest - (high - sum);
  return high;
}

/** (numerator + rest) / total, high being the first 26 bits. */
export function quotient(numerator: number, rest: number, total: Float64Array): Pair {
  const sum = total[0];
  const inverse = 1 / sum;
  const high = withoutLast(27, numerator * inverse);
  const sumHigh = withoutLast(26, sum);
  const low = (numerator - sumHigh * high - ((sum - sumHigh + total[1]) * high - rest)) * inverse;
  return { high, low };
}
