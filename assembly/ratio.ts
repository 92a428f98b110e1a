/**
 * log(p / r) of vectors of elements p, where r is the reference of their lane:
 *
 *   r = 2^j r',  1 ≤ r' < 2;   p = 2^k q,  √½ r' ≤ q < √2 r';   log(p / r) = (k − j) ln 2 + log(q / r')
 *
 *   f64:               log(q / r') = 2s + s · R(s²),  s = (q − r') / (q + r'),  R that of `logF64.ts`
 *   f32:               ± log(1 + f),  f = −|q − r'| / max(q, r'),  in f32 arithmetic
 *   f32, to be summed: as for f64, with fewer terms; relative error below 2^-34, in two stages
 *
 * q − r' is exact (Sterbenz), so nearly equal p and r keep their digits. Exponents are taken from the bits as integers,
 * and stay in their places. Whatever p is, q is a number within its bounds. Where p or r is 0, negative, infinite or
 * NaN, k or j is infinite or NaN, and so is the result.
 */
import { COEFFICIENTS, LN2_HIGH, LN2_LOW, LOWEST, MAGIC, SHIFT } from "./frame";
import { logNear, prepareLogNear } from "./logF32";
import { logRest, prepareLogF64 } from "./logF64";
import { madd, VECTOR, widen } from "./vectors";

// The constants are in the place of those of the exponential.
const EXPONENT: usize = COEFFICIENTS; // a mask
const LEAST: usize = COEFFICIENTS + 1 * VECTOR; // the bits of the least ordinary number, and of the greatest
const GREATEST: usize = COEFFICIENTS + 2 * VECTOR;
const SIGN: usize = COEFFICIENTS + 3 * VECTOR;
// f64: they make floats of the exponents
const BIAS: usize = COEFFICIENTS + 4 * VECTOR;
const INTEGER: usize = COEFFICIENTS + 5 * VECTOR;
// f32: ln 2 for an exponent that is in its place, as 15 bits and the rest, and as f64
const LN2_F32: usize = COEFFICIENTS + 4 * VECTOR;
const LN2_LOW_F32: usize = COEFFICIENTS + 5 * VECTOR;
const LN2_F64: usize = COEFFICIENTS + 6 * VECTOR;
const SERIES: usize = COEFFICIENTS + 7 * VECTOR; // four

// Of the record of a group, in the place of what `anchor` leaves:
const REFERENCE: usize = SHIFT; // r'
const BOTTOM: usize = MAGIC; // √½ r'
const OCTAVES: usize = LOWEST; // j in the units of the exponents; infinite or NaN where log r is

/** The constants. Coefficients of SERIES: minimax (Remez), all but the first rounded to f32. */
export function prepareRatio<T extends number>(frame: usize): void {
  if (sizeof<T>() === 4) {
    prepareLogNear(frame);
    v128.store(frame, i32x4.splat(0xff800000), EXPONENT);
    v128.store(frame, i32x4.splat(0x00800000), LEAST);
    v128.store(frame, i32x4.splat(0x7f7fffff), GREATEST);
    v128.store(frame, i32x4.splat(0x80000000), SIGN);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x33b17200)), LN2_F32);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x2a3fbe8e)), LN2_LOW_F32);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3e762e42fefa39ef)), LN2_F64);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fe555554fd6eecf)), SERIES);
    v128.store(frame, f64x2.splat(reinterpret<f32>(0x3ecccd3d)), SERIES + 1 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f32>(0x3e921c60)), SERIES + 2 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f32>(0x3e717d0e)), SERIES + 3 * VECTOR);
  } else {
    prepareLogF64(frame);
    v128.store(frame, i64x2.splat(0xfff0000000000000), EXPONENT);
    v128.store(frame, i64x2.splat(0x0010000000000000), LEAST);
    v128.store(frame, i64x2.splat(0x7fefffffffffffff), GREATEST);
    v128.store(frame, i64x2.splat((<i64>1024) << 52), BIAS);
    v128.store(frame, f64x2.splat(4503599627370496), INTEGER);
  }
}

/** The reference of each lane of a group becomes `reference`. */
export function takeReference<T extends number>(group: usize, reference: v128): void {
  const lifted = v128.bitselect(lift<T>(reference), reference, isSmall<T>(reference));
  const one = v128.splat<T>(<T>1);
  const mantissa = sizeof<T>() === 4 ? i32x4.splat(0x007fffff) : i64x2.splat(0x000fffffffffffff);
  const significand = v128.bitselect(lifted, one, mantissa);
  const exponents = sizeof<T>() === 4 ? i32x4.sub(lifted, significand) : i64x2.sub(lifted, significand);
  v128.store(group, significand, REFERENCE);
  const root = sizeof<T>() === 4 ? <T>reinterpret<f32>(0x3f3504f3) : <T>reinterpret<f64>(0x3fe6a09e667f3bcd);
  v128.store(group, v128.mul<T>(significand, v128.splat<T>(root)), BOTTOM);
  let octaves = liftedBy<T>(reference);
  if (sizeof<T>() === 4) {
    octaves = f32x4.sub(f32x4.convert_i32x4_s(exponents), octaves);
  } else {
    const biased = i64x2.add(exponents, i64x2.splat((<i64>1024) << 52));
    octaves = f64x2.sub(v128.or(i64x2.shr_u(biased, 52), f64x2.splat(4503599627370496)), octaves);
  }
  v128.store(group, v128.add<T>(octaves, beyond<T>(reference)), OCTAVES);
}

/** Times 2^64 (f64: 2^256). */
function lift<T extends number>(p: v128): v128 {
  return v128.mul<T>(
    p,
    v128.splat<T>(<T>(sizeof<T>() === 4 ? 18446744073709551616.0 : reinterpret<f64>(0x4ff0000000000000))),
  );
}

/** Whether p is subnormal, 0 or negative. */
function isSmall<T extends number>(p: v128): v128 {
  return sizeof<T>() === 4
    ? i32x4.lt_s(p, i32x4.splat(0x00800000))
    : i64x2.lt_s(p, i64x2.splat(0x0010000000000000));
}

/** The octaves by which `lift` lifts p, in the units of OCTAVES. */
function liftedBy<T extends number>(p: v128): v128 {
  return v128.and(isSmall<T>(p), v128.splat<T>(<T>(sizeof<T>() === 4 ? 64 * 8388608 : 256)));
}

/** log p where that is infinite or NaN, else 0. */
function beyond<T extends number>(p: v128): v128 {
  const zero = v128.splat<T>(<T>0);
  const infinity = v128.splat<T>(<T>Infinity);
  let value = v128.and(v128.neg<T>(infinity), v128.eq<T>(p, zero));
  value = v128.or(value, v128.and(infinity, v128.eq<T>(p, infinity)));
  return v128.bitselect(value, v128.splat<T>(<T>NaN), v128.ge<T>(p, zero));
}

/** Whether p holds a number that is not ordinary: 0, subnormal, negative, infinite or NaN. */
function isRare<T extends number>(frame: usize, p: v128): bool {
  const least = v128.load(frame, LEAST);
  const greatest = v128.load(frame, GREATEST);
  return v128.any_true(
    sizeof<T>() === 4
      ? v128.or(i32x4.lt_s(p, least), i32x4.gt_s(p, greatest))
      : v128.or(i64x2.lt_s(p, least), i64x2.gt_s(p, greatest)),
  );
}

/** log(p / r) of f32, within 1.4 ulp. */
export function ratioF32(frame: usize, group: usize, p: v128): v128 {
  let octaves = v128.load(group, OCTAVES);
  if (isRare<f32>(frame, p)) {
    octaves = f32x4.sub(f32x4.add(octaves, liftedBy<f32>(p)), beyond<f32>(p));
    p = v128.bitselect(lift<f32>(p), p, isSmall<f32>(p));
  }
  const reference = v128.load(group, REFERENCE);
  const sign = v128.load(frame, SIGN);
  const exponents = v128.and(i32x4.sub(p, v128.load(group, BOTTOM)), v128.load(frame, EXPONENT));
  const steps = f32x4.sub(f32x4.convert_i32x4_s(exponents), octaves);
  const q = i32x4.sub(p, exponents);
  const difference = f32x4.sub(q, reference);
  const flip = v128.andnot(sign, difference);
  const f = f32x4.div(v128.or(difference, sign), f32x4.pmax(q, reference));
  const low = v128.xor(f32x4.mul(steps, v128.load(frame, LN2_LOW_F32)), flip);
  const near = v128.xor(logNear(frame, f, low), flip);
  return madd<f32>(steps, v128.load(frame, LN2_F32), near);
}

/** log(p / r) of f64, within 2 ulp. */
export function ratioF64(frame: usize, group: usize, p: v128): v128 {
  let octaves = v128.load(group, OCTAVES);
  if (isRare<f64>(frame, p)) {
    octaves = f64x2.sub(f64x2.add(octaves, liftedBy<f64>(p)), beyond<f64>(p));
    p = v128.bitselect(lift<f64>(p), p, isSmall<f64>(p));
  }
  const reference = v128.load(group, REFERENCE);
  const exponents = v128.and(i64x2.sub(p, v128.load(group, BOTTOM)), v128.load(frame, EXPONENT));
  const biased = i64x2.shr_u(i64x2.add(exponents, v128.load(frame, BIAS)), 52);
  const steps = f64x2.sub(v128.or(biased, v128.load(frame, INTEGER)), octaves);
  const q = i64x2.sub(p, exponents);
  const s = f64x2.div(f64x2.sub(q, reference), f64x2.add(q, reference));
  const low = madd<f64>(s, logRest(frame, s), f64x2.mul(steps, v128.load(frame, LN2_LOW)));
  return madd<f64>(steps, v128.load(frame, LN2_HIGH), f64x2.add(f64x2.add(s, s), low));
}

/** The bytes of what `takeWide` leaves of four elements: s as f64, twice, and k − j. */
export const WIDE: usize = 3 * VECTOR;

/** The first stage of log(p / r) as f64, for four f32. What it leaves goes to `to`. */
export function takeWide(frame: usize, group: usize, p: v128, to: usize): void {
  let octaves = v128.load(group, OCTAVES);
  if (isRare<f32>(frame, p)) {
    octaves = f32x4.sub(f32x4.add(octaves, liftedBy<f32>(p)), beyond<f32>(p));
    p = v128.bitselect(lift<f32>(p), p, isSmall<f32>(p));
  }
  const reference = v128.load(group, REFERENCE);
  const exponents = v128.and(i32x4.sub(p, v128.load(group, BOTTOM)), v128.load(frame, EXPONENT));
  const difference = f32x4.sub(i32x4.sub(p, exponents), reference);
  v128.store(to, quotient(difference, reference, 0));
  v128.store(to, quotient(difference, reference, 1), VECTOR);
  v128.store(to, f32x4.sub(f32x4.convert_i32x4_s(exponents), octaves), 2 * VECTOR);
}

/** s of two elements, where q + r' is computed as q − r' + 2r'. */
function quotient(difference: v128, reference: v128, half: i32): v128 {
  const d = widen<f32>(difference, half);
  const r = widen<f32>(reference, half);
  return f64x2.div(d, f64x2.add(d, f64x2.add(r, r)));
}

/** The second stage, for two elements. */
export function wideLogarithm(frame: usize, from: usize, half: i32): v128 {
  const s = v128.load(from + half * VECTOR);
  const z = f64x2.mul(s, s);
  const first = madd<f64>(v128.load(frame, SERIES + 1 * VECTOR), z, v128.load(frame, SERIES));
  const second = madd<f64>(v128.load(frame, SERIES + 3 * VECTOR), z, v128.load(frame, SERIES + 2 * VECTOR));
  const series = madd<f64>(f64x2.mul(z, z), second, first);
  const near = madd<f64>(f64x2.mul(s, z), series, f64x2.add(s, s));
  return madd<f64>(widen<f32>(v128.load(from, 2 * VECTOR), half), v128.load(frame, LN2_F64), near);
}
