/**
 * Log-ratios of the elements of a lane, in f64 for either type and rounded once:
 *
 *   alr:  log(p / r)                                   r: the lane's own number
 *   clr:  log(p / max) − mean,  the mean of log(p / max) over the lane
 *
 * through log(a / b) = ± log1p(|a − b| / min(a, b)), so that nearly equal ones keep their digits.
 *
 * 0 gives −∞. For clr it makes the other elements of its lane +∞, the limit; lanes of zeros and lanes with a number that is
 * negative or NaN become NaN. Where r is negative or NaN, so are the results.
 *
 * Until the mean is known, f64 keeps the logarithms in the results. f32 keeps them in the panel, as the results would round
 * them. Where they are too many for it, they are taken twice.
 *
 * Bound: f32 relaxed 0.51 ulp, f32 simd 0.51 ulp, f64 relaxed 4 ulp, f64 simd 4 ulp
 * of the result or, for clr, of the mean if that is larger. Largest found in 10^6 results: f64 alr 1.72, clr 3.51.
 */
import { CLR } from "./abi";
import { LANE, LANE_SECOND, MAX, PANEL_OTHER, PANEL_VECTORS, TAIL, TOTAL, TOTAL_LOW } from "./frame";
import { log1p } from "./log";
import { joinMax, maxOf } from "./max";
import { clearTotal, joinTotal, lost } from "./total";
import {
  giveTail,
  halves,
  strideOf,
  tailOf,
  takeTail,
  unwiden,
  VECTOR,
  wholeVectors,
  widen,
} from "./vectors";

/** log(a / b) of two f64, to the precision of T, from a − b and min(a, b): ± log1p(|a − b| / min(a, b)). */
export function logOf<T extends number>(frame: usize, difference: v128, least: v128): v128 {
  const distance = f64x2.abs(difference);
  let u = f64x2.abs(f64x2.div(distance, least)); // −0 counts as 0
  let logarithm = log1p<T>(frame, u, f64x2.splat(0));
  if (sizeof<T>() === 8) {
    const huge = f64x2.gt(u, f64x2.splat(1e300));
    if (v128.any_true(huge)) {
      // The quotient may overflow where its logarithm does not: log u = 4 log ⁴√u.
      const root = f64x2.div(f64x2.sqrt(f64x2.sqrt(distance)), f64x2.sqrt(f64x2.sqrt(f64x2.abs(least))));
      logarithm = v128.bitselect(
        f64x2.mul(log1p<T>(frame, root, f64x2.splat(0)), f64x2.splat(4)),
        logarithm,
        huge,
      );
      u = v128.bitselect(root, u, huge);
    }
  }
  logarithm = v128.bitselect(u, logarithm, f64x2.eq(u, f64x2.splat(Infinity)));
  logarithm = v128.bitselect(f64x2.splat(NaN), logarithm, f64x2.lt(least, f64x2.splat(0)));
  return v128.bitselect(f64x2.neg(logarithm), logarithm, f64x2.lt(difference, f64x2.splat(0)));
}

/** f32 keeps the logarithms of so many vectors at a time, two of f64 each, in the panel; those of the tail follow. */
const PIECE: usize = PANEL_VECTORS / 2 - 1;
const TAIL_LOGS: usize = PANEL_OTHER + 2 * PIECE * VECTOR;

/** The group at `src` to `dst`, which may be `src`. */
export function logRatios<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const wide = sizeof<T>() === 8;
  const tail = frame + TAIL;
  const tailLogs = wide ? tail : frame + TAIL_LOGS;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  const most = wide ? count : PIECE;
  const logs = wide ? dst : frame + PANEL_OTHER;
  const apart = wide ? stride : 2 * VECTOR;
  takeReference<T>(group, operation, src, length, step);
  // In the places after the last element, the maximum, whose logarithm is 0.
  if (part) takeTail<T>(tail, src, length, <f64>load<T>(group, MAX));
  if (operation === CLR) {
    clearTotal(group);
    for (let done: usize = 0; done < count; done += most) {
      logsRun<T>(frame, group, src + done * stride, stride, logs, apart, min(count - done, most));
    }
    if (part) logsRun<T>(frame, group, tail, 0, tailLogs, 0, 1);
    if (!step) joinTotal<T>(group + TOTAL);
    takeMean<T>(group, <f64>length);
  } else if (part) {
    logsRun<T>(frame, group, tail, 0, tailLogs, 0, 1);
  }
  const kept = operation === CLR && count <= most;
  for (let done: usize = 0; done < count; done += most) {
    const piece = min(count - done, most);
    const at = done * stride;
    if (!kept) logsRun<T>(frame, group, src + at, stride, logs, apart, piece);
    centreRun<T>(group, logs, apart, dst + at, stride, piece);
  }
  if (part) {
    centreRun<T>(group, tailLogs, 0, tail, 0, 1);
    giveTail<T>(tail, dst, length);
  }
}

/** LANE: what p is divided by, which alr brings along and clr takes as the maximum. LANE_SECOND: the mean of alr, 0. */
function takeReference<T extends number>(
  group: usize,
  operation: i32,
  src: usize,
  length: usize,
  step: usize,
): void {
  let max = v128.splat<T>(<T>0);
  if (operation === CLR) {
    max = maxOf<T>(src, length, step);
    if (!step) max = joinMax<T>(max);
  }
  v128.store(group, max, MAX);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    if (operation === CLR) v128.store(at, widen<T>(max, half), LANE);
    v128.store(at, f64x2.splat(0), LANE_SECOND);
  }
}

/** Stores log(p / LANE) as f64 at `logs`, and adds it to TOTAL. */
function logsRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  step: usize,
  logs: usize,
  apart: usize,
  count: usize,
): void {
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const reference = v128.load(at, LANE);
    let sum = v128.load(at, TOTAL);
    let low = v128.load(at, TOTAL_LOW);
    let from = src;
    let to = logs + half * VECTOR;
    for (let left = count; left; --left) {
      const p = widen<T>(v128.load(from), half);
      const logarithm = logOf<T>(frame, f64x2.sub(p, reference), f64x2.pmin(p, reference));
      v128.store(to, logarithm);
      const next = f64x2.add(sum, logarithm);
      low = f64x2.add(low, lost(sum, logarithm, next));
      sum = next;
      from += step;
      to += apart;
    }
    v128.store(at, sum, TOTAL);
    v128.store(at, low, TOTAL_LOW);
  }
}

/** LANE_SECOND: the mean. The low part of −∞ is not a number. */
function takeMean<T extends number>(group: usize, length: f64): void {
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const sum = v128.load(at, TOTAL);
    const low = v128.andnot(v128.load(at, TOTAL_LOW), f64x2.eq(sum, f64x2.splat(-Infinity)));
    v128.store(at, f64x2.div(f64x2.add(sum, low), f64x2.splat(length)), LANE_SECOND);
  }
}

/** From the logarithms to the results. */
function centreRun<T extends number>(
  group: usize,
  logs: usize,
  apart: usize,
  dst: usize,
  step: usize,
  count: usize,
): void {
  for (; count; --count) {
    const first = centred(group, v128.load(logs));
    const second = sizeof<T>() === 4 ? centred(group + VECTOR, v128.load(logs, VECTOR)) : first;
    v128.store(dst, unwiden<T>(first, second));
    logs += apart;
    dst += step;
  }
}

/** −∞ stays beside a mean of −∞, and NaN beside one of NaN. */
function centred(at: usize, logarithm: v128): v128 {
  const mean = v128.load(at, LANE_SECOND);
  const minusInfinity = f64x2.splat(-Infinity);
  const stays = v128.and(f64x2.eq(logarithm, minusInfinity), f64x2.eq(mean, minusInfinity));
  return v128.bitselect(logarithm, f64x2.sub(logarithm, mean), stays);
}
