import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { broadcast, fillLeftOut, startOf, stepOf, wholeMask } from "../backend/lanes.js";
import { weightedParts } from "../backend/operations.js";
import { newArray } from "../dtype.js";
import { LN2_HIGH, LN2_LOW, log1p } from "../math/log1p.js";
import { twoSum } from "../math/sums.js";
import { logWeightedSum, type SignedLogarithm } from "../math/weightedSum.js";
import { type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import { borrow, giveBack } from "./loans.js";

/** One weight per element of x, 0 where the mask leaves it out. */
export function weightsOfElements(
  caller: string,
  weights: FloatArray,
  mask: Uint8Array | undefined,
  x: FloatArray,
  layout: Layout,
): FloatArray {
  if (mask === undefined && weights.length === x.length) return weights;
  const all = newArray(caller, x, x.length);
  if (weights.length === x.length) all.set(weights);
  else broadcast(weights, layout, all);
  if (mask !== undefined) fillLeftOut(all, wholeMask(mask, layout, x.length), 0);
  return all;
}

/** Where terms cancel to less than this share of their sizes, the lane is computed once more, with more digits. */
const SHARE = 1 / 2;

/** The same where m / T and the logarithm of the rest cancel, or all weights of the maximum and the other terms to 1. */
const LEFT = 1 / 16;

/**
 * value = log|S| of S = Σ w exp(x / T) over each lane, and its sign: 1, -1, or 0 where the value is -Infinity.
 * Without `sign`, the value is NaN where S is negative. Either may be the memory of x or of the weights.
 *
 * Bound: f32 relaxed 1.7 ulp, f32 simd 1.7 ulp, f32 js 0.51 ulp, f64 relaxed 2.3 ulp, f64 simd 2.3 ulp, f64 js 1.5 ulp
 * of the value, and as many of 1 where terms cancel to as little as half of their sizes, or of m / T where that and the rest
 * cancel to as little as a sixteenth. What cancels more is computed by logWeightedSum. The f32 kernels round each term,
 * which they need not do without weights.
 */
export function logWeightedSums(
  caller: string,
  backend: Backend,
  x: FloatArray,
  weights: FloatArray,
  layout: Layout,
  temperature: number,
  value: FloatArray,
  sign?: FloatArray,
): Pending {
  const parts = borrow(caller, 4 * value.length);
  const pending = run(backend, weightedParts, x, parts, layout, temperature, { y: weights });
  return whenDone(pending, () => {
    for (let lane = 0; lane < value.length; lane++) {
      const max = parts[4 * lane];
      const top = parts[4 * lane + 1];
      const others = parts[4 * lane + 2];
      const size = parts[4 * lane + 3];
      let sum = top + others;
      let logarithm = Number.NEGATIVE_INFINITY;
      let isShort = false;
      if (!Number.isFinite(max) || !Number.isFinite(sum)) {
        sum = sumBesideInfinity(x, weights, layout, lane);
        // Finite terms may have overflowed.
        isShort = sum === 1;
        if (sum !== 0) logarithm = Math.abs(sum);
      } else if (Math.abs(sum) < size * SHARE) {
        isShort = true;
      } else if (sum !== 0) {
        const direction = Math.sign(sum);
        const quotient = max / temperature;
        logarithm = quotient + logOfSum(direction * top, direction * others);
        isShort = Math.abs(logarithm) < LEFT * Math.max(size / Math.abs(sum), Math.abs(quotient));
      }
      if (isShort) {
        ({ value: logarithm, sign: sum } = logWeightedSumOf(x, weights, layout, lane, max, temperature));
      }
      setResult(lane, logarithm, Math.sign(sum), value, sign);
    }
    giveBack(parts);
  });
}

function logWeightedSumOf(
  x: FloatArray,
  weights: FloatArray,
  layout: Layout,
  lane: number,
  max: number,
  temperature: number,
): SignedLogarithm {
  const { length, inner, offsets } = layout;
  const start = startOf(layout, lane);
  const logits = new Float64Array(length);
  const factors = new Float64Array(length);
  let count = 0;
  for (let k = 0; k < length; k++) {
    const at = start + stepOf(k, inner, offsets);
    logits[count] = x[at];
    factors[count] = weights[at];
    if (weights[at] !== 0) count++;
  }
  return logWeightedSum(logits.subarray(0, count), factors.subarray(0, count), max, temperature);
}

function setResult(
  lane: number,
  logarithm: number,
  direction: number,
  value: FloatArray,
  sign: FloatArray | undefined,
): void {
  value[lane] = direction < 0 && sign === undefined ? Number.NaN : logarithm;
  if (sign !== undefined) sign[lane] = value[lane] === Number.NEGATIVE_INFINITY ? 0 : direction;
}

/**
 * Σ w exp(x / T) of a lane whose maximum or sum is not finite, by the rules of arithmetic: only infinite or NaN elements
 * and weights matter. 0 if no element is above -Infinity. 1 if all are finite, which means that terms overflowed.
 */
function sumBesideInfinity(x: FloatArray, weights: FloatArray, layout: Layout, lane: number): number {
  const { length, inner, offsets } = layout;
  const start = startOf(layout, lane);
  let sum = 0;
  let isNothing = true;
  for (let k = 0; k < length; k++) {
    const at = start + stepOf(k, inner, offsets);
    const logit = x[at];
    const weight = weights[at];
    if (weight === 0) continue;
    if (logit > Number.NEGATIVE_INFINITY) isNothing = false;
    const exponential = logit === Number.NEGATIVE_INFINITY ? 0 : Number.isFinite(logit) ? 1 : logit;
    if (exponential !== 1 || !Number.isFinite(weight)) sum += weight * exponential;
  }
  return sum !== 0 || isNothing ? sum : 1;
}

/** log(a + b) for a sum above 0, with the digits of b also where a is 1. */
function logOfSum(a: number, b: number): number {
  let { high: sum, low: lost } = twoSum(a, b);
  let octaves = 0;
  // From √½ on, log1p is as exact below 0 as above.
  for (; sum < Math.SQRT1_2; octaves--) {
    sum *= 2;
    lost *= 2;
  }
  return octaves * LN2_HIGH + (octaves * LN2_LOW + log1p(sum - 1 + lost));
}
