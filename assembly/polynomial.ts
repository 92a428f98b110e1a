/**
 * The exponential of a reduced argument, and the power of two beside it:
 *
 *   e^z = 2^n · e^r,  e^r = 1 + r + r² · q(r),  |r| ≤ ln 2 / 2
 *
 * r comes in two parts, high + low, of which `low` is what rounding left.
 *
 * Coefficients: Sollya, fpminimax with the first two fixed at 1; relative error 2^-28.2 (f32), 2^-57.9 (f64).
 * `prepare.ts` holds them.
 */
import { COEFFICIENTS } from "./frame";
import { madd, VECTOR } from "./vectors";

/** 2^n, where adding MAGIC has left n in the low bits as a biased exponent. */
export function power<T extends number>(biased: v128): v128 {
  return sizeof<T>() === 4 ? i32x4.shl(biased, 23) : i64x2.shl(biased, 52);
}

/** q(r) as a polynomial in r² of pairs c + c' r: a chain half as long as by Horner's rule. f32 takes c2 to c6 only. */
function polynomial<T extends number>(
  r: v128,
  r2: v128,
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
  if (sizeof<T>() === 8) {
    q = madd<T>(madd<T>(c11, r, c10), r2, madd<T>(c9, r, c8));
    q = madd<T>(q, r2, madd<T>(c7, r, c6));
  }
  q = madd<T>(q, r2, madd<T>(c5, r, c4));
  return madd<T>(q, r2, madd<T>(c3, r, c2));
}

/** q(r) with the coefficients of the frame. */
export function polynomialFrom<T extends number>(frame: usize, r: v128): v128 {
  return polynomial<T>(
    r,
    v128.mul<T>(r, r),
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

/** e^r − 1 − high. The coefficients are arguments, so that a loop keeps them in registers. */
export function growth<T extends number>(
  high: v128,
  low: v128,
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
  const r = v128.add<T>(high, low);
  const r2 = v128.mul<T>(r, r);
  const q = polynomial<T>(r, r2, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11);
  return madd<T>(r2, q, low);
}

/** `growth` of f64 with the coefficients of the frame, which take no registers. */
export function growthFrom(frame: usize, high: v128, low: v128): v128 {
  const r = f64x2.add(high, low);
  return madd<f64>(f64x2.mul(r, r), polynomialFrom<f64>(frame, r), low);
}

export function growthF32(high: v128, low: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128): v128 {
  return growth<f32>(high, low, c2, c3, c4, c5, c6, c6, c6, c6, c6, c6);
}

/**
 * low + r² · q(r) of f32 by Estrin's scheme. In a loop where no sum of exponentials waits for the next one, the chain of
 * Horner's rule takes all the time.
 */
export function estrinF32(frame: usize, r: v128, low: v128): v128 {
  const z = f32x4.mul(r, r);
  const q1 = madd<f32>(c(frame, 1), r, c(frame, 0));
  const q2 = madd<f32>(c(frame, 3), r, c(frame, 2));
  return madd<f32>(z, madd<f32>(z, madd<f32>(z, c(frame, 4), q2), q1), low);
}

function c(frame: usize, index: usize): v128 {
  return v128.load(frame + index * VECTOR, COEFFICIENTS);
}
