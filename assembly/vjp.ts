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
import {
  GROUPS,
  INVERSE_F64,
  LOWEST,
  MAGIC,
  MAX,
  PANEL,
  PER_STEP,
  PREPARED,
  RECORD,
  STEP_HIGH,
  STEP_LOW,
  TAIL,
  TAIL_OTHER,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { prepare } from "./prepare";
import { clearTotal, LIFT_OF_F64, settleTotal, totalRun } from "./total";
import { giveTail, madd, strideOf, tailOf, takeTail, unwiden, VECTOR, wholeVectors, widen } from "./vectors";

/** Logarithms of probabilities have been divided by the temperature already; the results have not. */
export function prepareVjp<T extends number>(frame: usize, operation: i32, temperature: f64): void {
  if (operation === LOG_SOFTMAX_VJP) {
    prepare<T>(frame, 1);
    for (let group = frame + GROUPS; group < frame + PANEL; group += RECORD) {
      v128.store(group, v128.splat<T>(<T>0), MAX);
      anchor<T>(frame, group);
    }
  }
  // INVERSE_F64 is not that of `prepare`.
  store<i32>(frame, 0, PREPARED);
  const unit = sizeof<T>() === 4 ? 1 : 1 / LIFT_OF_F64;
  v128.store(frame, f64x2.splat(unit / temperature), INVERSE_F64);
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
  const tail = frame + TAIL;
  const tailOther = frame + TAIL_OTHER;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  const factor = operation === SOFTMAX_VJP;
  clearTotal(group);
  totalRun<T>(group, factor ? x : 0, dy, count, stride);
  if (part) {
    takeTail<T>(tail, x, length, 0);
    takeTail<T>(tailOther, dy, length, 0);
    totalRun<T>(group, factor ? tail : 0, tailOther, 1, 0);
  }
  settleTotal<T>(group, !step);
  pullRun<T>(frame, group, operation, x, dy, dst, count, stride);
  if (part) {
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
  const inverse = v128.load(frame, INVERSE_F64);
  const total = v128.load(group, TOTAL);
  const totalLow = v128.load(group, TOTAL_LOW);
  const totalSecond = v128.load(group, TOTAL + VECTOR);
  const totalLowSecond = v128.load(group, TOTAL_LOW + VECTOR);
  for (; count; --count) {
    const factor = v128.load(p);
    const slope = v128.load(dy);
    let first = f64x2.sub(f64x2.sub(lifted<T>(widen<T>(slope, 0)), total), totalLow);
    first = f64x2.mul(f64x2.mul(first, inverse), widen<T>(factor, 0));
    let second = first;
    if (sizeof<T>() === 4) {
      second = f64x2.sub(f64x2.sub(widen<T>(slope, 1), totalSecond), totalLowSecond);
      second = f64x2.mul(f64x2.mul(second, inverse), widen<T>(factor, 1));
    }
    v128.store(dst, unwiden<T>(first, second));
    p += step;
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
  // Of what is no logarithm of a probability: 2^n must stay a number.
  const highest = v128.splat<T>(<T>(sizeof<T>() === 4 ? 40 : 340));
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
