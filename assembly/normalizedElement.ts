/**
 * e^(x / T − L) of single elements, in f64 for either type: for the lanes of `normalized.ts` that have no ordinary
 * factor.
 */
import { lost, remainder } from "./exact";
import { INVERSE_F64, LANE, TEMPERATURE } from "./frame";
import { narrow, VECTOR, widen } from "./vectors";

/** e^(x / T − L) of a vector x and any L. NaN where x or L is +∞ or NaN; else 0 where x is −∞. */
export function elementOf<T extends number>(frame: usize, group: usize, x: v128): v128 {
  const low = halfOf(frame, widen<T>(x, 0), v128.load(group, LANE));
  if (sizeof<T>() === 8) return low;
  return narrow(low, halfOf(frame, widen<T>(x, 1), v128.load(group, LANE + VECTOR)));
}

function halfOf(frame: usize, x: v128, normalizer: v128): v128 {
  const infinity = f64x2.splat(Infinity);
  const isNothing = f64x2.eq(x, f64x2.neg(infinity));
  const isInvalid = v128.or(
    v128.or(f64x2.eq(x, infinity), f64x2.ne(x, x)),
    v128.or(f64x2.eq(normalizer, infinity), f64x2.ne(normalizer, normalizer)),
  );
  return v128.or(v128.andnot(expOf(frame, x, normalizer, true), isNothing), isInvalid);
}

/**
 * e^(x / T − L) of two f64. An infinite x or L gives anything. If `halved`, it is the square of e^((x / T − L) / 2),
 * because `exp` stops short of infinity and would round subnormal results twice.
 */
export function expOf(frame: usize, x: v128, normalizer: v128, halved: bool): v128 {
  const inverse = v128.load(frame, INVERSE_F64);
  const quotient = f64x2.mul(x, inverse);
  const minus = f64x2.neg(normalizer);
  const difference = f64x2.add(quotient, minus);
  const undivided = remainder(x, quotient, v128.load(frame, TEMPERATURE));
  const rest = f64x2.add(lost(quotient, minus, difference), f64x2.mul(undivided, inverse));
  // Beside infinities it is NaN.
  const correction = v128.and(rest, f64x2.eq(rest, rest));
  const sum = f64x2.add(difference, correction);
  const left = lost(difference, correction, sum);
  // Beside a sum whose exponential overflows or vanishes it may be large.
  const low = v128.and(left, f64x2.lt(f64x2.abs(left), f64x2.splat(1.0 / 1024)));
  const power = exp(f64x2.mul(sum, f64x2.splat(halved ? 0.5 : 1)));
  const corrected = f64x2.add(power, f64x2.mul(power, low));
  return halved ? f64x2.mul(corrected, power) : corrected;
}

/**
 * e^x of two f64, within 1 ulp. NaN gives NaN. The result is never infinite: x is clamped at 709.5. It is for a few
 * numbers, so its constants are written where they are used. Its polynomial is that of Taylor's series, |r| ≤ ln 2 / 2.
 */
function exp(x: v128): v128 {
  const z = f64x2.pmin(f64x2.pmax(x, f64x2.splat(-800)), f64x2.splat(709.5));
  const n = f64x2.nearest(f64x2.mul(z, f64x2.splat(reinterpret<f64>(0x3ff71547652b82fe))));
  const high = f64x2.sub(z, f64x2.mul(n, f64x2.splat(reinterpret<f64>(0x3fe62e42fee00000))));
  const r = f64x2.sub(high, f64x2.mul(n, f64x2.splat(reinterpret<f64>(0x3dea39ef35793c76))));
  let p = f64x2.splat(1.0 / 6227020800);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 479001600));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 39916800));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 3628800));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 362880));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 40320));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 2));
  const value = f64x2.add(f64x2.splat(1), f64x2.add(r, f64x2.mul(f64x2.mul(r, r), p)));
  // 2^n in two factors, because it may be subnormal.
  const some = f64x2.nearest(f64x2.mul(n, f64x2.splat(0.5)));
  return f64x2.mul(f64x2.mul(value, powerOfTwo(some)), powerOfTwo(f64x2.sub(n, some)));
}

/** 2^n for integers n, |n| < 1000. */
function powerOfTwo(n: v128): v128 {
  return i64x2.shl(f64x2.add(n, f64x2.splat(6755399441055744 + 1023)), 52);
}
