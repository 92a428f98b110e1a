/** One operation on a few groups: the passes in their order. */
import {
  ALR,
  CLR,
  ENTROPY,
  LOG_SUM_EXP,
  LOG_SUM_EXP_PARTS,
  LOGARITHM,
  NORMALIZED_SOFTMAX,
  OTHER,
  OWN_PASSES,
  PER_LANE,
  PROBABILITIES,
  SOFTMAX,
  WEIGHTED_PARTS,
} from "./abi";
import { alr } from "./alr";
import { anchor } from "./anchor";
import { clr } from "./clr";
import { entropyOf } from "./entropy";
import { expRun, sumRun } from "./exp";
import { GROUPS, MAX, RECORD, TAIL } from "./frame";
import { multiply, takeUnit } from "./gradient";
import { keepOthers, takeLogarithm } from "./logarithm";
import { joinMax, maxOf } from "./max";
import { normalize } from "./normalized";
import { takeOthers } from "./others";
import { scaleRun } from "./scale";
import { logSumExpOf, shiftRun } from "./shift";
import { invertSum, joinSum } from "./sum";
import { takeTotal } from "./total";
import { giveTail, strideOf, tailOf, takeTail, VECTOR, wholeVectors } from "./vectors";
import { pull } from "./vjp";
import { weigh } from "./weighted";

/** `runPasses` for elements of `size` bytes. */
export function runGroups(
  size: usize,
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
  if (size === 4) runPasses<f32>(frame, operation, src, other, dst, groups, apart, length, step);
  else runPasses<f64>(frame, operation, src, other, dst, groups, apart, length, step);
}

/**
 * Group g is at `src + g · apart`, and its second operand, if there is one, at `other + g · apart`. Its lanes lie side
 * by side in `length` vectors, `step` bytes apart. If `step` is 0 the group is a row of `length` elements. The results
 * go to the same places at `dst`, which may be `src`. Where there is one result per lane, a group gives a vector, and a
 * row an element; these lie one after the other. Parts stay in the records.
 *
 * Softmax and the gradients go pass by pass, not group by group, so that the long chains from a maximum to its anchor,
 * and from a sum to its reciprocal, run for several groups at once.
 */
function runPasses<T extends number>(
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
  const first = frame + GROUPS;
  const end = first + groups * RECORD;
  if (operation & OWN_PASSES) {
    for (let group = first; group < end; group += RECORD) {
      if (operation === ENTROPY) giveResult<T>(dst, entropyOf<T>(frame, group, src, length, step), step);
      else if (operation === WEIGHTED_PARTS) weigh<T>(frame, group, src, other, length, step);
      else if (operation === CLR) clr<T>(frame, group, src, dst, length, step);
      else if (operation === ALR) alr<T>(frame, group, src, dst, length, step);
      else pull<T>(frame, group, operation, src, other, dst, length, step);
      src += apart;
      other += apart;
      dst += operation & PER_LANE ? resultStep<T>(step) : apart;
    }
    return;
  }
  if (operation === NORMALIZED_SOFTMAX) {
    normalize<T>(frame, src, dst, groups, apart, length, step);
    return;
  }
  takeMax<T>(first, end, src, apart, length, step);
  for (let group = first; group < end; group += RECORD) anchor<T>(frame, group);
  takeTerms<T>(frame, operation, first, end, src, dst, apart, length, step);
  settleTerms<T>(frame, operation, first, end, src, other, apart, length, step, 0);
  if (operation & LOGARITHM) {
    for (let group = first; group < end; group += RECORD) takeLogarithm<T>(frame, group);
  }
  finishTerms<T>(frame, operation, first, end, src, other, dst, apart, length, step);
}

/** Stores one result for each lane of a group. */
function giveResult<T extends number>(dst: usize, result: v128, step: usize): void {
  if (step) v128.store(dst, result);
  else store<T>(dst, v128.extract_lane<T>(result, 0));
}

function resultStep<T extends number>(step: usize): usize {
  return step ? VECTOR : sizeof<T>();
}

// Each pass goes over the groups whose records are from `group` to `end`.

function takeMax<T extends number>(
  group: usize,
  end: usize,
  src: usize,
  apart: usize,
  length: usize,
  step: usize,
): void {
  for (; group < end; group += RECORD) {
    let max = maxOf<T>(src, length, step);
    if (!step) max = joinMax<T>(max);
    v128.store(group, max, MAX);
    src += apart;
  }
}

/** Adds the terms to SUM. Operations that have p as a result or a factor store them at `dst`, which may be `src`. */
export function takeTerms<T extends number>(
  frame: usize,
  operation: i32,
  group: usize,
  end: usize,
  src: usize,
  dst: usize,
  apart: usize,
  length: usize,
  step: usize,
): void {
  for (; group < end; group += RECORD) {
    if (operation & PROBABILITIES) expRun<T>(frame, group, src, dst, length, step);
    else sumRun<T>(frame, group, src, length, step);
    src += apart;
    dst += apart;
  }
}

/**
 * From the sum of the terms to what the last pass takes, or to OTHERS. `rest` is 0, but for long lanes, which are not
 * in memory: these have TOTAL already, and `rest` is what `takeOthers` takes.
 */
export function settleTerms<T extends number>(
  frame: usize,
  operation: i32,
  group: usize,
  end: usize,
  src: usize,
  other: usize,
  apart: usize,
  length: usize,
  step: usize,
  rest: usize,
): void {
  for (; group < end; group += RECORD) {
    if (!step) joinSum<T>(group);
    if (operation & PROBABILITIES) {
      if (operation !== SOFTMAX && !rest && operation & OTHER)
        takeTotal<T>(frame, group, 0, other, length, step);
      if (operation !== SOFTMAX) takeUnit<T>(frame, group, operation);
      invertSum<T>(group, operation !== SOFTMAX);
    } else {
      takeOthers<T>(frame, group, src, length, step, rest);
      if (operation === LOG_SUM_EXP_PARTS) keepOthers<T>(group);
    }
    src += apart;
    other += apart;
  }
}

/** The last pass: from the terms at `dst`, or from the logits, to the results. */
export function finishTerms<T extends number>(
  frame: usize,
  operation: i32,
  group: usize,
  end: usize,
  src: usize,
  other: usize,
  dst: usize,
  apart: usize,
  length: usize,
  step: usize,
): void {
  if (operation & PER_LANE) {
    if (operation !== LOG_SUM_EXP) return;
    for (; group < end; group += RECORD) {
      giveResult<T>(dst, logSumExpOf<T>(frame, group, src, length, step), step);
      src += apart;
      dst += resultStep<T>(step);
    }
    return;
  }
  const tail = frame + TAIL;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  for (; group < end; group += RECORD) {
    if (operation & PROBABILITIES) {
      scaleRun<T>(frame, group, dst, count, stride);
      if (part) {
        takeTail<T>(tail, dst, length, -Infinity);
        scaleRun<T>(frame, group, tail, 1, 0);
        giveTail<T>(tail, dst, length);
      }
      if (operation !== SOFTMAX) multiply<T>(frame, group, operation, other, dst, length, step);
    } else {
      shiftRun<T>(frame, group, src, dst, count, stride, !step);
      if (part) {
        takeTail<T>(tail, src, length, -Infinity);
        shiftRun<T>(frame, group, tail, tail, 1, 0, true);
        giveTail<T>(tail, dst, length);
      }
    }
    src += apart;
    other += apart;
    dst += apart;
  }
}
