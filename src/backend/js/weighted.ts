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
  { f64: { exponentiateLoaded, exponentiatePiece } }: Loops,
  _: number,
  { x, out, layout, temperature, scratch }: Lanes,
  { y: weights = NO_WEIGHTS }: Operands,
): void {
  const { outer, length, inner } = layout;
  const { values, total, sums } = scratch;
  const isKept = length <= values.length;
  const reduction = reductionAt(temperature);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let max = Number.NEGATIVE_INFINITY;
      let top = 0;
      let ties = 0;
      let atMax = 0;
      let atMaxRest = 0;
      let largestWeight = 0;
      // Becomes NaN beside a weight that is not finite.
      let zero = 0;
      let hasNaN = false;
      for (let k = 0, at = start; k < length; k++, at += inner) {
        const weight = weights[at];
        const value = weight === 0 ? Number.NEGATIVE_INFINITY : x[at];
        if (isKept) values[k] = value;
        const size = Math.abs(weight);
        if (size > largestWeight) largestWeight = size;
        zero += weight * 0;
        if (value < max) continue;
        if (value > max) {
          max = value;
          top = k;
          ties = 1;
          atMax = weight;
          atMaxRest = 0;
        } else if (value === max) {
          ties++;
          const next = atMax + weight;
          const added = next - atMax;
          atMaxRest += atMax - (next - added) + (weight - added); // Knuth, TAOCP 4.2.2
          atMax = next;
        } else {
          hasNaN = true;
        }
      }
      if (Number.isFinite(atMax)) atMax += atMaxRest;
      let others = 0;
      let size = 0;
      if (hasNaN || zero !== 0) {
        atMax = Number.NaN;
        others = Number.NaN;
      } else if (max === Number.NEGATIVE_INFINITY) {
        atMax = 0;
      } else if (max < Number.POSITIVE_INFINITY) {
        // So nothing overflows before the last step. Only terms that do not count beside such weights underflow.
        const unit = largestWeight > 2 ** 800 ? 1 / ONE / ONE : 1;
        sums.fill(0);
        if (isKept) {
          for (let k = top + 1; ties > 1 && k < length; k++)
            if (values[k] === max) values[k] = Number.NEGATIVE_INFINITY;
          exponentiateLoaded(scratch, length, max, top, LOWEST_TERM, reduction);
          values[top] = 0;
          addWeighted(scratch, weights, start, length, inner, unit);
        } else {
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
