/** One operation on one lane, a row: the passes in their order. */
import {
  LOG_SOFTMAX_VJP,
  LOG_SUM_EXP,
  LOG_SUM_EXP_PARTS,
  NORMALIZED_SOFTMAX,
  PER_LANE,
  PROBABILITIES,
  SOFTMAX,
  SOFTMAX_VJP,
  WEIGHTED_PARTS,
} from "./abi";
import { anchor, expRun, sumRun } from "./exp";
import { GROUPS, MAX, TAIL } from "./frame";
import { finishRow, takeUnit } from "./gradient";
import { giveParts, liftMax } from "./group";
import { keepOthers, takeLogarithm, takeOthers } from "./logarithm";
import { joinMax, maxRow } from "./max";
import { scaleRun } from "./scale";
import { logSumExpOf, shiftRun } from "./shift";
import { invertSum, joinSum, takeTop } from "./sum";
import { loadPart, storePart, VECTOR, width } from "./vectors";
import { pullRow } from "./vjp";
import { weighRow } from "./weighted";

/** The row of `length` elements at `src`. Log-sum-exp writes one element to `dst`; parts are written there too. */
export function runRow<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  length: usize,
): void {
  const group = frame + GROUPS;
  if (operation === SOFTMAX_VJP || operation === LOG_SOFTMAX_VJP) {
    pullRow<T>(frame, group, operation, src, other, dst, length);
    return;
  }
  if (operation === WEIGHTED_PARTS) {
    weighRow<T>(frame, group, src, other, length);
    giveParts(sizeof<T>(), group, operation, dst, 1);
    return;
  }
  v128.store(group, joinMax<T>(maxRow<T>(src, length)), MAX);
  if (operation === NORMALIZED_SOFTMAX) liftMax<T>(group);
  anchor<T>(frame, group);
  termsRow<T>(frame, group, operation, src, dst, length);
  settleRow<T>(frame, group, operation, src, other, dst, length, 0, 0);
  if (operation & PER_LANE) return;
  finishTerms<T>(frame, group, operation, src, dst, length);
  if (operation & PROBABILITIES && operation !== SOFTMAX)
    finishRow<T>(frame, group, operation, other, dst, length);
}

/** Adds the terms to SUM. Softmax stores them to `dst`, which may be `src`. */
export function termsRow<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
): void {
  const tail = frame + TAIL;
  const part = takeTail<T>(frame, src, length);
  const count = length / width<T>();
  if (operation & PROBABILITIES) {
    expRun<T>(frame, group, src, dst, count, VECTOR);
    if (part) {
      expRun<T>(frame, group, tail, tail, 1, 0);
      storePart<T>(dst + count * VECTOR, v128.load(tail), part);
    }
  } else {
    sumRun<T>(frame, group, src, count, VECTOR);
    if (part) sumRun<T>(frame, group, tail, 1, 0);
  }
}

/**
 * From the sum of the terms to what the last pass takes, or to the result. The `length` elements at `src` are the row or,
 * with `chunks` and `end` as takeOthers has them, that of its chunks which holds the maximum.
 */
export function settleRow<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  length: usize,
  chunks: usize,
  end: usize,
): void {
  if (operation === NORMALIZED_SOFTMAX) takeTop<T>(frame, group);
  else joinSum<T>(group);
  if (operation & PROBABILITIES) {
    if (operation !== SOFTMAX) takeUnit<T>(frame, group, operation, other, length, 0);
    invertSum<T>(group, operation !== SOFTMAX);
    return;
  }
  const tail = takeTail<T>(frame, src, length) !== 0;
  const count = length / width<T>();
  takeOthers<T>(frame, group, src, count, VECTOR, tail, true, chunks, end);
  if (operation === LOG_SUM_EXP_PARTS) keepOthers<T>(group);
  takeLogarithm<T>(frame, group);
  if (operation === LOG_SUM_EXP_PARTS) giveParts(sizeof<T>(), group, operation, dst, 1);
  if (operation !== LOG_SUM_EXP) return;
  storePart<T>(dst, logSumExpOf<T>(frame, group, src, count, VECTOR, tail, true), 1);
}

/** The last pass: from what termsRow has left at `dst`, or from the logits, to the results. */
export function finishTerms<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
): void {
  const scales = (operation & PROBABILITIES) !== 0;
  const tail = frame + TAIL;
  const part = takeTail<T>(frame, scales ? dst : src, length);
  const count = length / width<T>();
  if (scales) {
    scaleRun<T>(frame, group, dst, count, VECTOR);
    if (part) scaleRun<T>(frame, group, tail, 1, 0);
  } else {
    shiftRun<T>(frame, group, src, dst, count, VECTOR, true);
    if (part) shiftRun<T>(frame, group, tail, tail, 1, 0, true);
  }
  if (part) storePart<T>(dst + count * VECTOR, v128.load(tail), part);
}

/** TAIL from the last, incomplete vector of a row; gives the elements of that. */
function takeTail<T extends number>(frame: usize, row: usize, length: usize): usize {
  const part = length & (width<T>() - 1);
  if (part) v128.store(frame, loadPart<T>(row + (length - part) * sizeof<T>(), part), TAIL);
  return part;
}
