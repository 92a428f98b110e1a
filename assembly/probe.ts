/**
 * Whether the host's relaxed multiply-add is fused: then relaxed_madd(x, x, −(x · x)), with the product rounded, is
 * the rounding error and not 0. Also a module of its own, so that asking takes no memory. `x` is 1 + 2^-12; as an
 * argument no compiler can compute with it beforehand. False without relaxed SIMD.
 */
export function isFused(x: f32): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return false;
  const vector = f32x4.splat(x);
  return v128.any_true(f32x4.relaxed_madd(vector, vector, f32x4.splat(-(x * x))));
}
