/** One operation on a few groups of lanes: the passes in their order. */
import { anchor, expRun, sumRun } from "./exp";
import { GROUPS, MAX, RECORD, TAIL } from "./frame";
import { lanes, loadPart, storePart, VECTOR } from "./lanes";
import { takeLogarithm, takeOthers } from "./logarithm";
import { maxRow, maxRun } from "./max";
import { scaleRun } from "./scale";
import { logSumExpOf, shiftRun } from "./shift";
import { invertSum, joinSum } from "./sum";

export const SOFTMAX = 0;
export const LOG_SOFTMAX = 1;
export const LOG_SUM_EXP = 2;

/**
 * `groups` groups of lanes that lie side by side: the elements of group g are `length` vectors, `step` bytes apart,
 * from `src + g · apart`. Results go to `dst` in the same places, which may be `src`; log-sum-exp has one vector
 * of them for each group, one after the other. Pass by pass rather than group by group, so that the long chain
 * from a maximum to its anchor, or from a sum to its reciprocal, runs for several groups at once.
 */
export function runColumns<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  groups: usize,
  apart: usize,
  length: usize,
  step: usize,
): void {
  const first = frame + GROUPS;
  const end = first + groups * RECORD;
  let from = src;
  for (let group = first; group < end; group += RECORD) {
    v128.store(group, maxRun<T>(from, length, step), MAX);
    from += apart;
  }
  for (let group = first; group < end; group += RECORD) anchor<T>(frame, group);
  from = src;
  if (operation === SOFTMAX) {
    let to = dst;
    for (let group = first; group < end; group += RECORD) {
      expRun<T>(frame, group, from, to, length, step);
      from += apart;
      to += apart;
    }
    for (let group = first; group < end; group += RECORD) invertSum<T>(group);
    for (let group = first; group < end; group += RECORD) {
      scaleRun<T>(frame, group, dst, length, step);
      dst += apart;
    }
    return;
  }
  for (let group = first; group < end; group += RECORD) {
    sumRun<T>(frame, group, from, length, step);
    from += apart;
  }
  from = src;
  for (let group = first; group < end; group += RECORD) {
    takeOthers<T>(frame, group, from, length, step, false, false);
    from += apart;
  }
  for (let group = first; group < end; group += RECORD) takeLogarithm<T>(frame, group);
  for (let group = first; group < end; group += RECORD) {
    if (operation === LOG_SOFTMAX) {
      shiftRun<T>(frame, group, src, dst, length, step, false);
      dst += apart;
    } else {
      v128.store(dst, logSumExpOf<T>(frame, group, src, length, step, false, false));
      dst += VECTOR;
    }
    src += apart;
  }
}

/** One lane: the row of `length` elements at `src`. Log-sum-exp writes one element to `dst`. */
export function runRow<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
): void {
  const group = frame + GROUPS;
  const tail = frame + TAIL;
  const part = length & (lanes<T>() - 1);
  const count = length / lanes<T>();
  const body = count * VECTOR;
  v128.store(group, maxRow<T>(src, length), MAX);
  anchor<T>(frame, group);
  if (part) v128.store(tail, loadPart<T>(src + body, part));
  if (operation === SOFTMAX) {
    expRun<T>(frame, group, src, dst, count, VECTOR);
    if (part) expRun<T>(frame, group, tail, tail, 1, 0);
    joinSum<T>(group);
    invertSum<T>(group);
    scaleRun<T>(frame, group, dst, count, VECTOR);
    if (part) scaleRun<T>(frame, group, tail, 1, 0);
  } else {
    sumRun<T>(frame, group, src, count, VECTOR);
    if (part) sumRun<T>(frame, group, tail, 1, 0);
    joinSum<T>(group);
    takeOthers<T>(frame, group, src, count, VECTOR, part !== 0, true);
    takeLogarithm<T>(frame, group);
    if (operation === LOG_SUM_EXP) {
      storePart<T>(dst, logSumExpOf<T>(frame, group, src, count, VECTOR, part !== 0, true), 1);
      return;
    }
    shiftRun<T>(frame, group, src, dst, count, VECTOR, true);
    if (part) shiftRun<T>(frame, group, tail, tail, 1, 0, true);
  }
  if (part) storePart<T>(dst + body, v128.load(tail), part);
}
