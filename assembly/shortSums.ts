/**
 * The second stage of the terms of short rows of f32: the terms as f64, and their sums. Element k of a row goes to the
 * partial sum k mod 4, whether the row is by itself or lies beside three others.
 */

import { is, No, Yes } from "./flags";
import { LOGARITHM, STAGE, STAGED } from "./frame";
import { madd, VECTOR } from "./vectors";

/** Of the record of a group, as f64 and so in two vectors: the sums of the terms, and later what the last pass takes. */
export const SUMS: usize = LOGARITHM;

/** Two of the four terms that the first stage has left at `at`. */
function term(at: usize): v128 {
  const scale = f64x2.promote_low_f32x4(v128.load64_zero(at));
  const high = f64x2.promote_low_f32x4(v128.load64_zero(at, VECTOR));
  const rest = f64x2.promote_low_f32x4(v128.load64_zero(at, 2 * VECTOR));
  return madd<f64>(scale, f64x2.add(high, rest), scale);
}

/** SUMS of the terms of `count` vectors, from what the first stage has left. If they are `stored`, they go to `terms`. */
export function sumShort(
  frame: usize,
  group: usize,
  terms: usize,
  count: usize,
  stored: bool,
  isRow: bool,
): void {
  if (isRow) {
    if (stored) sumRow<Yes>(frame, group, terms, count);
    else sumRow<No>(frame, group, terms, count);
  } else if (stored) sumColumns<Yes>(frame, group, terms, count);
  else sumColumns<No>(frame, group, terms, count);
}

function sumRow<Stored>(frame: usize, group: usize, terms: usize, count: usize): void {
  let at = frame + STAGE;
  let sum = f64x2.splat(0);
  let second = sum;
  for (; count; --count) {
    const t0 = term(at);
    const t1 = term(at + 8);
    if (is<Stored>()) {
      v128.store(terms, t0);
      v128.store(terms, t1, VECTOR);
      terms += 2 * VECTOR;
    }
    sum = f64x2.add(sum, t0);
    second = f64x2.add(second, t1);
    at += STAGED;
  }
  v128.store(group, joinRow(sum, second), SUMS);
}

/** The sum of four partial sums, in both places. */
export function joinRow(sum: v128, second: v128): v128 {
  const pairs = f64x2.add(sum, second);
  return f64x2.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0));
}

/** Rows side by side have four sums each. Half of a vector has the elements of two rows. */
function sumColumns<Stored>(frame: usize, group: usize, terms: usize, count: usize): void {
  for (let half: usize = 0; half < 2; ++half) {
    let at = frame + STAGE + half * 8;
    let to = terms + half * VECTOR;
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let left = count;
    for (; left >= 4; left -= 4) {
      const t0 = term(at);
      const t1 = term(at + STAGED);
      const t2 = term(at + 2 * STAGED);
      const t3 = term(at + 3 * STAGED);
      if (is<Stored>()) {
        v128.store(to, t0);
        v128.store(to, t1, 2 * VECTOR);
        v128.store(to, t2, 4 * VECTOR);
        v128.store(to, t3, 6 * VECTOR);
        to += 8 * VECTOR;
      }
      s0 = f64x2.add(s0, t0);
      s1 = f64x2.add(s1, t1);
      s2 = f64x2.add(s2, t2);
      s3 = f64x2.add(s3, t3);
      at += 4 * STAGED;
    }
    if (left) {
      const t0 = term(at);
      if (is<Stored>()) v128.store(to, t0);
      s0 = f64x2.add(s0, t0);
      if (left > 1) {
        const t1 = term(at + STAGED);
        if (is<Stored>()) v128.store(to, t1, 2 * VECTOR);
        s1 = f64x2.add(s1, t1);
      }
      if (left > 2) {
        const t2 = term(at + 2 * STAGED);
        if (is<Stored>()) v128.store(to, t2, 4 * VECTOR);
        s2 = f64x2.add(s2, t2);
      }
    }
    v128.store(group + half * VECTOR, f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3)), SUMS);
  }
}
