/**
 * What the phases of a long lane do: on a piece of a group, which is a row or lanes side by side, and where the pieces come
 * together. A chunk of a group has a record, into which its pieces go one after the other, and the group has one. Both are laid
 * out as those of frame.ts.
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
import { anchor } from "./anchor";
import { addEntropy, finishEntropy } from "./entropy";
import { weighPiece } from "./exp";
import {
  ALONE,
  GROUPS,
  INVALID,
  LANE,
  MAX,
  RECORD,
  REST,
  SIZE,
  START,
  SUM,
  SUM_LOW,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { finishProducts, labelResults, leaveOutLabels } from "./gradient";
import { finishTerms, settleTerms, takeTerms } from "./group";
import { leaveOutTop, startNear, takeLogarithm } from "./logarithm";
import { addLogs, centre, divide, takeGivenReference, takeMean } from "./logRatio";
import { joinMax, maxOf } from "./max";
import { anchorNormalized, factorOf, normalizePiece } from "./normalized";
import { takeReference } from "./ratio";
import { invalidOf, isInfinite, logSumExpBeside } from "./shift";
import { addSums } from "./sum";
import { addProducts, addTotal, clearTotal, joinTotal, settleTotal } from "./total";
import { VECTOR } from "./vectors";
import { finishPull } from "./vjp";
import { anchorWeighted, finishWeighted, raiseWeightedMax } from "./weighted";
import { SIGNS } from "./weightedSums";

/** What a chunk sums up: from here to the end of its record. */
const SUMS: usize = TOTAL;

/** Phase 0: the maximum of a piece, and the sum of what its second operand has to do with the result. */
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

/** Phase 1: what the lanes are relative to, from their chunks; their numbers are in `lanes`. */
export function anchorLanes<T extends number>(
  frame: usize,
  operation: i32,
  step: usize,
  chunks: usize,
  end: usize,
  lanes: usize,
): void {
  if (operation === ALR) {
    takeGivenReference<T>(lanes);
    return;
  }
  let max = v128.load(chunks, MAX);
  let signs = v128.load(chunks, SIGNS);
  clearTotal(lanes);
  for (let chunk = chunks; chunk < end; chunk += RECORD) {
    max = v128.pmax<T>(max, v128.load(chunk, MAX));
    signs = v128.or(signs, v128.load(chunk, SIGNS));
    addTotals(lanes, chunk);
  }
  settleTotal<T>(lanes, !step);
  v128.store(lanes, step ? max : joinMax<T>(max), MAX);
  if (operation === LOG_SOFTMAX_VJP) {
    // prepareVjp has anchored what is in the frame.
    memory.copy(lanes, frame + GROUPS, TOTAL);
  } else if (operation === WEIGHTED_PARTS) {
    v128.store(lanes, signs, SIGNS);
    anchorWeighted<T>(frame, lanes);
  } else if (operation === NORMALIZED_SOFTMAX) {
    anchorNormalized<T>(frame, lanes);
    factorOf<T>(frame, lanes);
  } else if (operation === CLR) {
    takeReference<T>(lanes, v128.load(lanes, MAX));
  } else if (!(operation & OWN_PASSES)) {
    anchor<T>(frame, lanes);
    v128.store(lanes, i8x16.splat(isAlone<T>(v128.load(lanes, MAX), chunks, end) ? -1 : 0), ALONE);
  }
}

/** Whether no two chunks hold the maximum: else no element dominates. */
function isAlone<T extends number>(max: v128, chunks: usize, end: usize): bool {
  let holding = 0;
  for (; chunks < end; chunks += RECORD) {
    if (v128.any_true(v128.eq<T>(v128.load(chunks, MAX), max))) ++holding;
  }
  return holding < 2;
}

/** Of f64 the second vector of each is 0. */
function addTotals(lanes: usize, chunk: usize): void {
  for (let half = 0; half < 2; ++half) {
    const from = chunk + half * VECTOR;
    addTotal(lanes + half * VECTOR, v128.load(from, TOTAL), v128.load(from, TOTAL_LOW));
  }
}

/**
 * Phase 2: the terms of a piece and their sums; softmax and what follows from it store them, and so does clr of f64.
 *
 * The terms of a chunk are summed from a START near the largest of them, not near that of the lane: so their sum has digits of
 * its own. Where logarithms are taken that goes for each piece of the chunk with the maximum of the lane. So where that
 * dominates the lane, its piece is all that has to be summed again without it.
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
    memory.fill(chunk + SUMS, 0, RECORD - SUMS);
    v128.store(chunk, v128.splat<T>(<T>0), SUM);
    v128.store(chunk, v128.splat<T>(<T>0), SUM_LOW);
  }
  const group = frame + GROUPS;
  memory.copy(group, lanes, RECORD);
  if (operation & OWN_PASSES) {
    memory.copy(group + SUMS, chunk + SUMS, RECORD - SUMS);
    if (operation === ENTROPY) addEntropy<T>(frame, group, src, count, step);
    else if (operation === WEIGHTED_PARTS) weighPiece<T>(frame, group, src, other, count, step);
    else addLogs<T>(frame, group, src, dst, count, step);
    memory.copy(chunk + SUMS, group + SUMS, RECORD - SUMS);
    return;
  }
  let max = v128.load(chunk, MAX);
  const isTop = v128.and(v128.eq<T>(max, v128.load(group, MAX)), v128.load(group, ALONE));
  const hasTop = operation & LOGARITHM && v128.any_true(isTop);
  if (hasTop) max = maxOf<T>(src, count, step);
  let start = startNear<T>(frame, group, max);
  // 2^-78: what such a sum leaves to its low part is not subnormal yet.
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

/** Phase 3: from the sums of the chunks to what the last pass takes, or to the results, which it returns. */
export function joinSums<T extends number>(
  frame: usize,
  operation: i32,
  length: f64,
  step: usize,
  chunks: usize,
  end: usize,
  lanes: usize,
): v128 {
  if (operation & OWN_PASSES) {
    joinOwnSums(operation, chunks, end, lanes);
    if (operation === ENTROPY) return finishEntropy<T>(frame, lanes, !step);
    if (operation === WEIGHTED_PARTS) {
      finishWeighted<T>(lanes, !step);
    } else {
      if (!step) joinTotal<T>(lanes + TOTAL);
      takeMean<T>(lanes, length);
    }
    return v128.splat<T>(<T>0);
  }
  addSums<T>(lanes, chunks, end);
  let invalid = v128.load(chunks, INVALID);
  for (let chunk = chunks + RECORD; chunk < end; chunk += RECORD) {
    invalid = v128.or(invalid, v128.load(chunk, INVALID));
  }
  // The first chunk collects them.
  addSums<T>(chunks + REST - SUM, chunks + RECORD + REST - SUM, end + REST - SUM);
  settleTerms<T>(frame, operation, lanes, lanes + RECORD, 0, 0, 0, 0, step, chunks + REST);
  if (!(operation & LOGARITHM)) return invalid;
  takeLogarithm<T>(frame, lanes);
  return logSumExpBeside<T>(lanes, invalid, step);
}

/** Sums in two parts, and what they are counted by. They lie alike in all records: those of entropy are named in frame.ts. */
function joinOwnSums(operation: i32, chunks: usize, end: usize, lanes: usize): void {
  memory.fill(lanes + SUMS, 0, RECORD - SUMS);
  for (; chunks < end; chunks += RECORD) {
    addTotals(lanes, chunks);
    addTotals(lanes + LANE - TOTAL, chunks + LANE - TOTAL);
    for (let half = 0; half < 2; ++half) {
      const at = lanes + half * VECTOR;
      const size = v128.load(at, SIZE);
      const more = v128.load(chunks + half * VECTOR, SIZE);
      v128.store(at, operation === ENTROPY ? i64x2.add(size, more) : f64x2.add(size, more), SIZE);
    }
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
    // Of which it keeps more in the record.
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

/** Phase 5: the results at the labels. */
export function joinLabels<T extends number>(
  frame: usize,
  step: usize,
  chunks: usize,
  end: usize,
  lanes: usize,
): v128 {
  clearTotal(lanes);
  for (; chunks < end; chunks += RECORD) addTotals(lanes, chunks);
  settleTotal<T>(lanes, !step);
  return labelResults<T>(frame, lanes);
}
