/**
 * Parts of a log-sum-exp with weights w of either sign, to be put together by the host:
 *
 *   m = max x,  Σ w where x = m,  Σ w e^((x − m) / T) elsewhere,  Σ |w| e^((x − m) / T) elsewhere
 *
 * An element of weight 0 is left out, even if it is infinite or NaN. The terms of f32 are rounded to f32, weighted and
 * summed up in f64.
 */
import { anchor, expMax, expRun } from "./exp";
import {
  CHUNK,
  CHUNK_VECTORS,
  LANE,
  LANE_SECOND,
  MAX,
  SIZE,
  TAIL,
  TAIL_OTHER,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { joinMax } from "./max";
import { clearTotal, lost, settleTotal } from "./total";
import { halves, strideOf, tailOf, takeTail, VECTOR, wholeVectors, widen } from "./vectors";

/** MAX, TOTAL = Σ w of the maxima, LANE = Σ of the others and SIZE that of their sizes; x and the weights are groups. */
export function weigh<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  weights: usize,
  length: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  const tailOther = frame + TAIL_OTHER;
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  const part = tailOf<T>(length, step);
  let max = maxWeighted<T>(v128.splat<T>(<T>-Infinity), x, weights, count, stride);
  if (part) {
    takeTail<T>(tail, x, length, -Infinity);
    takeTail<T>(tailOther, weights, length, 0);
    max = maxWeighted<T>(max, tail, tailOther, 1, 0);
  }
  v128.store(group, step ? max : joinMax<T>(max), MAX);
  start<T>(frame, group);
  weighRun<T>(frame, group, x, weights, count, stride);
  if (part) weighRun<T>(frame, group, tail, tailOther, 1, 0);
  finish<T>(frame, group, !step);
}

function maxWeighted<T extends number>(max: v128, x: usize, weights: usize, count: usize, step: usize): v128 {
  for (; count; --count) {
    max = v128.pmax<T>(max, weighted<T>(v128.load(x), v128.load(weights)));
    x += step;
    weights += step;
  }
  return max;
}

/** −∞ in place of what has no weight. */
function weighted<T extends number>(x: v128, weight: v128): v128 {
  const dropped = v128.eq<T>(weight, v128.splat<T>(<T>0));
  return v128.bitselect(v128.splat<T>(<T>-Infinity), x, dropped);
}

function start<T extends number>(frame: usize, group: usize): void {
  anchor<T>(frame, group);
  clearTotal(group);
  for (let part = LANE; part < SIZE + 2 * VECTOR; part += VECTOR) v128.store(group + part, f64x2.splat(0));
}

/** Adds to the sums, a chunk of terms at a time. */
function weighRun<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  weights: usize,
  count: usize,
  step: usize,
): void {
  const max = v128.load(group, MAX);
  const chunk = frame + CHUNK;
  while (count) {
    const block = min(count, CHUNK_VECTORS);
    for (let k: usize = 0; k < block; ++k) {
      v128.store(chunk + k * VECTOR, weighted<T>(v128.load(x + k * step), v128.load(weights + k * step)));
    }
    expRun<T>(frame, group, chunk, chunk, block, VECTOR);
    for (let half = 0; half < halves<T>(); ++half) {
      const at = group + half * VECTOR;
      let top = v128.load(at, LANE);
      let topLow = v128.load(at, LANE_SECOND);
      let sum = v128.load(at, TOTAL);
      let low = v128.load(at, TOTAL_LOW);
      let size = v128.load(at, SIZE);
      for (let k: usize = 0; k < block; ++k) {
        const weight = v128.load(weights + k * step);
        const logit = weighted<T>(v128.load(x + k * step), weight);
        const isMax = v128.eq<T>(logit, max);
        const isNone = v128.or(isMax, v128.eq<T>(logit, v128.splat<T>(<T>-Infinity)));
        const value = widen<T>(v128.and(weight, isMax), half);
        const nextTop = f64x2.add(top, value);
        topLow = f64x2.add(topLow, lost(top, value, nextTop));
        top = nextTop;
        const term = widen<T>(v128.andnot(v128.load(chunk + k * VECTOR), isNone), half);
        const product = f64x2.mul(term, widen<T>(weight, half));
        const next = f64x2.add(sum, product);
        low = f64x2.add(low, lost(sum, product, next));
        size = f64x2.add(size, f64x2.abs(product));
        sum = next;
      }
      v128.store(at, top, LANE);
      v128.store(at, topLow, LANE_SECOND);
      v128.store(at, sum, TOTAL);
      v128.store(at, low, TOTAL_LOW);
      v128.store(at, size, SIZE);
    }
    x += block * step;
    weights += block * step;
    count -= block;
  }
}

/** Rounds the sums, and takes that of the others relative to the largest term. */
function finish<T extends number>(frame: usize, group: usize, joined: bool): void {
  settleTotal<T>(group, joined);
  if (joined) joinSizes<T>(group);
  const chunk = frame + CHUNK;
  expMax<T>(frame, group, chunk);
  const max = v128.load(group, MAX);
  const infinite = v128.eq<T>(v128.abs<T>(max), v128.splat<T>(<T>Infinity));
  const top = v128.bitselect(v128.splat<T>(<T>1), v128.load(chunk), infinite);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const others = f64x2.div(v128.load(at, TOTAL), widen<T>(top, half));
    // The sum of the weights takes the place of TOTAL for a moment, to be settled alike.
    v128.store(at, v128.load(at, LANE), TOTAL);
    v128.store(at, v128.load(at, LANE_SECOND), TOTAL_LOW);
    v128.store(at, others, LANE);
    v128.store(at, f64x2.div(v128.load(at, SIZE), widen<T>(top, half)), SIZE);
  }
  settleTotal<T>(group, joined);
}

/** Of a row: the sum of all places, in every place. */
function joinSizes<T extends number>(group: usize): void {
  let size = v128.load(group, SIZE);
  if (sizeof<T>() === 4) size = f64x2.add(size, v128.load(group + VECTOR, SIZE));
  size = f64x2.add(size, v128.shuffle<i64>(size, size, 1, 0));
  v128.store(group, size, SIZE);
  if (sizeof<T>() === 4) v128.store(group + VECTOR, size, SIZE);
}
