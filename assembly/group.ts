/** One operation on a few groups of lanes: the passes in their order. */
import { anchor, expRun, sumRun } from "./exp";
import { GROUPS, LANE, LANE_SECOND, LOGARITHM, MAX, RECORD, TAIL, TOTAL } from "./frame";
import { finishColumn, finishRow, takeUnit } from "./gradient";
import { lanes, loadPart, storePart, VECTOR } from "./lanes";
import { keepOthers, takeLogarithm, takeOthers } from "./logarithm";
import { maxRow, maxRun } from "./max";
import {
  LOG_SOFTMAX,
  LOG_SOFTMAX_VJP,
  LOG_SUM_EXP,
  LOG_SUM_EXP_PARTS,
  NORMALIZED_SOFTMAX,
  numberBytes,
  partsBytes,
  SOFTMAX,
  SOFTMAX_VJP,
  WEIGHTED_PARTS,
} from "./operations";
import { scaleRun } from "./scale";
import { logSumExpOf, shiftRun } from "./shift";
import { invertSum, joinSum, takeTop } from "./sum";
import { pullColumn, pullRow } from "./vjp";
import { weighColumn, weighRow } from "./weighted";

/**
 * `groups` groups of lanes that lie side by side: the elements of group g are `length` vectors, `step` bytes apart,
 * from `src + g · apart`, and from `other + g · apart` if there is a second operand. Results go to `dst` in the same
 * places, which may be `src`; log-sum-exp has one vector of them for each group, one after the other; parts stay in the
 * records. Pass by pass rather than group by group, so that the long chain from a maximum to its anchor, or from a
 * sum to its reciprocal, runs for several groups at once.
 */
export function runColumns<T extends number>(
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
  if (operation === SOFTMAX_VJP || operation === LOG_SOFTMAX_VJP || operation === WEIGHTED_PARTS) {
    for (let group = first; group < end; group += RECORD) {
      if (operation === WEIGHTED_PARTS) weighColumn<T>(frame, group, src, other, length, step);
      else pullColumn<T>(frame, group, operation, src, other, dst, length, step);
      src += apart;
      other += apart;
      dst += apart;
    }
    return;
  }
  let from = src;
  for (let group = first; group < end; group += RECORD) {
    v128.store(group, maxRun<T>(from, length, step), MAX);
    if (operation === NORMALIZED_SOFTMAX) liftMax<T>(group);
    from += apart;
  }
  for (let group = first; group < end; group += RECORD) anchor<T>(frame, group);
  from = src;
  if (givesProbabilities(operation)) {
    let to = dst;
    for (let group = first; group < end; group += RECORD) {
      expRun<T>(frame, group, from, to, length, step);
      from += apart;
      to += apart;
    }
    let targets = other;
    for (let group = first; group < end; group += RECORD) {
      if (operation === NORMALIZED_SOFTMAX) takeTop<T>(frame, group);
      if (operation !== SOFTMAX) takeUnit<T>(frame, group, operation, targets, length, step);
      invertSum<T>(group, operation !== SOFTMAX);
      targets += apart;
    }
    for (let group = first; group < end; group += RECORD) {
      scaleRun<T>(frame, group, dst, length, step);
      if (operation !== SOFTMAX) {
        finishColumn<T>(frame, group, operation, other, dst, length, step);
        other += apart;
      }
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
    if (operation === LOG_SUM_EXP_PARTS) keepOthers<T>(group);
    from += apart;
  }
  for (let group = first; group < end; group += RECORD) takeLogarithm<T>(frame, group);
  if (operation === LOG_SUM_EXP_PARTS) return;
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

/** One lane: the row of `length` elements at `src`. Log-sum-exp writes one element to `dst`; parts stay in the record. */
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
    return;
  }
  const tail = frame + TAIL;
  const part = length & (lanes<T>() - 1);
  const count = length / lanes<T>();
  const body = count * VECTOR;
  v128.store(group, maxRow<T>(src, length), MAX);
  if (operation === NORMALIZED_SOFTMAX) liftMax<T>(group);
  anchor<T>(frame, group);
  if (part) v128.store(tail, loadPart<T>(src + body, part));
  if (givesProbabilities(operation)) {
    expRun<T>(frame, group, src, dst, count, VECTOR);
    if (part) expRun<T>(frame, group, tail, tail, 1, 0);
    if (operation === NORMALIZED_SOFTMAX) takeTop<T>(frame, group);
    else joinSum<T>(group);
    if (operation !== SOFTMAX) takeUnit<T>(frame, group, operation, other, length, 0);
    invertSum<T>(group, operation !== SOFTMAX);
    scaleRun<T>(frame, group, dst, count, VECTOR);
    if (part) scaleRun<T>(frame, group, tail, 1, 0);
  } else {
    sumRun<T>(frame, group, src, count, VECTOR);
    if (part) sumRun<T>(frame, group, tail, 1, 0);
    joinSum<T>(group);
    takeOthers<T>(frame, group, src, count, VECTOR, part !== 0, true);
    if (operation === LOG_SUM_EXP_PARTS) keepOthers<T>(group);
    takeLogarithm<T>(frame, group);
    if (operation === LOG_SUM_EXP_PARTS) return;
    if (operation === LOG_SUM_EXP) {
      storePart<T>(dst, logSumExpOf<T>(frame, group, src, count, VECTOR, part !== 0, true), 1);
      return;
    }
    shiftRun<T>(frame, group, src, dst, count, VECTOR, true);
    if (part) shiftRun<T>(frame, group, tail, tail, 1, 0, true);
  }
  if (part) storePart<T>(dst + body, v128.load(tail), part);
  if (operation >= NORMALIZED_SOFTMAX) finishRow<T>(frame, group, operation, other, dst, length);
}

/** Whether softmax is the result, or what `finish…` makes it of. */
function givesProbabilities(operation: i32): bool {
  return operation === SOFTMAX || operation >= NORMALIZED_SOFTMAX;
}

/** 0 in place of −∞: with a normalizer, a lane of nothing but −∞ is 0. */
function liftMax<T extends number>(group: usize): void {
  const max = v128.load(group, MAX);
  v128.store(group, v128.andnot(max, v128.eq<T>(max, v128.splat<T>(<T>-Infinity))), MAX);
}

/** LANE, and LANE_SECOND if there are two numbers, of `valid` lanes at `from`; the last one stands for those after it. */
export function takeNumbers<T extends number>(group: usize, operation: i32, from: usize, valid: usize): void {
  const bytes = numberBytes(operation);
  for (let lane: usize = 0; lane < lanes<T>(); ++lane) {
    const number = from + min(lane, valid - 1) * bytes;
    store<f64>(group + lane * 8, load<f64>(number), LANE);
    if (bytes > 8) store<f64>(group + lane * 8, load<f64>(number, 8), LANE_SECOND);
  }
}

/** The parts of each of `valid` lanes, to `dst`. */
export function giveParts<T extends number>(group: usize, operation: i32, dst: usize, valid: usize): void {
  for (let lane: usize = 0; lane < valid; ++lane) {
    const at = group + lane * 8;
    store<f64>(dst, <f64>load<T>(group + lane * sizeof<T>(), MAX));
    if (operation === WEIGHTED_PARTS) {
      store<f64>(dst, load<f64>(at, TOTAL), 8);
      store<f64>(dst, load<f64>(at, LANE), 16);
    } else {
      store<f64>(dst, load<f64>(at, LANE), 8);
      store<f64>(dst, load<f64>(at, LOGARITHM), 16);
      store<f64>(dst, load<f64>(at, LANE_SECOND), 24);
    }
    dst += partsBytes(operation);
  }
}
