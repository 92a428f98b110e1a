import { log1p } from "../../math/log1p.js";
import { reductionAt, withoutLast } from "../../math/reduction.js";
import type { FloatArray } from "../../types.js";
import type { JsOperation, Lanes, Loops } from "./loops.js";
import { runPacked } from "./mask.js";
import { type Scratch, sumWithout } from "./scratch.js";

/** If less than this share of a total is left without the maximum, the others are summed by themselves. */
const LOST = 2 ** -20;

/** The entropy of softmax, of the elements that the mask keeps if there is one. */
export const runEntropy: JsOperation = (loops, code, lanes, { mask }) => {
  if (mask === undefined) entropies(loops, lanes);
  else runPacked(code, lanes, mask, 0, (_, packed) => entropies(loops, packed));
};

/**
 * log1p(s) + Σ e (max - x) / T / (1 + s) for each lane, with the exponentials e relative to the maximum and s the sum of the
 * others: both terms are positive.
 *
 * Bound: f32 js 0.51 ulp, f64 js 2 ulp
 */
function entropies(loops: Loops, { x, out, layout, temperature, scratch }: Lanes): void {
  const { outer, length, inner } = layout;
  const { values, total } = scratch;
  const reduction = reductionAt(temperature);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let top = 0;
      for (let k = 1; k < length; k++) if (!(x[start + k * inner] <= x[start + top * inner])) top = k;
      let result = Number.NaN;
      if (Number.isFinite(x[start + top * inner])) {
        if (x.BYTES_PER_ELEMENT === 4) {
          loops.f32.exponentiate(x as Float32Array, start, length, inner, reduction, scratch);
        } else {
          loops.f64.exponentiate(x as Float64Array, start, length, inner, reduction, scratch);
        }
        const logarithm = log1p(sumWithout(top, scratch, length, LOST) / values[top]);
        const distance = weightedDistance(x, start, length, inner, top, scratch);
        result = logarithm + distance / temperature / (total[0] + total[1]);
      }
      out[o * inner + i] = result;
    }
  }
}

/**
 * Σ exponential (max - x) over the elements other than the maximum at `top`, as if computed in twice the precision. Those
 * whose exponential is 0 add nothing.
 */
function weightedDistance(
  x: FloatArray,
  start: number,
  length: number,
  stride: number,
  top: number,
  { values, increases }: Scratch,
): number {
  const max = x[start + top * stride];
  let sum = 0;
  let rest = 0;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const value = values[k];
    if (k === top || value === 0) continue;
    const logit = x[at];
    const distance = max - logit;
    const taken = max - distance;
    const lost = taken - logit + (max - (taken + distance)); // Knuth
    const high = withoutLast(27, distance);
    const term = value * high; // exact: value has 26 bits
    const next = sum + term;
    const added = next - sum;
    rest += sum - (next - added) + (term - added);
    rest += value * (distance - high + lost) + increases[k] * distance;
    sum = next;
  }
  return sum + rest;
}
