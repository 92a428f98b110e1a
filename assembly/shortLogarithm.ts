/**
 * The logarithms of short rows of f32, from the sums of `shortTerms.ts`:
 *
 *   log-softmax = (x − max) / T − log1p(s),  log-sum-exp = max / T + log1p(s),  s = others / top + ties − 1
 *
 * where `others` is the sum of all terms but those of the maxima, `top` the term of a maximum, and `ties` how many
 * elements are the maximum. The bounds are those of `shift.ts`.
 */
import { LOG_SOFTMAX, LOG_SUM_EXP } from "./abi";
import { GROUPS, INVERSE_F64, LANE, LANE_SECOND, MAX, NORMALIZER, RECORD, SIZE } from "./frame";
import { log1p } from "./log";
import { logSumExpOf } from "./shift";
import { SUMS } from "./shortSums";
import { TIES, TOP_TERM } from "./shortTerms";
import { loadPart, narrow, storePart, tailOf, VECTOR, wholeVectors, widen } from "./vectors";

const MAXIMA: usize = SIZE; // of the record of a group: the maxima, as f64 and so in two vectors

/** s from the sum of the others. `equal` is ties − 1, and `invalid` is NaN where the maximum is infinite, else 0. */
export function relativeTo(top: v128, others: v128, equal: v128, invalid: v128): v128 {
  // A row by itself waits for the sum longer than for the reciprocal.
  const ratio = f64x2.mul(others, f64x2.div(f64x2.splat(1), top));
  return f64x2.add(f64x2.add(ratio, equal), invalid);
}

/** SUMS, which has the sum of the others, becomes s. LANE has it too, for the parts. */
export function divideByTop(group: usize, isRow: bool): void {
  const max = v128.load(group, MAX);
  let ties = v128.load(group, TIES);
  if (isRow) {
    ties = i32x4.add(ties, v128.shuffle<i64>(ties, ties, 1, 0));
    ties = i32x4.add(ties, v128.shuffle<i32>(ties, ties, 1, 0, 3, 2));
  }
  ties = i32x4.sub(ties, i32x4.splat(1));
  const invalid = f32x4.sub(max, max);
  for (let half = 0; half < 2; ++half) {
    const at = group + half * VECTOR;
    const equal = f64x2.convert_low_i32x4_s(half ? v128.shuffle<i64>(ties, ties, 1, 1) : ties);
    const top = v128.load(at, TOP_TERM);
    const sum = relativeTo(top, v128.load(at, SUMS), equal, widen<f32>(invalid, half));
    v128.store(at, sum, SUMS);
    v128.store(at, sum, LANE);
    v128.store(at, f64x2.splat(0), LANE_SECOND);
    v128.store(at, widen<f32>(max, half), MAXIMA);
    if (isRow) break;
  }
  if (isRow) v128.store(group, v128.load(group, MAXIMA), MAXIMA + VECTOR);
}

/** SUMS becomes log(1 + s), and NORMALIZER log-sum-exp. */
export function takeLogarithms(frame: usize, group: usize, isRow: bool): void {
  const inverse = v128.load(frame, INVERSE_F64);
  for (let half = 0; half < 2; ++half) {
    const at = group + half * VECTOR;
    const logarithm = log1p<f32>(frame, v128.load(at, SUMS), f64x2.splat(0));
    const whole = f64x2.add(f64x2.mul(v128.load(at, MAXIMA), inverse), logarithm);
    v128.store(at, logarithm, SUMS);
    v128.store(at, whole, NORMALIZER);
    if (isRow) {
      v128.store(at, logarithm, SUMS + VECTOR);
      v128.store(at, whole, NORMALIZER + VECTOR);
      return;
    }
  }
}

/** The results of the groups at `src`; parts stay in the records. */
export function finishLogarithms(
  frame: usize,
  operation: i32,
  groups: usize,
  src: usize,
  dst: usize,
  apart: usize,
  length: usize,
  step: usize,
): void {
  const first = frame + GROUPS;
  const end = first + groups * RECORD;
  if (operation === LOG_SUM_EXP) {
    for (let group = first; group < end; group += RECORD) {
      const value = logSumExpOf<f32>(frame, group, src, length, step);
      if (step) v128.store(dst, value);
      else store<f32>(dst, f32x4.extract_lane(value, 0));
      src += apart;
      dst += step || 4;
    }
  } else if (operation === LOG_SOFTMAX) {
    const inverse = v128.load(frame, INVERSE_F64);
    const count = wholeVectors<f32>(length, step);
    const part = tailOf<f32>(length, step);
    for (let group = first; group < end; group += RECORD) {
      const max = v128.load(group, MAXIMA);
      const second = v128.load(group, MAXIMA + VECTOR);
      const logarithm = v128.load(group, SUMS);
      shift(src, dst, count, part, max, second, inverse, logarithm, v128.load(group, SUMS + VECTOR));
      src += apart;
      dst += apart;
    }
  }
}

/** log-softmax of `count` vectors and a `part` of one. Of each, two elements have the second maximum and logarithm. */
export function shift(
  src: usize,
  dst: usize,
  count: usize,
  part: usize,
  max: v128,
  secondMax: v128,
  inverse: v128,
  logarithm: v128,
  secondLogarithm: v128,
): void {
  for (; count; --count) {
    const x = v128.load(src);
    v128.store(dst, shifted(x, max, secondMax, inverse, logarithm, secondLogarithm));
    src += VECTOR;
    dst += VECTOR;
  }
  if (part) {
    const x = loadPart<f32>(src, part);
    storePart<f32>(dst, shifted(x, max, secondMax, inverse, logarithm, secondLogarithm), part);
  }
}

function shifted(
  x: v128,
  max: v128,
  secondMax: v128,
  inverse: v128,
  logarithm: v128,
  secondLogarithm: v128,
): v128 {
  const first = f64x2.mul(f64x2.sub(widen<f32>(x, 0), max), inverse);
  const second = f64x2.mul(f64x2.sub(widen<f32>(x, 1), secondMax), inverse);
  const result = narrow(f64x2.sub(first, logarithm), f64x2.sub(second, secondLogarithm));
  return f32x4.add(result, f32x4.splat(0)); // turns −0, the rounded −1e-60 of a dominant maximum, into 0
}
