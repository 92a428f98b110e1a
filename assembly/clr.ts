/**
 * The centred log-ratio: log(p / max) − mean, the mean of log(p / max) over the lane. The logarithms are those of
 * `ratio.ts`, in f64 for either type.
 *
 * 0 gives −∞, and makes the other elements of its lane +∞, the limit. Lanes of zeros, and lanes with a number that is
 * negative or NaN, become NaN.
 *
 * f64 keeps the logarithms in the results until the mean is known. In results of f32 they would be rounded: there the
 * panel keeps those of the first vectors, and the others are computed twice.
 *
 * Bound: f32 relaxed 0.51 ulp, f32 simd 0.51 ulp, f64 relaxed 4 ulp, f64 simd 4 ulp
 * These are ulp of the result, or of the mean if that is larger.
 */
import { stageLogs, sumLogs, sumShortLogs } from "./clrSums";
import { MAX, PANEL_OTHER, PANEL_VECTORS, STAGE, STAGE_TERMS, TAIL, TOTAL, TOTAL_LOW } from "./frame";
import { joinMax, maxOf } from "./max";
import { takeReference, WIDE, wideLogarithm } from "./ratio";
import { clearTotal, joinTotal } from "./total";
import {
  giveTail,
  halves,
  SHORT,
  strideOf,
  tailOf,
  takeTail,
  unwiden,
  VECTOR,
  wholeVectors,
} from "./vectors";

/** The group at `src` to `dst`, which may be `src`. */
export function clr<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  const max = maxOf<T>(src, length, step);
  const top = step ? max : joinMax<T>(max);
  takeReference<T>(group, top);
  clearTotal(group);
  const wide = sizeof<T>() === 8;
  const kept = wide ? count : min(count, PANEL_VECTORS / 2);
  const logs = wide ? dst : frame + PANEL_OTHER;
  const logsStep = wide ? stride : 2 * VECTOR;
  const rest = kept * stride;
  // The other places of the tail have the maximum: log(max / max) is 0.
  if (part) takeTail<T>(tail, src, length, <f64>v128.extract_lane<T>(top, 0));
  if (length <= SHORT) {
    sumShortLogs<T>(frame, group, src, logs, logsStep, count, part, step);
  } else {
    sumLogs<T>(frame, group, src, logs, logsStep, kept, stride);
    if (!wide) sumLogs<T>(frame, group, src + rest, 0, 0, count - kept, stride);
    if (part) sumLogs<T>(frame, group, tail, wide ? tail : 0, 0, 1, 0);
    if (!step) joinTotal<T>(group + TOTAL);
  }
  takeMean<T>(group, <f64>length);
  centreRun<T>(frame, group, src, logs, logsStep, dst, kept, stride);
  if (!wide) centreRun<T>(frame, group, src + rest, 0, 0, dst + rest, count - kept, stride);
  if (part) {
    centreRun<T>(frame, group, tail, wide ? tail : 0, 0, tail, 1, 0);
    giveTail<T>(tail, dst, length);
  }
}

/** Adds the logarithms of a piece of lanes to TOTAL. MAX is the reference. Those of f64 go to `dst`. */
export function addLogs<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  const stride = strideOf(step);
  const wide = sizeof<T>() === 8;
  sumLogs<T>(frame, group, src, wide ? dst : 0, stride, wholeVectors<T>(length, step), stride);
  if (tailOf<T>(length, step)) {
    takeTail<T>(tail, src, length, topOf<T>(group));
    sumLogs<T>(frame, group, tail, wide ? tail : 0, 0, 1, 0);
    if (wide) giveTail<T>(tail, dst, length);
  }
}

/** clr of a piece of lanes whose mean is known; of f64 from what `addLogs` has left at `dst`. */
export function centre<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  const stride = strideOf(step);
  const wide = sizeof<T>() === 8;
  centreRun<T>(frame, group, src, wide ? dst : 0, stride, dst, wholeVectors<T>(length, step), stride);
  if (tailOf<T>(length, step)) {
    takeTail<T>(tail, wide ? dst : src, length, topOf<T>(group));
    centreRun<T>(frame, group, tail, wide ? tail : 0, 0, tail, 1, 0);
    giveTail<T>(tail, dst, length);
  }
}

/** The largest element of a row. */
function topOf<T extends number>(group: usize): f64 {
  return <f64>v128.extract_lane<T>(v128.load(group, MAX), 0);
}

/** TOTAL becomes the mean. The low part of a sum of −∞ is NaN, and is left out. */
export function takeMean<T extends number>(group: usize, length: f64): void {
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const sum = v128.load(at, TOTAL);
    const low = v128.andnot(v128.load(at, TOTAL_LOW), f64x2.eq(sum, f64x2.splat(-Infinity)));
    v128.store(at, f64x2.div(f64x2.add(sum, low), f64x2.splat(length)), TOTAL);
  }
}

/** The results, from the logarithms at `logs`. If that is 0, they are computed from p once more. */
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
  const mean = v128.load(group, TOTAL);
  const meanSecond = v128.load(group, sizeof<T>() === 4 ? TOTAL + VECTOR : TOTAL);
  const minusInfinity = f64x2.splat(-Infinity);
  const isZero = v128.any_true(v128.or(f64x2.eq(mean, minusInfinity), f64x2.eq(meanSecond, minusInfinity)));
  const stage = frame + STAGE;
  while (count) {
    const block = min(count, STAGE_TERMS);
    count -= block;
    if (sizeof<T>() === 4 && !logs) stageLogs(frame, group, src, block, step);
    for (let k: usize = 0; k < block; ++k) {
      let first: v128;
      let second: v128;
      if (sizeof<T>() === 4 && !logs) {
        first = wideLogarithm(frame, stage + k * WIDE, 0);
        second = wideLogarithm(frame, stage + k * WIDE, 1);
      } else {
        first = v128.load(logs);
        second = v128.load(logs, sizeof<T>() === 4 ? VECTOR : 0);
        logs += logsStep;
      }
      if (isZero) {
        first = centred(first, mean);
        second = centred(second, meanSecond);
      } else {
        first = f64x2.sub(first, mean);
        second = f64x2.sub(second, meanSecond);
      }
      v128.store(dst, unwiden<T>(first, second));
      dst += step;
    }
    src += block * step;
  }
}

/** −∞ stays beside a mean of −∞, and NaN beside one of NaN. */
function centred(logarithm: v128, mean: v128): v128 {
  const minusInfinity = f64x2.splat(-Infinity);
  const stays = v128.and(f64x2.eq(logarithm, minusInfinity), f64x2.eq(mean, minusInfinity));
  return v128.bitselect(logarithm, f64x2.sub(logarithm, mean), stays);
}
