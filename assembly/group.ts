/** One operation on a few groups of lanes side by side: the passes in their order. */
import {
  LOG_SOFTMAX,
  LOG_SOFTMAX_VJP,
  LOG_SUM_EXP_PARTS,
  NORMALIZED_SOFTMAX,
  NUMBERS,
  PARTS,
  PROBABILITIES,
  SOFTMAX,
  SOFTMAX_VJP,
  WEIGHTED_PARTS,
} from "./abi";
import { anchor, expRun, sumRun } from "./exp";
import { GROUPS, LANE, LANE_SECOND, LOGARITHM, MAX, RECORD, TOTAL } from "./frame";
import { finishColumn, takeUnit } from "./gradient";
import { keepOthers, takeLogarithm, takeOthers } from "./logarithm";
import { maxRun } from "./max";
import { scaleRun } from "./scale";
import { logSumExpOf, shiftRun } from "./shift";
import { invertSum, takeTop } from "./sum";
import { VECTOR } from "./vectors";
import { pullColumn } from "./vjp";
import { weighColumn } from "./weighted";

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
  if (operation & PROBABILITIES) {
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
    takeOthers<T>(frame, group, from, length, step, false, false, 0, 0);
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

/** Bytes of the numbers, f64, that come with a lane. */
export function numberBytes(operation: i32): usize {
  return ((operation / NUMBERS) & 3) * 8;
}

/** Bytes of the parts, f64, that are the result for a lane; 0 where results are of T. */
export function partsBytes(operation: i32): usize {
  return ((operation / PARTS) & 7) * 8;
}

/** 0 in place of −∞: with a normalizer, a lane of nothing but −∞ is 0. */
export function liftMax<T extends number>(group: usize): void {
  const max = v128.load(group, MAX);
  v128.store(group, v128.andnot(max, v128.eq<T>(max, v128.splat<T>(<T>-Infinity))), MAX);
}

/**
 * LANE, and LANE_SECOND if there are two numbers, of `valid` lanes at `from`; the last one stands for those after it.
 * Elements have `size` bytes.
 */
export function takeNumbers(size: usize, group: usize, operation: i32, from: usize, valid: usize): void {
  const bytes = numberBytes(operation);
  for (let lane: usize = 0; lane < VECTOR / size; ++lane) {
    const number = from + min(lane, valid - 1) * bytes;
    store<f64>(group + lane * 8, load<f64>(number), LANE);
    if (bytes > 8) store<f64>(group + lane * 8, load<f64>(number, 8), LANE_SECOND);
  }
}

/** The parts of each of `valid` lanes, to `dst`. */
export function giveParts(size: usize, group: usize, operation: i32, dst: usize, valid: usize): void {
  for (let lane: usize = 0; lane < valid; ++lane) {
    const at = group + lane * 8;
    const max = group + lane * size;
    store<f64>(dst, size === 4 ? <f64>load<f32>(max, MAX) : load<f64>(max, MAX));
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
