/**
 * The phases of a long lane between those of `pieces.ts`. Each brings together the records of the chunks of a group,
 * from `chunks` to `end`, in the record of the group, at `lanes`.
 */
import {
  ALR,
  CLR,
  ENTROPY,
  LOG_SOFTMAX_VJP,
  LOGARITHM,
  NORMALIZED_SOFTMAX,
  OWN_PASSES,
  PER_LANE,
  WEIGHTED_PARTS,
} from "./abi";
import { takeGivenReference } from "./alr";
import { anchor } from "./anchor";
import { takeMean } from "./clr";
import { finishEntropy } from "./entropy";
import {
  ALONE,
  CHUNK_RECORDS,
  GROUPS,
  INVALID,
  LANE,
  MAX,
  RECORD,
  REST,
  SIZE,
  SUM,
  TOTAL,
  TOTAL_LOW,
} from "./frame";
import { labelResults } from "./gradient";
import { chunksOf } from "./grid";
import { settleTerms } from "./group";
import { takeLogarithm } from "./logarithm";
import { joinMax } from "./max";
import { anchorNormalized, factorOf } from "./normalized";
import { giveParts, numberBytes, partsBytes, takeNumbers } from "./numbers";
import { CHUNK_SUMS } from "./pieces";
import { takeReference } from "./ratio";
import { logSumExpBeside } from "./shift";
import { addSums } from "./sum";
import { addTotal, clearTotal, joinTotal, settleTotal } from "./total";
import { VECTOR } from "./vectors";
import { anchorWeighted, finishWeighted } from "./weighted";
import { SIGNS } from "./weightedSums";

/** Phase 1, 3 or 5. Results go to `dst`, one after the other. */
export function join(
  size: usize,
  frame: usize,
  phase: i32,
  operation: i32,
  dst: usize,
  length: f64,
  inner: usize,
  columns: usize,
  numbers: usize,
  records: usize,
): void {
  const width = VECTOR / size;
  const lanes = records + CHUNK_RECORDS * RECORD;
  const isRow = inner === 1;
  const groups: usize = isRow ? 1 : columns / width;
  const perGroup: usize = isRow ? 1 : width;
  const count = groups * perGroup;
  if (phase === 1) {
    takeNumbers(size, lanes, operation, numbers, width * numberBytes(operation), perGroup, count);
  }
  for (let g: usize = 0; g < groups; ++g) {
    const first = records + g * RECORD;
    const end = isRow ? records + chunksOf(length, inner) * RECORD : first + RECORD;
    const to = dst + g * VECTOR;
    if (size === 4)
      joinGroup<f32>(frame, phase, operation, to, length, isRow, first, end, lanes + g * RECORD);
    else joinGroup<f64>(frame, phase, operation, to, length, isRow, first, end, lanes + g * RECORD);
  }
  if (phase === 3) {
    giveParts(size, lanes, operation, dst, width * partsBytes(operation), perGroup, count);
  }
}

function joinGroup<T extends number>(
  frame: usize,
  phase: i32,
  operation: i32,
  dst: usize,
  length: f64,
  isRow: bool,
  chunks: usize,
  end: usize,
  lanes: usize,
): void {
  const step = isRow ? 0 : VECTOR;
  if (phase === 1) {
    anchorLanes<T>(frame, operation, step, chunks, end, lanes);
    return;
  }
  const isResult = phase === 5 || (operation & PER_LANE && partsBytes(operation) === 0);
  const result =
    phase === 3
      ? joinSums<T>(frame, operation, length, step, chunks, end, lanes)
      : joinLabels<T>(frame, step, chunks, end, lanes);
  if (!isResult) return;
  if (isRow) store<T>(dst, v128.extract_lane<T>(result, 0));
  else v128.store(dst, result);
}

/** Phase 1: what the terms are relative to. The record has the numbers of the lanes already. */
function anchorLanes<T extends number>(
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
    // prepareVjp has anchored the records of the frame.
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

/** Whether one chunk alone holds the maximum. Where two do, no element dominates. */
function isAlone<T extends number>(max: v128, chunks: usize, end: usize): bool {
  let holding = 0;
  for (; chunks < end; chunks += RECORD) {
    if (v128.any_true(v128.eq<T>(v128.load(chunks, MAX), max))) ++holding;
  }
  return holding < 2;
}

/** Adds TOTAL of a chunk. The second vector of f64 is 0 in all records. */
function addTotals(lanes: usize, chunk: usize): void {
  for (let half = 0; half < 2; ++half) {
    const from = chunk + half * VECTOR;
    addTotal(lanes + half * VECTOR, v128.load(from, TOTAL), v128.load(from, TOTAL_LOW));
  }
}

/**
 * Phase 3: from the sums of the chunks to what the last pass takes. Returns the results of operations that give one per
 * lane.
 */
function joinSums<T extends number>(
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
  // The record of the first chunk takes the sum of all REST.
  addSums<T>(chunks + REST - SUM, chunks + RECORD + REST - SUM, end + REST - SUM);
  settleTerms<T>(frame, operation, lanes, lanes + RECORD, 0, 0, 0, 0, step, chunks + REST);
  if (!(operation & LOGARITHM)) return invalid;
  takeLogarithm<T>(frame, lanes);
  return logSumExpBeside<T>(lanes, invalid, step);
}

/**
 * The sums of entropy, weights and clr. They lie in the same places, under names of their own: two in two parts each,
 * and a third.
 */
function joinOwnSums(operation: i32, chunks: usize, end: usize, lanes: usize): void {
  memory.fill(lanes + CHUNK_SUMS, 0, RECORD - CHUNK_SUMS);
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

/** Phase 5: the results at the labels. */
function joinLabels<T extends number>(
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
