/**
 * The last pass of softmax: p = term · (1 / sum), rounded once. The reciprocal has two parts. With a fused multiply-add
 * that costs two operations; without one the product is taken apart into halves that multiply exactly (Dekker).
 *
 * Terms are stored in T, and so rounded before. Both roundings together may cost 1.5 ulp, where the mantissa of the
 * term is just above 1 and that of p just below 2; the polynomial and the argument add up to 0.2.
 *
 * Bound: f32 relaxed 1.7 ulp, f32 simd 1.7 ulp, f64 relaxed 1.8 ulp, f64 simd 1.8 ulp
 * Witness: f32 simd 1.64 ulp, softmax([151.83807373046875, 138.3179473876953, 152.4886016845703])[1]
 *
 * Near the subnormal numbers the low part of a product is lost, and a subnormal operand or result costs a microcode
 * assist on some processors (5 ns an element against 0.1). So there the factor is lifted by 2^64, and what is normal
 * brought back by 2^-64. For subnormal results it is lifted until their unit is 1: then adding 2^23 (f64: 2^52) rounds
 * to the integer that is their bit pattern.
 */
import { FACTOR, FACTOR_HIGH, FACTOR_LOW, SUM } from "./frame";
import { leadingHalf } from "./lanes";

function product<T extends number>(term: v128, factor: v128, high: v128, low: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(term, factor, v128.mul<T>(term, low));
  const head = leadingHalf<T>(term);
  const rest = v128.mul<T>(v128.sub<T>(term, head), factor);
  return v128.add<T>(v128.mul<T>(head, high), v128.add<T>(v128.mul<T>(head, low), rest));
}

function powerOfTwo<T extends number>(exponent: i32): T {
  return sizeof<T>() === 4
    ? reinterpret<T>((127 + exponent) << 23)
    : reinterpret<T>((<u64>(1023 + exponent)) << 52);
}

/** Any results, subnormal ones too; `least` is the term of the smallest normal result. */
function anyProduct<T extends number>(term: v128, factor: v128, high: v128, low: v128, least: v128): v128 {
  const up = v128.splat<T>(powerOfTwo<T>(64));
  const down = v128.splat<T>(powerOfTwo<T>(-64));
  factor = v128.mul<T>(factor, up);
  high = v128.mul<T>(high, up);
  low = v128.mul<T>(low, up);
  const normal = v128.mul<T>(product<T>(v128.pmax<T>(term, least), factor, high, low), down);

  // By 2^149 (2^1074) altogether, in steps that stay in range: 2^64, and half of the rest to either operand.
  const more = v128.splat<T>(powerOfTwo<T>(sizeof<T>() === 4 ? 42 : 505));
  const rest = v128.splat<T>(powerOfTwo<T>(sizeof<T>() === 4 ? 43 : 505));
  const lifted = product<T>(
    v128.mul<T>(v128.pmin<T>(term, least), more),
    v128.mul<T>(factor, rest),
    v128.mul<T>(high, rest),
    v128.mul<T>(low, rest),
  );
  const unit = v128.splat<T>(sizeof<T>() === 4 ? <T>8388608 : <T>4503599627370496);
  const rounded = v128.add<T>(lifted, unit);
  const subnormal = sizeof<T>() === 4 ? i32x4.sub(rounded, unit) : i64x2.sub(rounded, unit);
  return v128.bitselect(subnormal, normal, v128.lt<T>(term, least));
}

/** Scales `count` vectors of terms, `step` bytes apart, in place. */
export function scaleRun<T extends number>(group: usize, at: usize, count: usize, step: usize): void {
  const factor = v128.load(group, FACTOR);
  const high = v128.load(group, FACTOR_HIGH);
  const low = v128.load(group, FACTOR_LOW);
  const sum = v128.load(group, SUM);
  // Below the first a low part may be subnormal, below the second the result is.
  const threshold = v128.mul<T>(sum, v128.splat<T>(powerOfTwo<T>(sizeof<T>() === 4 ? -98 : -965)));
  const least = v128.mul<T>(sum, v128.splat<T>(powerOfTwo<T>(sizeof<T>() === 4 ? -126 : -1022)));
  for (; count >= 4; count -= 4) {
    const at2 = at + 2 * step;
    const e0 = v128.load(at);
    const e1 = v128.load(at + step);
    const e2 = v128.load(at2);
    const e3 = v128.load(at2 + step);
    const smallestTerm = v128.pmin<T>(v128.pmin<T>(e0, e1), v128.pmin<T>(e2, e3));
    if (v128.any_true(v128.lt<T>(smallestTerm, threshold))) {
      v128.store(at, anyProduct<T>(e0, factor, high, low, least));
      v128.store(at + step, anyProduct<T>(e1, factor, high, low, least));
      v128.store(at2, anyProduct<T>(e2, factor, high, low, least));
      v128.store(at2 + step, anyProduct<T>(e3, factor, high, low, least));
    } else {
      v128.store(at, product<T>(e0, factor, high, low));
      v128.store(at + step, product<T>(e1, factor, high, low));
      v128.store(at2, product<T>(e2, factor, high, low));
      v128.store(at2 + step, product<T>(e3, factor, high, low));
    }
    at = at2 + 2 * step;
  }
  for (; count; --count) {
    v128.store(at, anyProduct<T>(v128.load(at), factor, high, low, least));
    at += step;
  }
}
