/**
 * What follows softmax where p = softmax(x / T) is a factor of the result, in f64 for either type and rounded once more:
 *
 *   vector-Jacobian product of log-sum-exp:  p · c / T                 c: the lane's own number, dy
 *   gradient of cross-entropy, labels:       (p − [label]) · c / T     at the label −(the sum of the other p) · c / T
 *   gradient of cross-entropy, targets q:    (p Σ q − q) · c / T
 *   softmax by a given normalizer L:         p · e^(max / T − L)       p relative to the maximum
 *
 * With labels nothing cancels: where p is near 1, p − 1 keeps its digits. With targets p Σ q and q may.
 *
 * Bound: f32 relaxed 4 ulp, f32 simd 4 ulp, f64 relaxed 5 ulp, f64 simd 5 ulp
 * and for targets so many ulp of the larger of p Σ q and q.
 */
import { INVERSE_F64, LANE, LANE_SECOND, MAX, TAIL, TAIL_OTHER, TEMPERATURE, TOTAL } from "./frame";
import { halves, lanes, loadPart, remainder, storePart, unwiden, VECTOR, widen } from "./lanes";
import { exp } from "./log";
import { CROSS_ENTROPY_GRAD, CROSS_ENTROPY_TARGETS_GRAD, NORMALIZED_SOFTMAX } from "./operations";
import { clearTotal, lost, settleTotal, totalRun } from "./total";

/**
 * What p of f32 is multiplied by until it has been a factor, 2^24: so none is subnormal before, and those that are cut off
 * are still 0.
 */
export const UNIT_OF_F32: f64 = 16777216;

/** A group of lanes side by side: p and the targets are `length` vectors, `step` bytes apart; p becomes the result. */
export function finishColumn<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  targets: usize,
  p: usize,
  length: usize,
  step: usize,
): void {
  if (operation === CROSS_ENTROPY_GRAD) {
    for (let lane: usize = 0; lane < lanes<T>(); ++lane) storeAtLabel<T>(group, lane, p, step, <T>0);
    clearTotal(group);
    totalRun<T>(group, 0, p, length, step);
    settleTotal<T>(group, false);
    for (let lane: usize = 0; lane < lanes<T>(); ++lane)
      storeAtLabel<T>(group, lane, p, step, othersOf<T>(group, lane));
  } else if (operation === CROSS_ENTROPY_TARGETS_GRAD) {
    clearTotal(group);
    totalRun<T>(group, 0, targets, length, step);
    settleTotal<T>(group, false);
  }
  productRun<T>(frame, group, operation, targets, p, length, step);
}

/** One lane: rows of `length` elements. */
export function finishRow<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  targets: usize,
  p: usize,
  length: usize,
): void {
  const part = length & (lanes<T>() - 1);
  const count = length / lanes<T>();
  const body = count * VECTOR;
  const tail = frame + TAIL;
  const tailOther = frame + TAIL_OTHER;
  const summed = operation === CROSS_ENTROPY_TARGETS_GRAD ? targets : p;
  if (operation === CROSS_ENTROPY_GRAD) storeAtLabel<T>(group, 0, p, sizeof<T>(), <T>0);
  if (operation === CROSS_ENTROPY_GRAD || operation === CROSS_ENTROPY_TARGETS_GRAD) {
    clearTotal(group);
    totalRun<T>(group, 0, summed, count, VECTOR);
    if (part) {
      v128.store(tailOther, loadPart<T>(summed + body, part, 0));
      totalRun<T>(group, 0, tailOther, 1, 0);
    }
    settleTotal<T>(group, true);
  }
  if (operation === CROSS_ENTROPY_GRAD) storeAtLabel<T>(group, 0, p, sizeof<T>(), othersOf<T>(group, 0));
  productRun<T>(frame, group, operation, targets, p, count, VECTOR);
  if (part) {
    v128.store(tail, loadPart<T>(p + body, part, 0));
    productRun<T>(frame, group, operation, tailOther, tail, 1, 0);
    storePart<T>(p + body, v128.load(tail), part);
  }
}

/** Element `label` of a lane, unless its coefficient is 0: then it has none. */
function storeAtLabel<T extends number>(group: usize, lane: usize, p: usize, step: usize, value: T): void {
  if (load<f64>(group + lane * 8, LANE) === 0) return;
  const label = <usize>load<f64>(group + lane * 8, LANE_SECOND);
  store<T>(p + label * step + lane * sizeof<T>(), value);
}

function othersOf<T extends number>(group: usize, lane: usize): T {
  return <T>-load<f64>(group + lane * 8, TOTAL);
}

/** LANE becomes what p, which is relative to the maximum, is multiplied by. */
export function takeNormalizer<T extends number>(frame: usize, group: usize): void {
  const max = v128.load(group, MAX);
  const inverse = v128.load(frame, INVERSE_F64);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const top = f64x2.mul(widen<T>(max, half), inverse);
    const minus = f64x2.neg(v128.load(at, LANE));
    const difference = f64x2.add(top, minus);
    const factor = exp(difference);
    const undivided = remainder(widen<T>(max, half), top, v128.load(frame, TEMPERATURE));
    // Not a number beside infinities.
    const rest = f64x2.add(lost(top, minus, difference), f64x2.mul(undivided, inverse));
    const correction = f64x2.mul(factor, v128.and(rest, f64x2.eq(rest, rest)));
    v128.store(at, f64x2.add(factor, correction), LANE);
  }
}

/** `count` vectors of p, `step` bytes apart, times the numbers of their lanes, in place. */
function productRun<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  targets: usize,
  p: usize,
  count: usize,
  step: usize,
): void {
  const normalized = operation === NORMALIZED_SOFTMAX;
  const isTargets = operation === CROSS_ENTROPY_TARGETS_GRAD;
  const unit: f64 = sizeof<T>() === 4 ? 1 / UNIT_OF_F32 : 1;
  let inverse = normalized ? f64x2.splat(1) : v128.load(frame, INVERSE_F64);
  if (!isTargets) inverse = f64x2.mul(inverse, f64x2.splat(unit));
  const coefficient = v128.load(group, LANE);
  const coefficientSecond = v128.load(group, LANE + VECTOR);
  // Cross-entropy leaves out lanes whose coefficient is 0, whatever their logits.
  const kept = f64x2.splat(operation >= CROSS_ENTROPY_GRAD ? 0 : NaN);
  const keep = f64x2.ne(coefficient, kept);
  const keepSecond = f64x2.ne(coefficientSecond, kept);
  if (isTargets) {
    const total = f64x2.mul(v128.load(group, TOTAL), f64x2.splat(unit));
    const totalSecond = f64x2.mul(v128.load(group, TOTAL + VECTOR), f64x2.splat(unit));
    for (; count; --count) {
      const factor = v128.load(p);
      const target = v128.load(targets);
      const first = f64x2.sub(f64x2.mul(widen<T>(factor, 0), total), widen<T>(target, 0));
      let second = first;
      if (sizeof<T>() === 4) {
        second = f64x2.sub(f64x2.mul(widen<T>(factor, 1), totalSecond), widen<T>(target, 1));
        second = v128.and(f64x2.mul(f64x2.mul(second, coefficientSecond), inverse), keepSecond);
      }
      v128.store(p, unwiden<T>(v128.and(f64x2.mul(f64x2.mul(first, coefficient), inverse), keep), second));
      p += step;
      targets += step;
    }
    return;
  }
  for (; count; --count) {
    const factor = v128.load(p);
    let first = f64x2.mul(f64x2.mul(widen<T>(factor, 0), coefficient), inverse);
    first = v128.and(first, keep);
    let second = first;
    if (sizeof<T>() === 4) {
      second = f64x2.mul(f64x2.mul(widen<T>(factor, 1), coefficientSecond), inverse);
      second = v128.and(second, keepSecond);
    }
    v128.store(p, unwiden<T>(first, second));
    p += step;
  }
}
