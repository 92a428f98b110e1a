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
