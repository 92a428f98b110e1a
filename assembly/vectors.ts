/**
 * The vocabulary of the kernels: vectors of `T` (four f32 or two f64), read and written whole or in part.
 */

export const VECTOR: usize = 16; // bytes of a vector

/**
 * Lanes up to this length are short: rows of them may be transposed, because their sums have the same bits as rows and
 * side by side.
 */
export const SHORT: usize = 64;

/** Elements of `T` in a vector. */
export function width<T extends number>(): usize {
  return VECTOR / sizeof<T>();
}

/** a · b + c: one fused operation in the `relaxed` binary, a product and a sum in the `simd` binary. */
export function madd<T extends number>(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<T>(a, b, c) : v128.add<T>(v128.mul<T>(a, b), c);
}

/**
 * A vector of the first `count` elements at `from`, 0 < count < width, and of `fill` in the other places. Reads nothing
 * else.
 */
export function loadPart<T extends number>(from: usize, count: usize, fill: f64 = -Infinity): v128 {
  let vector = v128.splat<T>(<T>fill);
  if (sizeof<T>() === 8) return v128.load64_lane(from, vector, 0);
  vector = v128.load32_lane(from, vector, 0);
  if (count > 1) vector = v128.load32_lane(from, vector, 1, 4);
  if (count > 2) vector = v128.load32_lane(from, vector, 2, 8);
  return vector;
}

/** Writes the first `count` elements to `to`, 0 < count < width, and nothing else. */
export function storePart<T extends number>(to: usize, vector: v128, count: usize): void {
  if (sizeof<T>() === 8) {
    v128.store64_lane(to, vector, 0);
    return;
  }
  v128.store32_lane(to, vector, 0);
  if (count > 1) v128.store32_lane(to, vector, 1, 4);
  if (count > 2) v128.store32_lane(to, vector, 2, 8);
}

// A group has `length` vectors, `step` bytes apart. If `step` is 0 it is a row of `length` elements: vectors one after the other
// and, if the last one is not complete, a tail.

/** How many complete vectors a group has. */
export function wholeVectors<T extends number>(length: usize, step: usize): usize {
  return step ? length : length / width<T>();
}

/** Bytes from one vector of a group to the next. */
export function strideOf(step: usize): usize {
  return step || VECTOR;
}

/** How many elements the tail of a group has; 0 if it has none. */
export function tailOf<T extends number>(length: usize, step: usize): usize {
  return step ? 0 : length & (width<T>() - 1);
}

/** Copies the tail of the row at `from` to `to`, with `fill` in the other places of the vector. */
export function takeTail<T extends number>(to: usize, from: usize, length: usize, fill: f64): void {
  const part = length & (width<T>() - 1);
  v128.store(to, loadPart<T>(from + (length - part) * sizeof<T>(), part, fill));
}

/** Copies `tail` to the tail of the row at `to`. */
export function giveTail<T extends number>(tail: usize, to: usize, length: usize): void {
  const part = length & (width<T>() - 1);
  storePart<T>(to + (length - part) * sizeof<T>(), v128.load(tail), part);
}

/** How many vectors of f64 the elements of a vector of T fill. */
export function halves<T extends number>(): i32 {
  return sizeof<T>() === 4 ? 2 : 1;
}

/** Two elements as f64: the first two of f32 or, if `half` is 1, the last two; f64 as they are. */
export function widen<T extends number>(vector: v128, half: i32): v128 {
  if (sizeof<T>() === 8) return vector;
  return f64x2.promote_low_f32x4(half ? v128.shuffle<i64>(vector, vector, 1, 1) : vector);
}

/** A vector of T from the vectors of f64 that `widen` gives. f64 does not take `high`. */
export function unwiden<T extends number>(low: v128, high: v128): v128 {
  return sizeof<T>() === 4 ? narrow(low, high) : low;
}

/** Four f32 from two vectors of f64. */
export function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
