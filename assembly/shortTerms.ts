/**
 * The terms of short rows of f32: the argument of the exponential in f32, as in `exp.ts`, the term in f64.
 *
 *   e^z = 2^n · e^r,  e^r − 1 = high + rest
 *
 * high is a part of r that is exact, and rest is exact to 2^-28 of e^r.
 *
 * They go through two stages: the first is here, the second in `shortSums.ts`. A row of few vectors by itself takes one
 * stage, in `shortRow.ts`, because all of them are under way together.
 */
import { is, No, Yes } from "./flags";
import {
  COEFFICIENTS,
  DEPTH,
  EVENER,
  INVERSE,
  INVERSE_LOW,
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
import { madd, VECTOR, widen } from "./vectors";

// Of the record of a group:
/** The term of a maximum, as f64 and so in two vectors. */
export const TOP_TERM: usize = SUM;
/** How many elements are the maximum, as i32. */
export const TIES: usize = NORMALIZER;

/** From the maximum of each lane: SHIFT, MAGIC and LOWEST, as in `anchor.ts`. */
export function anchorShort(frame: usize, group: usize): void {
  const max = v128.load(group, MAX);
  const near = nearOf(frame, max);
  const steps = stepsOf(frame, v128.and(max, near));
  v128.store(group, v128.andnot(max, near), SHIFT);
  v128.store(group, f32x4.sub(v128.load(frame, ROUNDER), steps), MAGIC);
  v128.store(group, lowestOf(frame, steps), LOWEST);
}

/** Where the maximum is not subtracted. */
export function nearOf(frame: usize, max: v128): v128 {
  return f32x4.lt(f32x4.abs(f32x4.mul(max, v128.load(frame, INVERSE))), v128.load(frame, LIMIT));
}

/** N, an even integer near z · log2 e: then `x · log2 e − N` rounds to an integer as `x · log2 e` does, also ties. */
export function stepsOf(frame: usize, z: v128): v128 {
  const evener = v128.load(frame, EVENER);
  return f32x4.sub(madd<f32>(z, v128.load(frame, PER_STEP), evener), evener);
}

/** Terms of logits up to here, less the maximum if that is subtracted, are cut off. */
export function lowestOf(frame: usize, steps: v128): v128 {
  const lowest = f32x4.sub(v128.load(frame, DEPTH), steps);
  return f32x4.mul(lowest, f32x4.add(v128.load(frame, STEP_HIGH), v128.load(frame, STEP_LOW)));
}

/**
 * The first of two stages, for `count` vectors of a group: leaves in STAGE the power of two of each term, high and rest.
 * If the last vector is a `part` of one, it is in TAIL. If `others`, the terms of the maxima are left out, and the record
 * gets TIES and TOP_TERM.
 */
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

/** A lane is `General` if it has a SHIFT, or a temperature other than 1. */
function reduce<General, Others>(frame: usize, group: usize, src: usize, count: usize, part: usize): void {
  const max = v128.load(group, MAX);
  const shift = v128.load(group, SHIFT);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
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
  let to = frame + STAGE;
  let ties = i32x4.splat(0);
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
    const undivided = madd<f32>(n, stepHigh, z);
    const high = highOf<General>(undivided, inverse);
    const low = lowOf<General>(frame, n, stepLow, undivided);
    const rest = growthF32(high, low, c2, c3, c4, c5, c6);
    let scale = power<f32>(biased);
    if (is<Others>()) scale = v128.andnot(scale, dropped);
    v128.store(to, scale);
    v128.store(to, high, VECTOR);
    v128.store(to, rest, 2 * VECTOR);
    to += STAGED;
    src += VECTOR;
  }
  if (!is<Others>()) return;
  v128.store(group, ties, TIES);
  const z = is<General>() ? f32x4.sub(max, shift) : max;
  const biased = madd<f32>(z, perStep, magic);
  const n = f32x4.sub(biased, magic);
  const undivided = madd<f32>(n, stepHigh, z);
  const high = highOf<General>(undivided, inverse);
  const low = lowOf<General>(frame, n, stepLow, undivided);
  const rest = growthF32(high, low, c2, c3, c4, c5, c6);
  const scale = power<f32>(biased);
  v128.store(group, termOf(scale, high, rest, 0), TOP_TERM);
  v128.store(group, termOf(scale, high, rest, 1), TOP_TERM + VECTOR);
}

/** From the exact argument, which is to be divided by the temperature, to its leading part. */
export function highOf<General>(undivided: v128, inverse: v128): v128 {
  return is<General>() ? f32x4.mul(undivided, inverse) : undivided;
}

/** The rest of the argument: of n steps of ln 2 and, where there is one, of 1 / temperature. */
export function lowOf<General>(frame: usize, n: v128, stepLow: v128, undivided: v128): v128 {
  const low = f32x4.mul(n, stepLow);
  return is<General>() ? madd<f32>(undivided, v128.load(frame, INVERSE_LOW), low) : low;
}

/** Two of the four terms. */
export function termOf(scale: v128, high: v128, rest: v128, half: i32): v128 {
  const power = widen<f32>(scale, half);
  return madd<f64>(power, f64x2.add(widen<f32>(high, half), widen<f32>(rest, half)), power);
}
