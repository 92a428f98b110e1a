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

/**
 * SUMS, which has the sum of the others, becomes s. LANE has it too, for the parts. Where the maximum is infinite, s is
 * NaN.
 */
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
    const others = f64x2.div(v128.load(at, SUMS), v128.load(at, TOP_TERM));
    const sum = f64x2.add(f64x2.add(others, equal), widen<f32>(invalid, half));
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
      shift(group, inverse, src, dst, count, part);
      src += apart;
      dst += apart;
    }
  }
}

function shift(group: usize, inverse: v128, src: usize, dst: usize, count: usize, part: usize): void {
  for (; count; --count) {
    v128.store(dst, shifted(group, v128.load(src), inverse));
    src += VECTOR;
    dst += VECTOR;
  }
  if (part) storePart<f32>(dst, shifted(group, loadPart<f32>(src, part), inverse), part);
}

function shifted(group: usize, x: v128, inverse: v128): v128 {
  const first = f64x2.mul(f64x2.sub(widen<f32>(x, 0), v128.load(group, MAXIMA)), inverse);
  const second = f64x2.mul(f64x2.sub(widen<f32>(x, 1), v128.load(group, MAXIMA + VECTOR)), inverse);
  const result = narrow(
    f64x2.sub(first, v128.load(group, SUMS)),
    f64x2.sub(second, v128.load(group, SUMS + VECTOR)),
  );
  return f32x4.add(result, f32x4.splat(0)); // turns −0, the rounded −1e-60 of a dominant maximum, into 0
}
