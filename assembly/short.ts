/**
 * Short rows of f32: the argument of the exponential in f32, as `exp.ts` has it, terms and sums in f64.
 *
 *   softmax = term · (1 / Σ terms),  log-softmax = (x − max) / T − log1p(s),  s = Σ of the terms but the maxima / top + ties − 1
 *
 * With so many bits there is nothing to compensate and no term to be nudged, so a row by itself takes a few dozen instructions.
 *
 * A row has the same bits in either layout, by itself or beside three others: element k goes to the partial sum k mod 4.
 */
import { LOG_SOFTMAX, LOG_SUM_EXP, LOG_SUM_EXP_PARTS, LOGARITHM, PER_LANE } from "./abi";
import {
  COEFFICIENTS,
  DEPTH,
  GROUPS,
  INVERSE,
  INVERSE_F64,
  LANE,
  LANE_SECOND,
  LIMIT,
  LOGARITHM as LOGARITHM_OF,
  LOWEST,
  MAGIC,
  MAX,
  MAX_GROUPS,
  NORMALIZER,
  PANEL,
  PANEL_OTHER,
  PER_STEP,
  RECORD,
  ROUNDER,
  SHIFT,
  SIZE,
  STAGE,
  STAGED,
  STEP_HIGH,
  STEP_LOW,
  SUM,
  TAIL,
} from "./frame";
import { log1p } from "./log";
import { joinMax, maxOf } from "./max";
import { giveParts, partsBytes } from "./numbers";
import { logSumExpOf } from "./shift";
import { gather, scatter } from "./transpose";
import { loadPart, madd, narrow, storePart, tailOf, VECTOR, wholeVectors, widen } from "./vectors";

/** Rows up to this length are short: those of the panel's terms. */
export const SHORT_FLOATS: usize = 256;
/** Up to this length rows are transposed. */
const TRANSPOSED: usize = 64;
/** Vectors of rows in work. */
const AT_ONCE: usize = 256;

// Of a group's record: the sum of the terms, s or what the last pass takes, as f64 and so in two vectors;
const SUMS: usize = LOGARITHM_OF;
const TOPS: usize = SUM; // that of a maximum, in the place of the sum as f32
const TIES: usize = NORMALIZER; // how many elements are the maximum, as i32
const MAXIMA: usize = SIZE; // the maximum as f64

// AssemblyScript has no constant parameters: types stand for the flags.
type Yes = u8;
type No = u16;
function is<Flag>(): bool {
  return sizeof<Flag>() === sizeof<Yes>();
}

export function runShort(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  if (rows > 1 && length <= TRANSPOSED) runTransposed(frame, operation, src, dst, rows, length);
  else runEach(frame, operation, src, dst, rows, length);
}

/** One row in place, without parts. */
export function runOne(frame: usize, operation: i32, at: usize, length: usize): void {
  runGroups(frame, operation, at, at, 1, 0, length, 0);
}

function runTransposed(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const bytes = length * 4;
  const panel = frame + PANEL;
  const apart = length * VECTOR;
  const most = min(AT_ONCE / length, MAX_GROUPS) * 4;
  while (rows) {
    const batch = min(rows, most);
    const groups = (batch + 3) / 4;
    for (let g: usize = 0; g < groups; ++g) {
      gather<f32>(panel + g * apart, src + g * 4 * bytes, bytes, batch - g * 4 - 1, length);
    }
    runGroups(frame, operation, panel, panel, groups, apart, length, VECTOR);
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
    rows -= batch;
  }
}

function runEach(frame: usize, operation: i32, src: usize, dst: usize, rows: usize, length: usize): void {
  const bytes = length * 4;
  const most = min(AT_ONCE / ((length + 3) / 4), MAX_GROUPS);
  const result = operation & PER_LANE ? partsBytes(operation) || 4 : bytes;
  while (rows) {
    const batch = min(rows, most);
    runGroups(frame, operation, src, dst, batch, bytes, length, 0);
    giveParts(4, frame + GROUPS, operation, dst, partsBytes(operation), 1, batch);
    src += batch * bytes;
    dst += batch * result;
    rows -= batch;
  }
}

/** The groups are as `group.ts` has them, at `src` and, with their results, at `dst`; a step is VECTOR. */
function runGroups(
  frame: usize,
  operation: i32,
  src: usize,
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
  let terms = frame + PANEL_OTHER;
  const isLogarithm = (operation & LOGARITHM) !== 0;
  for (let group = first; group < end; group += RECORD) {
    let max = maxOf<f32>(from, length, step);
    if (isRow) max = joinMax<f32>(max);
    v128.store(group, max, MAX);
    anchor(frame, group, max);
    if (part) v128.store(frame, loadPart<f32>(from + count * VECTOR, part), TAIL);
    const general = isGeneral(frame, group);
    if (isLogarithm) {
      if (general) reduce<Yes, Yes>(frame, group, from, vectors, part);
      else reduce<No, Yes>(frame, group, from, vectors, part);
      if (isRow) sumRow<No>(frame, group, terms, vectors);
      else sumColumns<No>(frame, group, terms, vectors);
      divideByTop(group, isRow);
    } else {
      if (general) reduce<Yes, No>(frame, group, from, vectors, part);
      else reduce<No, No>(frame, group, from, vectors, part);
      if (isRow) sumRow<Yes>(frame, group, terms, vectors);
      else sumColumns<Yes>(frame, group, terms, vectors);
      terms += vectors * 2 * VECTOR;
    }
    from += apart;
  }
  from = src;
  let to = dst;
  if (isLogarithm) {
    for (let group = first; group < end; group += RECORD) takeLogarithms(frame, group, isRow);
    if (operation === LOG_SUM_EXP) {
      for (let group = first; group < end; group += RECORD) {
        const value = logSumExpOf<f32>(frame, group, from, length, step);
        if (isRow) store<f32>(to, f32x4.extract_lane(value, 0));
        else v128.store(to, value);
        from += apart;
        to += isRow ? 4 : VECTOR;
      }
    } else if (operation === LOG_SOFTMAX) {
      const inverse = v128.load(frame, INVERSE_F64);
      for (let group = first; group < end; group += RECORD) {
        shift(group, inverse, from, to, count, part);
        from += apart;
        to += apart;
      }
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
    scale(group, terms, to, count, part);
    terms += vectors * 2 * VECTOR;
    to += apart;
  }
}

function anchor(frame: usize, group: usize, max: v128): void {
  const near = f32x4.lt(f32x4.abs(f32x4.mul(max, v128.load(frame, INVERSE))), v128.load(frame, LIMIT));
  const z = v128.and(max, near);
  const steps = f32x4.nearest(f32x4.mul(z, v128.load(frame, PER_STEP)));
  const lowest = f32x4.sub(v128.load(frame, DEPTH), steps);
  v128.store(group, v128.andnot(max, near), SHIFT);
  v128.store(group, f32x4.sub(v128.load(frame, ROUNDER), steps), MAGIC);
  v128.store(
    group,
    f32x4.mul(lowest, f32x4.add(v128.load(frame, STEP_HIGH), v128.load(frame, STEP_LOW))),
    LOWEST,
  );
}

function isGeneral(frame: usize, group: usize): bool {
  return v128.any_true(v128.load(group, SHIFT)) || load<f32>(frame, INVERSE) !== 1;
}

function polynomial(r: v128, r2: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128): v128 {
  return madd<f32>(madd<f32>(c6, r2, madd<f32>(c5, r, c4)), r2, madd<f32>(c3, r, c2));
}

/** Leaves the power of two of each term, and e^r − 1 in two parts; 0 for the maxima, of `Others`. */
function reduce<General, Others>(frame: usize, group: usize, src: usize, count: usize, part: usize): void {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const inverse = v128.load(frame, INVERSE);
  let stepLow = v128.load(frame, STEP_LOW);
  if (is<General>()) stepLow = f32x4.mul(stepLow, inverse);
  const offset = v128.load(group, SHIFT);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
  const max = v128.load(group, MAX);
  const c2 = v128.load(frame, COEFFICIENTS);
  const c3 = v128.load(frame, COEFFICIENTS + 1 * VECTOR);
  const c4 = v128.load(frame, COEFFICIENTS + 2 * VECTOR);
  const c5 = v128.load(frame, COEFFICIENTS + 3 * VECTOR);
  const c6 = v128.load(frame, COEFFICIENTS + 4 * VECTOR);
  let ties = i32x4.splat(0);
  let at = frame + STAGE;
  for (; count; --count) {
    let z = v128.load(count === 1 && part !== 0 ? frame + TAIL : src);
    let isMax = ties;
    if (is<Others>()) {
      isMax = f32x4.eq(z, max);
      ties = i32x4.sub(ties, isMax);
    }
    if (is<General>()) z = f32x4.sub(z, offset);
    let dropped = isMax;
    if (is<Others>()) dropped = v128.or(isMax, f32x4.le(z, lowest));
    z = f32x4.pmax(z, lowest); // in this order NaN passes
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    let high = madd<f32>(n, stepHigh, z);
    if (is<General>()) high = f32x4.mul(high, inverse);
    const low = f32x4.mul(n, stepLow);
    const r = f32x4.add(high, low);
    const r2 = f32x4.mul(r, r);
    const rest = madd<f32>(r2, polynomial(r, r2, c2, c3, c4, c5, c6), low);
    let power = i32x4.shl(biased, 23);
    if (is<Others>()) power = v128.andnot(power, dropped);
    v128.store(at, power);
    v128.store(at, high, VECTOR);
    v128.store(at, rest, 2 * VECTOR);
    at += STAGED;
    src += VECTOR;
  }
  if (is<Others>()) {
    v128.store(group, ties, TIES);
    // The term of the maxima.
    let z = max;
    if (is<General>()) z = f32x4.sub(z, offset);
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    let high = madd<f32>(n, stepHigh, z);
    if (is<General>()) high = f32x4.mul(high, inverse);
    const low = f32x4.mul(n, stepLow);
    const r = f32x4.add(high, low);
    const r2 = f32x4.mul(r, r);
    const rest = madd<f32>(r2, polynomial(r, r2, c2, c3, c4, c5, c6), low);
    const power = i32x4.shl(biased, 23);
    for (let half = 0; half < 2; ++half) {
      const scale = widen<f32>(power, half);
      const t = f64x2.add(widen<f32>(high, half), widen<f32>(rest, half));
      v128.store(group + half * VECTOR, madd<f64>(scale, t, scale), TOPS);
    }
  }
}

/** Two of the terms of what `reduce` has left at `at`. */
function term(at: usize): v128 {
  const scale = f64x2.promote_low_f32x4(v128.load64_zero(at));
  const high = f64x2.promote_low_f32x4(v128.load64_zero(at, VECTOR));
  const rest = f64x2.promote_low_f32x4(v128.load64_zero(at, 2 * VECTOR));
  return madd<f64>(scale, f64x2.add(high, rest), scale);
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
  const pairs = f64x2.add(sum, second);
  v128.store(group, f64x2.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0)), SUMS);
}

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

function scale(group: usize, terms: usize, dst: usize, count: usize, part: usize): void {
  const factor = v128.load(group, SUMS);
  const second = v128.load(group, SUMS + VECTOR);
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
