/**
 * Picks out the few elements of a run that may be among its k largest, in two passes. The first one, `survey`, takes the
 * maximum of each block, and finds a limit below the k-th largest of these: so k elements are above it. The second one,
 * `collect`, looks at the blocks whose maximum is above the limit. Of numbers in no order, in b blocks, some
 * −b log(1 − k / b) are above: 56 for k = 50 and b = 264.
 */
import { joinMax, maxOf } from "./max";
import { loadPart, VECTOR, width } from "./vectors";

/** Vectors that are taken at a time. Blocks have a multiple of as many elements as these have in f32. */
const TAKEN: usize = 4;

/**
 * Writes the maximum of each `block` elements of the run at `src` to `maxima`; the last block may have less. One vector more
 * is written behind them. Returns a limit above which there are k elements, NaN if there may be none, ∞ if there is NaN
 * among the elements.
 */
export function survey<T extends number>(src: usize, count: usize, block: usize, k: i32, maxima: usize): T {
  const start = src;
  let at = maxima;
  // NaN makes the sums NaN: an addition takes less than a comparison and its `or`.
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let left = count;
  for (; left >= block; left -= block) {
    let m0 = v128.splat<T>(<T>-Infinity);
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    const end = src + block * sizeof<T>();
    for (; src < end; src += TAKEN * VECTOR) {
      const x0 = v128.load(src);
      const x1 = v128.load(src, VECTOR);
      const x2 = v128.load(src, 2 * VECTOR);
      const x3 = v128.load(src, 3 * VECTOR);
      m0 = v128.pmax<T>(m0, x0);
      m1 = v128.pmax<T>(m1, x1);
      m2 = v128.pmax<T>(m2, x2);
      m3 = v128.pmax<T>(m3, x3);
      s0 = v128.add<T>(s0, v128.add<T>(x0, x1));
      s1 = v128.add<T>(s1, v128.add<T>(x2, x3));
    }
    m0 = v128.pmax<T>(v128.pmax<T>(m0, m1), v128.pmax<T>(m2, m3));
    store<T>(at, v128.extract_lane<T>(joinMax<T>(m0), 0));
    at += sizeof<T>();
  }
  if (left) {
    store<T>(at, v128.extract_lane<T>(joinMax<T>(maxOf<T>(src, left, 0)), 0));
    at += sizeof<T>();
    for (; left >= width<T>(); left -= width<T>()) {
      s0 = v128.add<T>(s0, v128.load(src));
      src += VECTOR;
    }
    if (left) s1 = v128.add<T>(s1, loadPart<T>(src, left, 0));
  }
  const sum = v128.add<T>(s0, s1);
  // Infinities of either sign and sums beyond the largest number are NaN too.
  if (v128.any_true(v128.ne<T>(sum, sum)) && hasNaN<T>(start, count)) return <T>Infinity;
  v128.store(at, v128.splat<T>(<T>-Infinity));
  return limitOf<T>(maxima, at, k);
}

function hasNaN<T extends number>(src: usize, count: usize): bool {
  for (; count >= width<T>(); count -= width<T>()) {
    const x = v128.load(src);
    if (v128.any_true(v128.ne<T>(x, x))) return true;
    src += VECTOR;
  }
  if (!count) return false;
  const x = loadPart<T>(src, count, 0);
  return v128.any_true(v128.ne<T>(x, x));
}

/** A number above which there are k maxima or some more. NaN if not even −∞ is one. */
function limitOf<T extends number>(maxima: usize, end: usize, k: i32): T {
  let above = countAbove<T>(maxima, end, <T>-Infinity);
  if (above < k) return <T>NaN;
  let low = orderOf<T>(<T>-Infinity);
  let high = orderOf<T>(<T>Infinity);
  // By bisection of the bits: that takes 15 steps where numbers are close to each other, and no infinity stops it.
  while (above > k + (k >> 3) && <u64>(high - low) > 1) {
    const middle = low + <i64>(<u64>(high - low) >> 1);
    const there = countAbove<T>(maxima, end, numberOf<T>(middle));
    if (there < k) {
      high = middle;
    } else {
      low = middle;
      above = there;
    }
  }
  return numberOf<T>(low);
}

/** An integer for each number, in the order of the numbers. */
function orderOf<T extends number>(x: T): i64 {
  if (sizeof<T>() === 8) return ordered(reinterpret<i64>(<f64>x));
  return ordered((<i64>reinterpret<i32>(<f32>x)) << 32) >> 32;
}

function numberOf<T extends number>(order: i64): T {
  if (sizeof<T>() === 8) return <T>reinterpret<f64>(ordered(order));
  return <T>reinterpret<f32>(<i32>(ordered(order << 32) >> 32));
}

/** From the bits of a number to an integer of the same order, and back. */
function ordered(bits: i64): i64 {
  return bits ^ ((bits >> 63) & i64.MAX_VALUE);
}

/** How many numbers from `at` to `end`, and in the rest of the last vector, are above the limit. */
function countAbove<T extends number>(at: usize, end: usize, limit: T): i32 {
  const limits = v128.splat<T>(limit);
  let counts = i64x2.splat(0);
  for (; at < end; at += VECTOR) {
    const above = v128.gt<T>(v128.load(at), limits);
    counts = sizeof<T>() === 4 ? i32x4.sub(counts, above) : i64x2.sub(counts, above);
  }
  let sum = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 2);
  if (sizeof<T>() === 4) sum += i32x4.extract_lane(counts, 1) + i32x4.extract_lane(counts, 3);
  return sum;
}

/**
 * Appends those elements of a run that are above `limit`, or all where that is NaN, from element `from` on. Values go to
 * `values` as f64, their indices, which begin with `first`, to `indices` as i32; `held` counts both. Stops where there may be
 * no room for more, of `capacity`. Returns where it has stopped. There is no NaN among the elements, whose blocks `survey` has
 * been to.
 */
export function collect<T extends number>(
  src: usize,
  count: i32,
  first: i32,
  from: i32,
  block: i32,
  maxima: usize,
  limit: T,
  values: usize,
  indices: usize,
  held: usize,
  capacity: i32,
): i32 {
  const group = <i32>(TAKEN * width<T>());
  const limits = v128.splat<T>(limit);
  const most = capacity - group;
  let taken = load<i32>(held);
  let place = from / block;
  for (let k = from; k < count; ++place) {
    const end = min(count, (place + 1) * block);
    if (load<T>(maxima + place * sizeof<T>()) <= limit) k = end;
    while (k < end) {
      const size = min(group, end - k);
      const at = src + k * sizeof<T>();
      if (size === group && isBelow<T>(at, limits)) {
        k += group;
        continue;
      }
      if (taken > most) {
        store<i32>(held, taken);
        return k;
      }
      // Without a branch: what is written is overwritten where it is not above.
      for (let j = 0; j < size; ++j) {
        const value = load<T>(at + j * sizeof<T>());
        store<f64>(values + taken * 8, value);
        store<i32>(indices + taken * 4, first + k + j);
        taken += i32(!(value <= limit));
      }
      k += size;
    }
  }
  store<i32>(held, taken);
  return count;
}

/** Whether none of the elements of TAKEN vectors is above the limit. */
function isBelow<T extends number>(at: usize, limits: v128): bool {
  const b0 = v128.le<T>(v128.load(at), limits);
  const b1 = v128.le<T>(v128.load(at, VECTOR), limits);
  const b2 = v128.le<T>(v128.load(at, 2 * VECTOR), limits);
  const b3 = v128.le<T>(v128.load(at, 3 * VECTOR), limits);
  return i32x4.bitmask(v128.and(v128.and(b0, b1), v128.and(b2, b3))) === 15;
}
