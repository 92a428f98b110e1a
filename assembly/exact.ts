/**
 * What rounding takes off a sum or a quotient, exactly: Knuth's two-sum, and Dekker's products of halves. Neither takes a
 * fused multiply-add, so both give the same in either binary.
 */

/** a + b − sum, where `sum` is a + b rounded (Knuth). */
export function lost(a: v128, b: v128, sum: v128): v128 {
  const taken = f64x2.sub(sum, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, taken)), f64x2.sub(b, taken));
}

/** The leading half of the bits of each element. The product of two such numbers is exact. */
export function leadingHalf<T extends number>(vector: v128): v128 {
  return v128.and(vector, sizeof<T>() === 4 ? i32x4.splat(0xfffff000) : i64x2.splat(0xfffffffff8000000));
}

/** a − q · b, where `q` is a / b rounded, by products of halves (Dekker). */
export function remainder(a: v128, q: v128, b: v128): v128 {
  const qHigh = leadingHalf<f64>(q);
  const bHigh = leadingHalf<f64>(b);
  const qLow = f64x2.sub(q, qHigh);
  const bLow = f64x2.sub(b, bHigh);
  let rest = f64x2.sub(a, f64x2.mul(qHigh, bHigh));
  rest = f64x2.sub(rest, f64x2.mul(qHigh, bLow));
  rest = f64x2.sub(rest, f64x2.mul(qLow, bHigh));
  return f64x2.sub(rest, f64x2.mul(qLow, bLow));
}

/**
 * a · (b + bLow) − product, where `product` is a · b rounded: by a fused multiply-add, or by products of halves (Dekker).
 * The error is that of the last products.
 */
export function productRest(a: v128, b: v128, bLow: v128, product: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f64x2.relaxed_madd(a, bLow, f64x2.neg(f64x2.relaxed_nmadd(a, b, product)));
  }
  const head = leadingHalf<f64>(a);
  const bHead = leadingHalf<f64>(b);
  const bRest = f64x2.add(f64x2.sub(b, bHead), bLow);
  const rest = f64x2.add(f64x2.sub(f64x2.mul(head, bHead), product), f64x2.mul(head, bRest));
  return f64x2.add(rest, f64x2.mul(f64x2.sub(a, head), b));
}
