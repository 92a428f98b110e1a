/**
 * The last pass of softmax: p = term · (1 / sum), rounded once. The reciprocal has two parts. With a fused multiply-add
 * that costs two operations; without one the product is taken apart into halves that multiply exactly (Dekker).
 *
 * Terms have been rounded before, when they were stored. Both roundings together may cost 1.5 ulp, where the mantissa
 * of the term is just above 1 and that of p just below 2. The argument, the polynomial and the sum add to that. No
 * result of a random search came to the bound: the largest of 3 · 10^8 was 1.77 ulp (f64: of 2 · 10^8, 1.72 ulp). With
 * every rounding at its worst at once it would be 2.2 ulp.
 *
 * Bound: f32 relaxed 1.8 ulp, f32 simd 1.8 ulp, f64 relaxed 1.8 ulp, f64 simd 1.8 ulp
 * Witness: f32 1.71 ulp, softmax([3.2546226978302, 3.0232388973236084, -0.3099116384983063])[2]
 * Witness: f32 simd 1.77 ulp, softmax([-32.79024887084961, -21.166271209716797, -22.54877281188965, -29.85788917541504, -16.948753356933594, -29.230958938598633, -28.085344314575195, -21.087329864501953])[7]
 *
 * Near the subnormal numbers the low part of a product is lost, and a subnormal operand or result costs a microcode
 * assist (5 ns an element against 0.1). So there the product is lifted and, where p is normal, brought back. Where p is
 * subnormal, the product is lifted on until its unit is 1: then adding 2^23 (f64: 2^52) rounds to the integer that is
 * the bit pattern of p.
 */
import { leadingHalf } from "./exact";
import { FACTOR, FACTOR_HIGH, FACTOR_LOW, LEAST, LIFT, LIFT_ON, LOWER, SUM, TINY, UNIT } from "./frame";

function product<T extends number>(term: v128, factor: v128, high: v128, low: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(term, factor, v128.mul<T>(term, low));
  const head = leadingHalf<T>(term);
  const rest = v128.mul<T>(v128.sub<T>(term, head), factor);
  return v128.add<T>(v128.mul<T>(head, high), v128.add<T>(v128.mul<T>(head, low), rest));
}

/** The product of any size, also subnormal, from a factor that is lifted. */
function tinyProduct<T extends number>(frame: usize, term: v128, factor: v128, high: v128, low: v128): v128 {
  const lifted = product<T>(v128.mul<T>(term, v128.load(frame, LIFT)), factor, high, low);
  const least = v128.load(frame, LEAST);
  const unit = v128.load(frame, UNIT);
  const normal = v128.mul<T>(v128.pmax<T>(lifted, least), v128.load(frame, LOWER));
  const rounded = v128.add<T>(v128.mul<T>(lifted, v128.load(frame, LIFT_ON)), unit);
  const subnormal = sizeof<T>() === 4 ? i32x4.sub(rounded, unit) : i64x2.sub(rounded, unit);
  return v128.bitselect(subnormal, normal, v128.lt<T>(lifted, least));
}

/** Chooses element by element, so that no element has other bits because one beside it is tiny. */
function anyProduct<T extends number>(
  frame: usize,
  term: v128,
  factor: v128,
  high: v128,
  low: v128,
  factorUp: v128,
  highUp: v128,
  lowUp: v128,
  tiny: v128,
): v128 {
  const lifted = tinyProduct<T>(frame, term, factorUp, highUp, lowUp);
  const plain = product<T>(v128.pmax<T>(term, tiny), factor, high, low); // no operand that is subnormal
  return v128.bitselect(lifted, plain, v128.lt<T>(term, tiny));
}

/** Scales `count` vectors of terms, `step` bytes apart, in place. */
export function scaleRun<T extends number>(
  frame: usize,
  group: usize,
  at: usize,
  count: usize,
  step: usize,
): void {
  const factor = v128.load(group, FACTOR);
  const high = v128.load(group, FACTOR_HIGH);
  const low = v128.load(group, FACTOR_LOW);
  const lift = v128.load(frame, LIFT);
  const factorUp = v128.mul<T>(factor, lift);
  const highUp = v128.mul<T>(high, lift);
  const lowUp = v128.mul<T>(low, lift);
  const tiny = v128.mul<T>(v128.load(group, SUM), v128.load(frame, TINY));
  for (; count >= 4; count -= 4) {
    const at2 = at + 2 * step;
    const e0 = v128.load(at);
    const e1 = v128.load(at + step);
    const e2 = v128.load(at2);
    const e3 = v128.load(at2 + step);
    const smallestTerm = v128.pmin<T>(v128.pmin<T>(e0, e1), v128.pmin<T>(e2, e3));
    if (v128.any_true(v128.lt<T>(smallestTerm, tiny))) {
      v128.store(at, anyProduct<T>(frame, e0, factor, high, low, factorUp, highUp, lowUp, tiny));
      v128.store(at + step, anyProduct<T>(frame, e1, factor, high, low, factorUp, highUp, lowUp, tiny));
      v128.store(at2, anyProduct<T>(frame, e2, factor, high, low, factorUp, highUp, lowUp, tiny));
      v128.store(at2 + step, anyProduct<T>(frame, e3, factor, high, low, factorUp, highUp, lowUp, tiny));
    } else {
      v128.store(at, product<T>(e0, factor, high, low));
      v128.store(at + step, product<T>(e1, factor, high, low));
      v128.store(at2, product<T>(e2, factor, high, low));
      v128.store(at2 + step, product<T>(e3, factor, high, low));
    }
    at = at2 + 2 * step;
  }
  for (; count; --count) {
    const e = v128.load(at);
    const p = v128.any_true(v128.lt<T>(e, tiny))
      ? anyProduct<T>(frame, e, factor, high, low, factorUp, highUp, lowUp, tiny)
      : product<T>(e, factor, high, low);
    v128.store(at, p);
    at += step;
  }
}
