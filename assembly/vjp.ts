/**
 * Vector-Jacobian products of a softmax or log-softmax that is given, in f64 for either type and rounded once:
 *
 *   softmax:      p · (dy − Σ p dy) / T
 *   log-softmax:  (dy − e^(log p) S) / T,  e^(log p) = 2^n (1 + t),  dy − 2^n S − 2^n S t
 *
 * with S = Σ dy. In this form log-softmax keeps its digits where p is near 1 (n = 0) and dy is near S: dy − S is exact
 * there. `logSoftmaxVjp.ts` has its last pass.
 *
 * Bound: f32 relaxed 1.6 ulp, f32 simd 1.6 ulp, f64 relaxed 3 ulp, f64 simd 3 ulp
 * Where the two terms cancel, these are ulp of the larger one.
 */
import { LOG_SOFTMAX_VJP, SOFTMAX_VJP } from "./abi";
import { anchor } from "./anchor";
import {
  GROUPS,
  INVERSE,
  INVERSE_F64,
  MAX,
  PREPARED,
  RECORD,
  STAGE,
  TAIL,
  TAIL_OTHER,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { HIGHEST, logSoftmaxRun } from "./logSoftmaxVjp";
import { prepare } from "./prepare";
import { LIFT_OF_F64, takeTotal } from "./total";
import { giveTail, narrow, strideOf, tailOf, takeTail, VECTOR, wholeVectors, widen } from "./vectors";

/**
 * The logarithms have been divided by the temperature already, so their exponentials take temperature 1. The results
 * are still to be divided.
 */
export function prepareVjp<T extends number>(frame: usize, operation: i32, temperature: f64): void {
  if (operation === LOG_SOFTMAX_VJP) {
    prepare<T>(frame, 1);
    for (let group = frame + GROUPS; group < frame + STAGE; group += RECORD) {
      v128.store(group, v128.splat<T>(<T>0), MAX);
      anchor<T>(frame, group);
      v128.store(group, v128.splat<T>(<T>(sizeof<T>() === 4 ? 40 : 340)), HIGHEST);
    }
  }
  // Other operations prepare the frame again, because INVERSE and INVERSE_F64 are not those of `prepare`.
  store<i32>(frame, 0, PREPARED);
  const isLifted = sizeof<T>() === 8 && operation === LOG_SOFTMAX_VJP;
  v128.store(frame, f64x2.splat((isLifted ? 1 / LIFT_OF_F64 : 1) / temperature), INVERSE_F64);
  v128.store(frame, v128.splat<T>(<T>(1 / temperature)), INVERSE);
}

/** From x, which is p or log p, and dy to the result. All three are groups. */
export function pull<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  x: usize,
  dy: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  takeTotal<T>(frame, group, operation === SOFTMAX_VJP ? x : 0, dy, length, step);
  finishPull<T>(frame, group, operation, x, dy, dst, length, step);
}

/** The last pass over a group, or over a piece of one. */
export function finishPull<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  x: usize,
  dy: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  const tailOther = frame + TAIL_OTHER;
  pullRun<T>(frame, group, operation, x, dy, dst, wholeVectors<T>(length, step), strideOf(step));
  if (tailOf<T>(length, step)) {
    takeTail<T>(tail, x, length, 0);
    takeTail<T>(tailOther, dy, length, 0);
    pullRun<T>(frame, group, operation, tail, tailOther, tail, 1, 0);
    giveTail<T>(tail, dst, length);
  }
}

function pullRun<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  x: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  if (operation === SOFTMAX_VJP) softmaxRun<T>(frame, group, x, dy, dst, count, step);
  else logSoftmaxRun<T>(frame, group, x, dy, dst, count, step);
}

function softmaxRun<T extends number>(
  frame: usize,
  group: usize,
  p: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  if (sizeof<T>() === 8) {
    softmaxRunF64(frame, group, p, dy, dst, count, step);
    return;
  }
  const inverse = v128.load(frame, INVERSE_F64);
  const total = v128.load(group, TOTAL);
  const totalLow = v128.load(group, TOTAL_LOW);
  const totalSecond = v128.load(group, TOTAL + VECTOR);
  const totalLowSecond = v128.load(group, TOTAL_LOW + VECTOR);
  for (; count; --count) {
    const factor = v128.load(p);
    const slope = v128.load(dy);
    let first = f64x2.sub(f64x2.sub(widen<T>(slope, 0), total), totalLow);
    first = f64x2.mul(f64x2.mul(first, inverse), widen<T>(factor, 0));
    let second = f64x2.sub(f64x2.sub(widen<T>(slope, 1), totalSecond), totalLowSecond);
    second = f64x2.mul(f64x2.mul(second, inverse), widen<T>(factor, 1));
    v128.store(dst, narrow(first, second));
    p += step;
    dy += step;
    dst += step;
  }
}

/** Rows take four vectors at a time: the places of these are then part of the instructions. */
function softmaxRunF64(
  frame: usize,
  group: usize,
  p: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const inverse = v128.load(frame, INVERSE_F64);
  const lower = f64x2.splat(1 / LIFT_OF_F64);
  const total = f64x2.mul(v128.load(group, TOTAL), lower);
  const totalLow = f64x2.mul(v128.load(group, TOTAL_LOW), lower);
  if (step === VECTOR) {
    for (; count >= 4; count -= 4) {
      const first = softmaxPart(v128.load(p), v128.load(dy), total, totalLow, inverse);
      const second = softmaxPart(v128.load(p, VECTOR), v128.load(dy, VECTOR), total, totalLow, inverse);
      const third = softmaxPart(
        v128.load(p, 2 * VECTOR),
        v128.load(dy, 2 * VECTOR),
        total,
        totalLow,
        inverse,
      );
      const fourth = softmaxPart(
        v128.load(p, 3 * VECTOR),
        v128.load(dy, 3 * VECTOR),
        total,
        totalLow,
        inverse,
      );
      v128.store(dst, first);
      v128.store(dst, second, VECTOR);
      v128.store(dst, third, 2 * VECTOR);
      v128.store(dst, fourth, 3 * VECTOR);
      p += 4 * VECTOR;
      dy += 4 * VECTOR;
      dst += 4 * VECTOR;
    }
  }
  for (; count; --count) {
    v128.store(dst, softmaxPart(v128.load(p), v128.load(dy), total, totalLow, inverse));
    p += step;
    dy += step;
    dst += step;
  }
}

function softmaxPart(p: v128, dy: v128, total: v128, totalLow: v128, inverse: v128): v128 {
  return f64x2.mul(f64x2.mul(f64x2.sub(f64x2.sub(dy, total), totalLow), inverse), p);
}
