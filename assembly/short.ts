/**
 * Short rows of f32: the argument of the exponential in f32, as `exp.ts` has it, terms and sums in f64.
 *
 *   softmax = term · (1 / Σ terms),  log-softmax = (x − max) / T − log1p(s),  s = Σ of the terms but the maxima / top + ties − 1
 *
 * With so many bits there is nothing to compensate and no term to be nudged, so a row by itself takes a few dozen instructions.
 * The bounds are those of `scale.ts`, `shift.ts` and `gradient.ts`; the largest errors of some 10^7 random results were 0.84 ulp
 * (softmax), 0.76 (log-softmax) and 0.56 (log-sum-exp).
 *
 * A row has the same bits in either layout, by itself or beside three others: see `shortTerms.ts`.
 */
import {
  CROSS_ENTROPY_TARGETS_GRAD,
  LOG_SOFTMAX,
  LOG_SUM_EXP,
  LOG_SUM_EXP_PARTS,
  LOGARITHM,
  LOGITS_ALONE,
  NORMALIZED_SOFTMAX,
  OTHER,
  PER_LANE,
  PROBABILITIES,
  SOFTMAX,
} from "./abi";
import {
  GROUPS,
  INVERSE_F64,
  LANE,
  LANE_SECOND,
  MAX,
  MAX_GROUPS,
  NORMALIZER,
  PANEL,
  PANEL_OTHER,
  RECORD,
  SIZE,
  TAIL,
  TOTAL,
} from "./frame";
import { log1p } from "./log";
import { joinMax, maxOf } from "./max";
import { giveParts, numberBytes, partsBytes, takeNumbers } from "./numbers";
import { logSumExpOf } from "./shift";
import { multiplyShort } from "./shortGradient";
import { anchorShort, reduceShort, SUMS, sumShort, TIES, TOPS, takeRow } from "./shortTerms";
import { takeTotal } from "./total";
import { gather, scatter } from "./transpose";
import { loadPart, narrow, storePart, tailOf, VECTOR, wholeVectors, widen } from "./vectors";

/** Rows up to this length are short: those of the panel's terms. */
export const SHORT_FLOATS: usize = 256;
/** Up to this length rows are transposed. */
const TRANSPOSED: usize = 64;
/** Vectors of rows in work. */
const AT_ONCE: usize = 256;

/** Vectors of a row that is computed in one stage. */
const ONE_STAGE: usize = 16;

const MAXIMA: usize = SIZE; // of a group's record, as f64 and so in two vectors

/** Whether short rows of f32 are for `runShort`. */
export function isForShort(operation: i32): bool {
  return operation & LOGITS_ALONE || (operation & PROBABILITIES && operation !== NORMALIZED_SOFTMAX);
}

export function runShort(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  if (rows > 1 && length <= TRANSPOSED) {
    runTransposed(frame, operation, src, other, numbers, dst, rows, length);
  } else {
    runEach(frame, operation, src, other, numbers, dst, rows, length);
  }
}

/** One row in place, without parts. */
export function runOne(frame: usize, operation: i32, at: usize, length: usize): void {
  const count = length / 4;
  const part = length & 3;
  const vectors = count + (part !== 0 ? 1 : 0);
  if (vectors > ONE_STAGE) {
    runGroups(frame, operation, at, 0, at, 1, 0, length, 0);
    return;
  }
  const group = frame + GROUPS;
  const max = joinMax<f32>(maxOf<f32>(at, length, 0));
  if (part) v128.store(frame, loadPart<f32>(at + count * VECTOR, part), TAIL);
  if (operation & LOGARITHM) {
    v128.store(group, max, MAX);
    v128.store(group, takeRow(frame, group, max, at, 0, vectors, part, true), SUMS);
    divideByTop(group, true);
    takeLogarithms(frame, group, true);
    finishLogarithms(frame, operation, 1, at, at, 0, length, 0);
  } else {
    const terms = frame + PANEL_OTHER;
    const sum = takeRow(frame, group, max, at, terms, vectors, part, false);
    const factor = f64x2.div(f64x2.splat(1), sum);
    scale(factor, factor, terms, at, count, part);
  }
}

function runTransposed(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const bytes = length * 4;
  const panel = frame + PANEL;
  const apart = length * VECTOR;
  const targets = panel + AT_ONCE * VECTOR;
  const number = numberBytes(operation);
  const most = min(AT_ONCE / length, MAX_GROUPS) * 4;
  while (rows) {
    const batch = min(rows, most);
    const groups = (batch + 3) / 4;
    for (let g: usize = 0; g < groups; ++g) {
      const row = g * 4;
      gather<f32>(panel + g * apart, src + row * bytes, bytes, batch - row - 1, length);
      if (operation & OTHER) {
        gather<f32>(targets + g * apart, other + row * bytes, bytes, batch - row - 1, length);
      }
    }
    takeNumbers(4, frame + GROUPS, operation, numbers, 4 * number, 4, batch);
    runGroups(frame, operation, panel, targets, panel, groups, apart, length, VECTOR);
    if (operation === LOG_SUM_EXP_PARTS) {
      giveParts(4, frame + GROUPS, operation, dst, 4 * partsBytes(operation), 4, batch);
      dst += batch * partsBytes(operation);
    } else if (operation & PER_LANE) {
      memory.copy(dst, panel, batch * 4);
      dst += batch * 4;
    } else {
      for (let g: usize = 0; g < groups; ++g) {
        scatter<f32>(dst + g * 4 * bytes, bytes, batch - g * 4 - 1, panel + g * apart, length);
      }
      dst += batch * bytes;
    }
    src += batch * bytes;
    other += batch * bytes;
    numbers += batch * number;
    rows -= batch;
  }
}

function runEach(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const bytes = length * 4;
  const number = numberBytes(operation);
  const most = min(AT_ONCE / ((length + 3) / 4), MAX_GROUPS);
  const result = operation & PER_LANE ? partsBytes(operation) || 4 : bytes;
  while (rows) {
    const batch = min(rows, most);
    takeNumbers(4, frame + GROUPS, operation, numbers, number, 1, batch);
    runGroups(frame, operation, src, other, dst, batch, bytes, length, 0);
    giveParts(4, frame + GROUPS, operation, dst, partsBytes(operation), 1, batch);
    src += batch * bytes;
    other += batch * bytes;
    numbers += batch * number;
    dst += batch * result;
    rows -= batch;
  }
}

/** The groups are as `group.ts` has them, at `src` and, with their results, at `dst`; a step is VECTOR. */
function runGroups(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  groups: usize,
  apart: usize,
  length: usize,
  step: usize,
): void {
  const isRow = !step;
  const count = wholeVectors<f32>(length, step);
  const part = tailOf<f32>(length, step);
  const first = frame + GROUPS;
  const end = first + groups * RECORD;
  const vectors = count + (part !== 0 ? 1 : 0);
  let from = src;
  let targets = other;
  let terms = frame + PANEL_OTHER;
  const isLogarithm = (operation & LOGARITHM) !== 0;
  for (let group = first; group < end; group += RECORD) {
    let max = maxOf<f32>(from, length, step);
    if (isRow) max = joinMax<f32>(max);
    v128.store(group, max, MAX);
    anchorShort(frame, group);
    if (operation === CROSS_ENTROPY_TARGETS_GRAD) {
      takeTotal<f32>(frame, group, 0, targets, length, step);
      v128.store(group, v128.load(group, TOTAL), LANE_SECOND);
      v128.store(group, v128.load(group, TOTAL + VECTOR), LANE_SECOND + VECTOR);
      targets += apart;
    }
    if (part) v128.store(frame, loadPart<f32>(from + count * VECTOR, part), TAIL);
    reduceShort(frame, group, from, vectors, part, isLogarithm);
    sumShort(frame, group, terms, vectors, !isLogarithm, isRow);
    if (isLogarithm) divideByTop(group, isRow);
    else terms += vectors * 2 * VECTOR;
    from += apart;
  }
  if (isLogarithm) {
    for (let group = first; group < end; group += RECORD) takeLogarithms(frame, group, isRow);
    finishLogarithms(frame, operation, groups, src, dst, apart, length, step);
    return;
  }
  let to = dst;
  if (operation !== SOFTMAX) {
    terms = frame + PANEL_OTHER;
    for (let group = first; group < end; group += RECORD) {
      multiplyShort(frame, group, operation, other, terms, to, count, part, step);
      terms += vectors * 2 * VECTOR;
      other += apart;
      to += apart;
    }
    return;
  }
  const one = f64x2.splat(1);
  for (let group = first; group < end; group += RECORD) {
    const factor = f64x2.div(one, v128.load(group, SUMS));
    v128.store(group, factor, SUMS);
    v128.store(group, isRow ? factor : f64x2.div(one, v128.load(group, SUMS + VECTOR)), SUMS + VECTOR);
  }
  terms = frame + PANEL_OTHER;
  for (let group = first; group < end; group += RECORD) {
    scale(v128.load(group, SUMS), v128.load(group, SUMS + VECTOR), terms, to, count, part);
    terms += vectors * 2 * VECTOR;
    to += apart;
  }
}

function scale(factor: v128, second: v128, terms: usize, dst: usize, count: usize, part: usize): void {
  for (; count; --count) {
    v128.store(dst, narrow(f64x2.mul(v128.load(terms), factor), f64x2.mul(v128.load(terms, VECTOR), second)));
    terms += 2 * VECTOR;
    dst += VECTOR;
  }
  if (part) {
    const p = narrow(f64x2.mul(v128.load(terms), factor), f64x2.mul(v128.load(terms, VECTOR), second));
    storePart<f32>(dst, p, part);
  }
}

/** From the sum of the others to s; NaN beside an infinite maximum. */
/** From the sum of the others to s, also in LANE; NaN beside an infinite maximum. */
function divideByTop(group: usize, isRow: bool): void {
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
    const others = f64x2.div(v128.load(at, SUMS), v128.load(at, TOPS));
    const sum = f64x2.add(f64x2.add(others, equal), widen<f32>(invalid, half));
    v128.store(at, sum, SUMS);
    v128.store(at, sum, LANE);
    v128.store(at, f64x2.splat(0), LANE_SECOND);
    v128.store(at, widen<f32>(max, half), MAXIMA);
    if (isRow) break;
  }
  if (isRow) v128.store(group, v128.load(group, MAXIMA), MAXIMA + VECTOR);
}

/** log(1 + s), and log-sum-exp. */
function takeLogarithms(frame: usize, group: usize, isRow: bool): void {
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

function finishLogarithms(
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
  return f32x4.add(result, f32x4.splat(0)); // −0, the rounded −1e-60 of a dominant maximum, becomes 0
}
