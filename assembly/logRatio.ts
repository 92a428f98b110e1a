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
 * Until the mean is known f64 keeps the logarithms in the results. f32 keeps those of the first vectors in the panel, and
 * takes the others twice: in the results they would be rounded.
 *
 * Bound: f32 relaxed 0.51 ulp, f32 simd 0.51 ulp, f64 relaxed 4 ulp, f64 simd 4 ulp
 * of the result or, for clr, of the mean if that is larger. Largest found in 10^6 results: f64 alr 1.72, clr 3.51.
 */
import { ALR } from "./abi";
import { LANE, MAX, PANEL_OTHER, PANEL_VECTORS, TAIL, TOTAL, TOTAL_LOW } from "./frame";
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

/** log(a / b) of two f64, to the precision of T. */
export function logRatio<T extends number>(frame: usize, a: v128, b: v128): v128 {
  return logOf<T>(frame, f64x2.sub(a, b), f64x2.pmin(a, b));
}

/** ± log1p(|difference| / least), the sign that of the difference. */
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
  const tail = frame + TAIL;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  if (operation === ALR) {
    divideRun<T>(frame, group, src, dst, count, stride);
    if (part) {
      takeTail<T>(tail, src, length, 0);
      divideRun<T>(frame, group, tail, tail, 1, 0);
      giveTail<T>(tail, dst, length);
    }
    return;
  }
  const max = maxOf<T>(src, length, step);
  v128.store(group, step ? max : joinMax<T>(max), MAX);
  clearTotal(group);
  const wide = sizeof<T>() === 8;
  const kept = wide ? count : min(count, PANEL_VECTORS / 2);
  const logs = wide ? dst : frame + PANEL_OTHER;
  const logsStep = wide ? stride : 2 * VECTOR;
  const rest = kept * stride;
  sumRun<T>(frame, group, src, logs, logsStep, kept, stride);
  if (!wide) sumRun<T>(frame, group, src + rest, 0, 0, count - kept, stride);
  if (part) {
    // The maximum in the other places, whose logarithm is 0.
    takeTail<T>(tail, src, length, <f64>load<T>(group, MAX));
    sumRun<T>(frame, group, tail, wide ? tail : 0, 0, 1, 0);
  }
  if (!step) joinTotal<T>(group + TOTAL);
  takeMean<T>(group, <f64>length);
  centreRun<T>(frame, group, src, logs, logsStep, dst, kept, stride);
  if (!wide) centreRun<T>(frame, group, src + rest, 0, 0, dst + rest, count - kept, stride);
  if (part) {
    centreRun<T>(frame, group, tail, wide ? tail : 0, 0, tail, 1, 0);
    giveTail<T>(tail, dst, length);
  }
}

function divideRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const r = v128.load(group, LANE);
  const rSecond = v128.load(group, LANE + VECTOR);
  for (; count; --count) {
    const p = v128.load(src);
    const first = logRatio<T>(frame, widen<T>(p, 0), r);
    const second = sizeof<T>() === 4 ? logRatio<T>(frame, widen<T>(p, 1), rSecond) : first;
    v128.store(dst, unwiden<T>(first, second));
    src += step;
    dst += step;
  }
}

/** Adds the logarithms to TOTAL, and stores them as f64 at `logs` if that is not 0. */
function sumRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  logs: usize,
  logsStep: usize,
  count: usize,
  step: usize,
): void {
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const max = widen<T>(v128.load(group, MAX), half);
    let sum = v128.load(at, TOTAL);
    let low = v128.load(at, TOTAL_LOW);
    let from = src;
    let to = logs + half * VECTOR;
    for (let left = count; left; --left) {
      const logarithm = logRatio<T>(frame, widen<T>(v128.load(from), half), max);
      if (logs) v128.store(to, logarithm);
      const next = f64x2.add(sum, logarithm);
      low = f64x2.add(low, lost(sum, logarithm, next));
      sum = next;
      from += step;
      to += logsStep;
    }
    v128.store(at, sum, TOTAL);
    v128.store(at, low, TOTAL_LOW);
  }
}

/** TOTAL becomes the mean; the low part of −∞ is not a number. */
function takeMean<T extends number>(group: usize, length: f64): void {
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const sum = v128.load(at, TOTAL);
    const low = v128.andnot(v128.load(at, TOTAL_LOW), f64x2.eq(sum, f64x2.splat(-Infinity)));
    v128.store(at, f64x2.div(f64x2.add(sum, low), f64x2.splat(length)), TOTAL);
  }
}

/** From the logarithms at `logs`, or if that is 0 from p, to the results. */
function centreRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  logs: usize,
  logsStep: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const max = v128.load(group, MAX);
  for (; count; --count) {
    let first: v128;
    let second: v128;
    if (logs) {
      first = v128.load(logs);
      second = v128.load(logs, sizeof<T>() === 4 ? VECTOR : 0);
    } else {
      const p = v128.load(src);
      first = logRatio<T>(frame, widen<T>(p, 0), widen<T>(max, 0));
      second = logRatio<T>(frame, widen<T>(p, 1), widen<T>(max, 1));
    }
    v128.store(dst, unwiden<T>(centred(group, first), centred(group + VECTOR, second)));
    src += step;
    logs += logsStep;
    dst += step;
  }
}

/** −∞ stays beside a mean of −∞, and NaN beside one of NaN. */
function centred(at: usize, logarithm: v128): v128 {
  const mean = v128.load(at, TOTAL);
  const minusInfinity = f64x2.splat(-Infinity);
  const stays = v128.and(f64x2.eq(logarithm, minusInfinity), f64x2.eq(mean, minusInfinity));
  return v128.bitselect(logarithm, f64x2.sub(logarithm, mean), stays);
}
