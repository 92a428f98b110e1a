import { withoutLast } from "../../math/reduction.js";
import type { FloatArray, Pair } from "../../types.js";

/** Memory for one lane, or for pieces of one. */
export interface Scratch {
  /** Exponential k is values[k] + increases[k]. The first has 26 bits. For f32 lanes the second is always 0. */
  readonly values: Float64Array;
  readonly increases: Float64Array;
  /** The sum of the exponentials, in two parts, and the rounding error of the last `sumWithout`. */
  readonly total: Float64Array;
  /** A sum that goes from piece to piece, in up to three parts. */
  readonly sums: Float64Array;
  /** The elements of the lane that a mask keeps. Has the type of the lane. */
  readonly packed: FloatArray;
}

/** For lanes as long as `packed`. */
export function makeScratch(packed: FloatArray): Scratch {
  const { length } = packed;
  return {
    values: new Float64Array(length),
    increases: new Float64Array(length),
    total: new Float64Array(3),
    sums: new Float64Array(3),
    packed,
  };
}

/** The sum without exponential k. If it is less than `lost` times the total, the others are summed by themselves. */
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
      const taken = next - sum;
      rest += sum - (next - taken) + (term - taken) + increases[j]; // Knuth, TAOCP 4.2.2
      sum = next;
    }
  }
  const high = sum + rest;
  total[2] = rest - (high - sum);
  return high;
}

/** (numerator + rest) / total. `high` has the first 26 bits. */
export function quotient(numerator: number, rest: number, total: Float64Array): Pair {
  const sum = total[0];
  const inverse = 1 / sum;
  const high = withoutLast(27, numerator * inverse);
  const sumHigh = withoutLast(26, sum);
  const low = (numerator - sumHigh * high - ((sum - sumHigh + total[1]) * high - rest)) * inverse;
  return { high, low };
}
