/**
 * Log-ratios of the elements of a lane:
 *
 *   alr:  log(p / r)                                   r: the lane's own number
 *   clr:  log(p / max) − mean,  the mean of log(p / max) over the lane
 *
 * with the logarithms of `ratio.ts`: those of clr in f64 for either type.
 *
 * 0 gives −∞. For clr it makes the other elements of its lane +∞, the limit; lanes of zeros and lanes with a number that is
 * negative or NaN become NaN. Where r is negative or NaN, so are the results.
 *
 * Until the mean is known f64 keeps the logarithms in the results. f32 keeps those of the first vectors in the panel, and
 * takes the others twice: in the results they would be rounded.
 *
 * Bound: f32 relaxed 0.51 ulp, f32 simd 0.51 ulp, f64 relaxed 4 ulp, f64 simd 4 ulp
 * of clr, of the result or of the mean if that is larger. Those of alr are the bounds of `elementwise.ts`.
 */
import { ALR } from "./abi";
import { lost } from "./exact";
import {
  CHUNK,
  LANE,
  MAX,
  PANEL_OTHER,
  PANEL_VECTORS,
  STAGE,
  STAGE_TERMS,
  TAIL,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { joinMax, maxOf } from "./max";
import { ratioF32, ratioF64, takeReference, takeWide, WIDE, wideLogarithm } from "./ratio";
import { addTotal, clearTotal, joinTotal } from "./total";
import { sumStored, takeShortDoubles } from "./totalShort";
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
    takeGivenReference<T>(group);
    divide<T>(frame, group, src, dst, length, step);
    return;
  }
  const max = maxOf<T>(src, length, step);
  const top = step ? max : joinMax<T>(max);
  takeReference<T>(group, top);
  clearTotal(group);
  const wide = sizeof<T>() === 8;
  const kept = wide ? count : min(count, PANEL_VECTORS / 2);
  const logs = wide ? dst : frame + PANEL_OTHER;
  const logsStep = wide ? stride : 2 * VECTOR;
  const rest = kept * stride;
  // The maximum in the other places, whose logarithm is 0.
  if (part) takeTail<T>(tail, src, length, <f64>v128.extract_lane<T>(top, 0));
  if (length <= SHORT) {
    sumShort<T>(frame, group, src, logs, logsStep, count, part, step);
  } else {
    sumRun<T>(frame, group, src, logs, logsStep, kept, stride);
    if (!wide) sumRun<T>(frame, group, src + rest, 0, 0, count - kept, stride);
    if (part) sumRun<T>(frame, group, tail, wide ? tail : 0, 0, 1, 0);
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

/** The number of the lane is its reference. */
export function takeGivenReference<T extends number>(group: usize): void {
  takeReference<T>(group, unwiden<T>(v128.load(group, LANE), v128.load(group, LANE + VECTOR)));
}

/** alr of a group, or of a piece of one. */
export function divide<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  divideRun<T>(frame, group, src, dst, wholeVectors<T>(length, step), strideOf(step));
  if (tailOf<T>(length, step)) {
    takeTail<T>(frame + TAIL, src, length, 0);
    divideRun<T>(frame, group, frame + TAIL, frame + TAIL, 1, 0);
    giveTail<T>(frame + TAIL, dst, length);
  }
}

/** Adds the logarithms of a piece of lanes, whose MAX is the reference, to TOTAL. Those of f64 go to `dst`. */
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
  sumRun<T>(frame, group, src, wide ? dst : 0, stride, wholeVectors<T>(length, step), stride);
  if (tailOf<T>(length, step)) {
    takeTail<T>(tail, src, length, topOf<T>(group));
    sumRun<T>(frame, group, tail, wide ? tail : 0, 0, 1, 0);
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

/** The largest element of a row: its logarithm is 0. */
function topOf<T extends number>(group: usize): f64 {
  return <f64>v128.extract_lane<T>(v128.load(group, MAX), 0);
}

function divideRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  for (; count; --count) {
    const p = v128.load(src);
    v128.store(dst, sizeof<T>() === 4 ? ratioF32(frame, group, p) : ratioF64(frame, group, p));
    src += step;
    dst += step;
  }
}

/**
 * `sumRun` for a short lane, of which element k goes to sum k mod 4, of a row as of lanes side by side: first the logarithms, then
 * their sums. Those of a row's tail are the last at `logs` or, of f64, in the tail.
 */
function sumShort<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  logs: usize,
  logsStep: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  takeLogs<T>(frame, group, src, logs, logsStep, count, strideOf(step));
  const last = sizeof<T>() === 8 ? tail : logs + count * logsStep;
  if (part) takeLogs<T>(frame, group, tail, last, 0, 1, 0);
  if (sizeof<T>() === 4) sumStored(group, logs, part ? count + 1 : count, step);
  else takeShortDoubles(4, group, 0, logs, 0, tail, count, part, step);
}

function takeLogs<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  logs: usize,
  logsStep: usize,
  count: usize,
  step: usize,
): void {
  if (sizeof<T>() === 4) takeBlock(frame, group, src, count, step);
  for (let k: usize = 0; k < count; ++k) {
    if (sizeof<T>() === 4) {
      v128.store(logs, wideLogarithm(frame, frame + STAGE + k * WIDE, 0));
      v128.store(logs, wideLogarithm(frame, frame + STAGE + k * WIDE, 1), VECTOR);
    } else {
      v128.store(logs, ratioF64(frame, group, v128.load(src + k * step)));
    }
    logs += logsStep;
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
  if (!logs) {
    logs = frame + CHUNK;
    logsStep = 0;
  }
  const stage = frame + STAGE;
  while (count) {
    const block = min(count, STAGE_TERMS);
    count -= block;
    let sum = f64x2.splat(0);
    let other = sum; // f32: of the second halves; f64: what the sum has not taken
    if (sizeof<T>() === 4) takeBlock(frame, group, src, block, step);
    for (let k: usize = 0; k < block; ++k) {
      if (sizeof<T>() === 4) {
        const first = wideLogarithm(frame, stage + k * WIDE, 0);
        const second = wideLogarithm(frame, stage + k * WIDE, 1);
        v128.store(logs, first);
        v128.store(logs, second, VECTOR);
        sum = f64x2.add(sum, first);
        other = f64x2.add(other, second);
      } else {
        const logarithm = ratioF64(frame, group, v128.load(src + k * step));
        v128.store(logs, logarithm);
        const next = f64x2.add(sum, logarithm);
        other = f64x2.add(other, lost(sum, logarithm, next));
        sum = next;
      }
      logs += logsStep;
    }
    src += block * step;
    if (sizeof<T>() === 4) {
      addTotal(group, sum, f64x2.splat(0));
      addTotal(group + VECTOR, other, f64x2.splat(0));
    } else {
      addTotal(group, sum, other);
    }
  }
}

/** The first stage of a block. */
function takeBlock(frame: usize, group: usize, src: usize, count: usize, step: usize): void {
  let to = frame + STAGE;
  for (; count; --count) {
    takeWide(frame, group, v128.load(src), to);
    src += step;
    to += WIDE;
  }
}

/** TOTAL becomes the mean; the low part of −∞ is not a number. */
export function takeMean<T extends number>(group: usize, length: f64): void {
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
  const mean = v128.load(group, TOTAL);
  const meanSecond = v128.load(group, sizeof<T>() === 4 ? TOTAL + VECTOR : TOTAL);
  const minusInfinity = f64x2.splat(-Infinity);
  const isZero = v128.any_true(v128.or(f64x2.eq(mean, minusInfinity), f64x2.eq(meanSecond, minusInfinity)));
  const stage = frame + STAGE;
  while (count) {
    const block = min(count, STAGE_TERMS);
    count -= block;
    if (sizeof<T>() === 4 && !logs) takeBlock(frame, group, src, block, step);
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
