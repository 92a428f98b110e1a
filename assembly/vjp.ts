/**
 * Vector-Jacobian products of what is already a softmax, in f64 for either type and rounded once:
 *
 *   softmax:      p · (dy − Σ p dy) / T
 *   log-softmax:  (dy − e^(log p) Σ dy) / T,  e^(log p) = 2^n (1 + t),  dy − 2^n S − 2^n S t
 *
 * Written so, the latter keeps its digits where p is near 1 (n = 0) and dy is the sum S: the difference is exact there.
 *
 * Bound: f32 relaxed 1.6 ulp, f32 simd 1.6 ulp, f64 relaxed 3 ulp, f64 simd 3 ulp
 * Where the two terms cancel, these are ulp of the larger one.
 */
import { LOG_SOFTMAX_VJP, SOFTMAX_VJP } from "./abi";
import { anchor, polynomialFrom, power } from "./exp";
import { expRestF32 } from "./expF32";
import {
  CHUNK,
  GROUPS,
  INVERSE,
  INVERSE_F64,
  LOWEST,
  MAGIC,
  MAX,
  NUDGE,
  PER_STEP,
  PREPARED,
  RECORD,
  SHIFT,
  STAGE,
  START,
  STEP_HIGH,
  STEP_LOW,
  SUM,
  TAIL,
  TAIL_OTHER,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { prepare } from "./prepare";
import { LIFT_OF_F64, takeTotal } from "./total";
import {
  giveTail,
  madd,
  narrow,
  strideOf,
  tailOf,
  takeTail,
  unwiden,
  VECTOR,
  wholeVectors,
  widen,
} from "./vectors";

/** Logarithms of probabilities have been divided by the temperature already; the results have not. */
export function prepareVjp<T extends number>(frame: usize, operation: i32, temperature: f64): void {
  if (operation === LOG_SOFTMAX_VJP) {
    prepare<T>(frame, 1);
    for (let group = frame + GROUPS; group < frame + STAGE; group += RECORD) {
      v128.store(group, v128.splat<T>(<T>0), MAX);
      anchor<T>(frame, group);
      // Of what is no logarithm of a probability: 2^n must stay a number.
      v128.store(group, v128.splat<T>(<T>(sizeof<T>() === 4 ? 40 : 340)), START);
    }
  }
  // INVERSE_F64 is not that of `prepare`.
  store<i32>(frame, 0, PREPARED);
  const isLifted = sizeof<T>() === 8 && operation === LOG_SOFTMAX_VJP;
  v128.store(frame, f64x2.splat((isLifted ? 1 / LIFT_OF_F64 : 1) / temperature), INVERSE_F64);
  v128.store(frame, v128.splat<T>(<T>(1 / temperature)), INVERSE);
}

/** x and dy are groups, and so is the result. */
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
  else if (sizeof<T>() === 4 && splitTotal(frame, group))
    logSoftmaxRuns(frame, group, x, dy, dst, count, step);
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

/** Of rows four vectors at a time, whose places are then part of the instructions. */
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

/** −S in two f32, times 2^-64, for `logSoftmaxRunF32`; SUM: in which lanes no part under- or overflows. False if in none. */
function splitTotal(frame: usize, group: usize): bool {
  if (reinterpret<u32>(load<f32>(frame, INVERSE)) << 9) return false;
  const first = v128.load(group, TOTAL);
  const second = v128.load(group, TOTAL + VECTOR);
  const total = narrow(first, second);
  const size = f32x4.abs(total);
  const isZero = f32x4.eq(size, f32x4.splat(0));
  const isOrdinary = v128.and(
    f32x4.gt(size, f32x4.splat(reinterpret<f32>(0x2b800000))),
    f32x4.lt(size, f32x4.splat(reinterpret<f32>(0x53800000))),
  );
  const fits = v128.or(isZero, isOrdinary);
  v128.store(group, fits, SUM);
  const low = narrow(f64x2.sub(first, widen<f32>(total, 0)), f64x2.sub(second, widen<f32>(total, 1)));
  const unit = f32x4.splat(reinterpret<f32>(0x9f800000)); // −2^-64
  v128.store(group, f32x4.mul(total, unit), SHIFT);
  v128.store(group, f32x4.mul(low, unit), NUDGE);
  return v128.any_true(fits);
}

/** Each lane by the loop that is right for it, whatever the others need. */
function logSoftmaxRuns(
  frame: usize,
  group: usize,
  x: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const fits = v128.load(group, SUM);
  if (i32x4.all_true(fits)) {
    logSoftmaxRunF32(frame, group, x, dy, dst, count, step);
    return;
  }
  const chunk = frame + CHUNK;
  for (; count; --count) {
    logSoftmaxRunF32(frame, group, x, dy, chunk, 1, 0);
    logSoftmaxRun<f32>(frame, group, x, dy, chunk + VECTOR, 1, 0);
    v128.store(dst, v128.bitselect(v128.load(chunk), v128.load(chunk, VECTOR), fits));
    x += step;
    dy += step;
    dst += step;
  }
}

/** `logSoftmaxRun` in f32: −S (1 + t) in two parts, of which the power of two makes exact products. */
function logSoftmaxRunF32(
  frame: usize,
  group: usize,
  x: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const inverse = v128.load(frame, INVERSE);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
  const highest = v128.load(group, START);
  const total = v128.load(group, SHIFT);
  const totalLow = v128.load(group, NUDGE);
  const zero = f32x4.splat(0);
  for (; count; --count) {
    const logarithm = v128.load(x);
    const vanishes = f32x4.le(logarithm, lowest);
    const z = f32x4.pmin(f32x4.pmax(logarithm, lowest), highest);
    const biased = madd<f32>(z, perStep, magic);
    const scale = v128.andnot(power<f32>(biased), vanishes);
    const n = f32x4.sub(biased, magic);
    const high = madd<f32>(n, stepHigh, z);
    const low = f32x4.mul(n, stepLow);
    const r = f32x4.add(high, low);
    // (1 + t) is 1 + high + rest, and no part of it is rounded before it is a part of the product.
    const rest = expRestF32(frame, r, low);
    const more = f32x4.mul(total, high);
    const least = madd<f32>(total, rest, madd<f32>(totalLow, high, totalLow));
    const product = f32x4.add(total, more);
    const productLow = f32x4.add(f32x4.add(f32x4.sub(total, product), more), least);
    const result = madd<f32>(scale, productLow, madd<f32>(scale, product, v128.load(dy)));
    v128.store(dst, f32x4.add(f32x4.mul(result, inverse), zero)); // −0, of a vanishing p, becomes 0
    x += step;
    dy += step;
    dst += step;
  }
}

/** The exponentials are those of `expRun`, for N = 0 and T = 1, in two parts. */
function logSoftmaxRun<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
  const highest = v128.load(group, START);
  for (; count; --count) {
    const logarithm = v128.load(x);
    const vanishes = v128.le<T>(logarithm, lowest);
    const z = v128.pmin<T>(v128.pmax<T>(logarithm, lowest), highest);
    const biased = madd<T>(z, perStep, magic);
    const scale = v128.andnot(power<T>(biased), vanishes);
    const n = v128.sub<T>(biased, magic);
    const high = madd<T>(n, stepHigh, z);
    const low = v128.mul<T>(n, stepLow);
    const r = v128.add<T>(high, low);
    const t = v128.add<T>(high, madd<T>(v128.mul<T>(r, r), polynomialFrom<T>(frame, r), low));
    const slope = v128.load(dy);
    const first = logSoftmaxHalf<T>(frame, group, scale, t, slope, 0);
    const second = sizeof<T>() === 4 ? logSoftmaxHalf<T>(frame, group + VECTOR, scale, t, slope, 1) : first;
    v128.store(dst, unwiden<T>(first, second));
    x += step;
    dy += step;
    dst += step;
  }
}

function logSoftmaxHalf<T extends number>(
  frame: usize,
  at: usize,
  scale: v128,
  t: v128,
  dy: v128,
  half: i32,
): v128 {
  const unbias = f64x2.splat(
    sizeof<T>() === 4 ? reinterpret<f64>(0x3bf0000000000000) : reinterpret<f64>(0x27f0000000000000),
  );
  const total = v128.load(at, TOTAL);
  const power = f64x2.mul(widen<T>(scale, half), unbias);
  const rest = f64x2.add(f64x2.mul(total, widen<T>(t, half)), v128.load(at, TOTAL_LOW));
  const first = f64x2.sub(lifted<T>(widen<T>(dy, half)), f64x2.mul(total, power));
  const product = f64x2.mul(f64x2.sub(first, f64x2.mul(rest, power)), v128.load(frame, INVERSE_F64));
  return f64x2.add(product, f64x2.splat(0)); // −0, of a vanishing p, becomes 0
}

/** Of f64 dy is lifted and 1 / T lowered: products with p that are subnormal before the last would lose digits. */
function lifted<T extends number>(slope: v128): v128 {
  return sizeof<T>() === 4 ? slope : f64x2.mul(slope, f64x2.splat(LIFT_OF_F64));
}
