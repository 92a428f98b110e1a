/**
 * The last pass of operations that have p = softmax(x / T) as a factor of the result, in f64 for either type and
 * rounded once more:
 *
 *   vector-Jacobian product of log-sum-exp:  p · c / T                 where c, the number of the lane, is dy
 *   gradient of cross-entropy, labels:       (p − [label]) · c / T     at the label −(the sum of the other p) · c / T
 *   gradient of cross-entropy, targets q:    (p Σ q − q) · c / T
 *
 * With labels nothing cancels: where p is near 1, p − 1 keeps its digits. With targets p Σ q and q may cancel.
 *
 * Bound: f32 relaxed 4 ulp, f32 simd 4 ulp, f64 relaxed 5 ulp, f64 simd 5 ulp
 * For targets these are ulp of the larger of p Σ q and q.
 */
import { CROSS_ENTROPY_GRAD, CROSS_ENTROPY_TARGETS_GRAD, OTHER, SKIPS_ZERO } from "./abi";
import { INVERSE_F64, LANE, LANE_SECOND, LANE_UNIT, TAIL, TAIL_OTHER, TOTAL } from "./frame";
import { takeTotal } from "./total";
import {
  giveTail,
  halves,
  strideOf,
  tailOf,
  takeTail,
  unwiden,
  VECTOR,
  wholeVectors,
  widen,
  width,
} from "./vectors";

/**
 * LANE_UNIT is 1, or 2^40 (f64: 2^500) where p is to be multiplied by more than 1: then no p is subnormal before the
 * product. A larger power of two would overflow in the scale pass. TOTAL is the sum of the targets, if there are any.
 */
export function takeUnit<T extends number>(frame: usize, group: usize, operation: i32): void {
  const isTargets = operation === CROSS_ENTROPY_TARGETS_GRAD;
  const one = f64x2.splat(1);
  const inverse = v128.load(frame, INVERSE_F64);
  const unit = f64x2.splat(reinterpret<f64>(sizeof<T>() === 4 ? 0x4270000000000000 : 0x5f30000000000000));
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    let factor = f64x2.mul(v128.load(at, LANE), inverse);
    if (isTargets) {
      const total = v128.load(at, TOTAL);
      v128.store(at, total, LANE_SECOND);
      factor = f64x2.mul(factor, f64x2.pmax(one, f64x2.abs(total)));
    }
    v128.store(at, v128.bitselect(unit, one, f64x2.gt(f64x2.abs(factor), one)), LANE_UNIT);
  }
}

/**
 * A p below this counts as 0, because its term may have been cut off: 2^-166 (f64: 2^-1200) where p is lifted, else 0.
 */
function leastOf<T extends number>(group: usize): v128 {
  const one = f64x2.splat(1);
  const lifted = f64x2.gt(v128.load(group, LANE_UNIT), one);
  if (sizeof<T>() === 8) return v128.and(f64x2.splat(reinterpret<f64>(0x1430000000000000)), lifted);
  const second = f64x2.gt(v128.load(group, LANE_UNIT + VECTOR), one);
  const both = v128.shuffle<i32>(lifted, second, 0, 2, 4, 6);
  return v128.and(f32x4.splat(reinterpret<f32>(0x00800000)), both);
}

function cut<T extends number>(p: v128, least: v128): v128 {
  return v128.andnot(p, v128.lt<T>(p, least));
}

function cutRun<T extends number>(least: v128, p: usize, count: usize, step: usize): void {
  for (; count; --count) {
    v128.store(p, cut<T>(v128.load(p), least));
    p += step;
  }
}

/** From the group at `p` to the results, in place. The targets are a group too. */
export function multiply<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  targets: usize,
  p: usize,
  length: usize,
  step: usize,
): void {
  if (operation === CROSS_ENTROPY_GRAD) {
    leaveOutLabels<T>(frame, group, p, length, step, 0);
    takeTotal<T>(frame, group, 0, p, length, step);
    const lanes = step ? width<T>() : 1;
    for (let lane: usize = 0; lane < lanes; ++lane) {
      balanceLabel<T>(group, lane, p, length, step || sizeof<T>());
    }
  }
  finishProducts<T>(frame, group, operation, targets, p, length, step);
}

/** Cuts p, a group or a piece of one that begins at element `first`, and puts 0 at the labels. NaN there stays. */
export function leaveOutLabels<T extends number>(
  frame: usize,
  group: usize,
  p: usize,
  length: usize,
  step: usize,
  first: f64,
): void {
  const tail = frame + TAIL;
  const least = leastOf<T>(group);
  if (v128.any_true(least)) {
    cutRun<T>(least, p, wholeVectors<T>(length, step), strideOf(step));
    if (tailOf<T>(length, step)) {
      takeTail<T>(tail, p, length, 0);
      cutRun<T>(least, tail, 1, 0);
      giveTail<T>(tail, p, length);
    }
  }
  const lanes = step ? width<T>() : 1;
  for (let lane: usize = 0; lane < lanes; ++lane) {
    const at = labelOf<T>(group, lane, p, length, step || sizeof<T>(), first);
    if (at) store<T>(at, <T>(load<T>(at) - load<T>(at)));
  }
}

/** The results at the labels of long lanes, from TOTAL, the sum of the other p. */
export function labelResults<T extends number>(frame: usize, group: usize): v128 {
  const first = f64x2.sub(f64x2.splat(0), v128.load(group, TOTAL));
  const second = f64x2.sub(f64x2.splat(0), v128.load(group, TOTAL + VECTOR));
  v128.store(frame, unwiden<T>(first, second), TAIL);
  productRun<T>(frame, group, CROSS_ENTROPY_GRAD, 0, frame + TAIL, 1, 0);
  return v128.load(frame, TAIL);
}

/** The products, for a group or a piece of one. */
export function finishProducts<T extends number>(
  frame: usize,
  group: usize,
  operation: i32,
  targets: usize,
  p: usize,
  length: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  const tailOther = frame + TAIL_OTHER;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  productRun<T>(frame, group, operation, targets, p, count, stride);
  if (part) {
    takeTail<T>(tail, p, length, 0);
    if (operation & OTHER) takeTail<T>(tailOther, targets, length, 0);
    productRun<T>(frame, group, operation, tailOther, tail, 1, 0);
    giveTail<T>(tail, p, length);
  }
}

/**
 * The address of the element at the label of a lane. 0 if the coefficient is 0, or if the label is not among the
 * `length` elements.
 */
function labelOf<T extends number>(
  group: usize,
  lane: usize,
  p: usize,
  length: usize,
  step: usize,
  first: f64,
): usize {
  if (load<f64>(group + lane * 8, LANE) === 0) return 0;
  const label = load<f64>(group + lane * 8, LANE_SECOND) - first;
  if (!(label >= 0 && label < <f64>length)) return 0;
  return p + <usize>label * step + lane * sizeof<T>();
}

/** Puts −TOTAL, the sum of the other p, at the label. */
function balanceLabel<T extends number>(
  group: usize,
  lane: usize,
  p: usize,
  length: usize,
  step: usize,
): void {
  const at = labelOf<T>(group, lane, p, length, step, 0);
  if (at) store<T>(at, <T>(0 - load<f64>(group + lane * 8, TOTAL)));
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
  const inverse = v128.load(frame, INVERSE_F64);
  // With labels p has been cut before the sum, and the element at the label is negative.
  const least = operation === CROSS_ENTROPY_GRAD ? v128.splat<T>(<T>NaN) : leastOf<T>(group);
  const unit = v128.load(group, LANE_UNIT);
  const unitSecond = v128.load(group, LANE_UNIT + VECTOR);
  let coefficient = v128.load(group, LANE);
  let coefficientSecond = v128.load(group, LANE + VECTOR);
  // Cross-entropy leaves out lanes whose coefficient is 0, whatever their logits.
  const kept = f64x2.splat(operation & SKIPS_ZERO ? 0 : NaN);
  const keep = f64x2.ne(coefficient, kept);
  const keepSecond = f64x2.ne(coefficientSecond, kept);
  if (operation === CROSS_ENTROPY_TARGETS_GRAD) {
    const total = f64x2.div(v128.load(group, LANE_SECOND), unit);
    const totalSecond = f64x2.div(v128.load(group, LANE_SECOND + VECTOR), unitSecond);
    for (; count; --count) {
      const factor = cut<T>(v128.load(p), least);
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
  coefficient = f64x2.div(coefficient, unit);
  coefficientSecond = f64x2.div(coefficientSecond, unitSecond);
  for (; count; --count) {
    const factor = cut<T>(v128.load(p), least);
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
