/**
 * Short rows of f32: the argument of the exponential in f32, as in `exp.ts`; terms and sums in f64.
 *
 *   softmax = term · (1 / Σ terms);  `shortLogarithm.ts` has log-softmax and log-sum-exp, `shortGradient.ts` the gradients
 *
 * f64 has bits to spare, so nothing is compensated and no term is nudged. The bounds are those of `scale.ts`, `shift.ts`
 * and `gradient.ts`. The largest errors of some 10^7 random results were 0.84 ulp (softmax), 0.76 ulp (log-softmax) and
 * 0.56 ulp (log-sum-exp).
 *
 * A row has the same bits by itself and beside three others: see `shortSums.ts`. By itself it takes the shorter way of
 * `shortRow.ts`.
 */
import {
  CROSS_ENTROPY_TARGETS_GRAD,
  LOGARITHM,
  LOGITS_ALONE,
  NORMALIZED_SOFTMAX,
  PROBABILITIES,
  SOFTMAX,
} from "./abi";
import {
  GROUPS,
  LANE_SECOND,
  MAX,
  MAX_GROUPS,
  PANEL_OTHER,
  PANEL_VECTORS,
  RECORD,
  TAIL,
  TOTAL,
} from "./frame";
import { joinMax, maxOf } from "./max";
import { multiplyShort } from "./shortGradient";
import { divideByTop, finishLogarithms, takeLogarithms } from "./shortLogarithm";
import { SUMS, sumShort } from "./shortSums";
import { anchorShort, reduceShort } from "./shortTerms";
import { takeTotal } from "./total";
import { loadPart, narrow, storePart, tailOf, VECTOR, wholeVectors } from "./vectors";

/** Rows of up to this many elements are short. */
const LONGEST: usize = 256;
/** The same for f64: beyond, rows side by side take the other way in less time. */
const LONGEST_F64: usize = 24;
/** Vectors of rows that are computed at once: the panel of the second operand holds their terms, two vectors for each. */
export const SHORT_VECTORS: usize = PANEL_VECTORS / 2;

/** Whether this file has the operation for rows of `length` elements of `size` bytes; or `shortF64.ts`, for f64. */
export function hasShortKernel(size: usize, operation: i32, length: usize): bool {
  if (size === 8) return length <= LONGEST_F64 && (operation & LOGITS_ALONE) !== 0;
  if (length > LONGEST) return false;
  return operation & LOGITS_ALONE || (operation & PROBABILITIES && operation !== NORMALIZED_SOFTMAX);
}

/** How many groups of `vectors` vectors are computed at once. */
export function mostShort(vectors: usize): usize {
  return min(SHORT_VECTORS / vectors, MAX_GROUPS);
}

/** The groups are as `runPasses` of `group.ts` has them. A step is VECTOR: lanes side by side are in the panel. */
export function runShort(
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
  terms = frame + PANEL_OTHER;
  if (operation !== SOFTMAX) {
    for (let group = first; group < end; group += RECORD) {
      multiplyShort(frame, group, operation, other, terms, to, count, part, step);
      terms += vectors * 2 * VECTOR;
      other += apart;
      to += apart;
    }
    return;
  }
  for (let group = first; group < end; group += RECORD) invertSums(group, isRow);
  for (let group = first; group < end; group += RECORD) {
    scale(v128.load(group, SUMS), v128.load(group, SUMS + VECTOR), terms, to, count, part);
    terms += vectors * 2 * VECTOR;
    to += apart;
  }
}

/** SUMS becomes 1 / Σ terms. */
function invertSums(group: usize, isRow: bool): void {
  const one = f64x2.splat(1);
  const factor = f64x2.div(one, v128.load(group, SUMS));
  v128.store(group, factor, SUMS);
  v128.store(group, isRow ? factor : f64x2.div(one, v128.load(group, SUMS + VECTOR)), SUMS + VECTOR);
}

/** The terms of a vector are two vectors: the first of them times `factor`, the other times `second`. */
export function scale(factor: v128, second: v128, terms: usize, dst: usize, count: usize, part: usize): void {
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
