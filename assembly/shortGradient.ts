/**
 * `gradient.ts` for short rows of f32: p is a term times a factor, in f64, and the result is rounded once.
 *
 * Bound: that of `gradient.ts`
 */
import { CROSS_ENTROPY_GRAD, CROSS_ENTROPY_TARGETS_GRAD, SKIPS_ZERO } from "./abi";
import { INVERSE_F64, LANE, LANE_SECOND, SIZE, TOTAL } from "./frame";
import { SUMS } from "./shortSums";
import { sumStored } from "./totalShort";
import { loadPart, narrow, storePart, VECTOR, widen } from "./vectors";

const FACTORS: usize = SIZE; // of the record of a group: c / Σ terms, as f64 and so in two vectors

/** 2^-116: terms below have been cut off, and become 0. */
const LEAST = reinterpret<f64>(0x38b0000000000000);

/**
 * From the terms of a group, their SUMS and the numbers of the lanes to the results at `dst`. The targets are a group
 * too.
 */
export function multiplyShort(
  frame: usize,
  group: usize,
  operation: i32,
  targets: usize,
  terms: usize,
  dst: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const isLabels = operation === CROSS_ENTROPY_GRAD;
  const isTargets = operation === CROSS_ENTROPY_TARGETS_GRAD;
  const sum = v128.load(group, SUMS);
  const sumSecond = v128.load(step ? group + VECTOR : group, SUMS);
  v128.store(group, f64x2.div(v128.load(group, LANE), sum), FACTORS);
  v128.store(group, f64x2.div(v128.load(group, LANE + VECTOR), sumSecond), FACTORS + VECTOR);
  const lanes: usize = step ? 4 : 1;
  if (isLabels) {
    const vectors = count + (part !== 0 ? 1 : 0);
    for (let lane: usize = 0; lane < lanes; ++lane) clearLabel(group, lane, terms, step);
    for (let at = terms, end = terms + vectors * 2 * VECTOR; at < end; at += VECTOR) v128.store(at, cut(at));
    sumStored(group, terms, vectors, step);
  }
  const inverse = v128.load(frame, INVERSE_F64);
  const factor = v128.load(group + (isTargets ? LANE_SECOND : FACTORS));
  const second = v128.load(group + VECTOR + (isTargets ? LANE_SECOND : FACTORS));
  const coefficient = v128.load(group, LANE);
  const coefficientSecond = v128.load(group, LANE + VECTOR);
  // Cross-entropy leaves out lanes whose coefficient is 0, whatever their logits.
  const kept = f64x2.splat(operation & SKIPS_ZERO ? 0 : NaN);
  const keep = f64x2.ne(coefficient, kept);
  const keepSecond = f64x2.ne(coefficientSecond, kept);
  let to = dst;
  for (let left = count + (part !== 0 ? 1 : 0); left; --left) {
    const isTail = left === 1 && part !== 0;
    let first = cut(terms);
    let last = cut(terms + VECTOR);
    if (isTargets) {
      // A quotient, because 1 − 1 must be 0: a product with the reciprocal would not be exactly 1.
      first = f64x2.div(first, sum);
      last = f64x2.div(last, sumSecond);
    }
    first = f64x2.mul(first, factor);
    last = f64x2.mul(last, second);
    if (isTargets) {
      const target = isTail ? loadPart<f32>(targets, part, 0) : v128.load(targets);
      first = f64x2.mul(f64x2.sub(first, widen<f32>(target, 0)), coefficient);
      last = f64x2.mul(f64x2.sub(last, widen<f32>(target, 1)), coefficientSecond);
    }
    first = v128.and(f64x2.mul(first, inverse), keep);
    last = v128.and(f64x2.mul(last, inverse), keepSecond);
    const result = narrow(first, last);
    if (isTail) storePart<f32>(to, result, part);
    else v128.store(to, result);
    terms += 2 * VECTOR;
    targets += VECTOR;
    to += VECTOR;
  }
  if (isLabels) for (let lane: usize = 0; lane < lanes; ++lane) balanceLabel(frame, group, lane, dst, step);
}

function cut(at: usize): v128 {
  const term = v128.load(at);
  return v128.andnot(term, f64x2.lt(term, f64x2.splat(LEAST)));
}

/** Puts 0 at the label; NaN there stays. */
function clearLabel(group: usize, lane: usize, terms: usize, step: usize): void {
  if (load<f64>(group + lane * 8, LANE) === 0) return;
  const label = <usize>load<f64>(group + lane * 8, LANE_SECOND);
  const at = terms + (step ? label * 2 * VECTOR + lane * 8 : label * 8);
  store<f64>(at, load<f64>(at) - load<f64>(at));
}

/** Puts the negative sum of the other results at the label. */
function balanceLabel(frame: usize, group: usize, lane: usize, dst: usize, step: usize): void {
  const at = group + lane * 8;
  if (load<f64>(at, LANE) === 0) return;
  const label = <usize>load<f64>(at, LANE_SECOND);
  const others = load<f64>(at, TOTAL) * load<f64>(at, FACTORS) * load<f64>(frame, INVERSE_F64);
  store<f32>(dst + (step ? label * VECTOR + lane * 4 : label * 4), <f32>(0 - others)); // not −0
}
