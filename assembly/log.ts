import {
  EXPONENT,
  EXPONENT_BIAS,
  LN2_HIGH,
  LN2_LOW,
  LOG_COEFFICIENTS,
  MANTISSA,
  ONE,
  SQRT_HALF,
  TO_SQRT_HALF,
} from "./frame";
import { madd, VECTOR } from "./vectors";

/**
 * log(1 + x + xLow) of two f64, where x ≥ 0 and xLow is a correction to it. An infinite x gives anything.
 *
 *   1 + x = 2^k · (1 + f),  √½ ≤ 1 + f < √2,  log(1 + x) = k · ln 2 + log(1 + f)
 */
export function log1p<T extends number>(frame: usize, x: v128, xLow: v128): v128 {
  const one = v128.load(frame, ONE);
  const u = f64x2.add(one, x);
  const bits = i64x2.add(u, v128.load(frame, TO_SQRT_HALF));
  const mantissa = v128.and(bits, v128.load(frame, MANTISSA));
  const f = f64x2.sub(i64x2.add(mantissa, v128.load(frame, SQRT_HALF)), one);
  const biased = v128.or(i64x2.shr_u(bits, 52), v128.load(frame, EXPONENT));
  const k = f64x2.sub(biased, v128.load(frame, EXPONENT_BIAS));
  if (sizeof<T>() === 8) return logExactly(frame, k, f, x, xLow, u);

  // f is x itself, where 1 + x is below √2 or NaN: rounding 1 + x loses nothing there.
  const sqrtHalf = v128.load(frame, SQRT_HALF);
  const isReduced = f64x2.ge(u, f64x2.add(sqrtHalf, sqrtHalf));
  return logForF32(frame, k, v128.bitselect(f, f64x2.add(x, xLow), isReduced));
}

/**
 * For results of f32, without a division, whose chain a row by itself would wait for:
 *
 *   log(1 + f) = f + f² · (f · R(f) − ½)
 *
 * Coefficients: minimax (by Lawson's algorithm); relative error 2^-35.5 of the logarithm. R is computed by Estrin's scheme.
 */
function logForF32(frame: usize, k: v128, f: v128): v128 {
  const z = f64x2.mul(f, f);
  const z2 = f64x2.mul(z, z);
  const r1 = madd<f64>(pair(frame, 2, f), z, pair(frame, 0, f));
  const r2 = madd<f64>(pair(frame, 6, f), z, pair(frame, 4, f));
  const r3 = madd<f64>(c(frame, 10), z, pair(frame, 8, f));
  const r = madd<f64>(madd<f64>(r3, z2, r2), z2, r1);
  const logarithm = madd<f64>(z, madd<f64>(f, r, f64x2.splat(-0.5)), f);
  return madd<f64>(k, v128.load(frame, LN2_HIGH), logarithm);
}

/**
 * For results of f64:
 *
 *   s = f / (2 + f),  log(1 + f) = f − f²/2 + s · (f²/2 + R(s²))
 *
 * What rounding u = 1 + x loses is added back. Algorithm and coefficients: FreeBSD msun, s_log1p.c (Sun Microsystems,
 * 1993); error below 1 ulp.
 */
function logExactly(frame: usize, k: v128, f: v128, x: v128, xLow: v128, u: v128): v128 {
  const one = v128.load(frame, ONE);
  const half = f64x2.mul(f, f64x2.mul(f, f64x2.splat(0.5)));
  const s = f64x2.div(f, f64x2.add(f64x2.add(one, one), f));
  const z = f64x2.mul(s, s);
  // By Estrin's scheme: the chain of Horner's rule would take longer than all the rest.
  const z2 = f64x2.mul(z, z);
  const r1 = f64x2.add(c(frame, 0), f64x2.mul(z, c(frame, 1)));
  const r2 = f64x2.add(c(frame, 2), f64x2.mul(z, c(frame, 3)));
  const r3 = f64x2.add(f64x2.add(c(frame, 4), f64x2.mul(z, c(frame, 5))), f64x2.mul(z2, c(frame, 6)));
  const r = f64x2.mul(z, f64x2.add(r1, f64x2.mul(z2, f64x2.add(r2, f64x2.mul(z2, r3)))));

  // x − (u − 1) where x is the smaller summand, else 1 − (u − x).
  const lost = f64x2.sub(f64x2.pmin(one, x), f64x2.sub(u, f64x2.pmax(one, x)));
  const low = f64x2.add(f64x2.mul(k, v128.load(frame, LN2_LOW)), f64x2.div(f64x2.add(lost, xLow), u));
  const tail = f64x2.sub(half, f64x2.add(f64x2.mul(s, f64x2.add(half, r)), low));
  return f64x2.sub(f64x2.mul(k, v128.load(frame, LN2_HIGH)), f64x2.sub(tail, f));
}

/** Two terms of a polynomial. */
function pair(frame: usize, index: usize, f: v128): v128 {
  return madd<f64>(c(frame, index + 1), f, c(frame, index));
}

function c(frame: usize, index: usize): v128 {
  return v128.load(frame + index * VECTOR, LOG_COEFFICIENTS);
}
