/**
 * Parts of a log-sum-exp with weights w of either sign. The host puts them together:
 *
 *   m = max x,  Σ w where x = m,  Σ w e^((x − m) / T) elsewhere,  Σ |w| e^((x − m) / T) elsewhere
 *
 * An element of weight 0 is left out, even if it is infinite or NaN. The terms of f32 are rounded to f32, then weighted
 * and summed in f64: see `weightedSums.ts`.
 */
import { anchor } from "./anchor";
import { expMax, weighRun } from "./exp";
import { CHUNK, LANE, LANE_SECOND, MAX, SIZE, TAIL, TAIL_OTHER, TOTAL, TOTAL_LOW } from "./frame";
import { joinMax } from "./max";
import { clearTotal, settleTotal } from "./total";
import { halves, SHORT, strideOf, tailOf, takeTail, VECTOR, wholeVectors, widen } from "./vectors";
import { joinSizes, SIGNS, TOP } from "./weightedSums";

/**
 * From the groups x and weights to the parts: MAX, TOTAL = Σ w of the maxima, LANE and SIZE = both sums of the others.
 */
export function weigh<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  weights: usize,
  length: usize,
  step: usize,
): void {
  v128.store(group, v128.splat<T>(<T>-Infinity), MAX);
  v128.store(group, v128.splat<T>(<T>0), SIGNS);
  raiseWeightedMax<T>(frame, group, x, weights, length, step);
  if (!step) v128.store(group, joinMax<T>(v128.load(group, MAX)), MAX);
  anchorWeighted<T>(frame, group);
  clear(group);
  weighRun<T>(frame, group, x, weights, length, step);
  finishWeighted<T>(group, !step && length > SHORT);
}

/** Raises MAX to the maximum of a group, or of a piece of one, and adds the signs of its weights to SIGNS. */
export function raiseWeightedMax<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  weights: usize,
  length: usize,
  step: usize,
): void {
  takeMax<T>(group, x, weights, wholeVectors<T>(length, step), strideOf(step));
  if (!tailOf<T>(length, step)) return;
  takeTail<T>(frame + TAIL, x, length, -Infinity);
  takeTail<T>(frame + TAIL_OTHER, weights, length, 0);
  takeMax<T>(group, frame + TAIL, frame + TAIL_OTHER, 1, 0);
}

/** TOP, and what `anchor` derives from MAX. */
export function anchorWeighted<T extends number>(frame: usize, group: usize): void {
  const signs = v128.load(group, SIGNS);
  anchor<T>(frame, group);
  expMax<T>(frame, group, frame + CHUNK);
  v128.store(group, v128.load(frame, CHUNK), TOP);
  v128.store(group, signs, SIGNS);
}

function takeMax<T extends number>(group: usize, x: usize, weights: usize, count: usize, step: usize): void {
  const zero = v128.splat<T>(<T>0);
  let signs = v128.load(group, SIGNS);
  let dropped = zero;
  let even = v128.splat<T>(<T>-Infinity);
  let odd = even;
  let at = x;
  let weight = weights;
  let left = count;
  for (; left >= 2; left -= 2) {
    const first = v128.load(weight);
    const second = v128.load(weight + step);
    signs = v128.or(signs, v128.or(first, second));
    dropped = v128.or(dropped, v128.or(v128.eq<T>(first, zero), v128.eq<T>(second, zero)));
    even = v128.pmax<T>(even, v128.load(at));
    odd = v128.pmax<T>(odd, v128.load(at + step));
    at += 2 * step;
    weight += 2 * step;
  }
  if (left) {
    const last = v128.load(weight);
    signs = v128.or(signs, last);
    dropped = v128.or(dropped, v128.eq<T>(last, zero));
    even = v128.pmax<T>(even, v128.load(at));
  }
  let max = v128.pmax<T>(even, odd);
  if (v128.any_true(dropped)) max = maxWeighted<T>(x, weights, count, step);
  v128.store(group, signs, SIGNS);
  v128.store(group, v128.pmax<T>(v128.load(group, MAX), max), MAX);
}

function maxWeighted<T extends number>(x: usize, weights: usize, count: usize, step: usize): v128 {
  const nothing = v128.splat<T>(<T>-Infinity);
  let max = nothing;
  for (; count; --count) {
    const dropped = v128.eq<T>(v128.load(weights), v128.splat<T>(<T>0));
    max = v128.pmax<T>(max, v128.bitselect(nothing, v128.load(x), dropped));
    x += step;
    weights += step;
  }
  return max;
}

function clear(record: usize): void {
  clearTotal(record);
  for (let part = LANE; part < SIZE + 2 * VECTOR; part += VECTOR) v128.store(record + part, f64x2.splat(0));
}

/** The parts from the sums. If `joined`, the group is a row whose sums are still apart. */
export function finishWeighted<T extends number>(group: usize, joined: bool): void {
  settleTotal<T>(group, joined);
  if (joined) joinSizes<T>(group);
  const max = v128.load(group, MAX);
  const infinite = v128.eq<T>(v128.abs<T>(max), v128.splat<T>(<T>Infinity));
  const top = v128.bitselect(v128.splat<T>(<T>1), v128.load(group, TOP), infinite);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const others = f64x2.div(v128.load(at, TOTAL), widen<T>(top, half));
    // The sum of the weights goes to TOTAL, for settleTotal.
    v128.store(at, v128.load(at, LANE), TOTAL);
    v128.store(at, v128.load(at, LANE_SECOND), TOTAL_LOW);
    v128.store(at, others, LANE);
    v128.store(at, f64x2.div(v128.load(at, SIZE), widen<T>(top, half)), SIZE);
  }
  settleTotal<T>(group, joined);
}
