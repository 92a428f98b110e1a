/**
 * The phases of a long lane that go over the pieces of a group, which is a row or lanes side by side. Each chunk of a
 * group has a record, to which its pieces add one after the other; the group has one too, at `lanes`. Both are laid out
 * as `frame.ts` says. `joins.ts` has the phases between these.
 */
import {
  ALR,
  CLR,
  CROSS_ENTROPY_GRAD,
  CROSS_ENTROPY_TARGETS_GRAD,
  ENTROPY,
  LOG_SOFTMAX_VJP,
  LOG_SUM_EXP,
  LOGARITHM,
  NORMALIZED_SOFTMAX,
  OWN_PASSES,
  SOFTMAX,
  SOFTMAX_VJP,
  WEIGHTED_PARTS,
} from "./abi";
import { divide } from "./alr";
import { addLogs, centre } from "./clr";
import { addEntropy } from "./entropy";
import { weighPiece } from "./exp";
import { ALONE, GROUPS, INVALID, MAX, RECORD, REST, START, SUM, SUM_LOW, TOTAL } from "./frame";
import { finishProducts, leaveOutLabels } from "./gradient";
import { finishTerms, takeTerms } from "./group";
import { maxOf } from "./max";
import { normalizePiece } from "./normalized";
import { leaveOutTop, startNear } from "./others";
import { invalidOf, isInfinite } from "./shift";
import { addSums } from "./sum";
import { addProducts, clearTotal } from "./total";
import { finishPull } from "./vjp";
import { raiseWeightedMax } from "./weighted";

/** The sums of a chunk: from here to the end of its record. */
export const CHUNK_SUMS: usize = TOTAL;

/** Phase 0: the maximum of a piece, and the sum of its second operand or of the products with it. */
export function lookAt<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  count: usize,
  step: usize,
  chunk: usize,
  begins: bool,
): void {
  if (begins) {
    memory.fill(chunk, 0, RECORD);
    v128.store(chunk, v128.splat<T>(<T>-Infinity), MAX);
  }
  if (operation === WEIGHTED_PARTS) raiseWeightedMax<T>(frame, chunk, src, other, count, step);
  else if (operation === SOFTMAX_VJP) addProducts<T>(frame, chunk, src, other, count, step);
  else if (operation === LOG_SOFTMAX_VJP) addProducts<T>(frame, chunk, 0, other, count, step);
  else {
    v128.store(chunk, v128.pmax<T>(v128.load(chunk, MAX), maxOf<T>(src, count, step)), MAX);
    if (operation === CROSS_ENTROPY_TARGETS_GRAD) addProducts<T>(frame, chunk, 0, other, count, step);
  }
}

/**
 * Phase 2: the terms of a piece and their sums. Softmax and the gradients store the terms, and clr of f64 its logarithms.
 *
 * The sum of a chunk begins at a START near the largest term of the chunk, not near that of the lane, so it has digits
 * of its own. In the chunk that holds the maximum of the lane, operations that take the logarithm do this for each
 * piece. So where the maximum dominates the lane, only the piece that holds it is summed again without it.
 */
export function sumPiece<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
  step: usize,
  chunk: usize,
  lanes: usize,
  begins: bool,
): void {
  if (begins) {
    memory.fill(chunk + CHUNK_SUMS, 0, RECORD - CHUNK_SUMS);
    v128.store(chunk, v128.splat<T>(<T>0), SUM);
    v128.store(chunk, v128.splat<T>(<T>0), SUM_LOW);
  }
  const group = frame + GROUPS;
  memory.copy(group, lanes, RECORD);
  if (operation & OWN_PASSES) {
    memory.copy(group + CHUNK_SUMS, chunk + CHUNK_SUMS, RECORD - CHUNK_SUMS);
    if (operation === ENTROPY) addEntropy<T>(frame, group, src, count, step);
    else if (operation === WEIGHTED_PARTS) weighPiece<T>(frame, group, src, other, count, step);
    else addLogs<T>(frame, group, src, dst, count, step);
    memory.copy(chunk + CHUNK_SUMS, group + CHUNK_SUMS, RECORD - CHUNK_SUMS);
    return;
  }
  let max = v128.load(chunk, MAX);
  const isTop = v128.and(v128.eq<T>(max, v128.load(group, MAX)), v128.load(group, ALONE));
  const hasTop = operation & LOGARITHM && v128.any_true(isTop);
  if (hasTop) max = maxOf<T>(src, count, step);
  let start = startNear<T>(frame, group, max);
  // At least 2^-78: below that, the low part of the sum would be subnormal.
  if (sizeof<T>() === 4) start = f32x4.pmax(start, f32x4.splat(reinterpret<f32>(0x18800000)));
  v128.store(group, start, START);
  takeTerms<T>(frame, operation, group, group + RECORD, src, dst, 0, count, step);
  addSums<T>(chunk, group, group + RECORD);
  if (!(operation & LOGARITHM)) return;
  if (hasTop) leaveOutTop<T>(frame, group, max, src, count, step);
  addSums<T>(chunk + REST - SUM, group, group + RECORD);
  if (operation === LOG_SUM_EXP && v128.any_true(isInfinite<T>(v128.load(lanes, MAX)))) {
    const invalid = invalidOf<T>(frame, src, count, step);
    v128.store(chunk, v128.or(v128.load(chunk, INVALID), invalid), INVALID);
  }
}

/** Phase 4: the results of a piece that begins at element `first`. */
export function finishPiece<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  first: f64,
  count: usize,
  step: usize,
  chunk: usize,
  lanes: usize,
  begins: bool,
): void {
  if (operation === NORMALIZED_SOFTMAX) {
    normalizePiece<T>(frame, lanes, src, dst, count, step);
  } else if (operation === ALR) {
    divide<T>(frame, lanes, src, dst, count, step);
  } else if (operation === CLR) {
    centre<T>(frame, lanes, src, dst, count, step);
  } else if (operation & OWN_PASSES) {
    // In a record of the frame, because the log-softmax VJP writes to it.
    const group = frame + GROUPS;
    memory.copy(group, lanes, RECORD);
    finishPull<T>(frame, group, operation, src, other, dst, count, step);
  } else if (operation === CROSS_ENTROPY_GRAD) {
    if (begins) clearTotal(chunk);
    finishTerms<T>(frame, SOFTMAX, lanes, lanes + RECORD, src, 0, dst, 0, count, step);
    leaveOutLabels<T>(frame, lanes, dst, count, step, first);
    addProducts<T>(frame, chunk, 0, dst, count, step);
    finishProducts<T>(frame, lanes, operation, 0, dst, count, step);
  } else {
    finishTerms<T>(frame, operation, lanes, lanes + RECORD, src, other, dst, 0, count, step);
  }
}
