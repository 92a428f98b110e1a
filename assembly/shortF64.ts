/**
 * Short rows of f64, by themselves or side by side. A term is relative to the maximum itself, and takes along what
 * rounding takes off the difference:
 *
 *   z + e = x − max,  e^((x − max) / T) = 2^n · (1 + high + rest)
 *
 * So the term of the maximum is exactly 1: nothing is anchored or nudged, ties share exactly, and p is at most 1. Terms
 * have two parts, and the sums are compensated (Knuth), so where one term dominates nothing is summed again. Element k
 * goes to sum k mod 4. Terms are held as 2^512 · e^z, so that none is subnormal; those that are cut off are 0.
 *
 * The bounds are those of `scale.ts` and `shift.ts`. The largest errors of some 10^6 random results were 0.74 ulp (softmax,
 * relaxed), 1.12 ulp (softmax, simd), 1.16 ulp (log-softmax) and 1.14 ulp (log-sum-exp).
 */
import { LOG_SUM_EXP_PARTS, LOGARITHM, SOFTMAX } from "./abi";
import { lost, remainder } from "./exact";
import { is, No, Yes } from "./flags";
import {
  ABOVE,
  COPY,
  CUT,
  EXPONENT,
  FACTOR,
  FACTOR_LOW,
  GROUPS,
  INVERSE,
  INVERSE_LOW,
  MAX,
  NORMALIZER,
  OTHERS,
  OTHERS_LOW,
  PANEL_OTHER,
  PER_STEP,
  RECORD,
  ROUNDER,
  STAGE,
  STAGED,
  STEP_HIGH,
  STEP_LOW,
  SUM,
  SUM_LOW,
  UNBIAS,
} from "./frame";
import { finishTerms } from "./group";
import { keepOthers, takeLogarithm } from "./logarithm";
import { joinMax, maxOf } from "./max";
import { giveParts, resultBytes } from "./numbers";
import { growthFrom, power } from "./polynomial";
import { joinFour, joinTwo } from "./sum";
import { madd, VECTOR } from "./vectors";

/** Of the record of a group: how many elements are the maximum, as i64. */
const TIES: usize = NORMALIZER;

/** A row of `length` elements by itself, to `dst`, which may be `src`. */
export function runOneF64(frame: usize, operation: i32, src: usize, dst: usize, length: usize): void {
  const copy = frame + COPY;
  memory.copy(copy, src, length * 8);
  runRowF64(frame, operation, copy, length);
  if (operation === LOG_SUM_EXP_PARTS) giveParts(8, frame + GROUPS, operation, dst, 0, 1, 1);
  else memory.copy(dst, copy, resultBytes(8, operation, length));
}

/** The same in place; parts stay in the record. What follows the row in its last vector is overwritten. */
export function runRowF64(frame: usize, operation: i32, at: usize, length: usize): void {
  if (length & 1) store<f64>(at + length * 8, -Infinity);
  runShortF64(frame, operation, at, at, 1, 0, (length + 1) / 2, true);
}

/**
 * Groups of `count` vectors, one after the other, as `runPasses` of `group.ts` has them. The elements of a vector are of one
 * row if it `isRow`, else each of another.
 */
export function runShortF64(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  groups: usize,
  apart: usize,
  count: usize,
  isRow: bool,
): void {
  const first = frame + GROUPS;
  const end = first + groups * RECORD;
  const isLogarithm = (operation & LOGARITHM) !== 0;
  let from = src;
  let rests = frame + PANEL_OTHER;
  for (let group = first; group < end; group += RECORD) {
    let max = maxOf<f64>(from, count, VECTOR);
    if (isRow) max = joinMax<f64>(max);
    v128.store(group, max, MAX);
    reduce(frame, group, max, from, count, isLogarithm);
    grow(frame, count);
    if (isLogarithm) sum<No>(frame, group, 0, 0, count, isRow);
    else sum<Yes>(frame, group, from, rests, count, isRow);
    from += apart;
    rests += apart;
  }
  for (let group = first; group < end; group += RECORD) {
    if (isLogarithm) {
      takeOthers(frame, group, isRow);
      if (operation === LOG_SUM_EXP_PARTS) keepOthers<f64>(group);
      takeLogarithm<f64>(frame, group);
    } else {
      takeFactor(frame, group);
    }
  }
  if (operation === SOFTMAX) {
    scale(frame, first, end, src, dst, apart, count);
  } else {
    const length = isRow ? count * 2 : count;
    finishTerms<f64>(frame, operation, first, end, src, 0, dst, apart, length, isRow ? 0 : VECTOR);
  }
}

/**
 * The first of three stages: leaves 2^n, high, and what is added to rest. If `others`, 2^n of the maxima becomes 0, and the
 * record gets TIES.
 */
function reduce(frame: usize, group: usize, max: v128, src: usize, count: usize, others: bool): void {
  if (load<f64>(frame, INVERSE) === 1) {
    if (others) reduceTo<No, Yes>(frame, group, max, src, count);
    else reduceTo<No, No>(frame, group, max, src, count);
  } else if (others) reduceTo<Yes, Yes>(frame, group, max, src, count);
  else reduceTo<Yes, No>(frame, group, max, src, count);
}

function reduceTo<General, Others>(frame: usize, group: usize, max: v128, src: usize, count: usize): void {
  const cut = v128.load(frame, CUT);
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const rounder = v128.load(frame, ROUNDER);
  const inverse = v128.load(frame, INVERSE);
  const inverseLow = v128.load(frame, INVERSE_LOW);
  const minusMax = f64x2.neg(max);
  let at = frame + STAGE;
  let ties = i64x2.splat(0);
  for (; count; --count) {
    const x = v128.load(src);
    let z = f64x2.add(x, minusMax);
    const isKept = f64x2.gt(z, cut);
    const e = v128.and(lost(minusMax, x, z), isKept);
    z = f64x2.pmax(z, cut); // in this order NaN passes
    const biased = madd<f64>(z, perStep, rounder);
    const n = f64x2.sub(biased, rounder);
    let high = madd<f64>(n, stepHigh, z);
    let low = madd<f64>(n, stepLow, e);
    if (is<General>()) {
      low = madd<f64>(high, inverseLow, f64x2.mul(low, inverse));
      high = f64x2.mul(high, inverse);
    }
    let scale = v128.and(power<f64>(biased), isKept);
    if (is<Others>()) {
      const isMax = f64x2.eq(x, max);
      ties = i64x2.sub(ties, isMax);
      scale = v128.andnot(scale, isMax);
    }
    v128.store(at, scale);
    v128.store(at, high, VECTOR);
    v128.store(at, low, 2 * VECTOR);
    at += STAGED;
    src += VECTOR;
  }
  if (is<Others>()) v128.store(group, ties, TIES);
}

/** The second stage: rest, in the place of what is added to it. */
function grow(frame: usize, count: usize): void {
  let at = frame + STAGE;
  for (; count; --count) {
    v128.store(at, growthFrom(frame, v128.load(at, VECTOR), v128.load(at, 2 * VECTOR)), 2 * VECTOR);
    at += STAGED;
  }
}

/** The last stage: SUM and SUM_LOW. What is `Stored` goes to `dst`, as high + rest, and to `scales`, as 2^n. */
function sum<Stored>(frame: usize, group: usize, dst: usize, rests: usize, count: usize, isRow: bool): void {
  const zero = f64x2.splat(0);
  let at = frame + STAGE;
  // Above all terms. The others of a maximum may be too small to start there.
  const start = is<Stored>() ? v128.load(frame, ABOVE) : zero;
  let s0 = start;
  let s1 = start;
  let s2 = start;
  let s3 = start;
  let l0 = zero;
  let l1 = zero;
  let l2 = zero;
  let l3 = zero;
  for (; count; --count) {
    const scale = v128.load(at);
    const high = v128.load(at, VECTOR);
    const rest = v128.load(at, 2 * VECTOR);
    const term = madd<f64>(scale, f64x2.add(high, rest), scale);
    const termLow = madd<f64>(scale, rest, madd<f64>(scale, high, f64x2.sub(scale, term)));
    if (is<Stored>()) {
      v128.store(dst, term);
      v128.store(rests, termLow);
      dst += VECTOR;
      rests += VECTOR;
    }
    const next = f64x2.add(s0, term);
    const taken = f64x2.sub(next, s0);
    let left = f64x2.sub(term, taken);
    if (!is<Stored>()) left = f64x2.add(left, f64x2.sub(s0, f64x2.sub(next, taken)));
    const low = f64x2.add(l0, f64x2.add(left, termLow));
    // A vector of a row has elements of two sums.
    s0 = s1;
    l0 = l1;
    s1 = isRow ? next : s2;
    l1 = isRow ? low : l2;
    s2 = s3;
    l2 = l3;
    s3 = next;
    l3 = low;
    at += STAGED;
  }
  if (is<Stored>()) {
    s0 = f64x2.sub(s0, start);
    s1 = f64x2.sub(s1, start);
    s2 = f64x2.sub(s2, start);
    s3 = f64x2.sub(s3, start);
  }
  // It makes no difference which of the sums is the first one.
  if (isRow) {
    joinTwo(group, s0, l0, s1, l1);
  } else {
    joinFour<f64>(group, s0, l0, s1, l1, s2, l2, s3, l3);
  }
}

/** FACTOR = 1 / Σ terms, and FACTOR_LOW, what it lacks of that. */
function takeFactor(frame: usize, group: usize): void {
  const one = f64x2.splat(1);
  const sum = f64x2.mul(v128.load(group, SUM), v128.load(frame, UNBIAS));
  const low = f64x2.mul(v128.load(group, SUM_LOW), v128.load(frame, UNBIAS));
  const factor = f64x2.div(one, sum);
  const rest = ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_nmadd(factor, sum, one) : remainder(one, factor, sum);
  v128.store(group, factor, FACTOR);
  const lacking = f64x2.sub(rest, f64x2.mul(low, factor));
  v128.store(group, f64x2.mul(lacking, factor), FACTOR_LOW);
}

/** OTHERS = TIES − 1 + SUM, and OTHERS_LOW. */
function takeOthers(frame: usize, group: usize, isRow: bool): void {
  const sum = f64x2.mul(v128.load(group, SUM), v128.load(frame, UNBIAS));
  const low = f64x2.mul(v128.load(group, SUM_LOW), v128.load(frame, UNBIAS));
  let ties = v128.load(group, TIES);
  if (isRow) ties = i64x2.add(ties, v128.shuffle<i64>(ties, ties, 1, 0));
  const bias = v128.load(frame, EXPONENT); // 2^52
  const equal = f64x2.sub(f64x2.sub(v128.or(ties, bias), bias), f64x2.splat(1));
  const others = f64x2.add(equal, sum);
  v128.store(group, others, OTHERS);
  v128.store(group, f64x2.add(lost(equal, sum, others), low), OTHERS_LOW);
}

/** The last pass of softmax, from what `sum` has stored. */
function scale(
  frame: usize,
  group: usize,
  end: usize,
  src: usize,
  dst: usize,
  apart: usize,
  count: usize,
): void {
  const unbias = v128.load(frame, UNBIAS);
  let rests = frame + PANEL_OTHER;
  for (; group < end; group += RECORD) {
    const factor = v128.load(group, FACTOR);
    const factorLow = v128.load(group, FACTOR_LOW);
    for (let k: usize = 0; k < count * VECTOR; k += VECTOR) {
      const term = v128.load(src + k);
      const low = madd<f64>(term, factorLow, f64x2.mul(v128.load(rests + k), factor));
      v128.store(dst + k, f64x2.mul(madd<f64>(term, factor, low), unbias));
    }
    src += apart;
    rests += apart;
    dst += apart;
  }
}
