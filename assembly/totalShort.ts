/**
 * `total.ts` for short lanes: element k goes to sum k mod 4, whether the lane is a row or lies beside others. Sums 0
 * and 2, and sums 1 and 3, are added first, because in a row they lie in the same place.
 */
import { lost } from "./exact";
import { is, No, Yes } from "./flags";
import { SUM, TAIL_OTHER, TOTAL, TOTAL_LOW } from "./frame";
import { LIFT_OF_F64, product } from "./total";
import { strideOf, VECTOR } from "./vectors";

/** TOTAL of f32: Σ a · b, or Σ b if `a` is 0. */
export function takeShortFloats(
  frame: usize,
  group: usize,
  a: usize,
  b: usize,
  tail: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  if (a) takeFloats<Yes>(frame, group, a, b, tail, count, part, step);
  else takeFloats<No>(frame, group, 0, b, tail, count, part, step);
}

function takeFloats<Product>(
  frame: usize,
  group: usize,
  a: usize,
  b: usize,
  tail: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const zero = f64x2.splat(0);
  let s0 = zero;
  let t0 = zero;
  if (!step) {
    for (; count; --count) {
      s0 = f64x2.add(s0, value<Product>(a, b));
      t0 = f64x2.add(t0, value<Product>(a + 8, b + 8));
      a += VECTOR;
      b += VECTOR;
    }
    if (part) {
      s0 = f64x2.add(s0, value<Product>(tail, frame + TAIL_OTHER));
      t0 = f64x2.add(t0, value<Product>(tail + 8, frame + TAIL_OTHER + 8));
    }
    const pairs = f64x2.add(s0, t0);
    const whole = f64x2.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0));
    setTotal(group, whole);
    setTotal(group + VECTOR, whole);
    return;
  }
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  let t1 = zero;
  let t2 = zero;
  let t3 = zero;
  for (; count >= 4; count -= 4) {
    s0 = f64x2.add(s0, value<Product>(a, b));
    t0 = f64x2.add(t0, value<Product>(a + 8, b + 8));
    a += step;
    b += step;
    s1 = f64x2.add(s1, value<Product>(a, b));
    t1 = f64x2.add(t1, value<Product>(a + 8, b + 8));
    a += step;
    b += step;
    s2 = f64x2.add(s2, value<Product>(a, b));
    t2 = f64x2.add(t2, value<Product>(a + 8, b + 8));
    a += step;
    b += step;
    s3 = f64x2.add(s3, value<Product>(a, b));
    t3 = f64x2.add(t3, value<Product>(a + 8, b + 8));
    a += step;
    b += step;
  }
  if (count) {
    s0 = f64x2.add(s0, value<Product>(a, b));
    t0 = f64x2.add(t0, value<Product>(a + 8, b + 8));
    a += step;
    b += step;
    if (count > 1) {
      s1 = f64x2.add(s1, value<Product>(a, b));
      t1 = f64x2.add(t1, value<Product>(a + 8, b + 8));
      a += step;
      b += step;
    }
    if (count > 2) {
      s2 = f64x2.add(s2, value<Product>(a, b));
      t2 = f64x2.add(t2, value<Product>(a + 8, b + 8));
    }
  }
  setTotal(group, f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3)));
  setTotal(group + VECTOR, f64x2.add(f64x2.add(t0, t2), f64x2.add(t1, t3)));
}

/** a · b, or b, of two f32 as f64. */
function value<Product>(a: usize, b: usize): v128 {
  const wide = f64x2.promote_low_f32x4(v128.load64_zero(b));
  if (!is<Product>()) return wide;
  return f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(a)), wide);
}

/** The low part is 0, but NaN where the sum is infinite: the lane becomes NaN. */
function setTotal(at: usize, sum: v128): void {
  const low = f64x2.sub(sum, sum);
  v128.store(at, f64x2.add(sum, low), TOTAL);
  v128.store(at, low, TOTAL_LOW);
}

/**
 * TOTAL and TOTAL_LOW of f64, for `settleTotal`. Each sum adds up to `most` terms before the compensated sum takes
 * them. A vector of a row has terms of two sums.
 */
export function takeShortDoubles(
  most: usize,
  group: usize,
  a: usize,
  b: usize,
  tail: usize,
  tailOther: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const zero = f64x2.splat(0);
  const stride = strideOf(step);
  const turns: usize = step ? 4 : 2;
  // Where there are no products, SUM is still in use.
  if (a) v128.store(group, f64x2.splat(LIFT_OF_F64), SUM);
  const lift = v128.load(group, SUM);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  let l0 = zero;
  let l1 = zero;
  let l2 = zero;
  let l3 = zero;
  for (let left = count; ; ) {
    const block = min(left, most * turns);
    left -= block;
    // The tail belongs to the last block that is not complete.
    const isLast = left === 0 && (part === 0 || block < most * turns);
    let v0 = zero;
    let v1 = zero;
    let v2 = zero;
    let v3 = zero;
    let k: usize = 0;
    for (; k + turns <= block; k += turns) {
      v0 = f64x2.add(v0, termOf(lift, a, b));
      if (a) a += stride;
      b += stride;
      v1 = f64x2.add(v1, termOf(lift, a, b));
      if (a) a += stride;
      b += stride;
      if (step) {
        v2 = f64x2.add(v2, termOf(lift, a, b));
        if (a) a += stride;
        b += stride;
        v3 = f64x2.add(v3, termOf(lift, a, b));
        if (a) a += stride;
        b += stride;
      }
    }
    if (k < block) {
      v0 = f64x2.add(v0, termOf(lift, a, b));
      if (k + 1 < block) v1 = f64x2.add(v1, termOf(lift, a ? a + stride : 0, b + stride));
      if (k + 2 < block) v2 = f64x2.add(v2, termOf(lift, a ? a + 2 * stride : 0, b + 2 * stride));
    }
    if (isLast && part) {
      const last = termOf(lift, tail, tailOther);
      if (block & 1) v1 = f64x2.add(v1, last);
      else v0 = f64x2.add(v0, last);
    }
    let next = f64x2.add(s0, v0);
    l0 = f64x2.add(l0, lost(s0, v0, next));
    s0 = next;
    next = f64x2.add(s1, v1);
    l1 = f64x2.add(l1, lost(s1, v1, next));
    s1 = next;
    if (step) {
      next = f64x2.add(s2, v2);
      l2 = f64x2.add(l2, lost(s2, v2, next));
      s2 = next;
      next = f64x2.add(s3, v3);
      l3 = f64x2.add(l3, lost(s3, v3, next));
      s3 = next;
    }
    if (isLast) break;
  }
  const even = f64x2.add(s0, step ? s2 : s1);
  const evenLow = step
    ? f64x2.add(f64x2.add(l0, l2), lost(s0, s2, even))
    : f64x2.add(f64x2.add(l0, l1), lost(s0, s1, even));
  const odd = step ? f64x2.add(s1, s3) : v128.shuffle<i64>(even, even, 1, 0);
  const oddLow = step
    ? f64x2.add(f64x2.add(l1, l3), lost(s1, s3, odd))
    : v128.shuffle<i64>(evenLow, evenLow, 1, 0);
  const whole = f64x2.add(even, odd);
  v128.store(group, whole, TOTAL);
  v128.store(group, f64x2.add(f64x2.add(evenLow, oddLow), lost(even, odd, whole)), TOTAL_LOW);
}

function termOf(lift: v128, a: usize, b: usize): v128 {
  return a ? product(lift, a, b) : v128.load(b);
}

/**
 * TOTAL of a short lane of f32 whose terms are stored as f64: `count` times two vectors at `from`. TOTAL_LOW is not
 * written.
 */
export function sumStored(group: usize, from: usize, count: usize, step: usize): void {
  const zero = f64x2.splat(0);
  for (let half: usize = 0; half < 2; ++half) {
    let at = from + half * VECTOR;
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    if (!step) {
      for (let left = count; left; --left) {
        s0 = f64x2.add(s0, v128.load(at));
        at += 2 * VECTOR;
      }
      v128.store(group + half * VECTOR, s0, TOTAL);
      continue;
    }
    let left = count;
    for (; left >= 4; left -= 4) {
      s0 = f64x2.add(s0, v128.load(at));
      s1 = f64x2.add(s1, v128.load(at, 2 * VECTOR));
      s2 = f64x2.add(s2, v128.load(at, 4 * VECTOR));
      s3 = f64x2.add(s3, v128.load(at, 6 * VECTOR));
      at += 8 * VECTOR;
    }
    if (left) s0 = f64x2.add(s0, v128.load(at));
    if (left > 1) s1 = f64x2.add(s1, v128.load(at, 2 * VECTOR));
    if (left > 2) s2 = f64x2.add(s2, v128.load(at, 4 * VECTOR));
    v128.store(group + half * VECTOR, f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3)), TOTAL);
  }
  if (step) return;
  const pairs = f64x2.add(v128.load(group, TOTAL), v128.load(group, TOTAL + VECTOR));
  const whole = f64x2.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0));
  v128.store(group, whole, TOTAL);
  v128.store(group, whole, TOTAL + VECTOR);
}
