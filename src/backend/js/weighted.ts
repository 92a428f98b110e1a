import { reductionAt, withoutLast } from "../../math/reduction.js";
import { ONE } from "../../math/tables.js";
import type { FloatArray, Operands } from "../../types.js";
import { LOWEST_TERM } from "./f64.js";
import type { Lanes, Loops } from "./loops.js";
import type { Scratch } from "./scratch.js";

const NO_WEIGHTS: FloatArray = /* @__PURE__ */ new Float64Array(0);

/**
 * Gives [m, Σ w where x = m, Σ w exp((x - m) / T) over the others, Σ |w| exp((x - m) / T) over the others] for each lane, where m is the largest logit with w ≠ 0.
 * Elements with w = 0 do not count. |Σ w exp(x / T)| is exp(m / T) times |the sum of the two|.
 *
 * Each sum is rounded once. Before that its error is under 2^-57 Σ |w| exp((x - m) / T). Exponentials below 2^-1130
 * count as 0. Both sums are NaN if a logit is NaN or a weight not finite. Beside m = +Infinity the second sum is 0;
 * without a logit above -Infinity the result is [-Infinity, 0, 0, 0].
 */
export function runWeightedParts(
  { f64: { exponentiatePiece } }: Loops,
  _: number,
  { x, out, layout, temperature, scratch }: Lanes,
  { y: weights = NO_WEIGHTS }: Operands,
): void {
  const { outer, length, inner } = layout;
  const { values, total, sums } = scratch;
  const reduction = reductionAt(temperature);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let max = Number.NEGATIVE_INFINITY;
      let atMax = 0;
      let atMaxRest = 0;
      let largestWeight = 0;
      let hasNaN = false;
      for (let k = 0, at = start; k < length; k++, at += inner) {
        const weight = weights[at];
        if (weight === 0) continue;
        largestWeight = Math.max(largestWeight, Math.abs(weight));
        const value = x[at];
        if (value > max) {
          max = value;
          atMax = weight;
          atMaxRest = 0;
        } else if (value === max) {
          const next = atMax + weight;
          const added = next - atMax;
          atMaxRest += atMax - (next - added) + (weight - added); // Knuth, TAOCP 4.2.2
          atMax = next;
        } else if (Number.isNaN(value)) {
          hasNaN = true;
        }
      }
      if (Number.isFinite(atMax)) atMax += atMaxRest;
      let others = 0;
      let size = 0;
      if (hasNaN || !Number.isFinite(largestWeight)) {
        atMax = Number.NaN;
        others = Number.NaN;
      } else if (max === Number.NEGATIVE_INFINITY) {
        atMax = 0;
      } else if (max < Number.POSITIVE_INFINITY) {
        // So nothing overflows before the last step. Only terms that do not count beside such weights underflow.
        const unit = largestWeight > 2 ** 800 ? 1 / ONE / ONE : 1;
        sums.fill(0);
        // Piece by piece, if the lane is longer than scratch memory.
        for (let from = 0; from < length; from += values.length) {
          const count = Math.min(values.length, length - from);
          const first = start + from * inner;
          for (let k = 0, at = first; k < count; k++, at += inner) {
            const value = x[at];
            values[k] = value === max || weights[at] === 0 ? Number.NEGATIVE_INFINITY : value;
          }
          total[0] = ONE;
          total[1] = 0;
          exponentiatePiece(scratch, count, max, -1, LOWEST_TERM, reduction);
          addWeighted(scratch, weights, first, count, inner, unit);
        }
        others = (sums[0] + sums[1]) / (unit * ONE);
        size = sums[2] / (unit * ONE);
      }
      const at = 4 * (o * inner + i);
      out[at] = max;
      out[at + 1] = atMax;
      out[at + 2] = others;
      out[at + 3] = size;
    }
  }
}

/**
 * Adds Σ w (values + increases) to `sums`. The products are exact but for 2^-79 of each, and so is their sum (Knuth). The third
 * is the sum of their sizes.
 */
function addWeighted(
  { values, increases, sums }: Scratch,
  weights: FloatArray,
  start: number,
  length: number,
  stride: number,
  unit: number,
): void {
  let sum = sums[0];
  let rest = sums[1];
  let size = sums[2];
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const value = values[k];
    if (value === 0) continue;
    const weight = weights[at] * unit;
    const high = withoutLast(27, weight);
    const term = value * high;
    size += Math.abs(term);
    const next = sum + term;
    const added = next - sum;
    rest += sum - (next - added) + (term - added) + (value * (weight - high) + increases[k] * weight);
    sum = next;
  }
  sums[0] = sum;
  sums[1] = rest;
  sums[2] = size;
}
