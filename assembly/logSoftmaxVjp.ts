/**
 * The last pass of the log-softmax VJP: (dy − 2^n S − 2^n S t) / T, with the bound of `vjp.ts`.
 *
 * f32 computes in f32 arithmetic, with −S in two parts, where 1 / T is a power of two and S is neither tiny nor huge.
 */
import {
  CHUNK,
  INVERSE,
  INVERSE_F64,
  LOWEST,
  MAGIC,
  NUDGE,
  PER_STEP,
  SHIFT,
  START,
  STEP_HIGH,
  STEP_LOW,
  SUM,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { estrinF32, polynomialFrom, power } from "./polynomial";
import { LIFT_OF_F64 } from "./total";
import { madd, narrow, unwiden, VECTOR, widen } from "./vectors";

// Of the record of a group, in the place of what this operation does not take:
/** Logarithms are clamped here: 2^n must stay a number also where x is no logarithm of a probability. */
export const HIGHEST: usize = START;
const HIGH: usize = SHIFT;
const LOW: usize = NUDGE;
const FITS: usize = SUM;

export function logSoftmaxRun<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  if (sizeof<T>() === 4 && splitTotal(frame, group)) runEither(frame, group, x, dy, dst, count, step);
  else runWide<T>(frame, group, x, dy, dst, count, step);
}

/**
 * For `runF32`: HIGH and LOW become −S times 2^-64, as two f32, and FITS a mask of the lanes where no part of that
 * under- or overflows. Returns false if there are none.
 */
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
  v128.store(group, fits, FITS);
  const low = narrow(f64x2.sub(first, widen<f32>(total, 0)), f64x2.sub(second, widen<f32>(total, 1)));
  const unit = f32x4.splat(reinterpret<f32>(0x9f800000)); // −2^-64
  v128.store(group, f32x4.mul(total, unit), HIGH);
  v128.store(group, f32x4.mul(low, unit), LOW);
  return v128.any_true(fits);
}

/** Each lane takes the result that is right for it, whatever the lanes beside it need. */
function runEither(
  frame: usize,
  group: usize,
  x: usize,
  dy: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const fits = v128.load(group, FITS);
  if (i32x4.all_true(fits)) {
    runF32(frame, group, x, dy, dst, count, step);
    return;
  }
  const chunk = frame + CHUNK;
  for (; count; --count) {
    runF32(frame, group, x, dy, chunk, 1, 0);
    runWide<f32>(frame, group, x, dy, chunk + VECTOR, 1, 0);
    v128.store(dst, v128.bitselect(v128.load(chunk), v128.load(chunk, VECTOR), fits));
    x += step;
    dy += step;
    dst += step;
  }
}

/** In f32 arithmetic: −S (1 + t) in two parts. Their products with the power of two are exact. */
function runF32(
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
  const highest = v128.load(group, HIGHEST);
  const total = v128.load(group, HIGH);
  const totalLow = v128.load(group, LOW);
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
    // 1 + t is 1 + high + rest. No part of it is rounded before the products.
    const rest = estrinF32(frame, r, low);
    const more = f32x4.mul(total, high);
    const least = madd<f32>(total, rest, madd<f32>(totalLow, high, totalLow));
    const product = f32x4.add(total, more);
    const productLow = f32x4.add(f32x4.add(f32x4.sub(total, product), more), least);
    const result = madd<f32>(scale, productLow, madd<f32>(scale, product, v128.load(dy)));
    v128.store(dst, f32x4.add(f32x4.mul(result, inverse), zero)); // turns −0, which a vanishing p gives, into 0
    x += step;
    dy += step;
    dst += step;
  }
}

/** In f64 arithmetic. The exponentials are those of `exp.ts` for N = 0 and T = 1. */
function runWide<T extends number>(
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
  const highest = v128.load(group, HIGHEST);
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
    const first = wideHalf<T>(frame, group, scale, t, slope, 0);
    const second = sizeof<T>() === 4 ? wideHalf<T>(frame, group + VECTOR, scale, t, slope, 1) : first;
    v128.store(dst, unwiden<T>(first, second));
    x += step;
    dy += step;
    dst += step;
  }
}

function wideHalf<T extends number>(
  frame: usize,
  at: usize,
  scale: v128,
  t: v128,
  dy: v128,
  index: i32,
): v128 {
  const unbias = f64x2.splat(
    sizeof<T>() === 4 ? reinterpret<f64>(0x3bf0000000000000) : reinterpret<f64>(0x27f0000000000000),
  );
  const total = v128.load(at, TOTAL);
  const power = f64x2.mul(widen<T>(scale, index), unbias);
  const rest = f64x2.add(f64x2.mul(total, widen<T>(t, index)), v128.load(at, TOTAL_LOW));
  const first = f64x2.sub(lifted<T>(widen<T>(dy, index)), f64x2.mul(total, power));
  const product = f64x2.mul(f64x2.sub(first, f64x2.mul(rest, power)), v128.load(frame, INVERSE_F64));
  return f64x2.add(product, f64x2.splat(0)); // turns −0, which a vanishing p gives, into 0
}

/** f64 lifts dy and lowers 1 / T. Products with p that are subnormal before the last step would lose digits. */
function lifted<T extends number>(slope: v128): v128 {
  return sizeof<T>() === 4 ? slope : f64x2.mul(slope, f64x2.splat(LIFT_OF_F64));
}
