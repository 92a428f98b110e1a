/**
 * Whether the host rounds a relaxed multiply-add once: then relaxed_madd(x, x, −(x · x)), where x · x is rounded, is
 * the rounding error and not 0. `x` is 1 + 2^-12. It is an argument, so that no compiler can compute the result. False
 * without relaxed SIMD. This file is a module of its own too, which takes no memory.
 */
export function isFused(x: f32): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return false;
  const vector = f32x4.splat(x);
  return v128.any_true(f32x4.relaxed_madd(vector, vector, f32x4.splat(-(x * x))));
}
