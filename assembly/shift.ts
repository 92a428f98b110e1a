/**
 * The last passes of log-softmax and log-sum-exp, in f64 for either type and rounded once:
 *
 *   log softmax(x) = (x − max) / T − LOGARITHM,   log-sum-exp(x) = NORMALIZER = max / T + LOGARITHM
 *
 * x / T − NORMALIZER is less work. A row of f32 takes it where NORMALIZER is not too large beside LOGARITHM, which is
 * the smallest magnitude among the results. Lanes side by side do not choose: one of them would change the last bit of
 * another.
 *
 * Bound: f32 relaxed 1 ulp, f32 simd 1 ulp, f64 relaxed 1.8 ulp, f64 simd 1.8 ulp
 * Near zero max / T and LOGARITHM cancel in log-sum-exp: there these are ulp of the larger of the two.
 * Witness: f32 0.74 ulp, logSoftmax([22.538209915161133, 91.853759765625, 15.123714447021484])[1]
 */
import { INVERSE_F64, LOGARITHM, MAX, NORMALIZER, TAIL, TEMPERATURE } from "./frame";
import { narrow, strideOf, tailOf, takeTail, VECTOR, wholeVectors, widen } from "./vectors";

/**
 * log-softmax of `count` vectors at `src`, `step` bytes apart, to the same places at `dst`, which may be `src`. If
 * `joined`, the group is a row.
 */
export function shiftRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
  joined: bool,
): void {
  const inverse = v128.load(frame, INVERSE_F64);
  const max = v128.load(group, MAX);
  const logarithm = v128.load(group, LOGARITHM);
  if (sizeof<T>() === 8) {
    if (load<f64>(frame, INVERSE_F64) === 1) {
      for (; count; --count) {
        v128.store(dst, f64x2.sub(f64x2.sub(v128.load(src), max), logarithm));
        src += step;
        dst += step;
      }
      return;
    }
    // Half of each, because x − max could overflow before it is divided. A product with 1 / T would be rounded twice.
    const half = f64x2.splat(0.5);
    const halfMax = f64x2.mul(max, half);
    const halfTemperature = f64x2.mul(v128.load(frame, TEMPERATURE), half);
    for (; count; --count) {
      const z = f64x2.div(f64x2.sub(f64x2.mul(v128.load(src), half), halfMax), halfTemperature);
      v128.store(dst, f64x2.sub(z, logarithm));
      src += step;
      dst += step;
    }
    return;
  }

  const logarithmHigh = v128.load(group, LOGARITHM + VECTOR);
  const normalizer = v128.load(group, NORMALIZER);
  if (joined && isSmall(normalizer, logarithm)) {
    // Two vectors at a time take 15 % less (measured): in so short a loop counting takes as long as computing.
    for (; count >= 2; count -= 2) {
      const x = v128.load(src);
      const next = v128.load(src + step);
      v128.store(dst, normalized(x, inverse, normalizer));
      v128.store(dst + step, normalized(next, inverse, normalizer));
      src += 2 * step;
      dst += 2 * step;
    }
    if (count) v128.store(dst, normalized(v128.load(src), inverse, normalizer));
    return;
  }

  const maxLow = widen<T>(max, 0);
  const maxHigh = widen<T>(max, 1);
  // + 0 turns −0, the rounded −1e-60 of a dominant maximum, into 0.
  const zero = f32x4.splat(0);
  for (; count; --count) {
    const x = v128.load(src);
    const low = f64x2.mul(f64x2.sub(widen<T>(x, 0), maxLow), inverse);
    const high = f64x2.mul(f64x2.sub(widen<T>(x, 1), maxHigh), inverse);
    v128.store(dst, f32x4.add(narrow(f64x2.sub(low, logarithm), f64x2.sub(high, logarithmHigh)), zero));
    src += step;
    dst += step;
  }
}

/** x / T − normalizer of four f32. */
function normalized(x: v128, inverse: v128, normalizer: v128): v128 {
  const low = f64x2.sub(f64x2.mul(widen<f32>(x, 0), inverse), normalizer);
  const high = f64x2.sub(f64x2.mul(widen<f32>(x, 1), inverse), normalizer);
  return narrow(low, high);
}

/** Whether an error of 2^-53 of `normalizer` is at most 2^-29 of `logarithm`, and no result is rounded to −0. */
function isSmall(normalizer: v128, logarithm: v128): bool {
  const most = f64x2.mul(logarithm, f64x2.splat(16777216));
  const isNormal = f64x2.ge(logarithm, f64x2.splat(reinterpret<f64>(0x3810000000000000))); // 2^-126
  return i64x2.all_true(v128.and(f64x2.le(f64x2.abs(normalizer), most), isNormal));
}

/** log-sum-exp of the lanes of a group. */
export function logSumExpOf<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): v128 {
  const isSearched = v128.any_true(isInfinite<T>(v128.load(group, MAX)));
  const invalid = isSearched ? invalidOf<T>(frame, src, length, step) : v128.splat<T>(<T>0);
  return logSumExpBeside<T>(group, invalid, step);
}

/**
 * log-sum-exp beside infinities: an infinite maximum is the result, unless there is a NaN, which the maximum has passed
 * over.
 */
export function logSumExpBeside<T extends number>(group: usize, invalid: v128, step: usize): v128 {
  const max = v128.load(group, MAX);
  const low = v128.load(group, NORMALIZER);
  const result = sizeof<T>() === 4 ? narrow(low, v128.load(group, NORMALIZER + VECTOR)) : low;
  if (!step && v128.any_true(invalid)) invalid = i8x16.splat(-1);
  return v128.bitselect(v128.or(max, invalid), result, isInfinite<T>(max));
}

export function isInfinite<T extends number>(max: v128): v128 {
  return v128.eq<T>(v128.abs<T>(max), v128.splat<T>(<T>Infinity));
}

/** Where the elements of a group are NaN. */
export function invalidOf<T extends number>(frame: usize, src: usize, length: usize, step: usize): v128 {
  let invalid = v128.splat<T>(<T>0);
  if (tailOf<T>(length, step)) {
    takeTail<T>(frame + TAIL, src, length, 0);
    invalid = unordered<T>(v128.load(frame, TAIL));
  }
  const stride = strideOf(step);
  for (let count = wholeVectors<T>(length, step); count; --count) {
    invalid = v128.or(invalid, unordered<T>(v128.load(src)));
    src += stride;
  }
  return invalid;
}

function unordered<T extends number>(x: v128): v128 {
  return v128.ne<T>(x, x);
}
