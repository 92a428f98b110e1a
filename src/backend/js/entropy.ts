import { log1p } from "../../math/log1p.js";
import { reductionAt, withoutLast } from "../../math/reduction.js";
import { ONE } from "../../math/tables.js";
import type { FloatArray } from "../../types.js";
import { eachLongLane, LOST } from "./longLane.js";
import { isLong, type JsOperation, type Lanes, type Loops } from "./loops.js";
import { runPacked } from "./mask.js";
import { type Scratch, sumWithout } from "./scratch.js";

/** The entropy of softmax, of the elements that the mask keeps if there is one. */
export const runEntropy: JsOperation = (loops, code, lanes, { mask }) => {
  if (isLong(lanes)) longEntropies(loops, lanes, mask);
  else if (mask === undefined) entropies(loops, lanes);
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
  const { values, total, sums } = scratch;
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
        sums.fill(0);
        addDistances(x, start, length, inner, x[start + top * inner], scratch);
        result = logarithm + (sums[0] + sums[1]) / temperature / (total[0] + total[1]);
      }
      out[o * inner + i] = result;
    }
  }
}

/** The same for lanes that are longer than scratch memory. */
function longEntropies(loops: Loops, lanes: Lanes, mask: Uint8Array | undefined): void {
  const { x, out, layout, temperature, scratch } = lanes;
  const { total, sums } = scratch;
  const { inner } = layout;
  eachLongLane(loops, lanes, mask, reductionAt(temperature), (lane, start, number) => {
    const { max } = lane;
    if (!Number.isFinite(max) || lane.hasNaN) {
      out[number] = lane.isKept ? Number.NaN : 0;
      return;
    }
    lane.exponentiate();
    const logarithm = log1p(lane.sumWithout(lane.top, LOST) / ONE);
    sums.fill(0);
    lane.each((from, count) => {
      addDistances(x, start + from * inner, count, inner, max, scratch);
    });
    out[number] = logarithm + (sums[0] + sums[1]) / temperature / (total[0] + total[1]);
  });
}

/**
 * Adds Σ exponential (max - x) to `sums`, as if computed in twice the precision. Those whose exponential is 0 add nothing, even if
 * they are infinite or left out.
 */
function addDistances(
  x: FloatArray,
  start: number,
  length: number,
  stride: number,
  max: number,
  { values, increases, sums }: Scratch,
): void {
  let sum = sums[0];
  let rest = sums[1];
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const value = values[k];
    if (value === 0 || x[at] === max) continue;
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
  sums[0] = sum;
  sums[1] = rest;
}
