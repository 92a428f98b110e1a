/**
 * The terms of short rows of f32: the argument of the exponential in f32, as in `exp.ts`, the term in f64.
 *
 *   e^z = 2^n · e^r,  e^r − 1 = high + rest
 *
 * high is a part of r that is exact, and rest is exact to 2^-28 of e^r.
 *
 * Rows of many vectors, and rows side by side, go through two stages: the first is here, the second in `shortSums.ts`.
 * A row of few vectors takes one stage, because all of them are under way together.
 */
import { is, No, Yes } from "./flags";
import {
  COEFFICIENTS,
  DEPTH,
  INVERSE,
  LIMIT,
  LOWEST,
  MAGIC,
  MAX,
  NORMALIZER,
  PER_STEP,
  ROUNDER,
  SHIFT,
  STAGE,
  STAGED,
  STEP_HIGH,
  STEP_LOW,
  SUM,
  TAIL,
} from "./frame";
import { growthF32, power } from "./polynomial";
import { joinRow } from "./shortSums";
import { madd, VECTOR, widen } from "./vectors";

// Of the record of a group:
/** The term of a maximum, as f64 and so in two vectors. */
export const TOP_TERM: usize = SUM;
/** How many elements are the maximum, as i32. */
export const TIES: usize = NORMALIZER;

/** From the maximum of each lane: SHIFT, MAGIC and LOWEST, as in `anchor.ts`. */
export function anchorShort(frame: usize, group: usize): void {
  const max = v128.load(group, MAX);
  const near = isNear(frame, max);
  const steps = stepsOf(frame, v128.and(max, near));
  v128.store(group, v128.andnot(max, near), SHIFT);
  v128.store(group, f32x4.sub(v128.load(frame, ROUNDER), steps), MAGIC);
  v128.store(group, lowestOf(frame, steps), LOWEST);
}

function isNear(frame: usize, max: v128): v128 {
  return f32x4.lt(f32x4.abs(f32x4.mul(max, v128.load(frame, INVERSE))), v128.load(frame, LIMIT));
}

function stepsOf(frame: usize, z: v128): v128 {
  return f32x4.nearest(f32x4.mul(z, v128.load(frame, PER_STEP)));
}

function lowestOf(frame: usize, steps: v128): v128 {
  const lowest = f32x4.sub(v128.load(frame, DEPTH), steps);
  return f32x4.mul(lowest, f32x4.add(v128.load(frame, STEP_HIGH), v128.load(frame, STEP_LOW)));
}

/**
 * One stage, for a row of `count` vectors whose maximum is `max`. If the last vector is a `part` of one, it is in TAIL.
 * Stores the terms at `terms` and returns their sum. If `others`, it stores TIES and TOP_TERM instead, and
 * returns the sum of all terms but those of the maxima.
 */
export function takeRow(
  frame: usize,
  group: usize,
  max: v128,
  src: usize,
  terms: usize,
  count: usize,
  part: usize,
  others: bool,
): v128 {
  // False where the maximum is infinite.
  const isNear = abs(f32x4.extract_lane(max, 0)) < load<f32>(frame, LIMIT);
  if (isNear && load<f32>(frame, INVERSE) === 1) {
    if (others) return anchorRow<No, Yes>(frame, group, max, src, terms, count, part);
    return anchorRow<No, No>(frame, group, max, src, terms, count, part);
  }
  if (others) return anchorRow<Yes, Yes>(frame, group, max, src, terms, count, part);
  return anchorRow<Yes, No>(frame, group, max, src, terms, count, part);
}

/** What the terms are relative to stays in registers: the record does not have to hold it. */
function anchorRow<General, Others>(
  frame: usize,
  group: usize,
  max: v128,
  src: usize,
  terms: usize,
  count: usize,
  part: usize,
): v128 {
  const near = is<General>() ? isNear(frame, max) : i8x16.splat(-1);
  const steps = stepsOf(frame, is<General>() ? v128.and(max, near) : max);
  const magic = f32x4.sub(v128.load(frame, ROUNDER), steps);
  const lowest = lowestOf(frame, steps);
  const shift = v128.andnot(max, near);
  return take<General, Others, No>(frame, group, max, shift, magic, lowest, src, terms, count, part);
}

/** The first of two stages, to STAGE. The arguments are those of `takeRow`, and the maximum is in the record. */
export function reduceShort(
  frame: usize,
  group: usize,
  src: usize,
  count: usize,
  part: usize,
  others: bool,
): void {
  if (v128.any_true(v128.load(group, SHIFT)) || load<f32>(frame, INVERSE) !== 1) {
    if (others) reduce<Yes, Yes>(frame, group, src, count, part);
    else reduce<Yes, No>(frame, group, src, count, part);
  } else if (others) reduce<No, Yes>(frame, group, src, count, part);
  else reduce<No, No>(frame, group, src, count, part);
}

function reduce<General, Others>(frame: usize, group: usize, src: usize, count: usize, part: usize): void {
  const max = v128.load(group, MAX);
  const shift = v128.load(group, SHIFT);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
  take<General, Others, Yes>(frame, group, max, shift, magic, lowest, src, frame + STAGE, count, part);
}

/**
 * If `Staged`, leaves the power of two of each term, high and rest at `to`. Else it stores the terms there, unless only
 * the `Others` are summed, and returns their sum. A lane is `General` if it has a SHIFT, or a temperature other than 1.
 */
function take<General, Others, Staged>(
  frame: usize,
  group: usize,
  max: v128,
  shift: v128,
  magic: v128,
  lowest: v128,
  src: usize,
  to: usize,
  count: usize,
  part: usize,
): v128 {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const inverse = v128.load(frame, INVERSE);
  let stepLow = v128.load(frame, STEP_LOW);
  if (is<General>()) stepLow = f32x4.mul(stepLow, inverse);
  const c2 = v128.load(frame, COEFFICIENTS);
  const c3 = v128.load(frame, COEFFICIENTS + 1 * VECTOR);
  const c4 = v128.load(frame, COEFFICIENTS + 2 * VECTOR);
  const c5 = v128.load(frame, COEFFICIENTS + 3 * VECTOR);
  const c6 = v128.load(frame, COEFFICIENTS + 4 * VECTOR);
  let ties = i32x4.splat(0);
  let sum = f64x2.splat(0);
  let second = sum;
  for (; count; --count) {
    let z = v128.load(count === 1 && part !== 0 ? frame + TAIL : src);
    let dropped = ties;
    if (is<Others>()) {
      dropped = f32x4.eq(z, max);
      ties = i32x4.sub(ties, dropped);
    }
    if (is<General>()) z = f32x4.sub(z, shift);
    if (is<Others>()) dropped = v128.or(dropped, f32x4.le(z, lowest));
    z = f32x4.pmax(z, lowest); // in this order NaN passes
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    const high = highOf<General>(n, z, stepHigh, inverse);
    const rest = growthF32(high, f32x4.mul(n, stepLow), c2, c3, c4, c5, c6);
    let scale = power<f32>(biased);
    if (is<Others>()) scale = v128.andnot(scale, dropped);
    if (is<Staged>()) {
      v128.store(to, scale);
      v128.store(to, high, VECTOR);
      v128.store(to, rest, 2 * VECTOR);
      to += STAGED;
    } else {
      const t0 = termOf(scale, high, rest, 0);
      const t1 = termOf(scale, high, rest, 1);
      if (!is<Others>()) {
        v128.store(to, t0);
        v128.store(to, t1, VECTOR);
        to += 2 * VECTOR;
      }
      sum = f64x2.add(sum, t0);
      second = f64x2.add(second, t1);
    }
    src += VECTOR;
  }
  if (is<Others>()) {
    v128.store(group, ties, TIES);
    const z = is<General>() ? f32x4.sub(max, shift) : max;
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    const high = highOf<General>(n, z, stepHigh, inverse);
    const rest = growthF32(high, f32x4.mul(n, stepLow), c2, c3, c4, c5, c6);
    const scale = power<f32>(biased);
    v128.store(group, termOf(scale, high, rest, 0), TOP_TERM);
    if (is<Staged>()) v128.store(group, termOf(scale, high, rest, 1), TOP_TERM + VECTOR);
  }
  return is<Staged>() ? sum : joinRow(sum, second);
}

function highOf<General>(n: v128, z: v128, stepHigh: v128, inverse: v128): v128 {
  const high = madd<f32>(n, stepHigh, z);
  return is<General>() ? f32x4.mul(high, inverse) : high;
}

/** Two of the four terms. */
function termOf(scale: v128, high: v128, rest: v128, half: i32): v128 {
  const power = widen<f32>(scale, half);
  return madd<f64>(power, f64x2.add(widen<f32>(high, half), widen<f32>(rest, half)), power);
}
