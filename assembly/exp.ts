/**
 * The exponential of a run of vectors relative to their maximum, and its sum: the pass that takes three quarters
 * of the time.
 *
 *   e^z = 2^n · e^r,  n = round(z · log2 e),  r = z − n · ln 2,  e^r = 1 + r + r² · q(r),  |r| ≤ ln 2 / 2
 *
 * Subtracting the maximum first would round: an error of |x − max| ulp in the result. Instead the maximum enters
 * as an integer N, folded into the number that rounds (`MAGIC`), and x itself is reduced, which is exact. Only
 * logits beyond `limit` are shifted by c = max, and then x − c is exact for every x that matters (Sterbenz).
 *
 * Terms are held as 2^bias · e^(z − N ln 2), so that none is subnormal before the scale pass.
 *
 * The largest term would carry a rounding error of its own, which in a lane that it dominates becomes everybody's.
 * So all terms of a lane are nudged by one common factor 1 + NUDGE, |NUDGE| < 2^-24 (f64: 2^-53), with which the
 * largest one, TOP, is exactly representable: ties share exactly, and p never exceeds 1.
 *
 * The sum is compensated, and it sums the terms before they are rounded to be stored.
 *
 * Coefficients: Sollya, fpminimax with the first two fixed at 1; relative error 2^-28.2 (f32), 2^-57.9 (f64).
 */
import {
  COEFFICIENTS,
  INVERSE,
  INVERSE_F64,
  LOWEST,
  MAGIC,
  MAX,
  NUDGE,
  PER_STEP,
  SHIFT,
  START,
  STEP_HIGH,
  STEP_LOW,
  SUM,
  SUM_LOW,
} from "./frame";
import { madd, VECTOR } from "./lanes";

const LN2_HIGH = reinterpret<f64>(0x3fe62e42fefa39ef);
const LN2_LOW = reinterpret<f64>(0x3c7abc9e3b39803f);
const LOG2_E = reinterpret<f64>(0x3ff71547652b82fe);

/** Logits up to here (over the temperature) are reduced as they are; n · STEP_HIGH must stay exact. */
function limit<T>(): T {
  return sizeof<T>() == 4 ? <T>200 : <T>100000;
}

/** The powers of two by which terms are scaled up, and below the maximum's at which they are cut off. */
function bias<T>(): T {
  return sizeof<T>() == 4 ? <T>64 : <T>512;
}
function depth<T>(): T {
  return sizeof<T>() == 4 ? <T>188 : <T>1530;
}

/** Vectors summed before the compensated sum is folded: its low part stays small enough to be exact. */
const BLOCK: usize = 64;

/** 2^n with n in the low bits of a biased exponent as adding MAGIC leaves it. */
export function power<T>(biased: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.shl(biased, 23) : i64x2.shl(biased, 52);
}

/** Writes the constants of a call: everything that depends on the temperature only. */
export function prepare<T>(frame: usize, temperature: f64): void {
  const inverse = 1 / temperature;
  v128.store(frame, v128.splat<T>(<T>(LOG2_E * inverse)), PER_STEP);
  v128.store(frame, v128.splat<T>(<T>inverse), INVERSE);
  v128.store(frame, f64x2.splat(inverse), INVERSE_F64);

  // temperature · ln 2 to about 100 bits
  const product = temperature * LN2_HIGH;
  const rest = excess(temperature, LN2_HIGH, product) + temperature * LN2_LOW;
  // 15 bits times n < 2^9, or 32 bits times n < 2^21.
  const high = leading(product, sizeof<T>() == 4 ? 15 : 32);
  v128.store(frame, v128.splat<T>(-<T>high), STEP_HIGH);
  v128.store(frame, v128.splat<T>(-<T>(product - high + rest)), STEP_LOW);

  if (sizeof<T>() == 4) {
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3efffffd)), COEFFICIENTS);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3e2aaa48)), COEFFICIENTS + 1 * VECTOR);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3d2aad11)), COEFFICIENTS + 2 * VECTOR);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3c091d82)), COEFFICIENTS + 3 * VECTOR);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3ab4aa0a)), COEFFICIENTS + 4 * VECTOR);
  } else {
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fe000000000000a)), COEFFICIENTS);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fc55555555554fd)), COEFFICIENTS + 1 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fa555555555069c)), COEFFICIENTS + 2 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3f81111111126ecb)), COEFFICIENTS + 3 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3f56c16c18482215)), COEFFICIENTS + 4 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3f2a01a012edf54a)), COEFFICIENTS + 5 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3efa01999392aab7)), COEFFICIENTS + 6 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3ec71df1af29698e)), COEFFICIENTS + 7 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3e928ae252d6f41d)), COEFFICIENTS + 8 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3e5ad904c20a5b2f)), COEFFICIENTS + 9 * VECTOR);
  }
}

/** `value` cut to its `bits` leading bits. */
function leading(value: f64, bits: i32): f64 {
  return reinterpret<f64>(reinterpret<u64>(value) & (<u64>-1 << (53 - bits)));
}

/** a · b − product, exactly, where product is a · b rounded (Dekker). */
function excess(a: f64, b: f64, product: f64): f64 {
  const aHigh = leading(a, 26);
  const bHigh = leading(b, 26);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** q(r) of the identity above, by Horner's rule. */
function polynomial<T>(
  r: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  c6: v128,
  c7: v128,
  c8: v128,
  c9: v128,
  c10: v128,
  c11: v128,
): v128 {
  let q = c6;
  if (sizeof<T>() == 8) {
    q = madd<T>(c11, r, c10);
    q = madd<T>(q, r, c9);
    q = madd<T>(q, r, c8);
    q = madd<T>(q, r, c7);
    q = madd<T>(q, r, c6);
  }
  q = madd<T>(q, r, c5);
  q = madd<T>(q, r, c4);
  q = madd<T>(q, r, c3);
  return madd<T>(q, r, c2);
}

/**
 * From the maximum of each lane: the shift, the integer N inside MAGIC, where to clamp, and the nudge; clears the
 * sum. An infinite maximum becomes a shift, and with it some term NaN.
 */
export function anchor<T>(frame: usize, group: usize): void {
  const max = v128.load(group, MAX);
  const perStep = v128.load(frame, PER_STEP);
  const inverse = v128.load(frame, INVERSE);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const near = v128.lt<T>(v128.abs<T>(v128.mul<T>(max, inverse)), v128.splat<T>(limit<T>()));
  const z = v128.and(max, near);
  const steps = v128.nearest<T>(v128.mul<T>(z, perStep));
  // 1.5 · 2^23 (f64: 2^52): a sum with it is rounded to an integer, which its low bits hold.
  const rounder: T = sizeof<T>() == 4 ? <T>12582912 : <T>6755399441055744;
  const exponent: T = sizeof<T>() == 4 ? <T>127 : <T>1023;
  const magic = v128.sub<T>(v128.splat<T>(rounder + exponent + bias<T>()), steps);
  v128.store(group, v128.andnot(max, near), SHIFT);
  v128.store(group, magic, MAGIC);
  const lowest = v128.sub<T>(v128.splat<T>(depth<T>()), steps);
  v128.store(group, v128.mul<T>(lowest, v128.add<T>(stepHigh, stepLow)), LOWEST);

  // The largest term, and what rounding it loses.
  const biased = madd<T>(z, perStep, magic);
  const scale = power<T>(biased);
  const n = v128.sub<T>(biased, magic);
  const high = v128.mul<T>(madd<T>(n, stepHigh, z), inverse);
  const low = v128.mul<T>(v128.mul<T>(n, stepLow), inverse);
  const r = v128.add<T>(high, low);
  const rest = madd<T>(v128.mul<T>(r, r), polynomialFrom<T>(frame, r), low);
  const t = v128.add<T>(high, rest);
  const top = madd<T>(scale, t, scale);
  const excess = v128.sub<T>(v128.sub<T>(t, high), rest);
  const lost = v128.sub<T>(v128.sub<T>(top, scale), v128.mul<T>(scale, t));
  v128.store(group, v128.div<T>(madd<T>(scale, excess, lost), top), NUDGE);

  // No term is larger than √2 · 2^bias: then what adding one loses can be told exactly (Dekker).
  v128.store(group, power<T>(v128.splat<T>(rounder + exponent + bias<T>() + 1)), START);
  v128.store(group, v128.splat<T>(0), SUM);
  v128.store(group, v128.splat<T>(0), SUM_LOW);
}

function polynomialFrom<T>(frame: usize, r: v128): v128 {
  return polynomial<T>(
    r,
    v128.load(frame, COEFFICIENTS),
    v128.load(frame, COEFFICIENTS + 1 * VECTOR),
    v128.load(frame, COEFFICIENTS + 2 * VECTOR),
    v128.load(frame, COEFFICIENTS + 3 * VECTOR),
    v128.load(frame, COEFFICIENTS + 4 * VECTOR),
    v128.load(frame, COEFFICIENTS + 5 * VECTOR),
    v128.load(frame, COEFFICIENTS + 6 * VECTOR),
    v128.load(frame, COEFFICIENTS + 7 * VECTOR),
    v128.load(frame, COEFFICIENTS + 8 * VECTOR),
    v128.load(frame, COEFFICIENTS + 9 * VECTOR),
  );
}

// AssemblyScript has no constant parameters: a type stands for the flag, so that the common loop, for an unshifted
// lane at temperature 1, is compiled without the two or three operations of the other (7 % of its time).
type Plain = u8;
type General = u16;

/**
 * Stores the terms of `count` vectors, `step` bytes apart, to `dst` and adds them to SUM. Lane by lane: the lanes
 * may be one row or several. `dst` may be `src`.
 */
export function expRun<T>(frame: usize, group: usize, src: usize, dst: usize, count: usize, step: usize, dstStep: usize): void {
  const shifted = v128.any_true(v128.load(group, SHIFT));
  const tempered = load<T>(frame, INVERSE) != <T>1;
  if (shifted || tempered) expLoop<T, General>(frame, group, src, dst, count, step, dstStep);
  else expLoop<T, Plain>(frame, group, src, dst, count, step, dstStep);
}

function expLoop<T, Variant>(frame: usize, group: usize, src: usize, dst: usize, count: usize, step: usize, dstStep: usize): void {
  const general = sizeof<Variant>() == sizeof<General>();
  const wide = sizeof<T>() == 8;
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const inverse = v128.load(frame, INVERSE);
  const shift = v128.load(group, SHIFT);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
  const nudge = v128.load(group, NUDGE);
  const c2 = v128.load(frame, COEFFICIENTS);
  const c3 = v128.load(frame, COEFFICIENTS + 1 * VECTOR);
  const c4 = v128.load(frame, COEFFICIENTS + 2 * VECTOR);
  const c5 = v128.load(frame, COEFFICIENTS + 3 * VECTOR);
  const c6 = v128.load(frame, COEFFICIENTS + 4 * VECTOR);
  const c7 = wide ? v128.load(frame, COEFFICIENTS + 5 * VECTOR) : c6;
  const c8 = wide ? v128.load(frame, COEFFICIENTS + 6 * VECTOR) : c6;
  const c9 = wide ? v128.load(frame, COEFFICIENTS + 7 * VECTOR) : c6;
  const c10 = wide ? v128.load(frame, COEFFICIENTS + 8 * VECTOR) : c6;
  const c11 = wide ? v128.load(frame, COEFFICIENTS + 9 * VECTOR) : c6;
  let sum = v128.load(group, SUM);
  let sumLow = v128.load(group, SUM_LOW);

  while (count) {
    let block = min(count, BLOCK);
    count -= block;
    let partial = v128.load(group, START);
    let lost = v128.splat<T>(0);
    for (; block; --block) {
      let z = v128.load(src);
      if (general) z = v128.sub<T>(z, shift);
      z = v128.pmax<T>(z, lowest); // in this order NaN passes
      const biased = madd<T>(z, perStep, magic);
      const scale = power<T>(biased);
      const n = v128.sub<T>(biased, magic);
      let high = madd<T>(n, stepHigh, z);
      let low: v128;
      if (general) {
        high = v128.mul<T>(high, inverse);
        low = madd<T>(v128.mul<T>(n, stepLow), inverse, nudge);
      } else {
        low = madd<T>(n, stepLow, nudge);
      }
      const r = v128.add<T>(high, low);
      const q = polynomial<T>(r, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11);
      const t = v128.add<T>(high, madd<T>(v128.mul<T>(r, r), q, low));
      const term = madd<T>(scale, t, scale);
      v128.store(dst, term);

      // scale · (1 + t) − (what the partial sum took of it)
      const next = v128.add<T>(partial, term);
      lost = v128.add<T>(lost, madd<T>(scale, t, v128.sub<T>(scale, v128.sub<T>(next, partial))));
      partial = next;
      src += step;
      dst += dstStep;
    }
    // (sum, sumLow) += (partial − start, lost), exactly (Knuth) but for the rounding of the low parts.
    const block1 = v128.sub<T>(partial, v128.load(group, START));
    const next = v128.add<T>(sum, block1);
    const taken = v128.sub<T>(next, sum);
    const rest = v128.add<T>(v128.sub<T>(sum, v128.sub<T>(next, taken)), v128.sub<T>(block1, taken));
    sumLow = v128.add<T>(sumLow, v128.add<T>(rest, lost));
    sum = v128.add<T>(next, sumLow);
    sumLow = v128.sub<T>(sumLow, v128.sub<T>(sum, next));
  }
  v128.store(group, sum, SUM);
  v128.store(group, sumLow, SUM_LOW);
}
