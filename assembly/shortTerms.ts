/**
 * The terms of short rows of f32: the argument of the exponential in f32, as `exp.ts` has it, the term in f64.
 *
 *   e^z = 2^n · e^r,  e^r − 1 = high + rest,  high a part of r that is exact and rest of 2^-28 of e^r
 *
 * Element k of a row goes to the partial sum k mod 4, whether it is in a row by itself or beside three others.
 */
import {
  COEFFICIENTS,
  DEPTH,
  INVERSE,
  LIMIT,
  LOGARITHM,
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
import { madd, VECTOR, widen } from "./vectors";

// Of a group's record, as f64 and so in two vectors:
export const SUMS: usize = LOGARITHM; // the sum of the terms, later what the last pass takes
export const TOPS: usize = SUM; // the term of a maximum, in the place of a sum as f32
export const TIES: usize = NORMALIZER; // how many elements are the maximum, as i32

// AssemblyScript has no constant parameters: types stand for the flags.
type Yes = u8;
type No = u16;
function is<Flag>(): bool {
  return sizeof<Flag>() === sizeof<Yes>();
}

/** From the maximum of each lane: the shift, the integer N inside MAGIC, and where to clamp, as in `exp.ts`. */
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

function isGeneral(frame: usize, group: usize): bool {
  return v128.any_true(v128.load(group, SHIFT)) || load<f32>(frame, INVERSE) !== 1;
}

function highOf<General>(n: v128, z: v128, stepHigh: v128, inverse: v128): v128 {
  const high = madd<f32>(n, stepHigh, z);
  return is<General>() ? f32x4.mul(high, inverse) : high;
}

function restOf(high: v128, low: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128): v128 {
  const r = f32x4.add(high, low);
  const r2 = f32x4.mul(r, r);
  const q = madd<f32>(madd<f32>(c6, r2, madd<f32>(c5, r, c4)), r2, madd<f32>(c3, r, c2));
  return madd<f32>(r2, q, low);
}

function termOf(power: v128, high: v128, rest: v128, half: i32): v128 {
  const scale = widen<f32>(power, half);
  return madd<f64>(scale, f64x2.add(widen<f32>(high, half), widen<f32>(rest, half)), scale);
}

/** `takeTerms` for a row whose maximum is `max`. */
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
  // Not so where it is infinite.
  const isNear = abs(f32x4.extract_lane(max, 0)) < load<f32>(frame, LIMIT);
  if (isNear && load<f32>(frame, INVERSE) === 1) {
    if (others) return takeTerms<No, Yes>(frame, group, max, src, terms, count, part);
    return takeTerms<No, No>(frame, group, max, src, terms, count, part);
  }
  if (others) return takeTerms<Yes, Yes>(frame, group, max, src, terms, count, part);
  return takeTerms<Yes, No>(frame, group, max, src, terms, count, part);
}

/**
 * One row of `count` vectors, the last of them in TAIL if there is a `part` of one: the terms to `terms`, and their sum as the
 * result; or, of the `Others`, nothing but the sum of the terms that are no maximum, with TIES and TOPS. In one stage, as so few
 * vectors are on their way together.
 */
function takeTerms<General, Others>(
  frame: usize,
  group: usize,
  max: v128,
  src: usize,
  terms: usize,
  count: usize,
  part: usize,
): v128 {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const inverse = v128.load(frame, INVERSE);
  let stepLow = v128.load(frame, STEP_LOW);
  if (is<General>()) stepLow = f32x4.mul(stepLow, inverse);
  let offset = stepLow;
  let anchored = max;
  if (is<General>()) {
    const near = isNear(frame, max);
    offset = v128.andnot(max, near);
    anchored = v128.and(max, near);
  }
  const steps = stepsOf(frame, anchored);
  const magic = f32x4.sub(v128.load(frame, ROUNDER), steps);
  const lowest = lowestOf(frame, steps);
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
    if (is<General>()) z = f32x4.sub(z, offset);
    if (is<Others>()) dropped = v128.or(dropped, f32x4.le(z, lowest));
    z = f32x4.pmax(z, lowest); // in this order NaN passes
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    const high = highOf<General>(n, z, stepHigh, inverse);
    const rest = restOf(high, f32x4.mul(n, stepLow), c2, c3, c4, c5, c6);
    let power = i32x4.shl(biased, 23);
    if (is<Others>()) power = v128.andnot(power, dropped);
    const t0 = termOf(power, high, rest, 0);
    const t1 = termOf(power, high, rest, 1);
    if (!is<Others>()) {
      v128.store(terms, t0);
      v128.store(terms, t1, VECTOR);
      terms += 2 * VECTOR;
    }
    sum = f64x2.add(sum, t0);
    second = f64x2.add(second, t1);
    src += VECTOR;
  }
  if (is<Others>()) {
    v128.store(group, ties, TIES);
    let z = max;
    if (is<General>()) z = f32x4.sub(z, offset);
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    const high = highOf<General>(n, z, stepHigh, inverse);
    const rest = restOf(high, f32x4.mul(n, stepLow), c2, c3, c4, c5, c6);
    v128.store(group, termOf(i32x4.shl(biased, 23), high, rest, 0), TOPS);
  }
  return joinRow(sum, second);
}

/** The first stage for `count` vectors, the last of them in TAIL if there is a `part` of one. With `others`, 0 for the maxima. */
export function reduceShort(
  frame: usize,
  group: usize,
  src: usize,
  count: usize,
  part: usize,
  others: bool,
): void {
  if (isGeneral(frame, group)) {
    if (others) reduce<Yes, Yes>(frame, group, src, count, part);
    else reduce<Yes, No>(frame, group, src, count, part);
  } else if (others) reduce<No, Yes>(frame, group, src, count, part);
  else reduce<No, No>(frame, group, src, count, part);
}

/** Leaves the power of two of each term, and e^r − 1 in two parts; of the `Others`, with TIES and TOPS, 0 for the maxima. */
function reduce<General, Others>(frame: usize, group: usize, src: usize, count: usize, part: usize): void {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const inverse = v128.load(frame, INVERSE);
  let stepLow = v128.load(frame, STEP_LOW);
  if (is<General>()) stepLow = f32x4.mul(stepLow, inverse);
  const offset = v128.load(group, SHIFT);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
  const max = v128.load(group, MAX);
  const c2 = v128.load(frame, COEFFICIENTS);
  const c3 = v128.load(frame, COEFFICIENTS + 1 * VECTOR);
  const c4 = v128.load(frame, COEFFICIENTS + 2 * VECTOR);
  const c5 = v128.load(frame, COEFFICIENTS + 3 * VECTOR);
  const c6 = v128.load(frame, COEFFICIENTS + 4 * VECTOR);
  let ties = i32x4.splat(0);
  let at = frame + STAGE;
  for (; count; --count) {
    let z = v128.load(count === 1 && part !== 0 ? frame + TAIL : src);
    let dropped = ties;
    if (is<Others>()) {
      dropped = f32x4.eq(z, max);
      ties = i32x4.sub(ties, dropped);
    }
    if (is<General>()) z = f32x4.sub(z, offset);
    if (is<Others>()) dropped = v128.or(dropped, f32x4.le(z, lowest));
    z = f32x4.pmax(z, lowest); // in this order NaN passes
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    const high = highOf<General>(n, z, stepHigh, inverse);
    const rest = restOf(high, f32x4.mul(n, stepLow), c2, c3, c4, c5, c6);
    let power = i32x4.shl(biased, 23);
    if (is<Others>()) power = v128.andnot(power, dropped);
    v128.store(at, power);
    v128.store(at, high, VECTOR);
    v128.store(at, rest, 2 * VECTOR);
    at += STAGED;
    src += VECTOR;
  }
  if (is<Others>()) {
    v128.store(group, ties, TIES);
    let z = max;
    if (is<General>()) z = f32x4.sub(z, offset);
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    const high = highOf<General>(n, z, stepHigh, inverse);
    const rest = restOf(high, f32x4.mul(n, stepLow), c2, c3, c4, c5, c6);
    const power = i32x4.shl(biased, 23);
    v128.store(group, termOf(power, high, rest, 0), TOPS);
    v128.store(group, termOf(power, high, rest, 1), TOPS + VECTOR);
  }
}

/** Two of the terms of what `reduce` has left at `at`. */
function term(at: usize): v128 {
  const scale = f64x2.promote_low_f32x4(v128.load64_zero(at));
  const high = f64x2.promote_low_f32x4(v128.load64_zero(at, VECTOR));
  const rest = f64x2.promote_low_f32x4(v128.load64_zero(at, 2 * VECTOR));
  return madd<f64>(scale, f64x2.add(high, rest), scale);
}

/** The second stage: the sums of the terms, which are stored at `terms` if they are `stored`. */
export function sumShort(
  frame: usize,
  group: usize,
  terms: usize,
  count: usize,
  stored: bool,
  isRow: bool,
): void {
  if (isRow) {
    if (stored) sumRow<Yes>(frame, group, terms, count);
    else sumRow<No>(frame, group, terms, count);
  } else if (stored) sumColumns<Yes>(frame, group, terms, count);
  else sumColumns<No>(frame, group, terms, count);
}

function sumRow<Stored>(frame: usize, group: usize, terms: usize, count: usize): void {
  let at = frame + STAGE;
  let sum = f64x2.splat(0);
  let second = sum;
  for (; count; --count) {
    const t0 = term(at);
    const t1 = term(at + 8);
    if (is<Stored>()) {
      v128.store(terms, t0);
      v128.store(terms, t1, VECTOR);
      terms += 2 * VECTOR;
    }
    sum = f64x2.add(sum, t0);
    second = f64x2.add(second, t1);
    at += STAGED;
  }
  v128.store(group, joinRow(sum, second), SUMS);
}

/** The sum of four partial sums, in both places. */
function joinRow(sum: v128, second: v128): v128 {
  const pairs = f64x2.add(sum, second);
  return f64x2.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0));
}

/** Rows side by side have four sums each. */
function sumColumns<Stored>(frame: usize, group: usize, terms: usize, count: usize): void {
  for (let half: usize = 0; half < 2; ++half) {
    let at = frame + STAGE + half * 8;
    let to = terms + half * VECTOR;
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let left = count;
    for (; left >= 4; left -= 4) {
      const t0 = term(at);
      const t1 = term(at + STAGED);
      const t2 = term(at + 2 * STAGED);
      const t3 = term(at + 3 * STAGED);
      if (is<Stored>()) {
        v128.store(to, t0);
        v128.store(to, t1, 2 * VECTOR);
        v128.store(to, t2, 4 * VECTOR);
        v128.store(to, t3, 6 * VECTOR);
        to += 8 * VECTOR;
      }
      s0 = f64x2.add(s0, t0);
      s1 = f64x2.add(s1, t1);
      s2 = f64x2.add(s2, t2);
      s3 = f64x2.add(s3, t3);
      at += 4 * STAGED;
    }
    if (left) {
      const t0 = term(at);
      if (is<Stored>()) v128.store(to, t0);
      s0 = f64x2.add(s0, t0);
      if (left > 1) {
        const t1 = term(at + STAGED);
        if (is<Stored>()) v128.store(to, t1, 2 * VECTOR);
        s1 = f64x2.add(s1, t1);
      }
      if (left > 2) {
        const t2 = term(at + 2 * STAGED);
        if (is<Stored>()) v128.store(to, t2, 4 * VECTOR);
        s2 = f64x2.add(s2, t2);
      }
    }
    v128.store(group + half * VECTOR, f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3)), SUMS);
  }
}
