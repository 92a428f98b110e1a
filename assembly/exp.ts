/**
 * The exponential of a run of vectors relative to their maximum, and its sum: the pass that takes three quarters
 * of the time.
 *
 *   e^z = 2^n · e^r,  n = round(z · log2 e),  r = z − n · ln 2,  e^r = 1 + r + r² · q(r),  |r| ≤ ln 2 / 2
 *
 * Subtracting the maximum first would round: an error of |x − max| ulp in the result. Instead the maximum enters
 * as an integer N, folded into the number that rounds (MAGIC), and x itself is reduced, which is exact. Only
 * maxima beyond LIMIT are subtracted, and then x − max is exact for every x that matters: within a factor of 2 (Sterbenz).
 *
 * Terms are held as 2^BIAS · e^(z − N ln 2), so that none is subnormal before the scale pass.
 *
 * The largest term would carry a rounding error of its own, which in a lane that it dominates becomes everybody's.
 * So all terms of a lane are nudged by one common factor 1 + NUDGE, |NUDGE| < 2^-24 (f64: 2^-53), with which the
 * largest one is exactly representable: ties share exactly, and p never exceeds 1.
 *
 * The loop runs in three stages, a block of vectors at a time: the argument in steps of ln 2 and the rest, r; the polynomial
 * in r; the terms and their sum. Each stage is a short chain without spills. In one loop the chain from a logit to the sum
 * is longer than what the processor looks ahead: it takes 1.25 (relaxed) to 1.9 times (simd, f64) the time. The f32 chain of
 * relaxed, with its fused operations, is short enough for two stages: 5 % less time than three.
 *
 * The sum is compensated, and it sums the terms before they are rounded to be stored. Measured and dropped: sums of
 * four terms in f32 (3.9 ulp where one dominates), partial sums promoted to f64 (no more exact, 12 % slower), terms
 * without the nudge (2.0 ulp), and without it and with r as one float throughout (2.7 ulp, 13 % faster).
 *
 * Coefficients: Sollya, fpminimax with the first two fixed at 1; relative error 2^-28.2 (f32), 2^-57.9 (f64).
 */
import {
  ABOVE,
  COEFFICIENTS,
  DEPTH,
  INVERSE,
  LIMIT,
  LOWEST,
  MAGIC,
  MAX,
  NUDGE,
  PER_STEP,
  ROUNDER,
  SHIFT,
  STAGE,
  STAGE_TERMS,
  STAGED,
  START,
  STEP_HIGH,
  STEP_LOW,
  SUM,
  SUM_LOW,
  TAIL,
  TAIL_OTHER,
} from "./frame";
import { addPartial, joinFour, setPair } from "./sum";
import { giveTail, madd, SHORT, strideOf, tailOf, takeTail, VECTOR, wholeVectors } from "./vectors";
import { weighShort, weighTerms } from "./weighted";

/** Vectors summed before the compensated sum is folded: its low part stays small enough to be exact. */
const BLOCK: usize = STAGE_TERMS;

/** 2^n with n in the low bits of a biased exponent as adding MAGIC leaves it. */
export function power<T extends number>(biased: v128): v128 {
  return sizeof<T>() === 4 ? i32x4.shl(biased, 23) : i64x2.shl(biased, 52);
}

/** q(r) of the identity above, as a polynomial in r² of pairs c + c' r: a chain half as long as by Horner's rule. */
function polynomial<T extends number>(
  r: v128,
  r2: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  c6: v128,
  c7: v128,
  c8: v128,
  c9: v128,
  c10: v128,
  c11: v128,
): v128 {
  let q = c6;
  if (sizeof<T>() === 8) {
    q = madd<T>(madd<T>(c11, r, c10), r2, madd<T>(c9, r, c8));
    q = madd<T>(q, r2, madd<T>(c7, r, c6));
  }
  q = madd<T>(q, r2, madd<T>(c5, r, c4));
  return madd<T>(q, r2, madd<T>(c3, r, c2));
}

/**
 * From the maximum of each lane: the shift, the integer N inside MAGIC, where to clamp, and the nudge; clears the
 * sum. An infinite maximum becomes a shift, and with it some term NaN.
 */
export function anchor<T extends number>(frame: usize, group: usize): void {
  const max = v128.load(group, MAX);
  const perStep = v128.load(frame, PER_STEP);
  const inverse = v128.load(frame, INVERSE);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const near = v128.lt<T>(v128.abs<T>(v128.mul<T>(max, inverse)), v128.load(frame, LIMIT));
  const z = v128.and(max, near);
  const steps = v128.nearest<T>(v128.mul<T>(z, perStep));
  const magic = v128.sub<T>(v128.load(frame, ROUNDER), steps);
  const lowest = v128.sub<T>(v128.load(frame, DEPTH), steps);
  v128.store(group, v128.andnot(max, near), SHIFT);
  v128.store(group, magic, MAGIC);
  v128.store(group, v128.mul<T>(lowest, v128.add<T>(stepHigh, stepLow)), LOWEST);

  // NUDGE: what the roundings add to the largest term, relative to it. Added to r in every lane, it makes the rounded
  // value the exact one.
  const biased = madd<T>(z, perStep, magic);
  const scale = power<T>(biased);
  const n = v128.sub<T>(biased, magic);
  const high = v128.mul<T>(madd<T>(n, stepHigh, z), inverse);
  const low = v128.mul<T>(n, v128.mul<T>(stepLow, inverse));
  const r = v128.add<T>(high, low);
  const rest = madd<T>(v128.mul<T>(r, r), polynomialFrom<T>(frame, r), low);
  const t = v128.add<T>(high, rest);
  const top = madd<T>(scale, t, scale);
  const tAdded = v128.sub<T>(v128.sub<T>(t, high), rest);
  const termAdded = v128.sub<T>(v128.sub<T>(top, scale), v128.mul<T>(scale, t));
  v128.store(group, v128.div<T>(madd<T>(scale, tAdded, termAdded), top), NUDGE);

  v128.store(group, v128.load(frame, ABOVE), START);
  v128.store(group, v128.splat<T>(<T>0), SUM);
  v128.store(group, v128.splat<T>(<T>0), SUM_LOW);
}

export function polynomialFrom<T extends number>(frame: usize, r: v128): v128 {
  return polynomial<T>(
    r,
    v128.mul<T>(r, r),
    v128.load(frame, COEFFICIENTS),
    v128.load(frame, COEFFICIENTS + 1 * VECTOR),
    v128.load(frame, COEFFICIENTS + 2 * VECTOR),
    v128.load(frame, COEFFICIENTS + 3 * VECTOR),
    v128.load(frame, COEFFICIENTS + 4 * VECTOR),
    v128.load(frame, COEFFICIENTS + 5 * VECTOR),
    v128.load(frame, COEFFICIENTS + 6 * VECTOR),
    v128.load(frame, COEFFICIENTS + 7 * VECTOR),
    v128.load(frame, COEFFICIENTS + 8 * VECTOR),
    v128.load(frame, COEFFICIENTS + 9 * VECTOR),
  );
}

// AssemblyScript has no constant parameters: types stand for the flags, so that each loop is compiled without the
// other's work. The common one, for an unshifted lane at temperature 1, saves an eighth of the time by that.
type Yes = u8;
type No = u16;
/** In the place of Stored: what would be `dst` are weights. */
type Weighted = u32;
function is<Flag>(): bool {
  return sizeof<Flag>() === sizeof<Yes>();
}
function isWeighted<Stored>(): bool {
  return sizeof<Stored>() === sizeof<Weighted>();
}
/** Whether the last stage takes t in two parts. */
function isSplit<Stored>(): bool {
  return sizeof<Stored>() === sizeof<No>();
}

/** Stores the terms of the group at `src` in the same places at `dst`, which may be `src`, and adds them to SUM. */
export function expRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  run<T, Yes>(frame, group, src, dst, length, step);
}

/** The same of `count` vectors at `src`, `step` bytes apart, element by element. */
export function termRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  runBlocks<T, Yes>(frame, group, src, dst, count, step);
}

/** Adds the terms to SUM and stores nothing; a quarter ulp more exact, for the logarithm. */
export function sumRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): void {
  run<T, No>(frame, group, src, 0, length, step);
}

/** The same of `count` vectors, one after the other, at most BLOCK, element by element. */
export function sumBlock<T extends number>(frame: usize, group: usize, src: usize, count: usize): void {
  runBlock<T, No>(frame, group, src, 0, count, VECTOR);
}

/** Adds the terms times their weights to the sums of weighted.ts. */
export function weighRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  weights: usize,
  length: usize,
  step: usize,
): void {
  run<T, Weighted>(frame, group, src, weights, length, step);
}

/** The same of a piece of a long lane, which is not short however few its elements are. */
export function weighPiece<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  weights: usize,
  length: usize,
  step: usize,
): void {
  runBlocks<T, Weighted>(frame, group, src, weights, wholeVectors<T>(length, step), strideOf(step));
  if (!tailOf<T>(length, step)) return;
  takeTail<T>(frame + TAIL, src, length, -Infinity);
  takeTail<T>(frame + TAIL_OTHER, weights, length, 0);
  runBlock<T, Weighted>(frame, group, frame + TAIL, frame + TAIL_OTHER, 1, 0);
}

/** Stores the terms of the maxima at `dst`, and adds them to SUM. */
export function expMax<T extends number>(frame: usize, group: usize, dst: usize): void {
  runBlock<T, Yes>(frame, group, group + MAX, dst, 1, 0);
}

/** Adds the terms of the maxima to SUM, as sumRun does. */
export function sumMax<T extends number>(frame: usize, group: usize): void {
  runBlock<T, No>(frame, group, group + MAX, 0, 1, 0);
}

/** A row's tail is in TAIL, and of a second operand in TAIL_OTHER. */
function run<T extends number, Stored>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const tail = isWeighted<Stored>() ? frame + TAIL_OTHER : frame + TAIL;
  const end = dst;
  if (part) {
    takeTail<T>(frame + TAIL, src, length, -Infinity);
    if (isWeighted<Stored>()) takeTail<T>(tail, dst, length, 0);
  }
  if (length <= SHORT) {
    runShort<T, Stored>(frame, group, src, dst, tail, count, part, step);
  } else {
    runBlocks<T, Stored>(frame, group, src, dst, count, strideOf(step));
    if (part) runBlock<T, Stored>(frame, group, frame + TAIL, tail, 1, 0);
  }
  if (part && is<Stored>()) giveTail<T>(tail, end, length);
}

function runBlocks<T extends number, Stored>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  while (count) {
    const block = min(count, BLOCK);
    runBlock<T, Stored>(frame, group, src, dst, block, step);
    count -= block;
    src += block * step;
    dst += block * step;
  }
}

function runBlock<T extends number, Stored>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const stage = frame + STAGE;
  if (isGeneral<T>(frame, group)) reduce<T, Yes, Stored>(frame, group, src, stage, count, step);
  else reduce<T, No, Stored>(frame, group, src, stage, count, step);
  if (!isFused<T>()) grow<T, Stored>(frame, count);
  if (isWeighted<Stored>())
    weighTerms<T>(frame, group, group, stage, STAGED, src, count, dst, step, 0, false);
  else addTerms<T, Stored>(group, stage, count, dst, step);
}

/** The same for a short lane, which has four sums: see joinSum. */
function runShort<T extends number, Stored>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  tail: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const stage = frame + STAGE;
  const last = stage + count * STAGED;
  const stride = strideOf(step);
  if (isGeneral<T>(frame, group)) {
    reduce<T, Yes, Stored>(frame, group, src, stage, count, stride);
    if (part) reduce<T, Yes, Stored>(frame, group, frame + TAIL, last, 1, 0);
  } else {
    reduce<T, No, Stored>(frame, group, src, stage, count, stride);
    if (part) reduce<T, No, Stored>(frame, group, frame + TAIL, last, 1, 0);
  }
  if (!isFused<T>()) grow<T, Stored>(frame, part ? count + 1 : count);
  if (isWeighted<Stored>()) {
    weighShort<T>(frame, group, src, dst, count, part, step);
    return;
  }
  if (step) addColumns<T, Stored>(group, stage, count, dst, step);
  else addRow<T, Stored>(group, stage, part ? count + 1 : count, dst, part ? tail : 0);
}

function isGeneral<T extends number>(frame: usize, group: usize): bool {
  return v128.any_true(v128.load(group, SHIFT)) || load<T>(frame, INVERSE) !== <T>1;
}

/** Whether the first stage does the second one's work. */
function isFused<T extends number>(): bool {
  return ASC_FEATURE_RELAXED_SIMD && sizeof<T>() === 4;
}

/** The first stage: leaves `biased`, and r in two parts. */
function reduce<T extends number, General, Stored>(
  frame: usize,
  group: usize,
  src: usize,
  at: usize,
  count: usize,
  step: usize,
): void {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const inverse = v128.load(frame, INVERSE);
  let stepLow = v128.load(frame, STEP_LOW);
  if (is<General>()) stepLow = v128.mul<T>(stepLow, inverse);
  const shift = v128.load(group, SHIFT);
  const magic = v128.load(group, MAGIC);
  const lowest = v128.load(group, LOWEST);
  const nudge = v128.load(group, NUDGE);
  const c2 = v128.load(frame, COEFFICIENTS);
  const c3 = v128.load(frame, COEFFICIENTS + 1 * VECTOR);
  const c4 = v128.load(frame, COEFFICIENTS + 2 * VECTOR);
  const c5 = v128.load(frame, COEFFICIENTS + 3 * VECTOR);
  const c6 = v128.load(frame, COEFFICIENTS + 4 * VECTOR);
  for (; count; --count) {
    let z = v128.load(src);
    if (is<General>()) z = v128.sub<T>(z, shift);
    z = v128.pmax<T>(z, lowest); // in this order NaN passes
    const biased = madd<T>(z, perStep, magic);
    const n = v128.sub<T>(biased, magic);
    let high = madd<T>(n, stepHigh, z);
    if (is<General>()) high = v128.mul<T>(high, inverse);
    const low = madd<T>(n, stepLow, nudge);
    if (isFused<T>()) {
      const rest = growth<T>(high, low, c2, c3, c4, c5, c6, c6, c6, c6, c6, c6);
      leave<T, Stored>(at, biased, high, rest);
    } else {
      v128.store(at, biased);
      v128.store(at, high, VECTOR);
      v128.store(at, low, 2 * VECTOR);
    }
    at += STAGED;
    src += step;
  }
}

/** The second stage: from there to the power of two of each term and e^r − 1. */
function grow<T extends number, Stored>(frame: usize, count: usize): void {
  const wide = sizeof<T>() === 8;
  const c2 = v128.load(frame, COEFFICIENTS);
  const c3 = v128.load(frame, COEFFICIENTS + 1 * VECTOR);
  const c4 = v128.load(frame, COEFFICIENTS + 2 * VECTOR);
  const c5 = v128.load(frame, COEFFICIENTS + 3 * VECTOR);
  const c6 = v128.load(frame, COEFFICIENTS + 4 * VECTOR);
  const c7 = wide ? v128.load(frame, COEFFICIENTS + 5 * VECTOR) : c6;
  const c8 = wide ? v128.load(frame, COEFFICIENTS + 6 * VECTOR) : c6;
  const c9 = wide ? v128.load(frame, COEFFICIENTS + 7 * VECTOR) : c6;
  const c10 = wide ? v128.load(frame, COEFFICIENTS + 8 * VECTOR) : c6;
  const c11 = wide ? v128.load(frame, COEFFICIENTS + 9 * VECTOR) : c6;
  let at = frame + STAGE;
  for (; count; --count) {
    const biased = v128.load(at);
    const high = v128.load(at, VECTOR);
    const low = v128.load(at, 2 * VECTOR);
    const rest = growth<T>(high, low, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11);
    leave<T, Stored>(at, biased, high, rest);
    at += STAGED;
  }
}

/** What of a term the last stage takes: its power of two, and t = high + rest, rounded, or in two parts. */
function leave<T extends number, Stored>(at: usize, biased: v128, high: v128, rest: v128): void {
  v128.store(at, power<T>(biased));
  v128.store(at, isSplit<Stored>() ? high : v128.add<T>(high, rest), VECTOR);
  if (isSplit<Stored>()) v128.store(at, rest, 2 * VECTOR);
}

/** e^r − 1 − high, where r = high + low. */
function growth<T extends number>(
  high: v128,
  low: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  c6: v128,
  c7: v128,
  c8: v128,
  c9: v128,
  c10: v128,
  c11: v128,
): v128 {
  const r = v128.add<T>(high, low);
  const r2 = v128.mul<T>(r, r);
  const q = polynomial<T>(r, r2, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11);
  return madd<T>(r2, q, low);
}

/**
 * The last stage: adds the terms of a block to SUM and, if they are `Stored`, writes them to `dst`. Two sums take turns, as
 * an addition waits for the one before.
 */
function addTerms<T extends number, Stored>(
  group: usize,
  at: usize,
  count: usize,
  dst: usize,
  step: usize,
): void {
  const start = v128.load(group, START);
  let partial = start;
  let other = start;
  let lost = v128.splat<T>(<T>0);
  let otherLost = lost;
  for (; count; --count) {
    const scale = v128.load(at);
    const high = v128.load(at, VECTOR);
    const rest = is<Stored>() ? high : v128.load(at, 2 * VECTOR);
    const t = is<Stored>() ? high : v128.add<T>(high, rest);
    const term = madd<T>(scale, t, scale);
    const next = v128.add<T>(partial, term);
    // What the partial sum has not taken of scale · (1 + t), where t is high + rest before its own rounding.
    let left = madd<T>(scale, high, v128.sub<T>(scale, v128.sub<T>(next, partial)));
    if (is<Stored>()) v128.store(dst, term);
    else left = madd<T>(scale, rest, left);
    partial = other;
    other = next;
    const nextLost = v128.add<T>(lost, left);
    lost = otherLost;
    otherLost = nextLost;
    at += STAGED;
    dst += step;
  }
  addPartial<T>(group, v128.sub<T>(partial, start), lost);
  addPartial<T>(group, v128.sub<T>(other, start), otherLost);
}

/**
 * `addTerms` for a short row, of which element k goes to sum k mod 4: of f32 each vector to the same sums, of f64 by turns. The
 * term of the last vector is stored at `last`, if that is not 0.
 */
function addRow<T extends number, Stored>(
  group: usize,
  at: usize,
  count: usize,
  dst: usize,
  last: usize,
): void {
  const start = v128.load(group, START);
  let partial = start;
  let other = start;
  let lost = v128.splat<T>(<T>0);
  let otherLost = lost;
  for (; count; --count) {
    const term = termOf<T, Stored>(at);
    const next = v128.add<T>(partial, term);
    const nextLost = v128.add<T>(lost, leftOf<T, Stored>(at, partial, next));
    if (is<Stored>()) v128.store(last && count === 1 ? last : dst, term);
    if (sizeof<T>() === 4) {
      partial = next;
      lost = nextLost;
    } else {
      partial = other;
      other = next;
      lost = otherLost;
      otherLost = nextLost;
    }
    at += STAGED;
    dst += VECTOR;
  }
  partial = v128.sub<T>(partial, start);
  if (sizeof<T>() === 4) {
    v128.store(group, partial, SUM);
    v128.store(group, lost, SUM_LOW);
  } else {
    setPair(group, partial, lost, f64x2.sub(other, start), otherLost);
  }
}

/** The same of lanes side by side, with four sums for each. */
function addColumns<T extends number, Stored>(
  group: usize,
  at: usize,
  count: usize,
  dst: usize,
  step: usize,
): void {
  const start = v128.load(group, START);
  let p0 = start;
  let p1 = start;
  let p2 = start;
  let p3 = start;
  let l0 = v128.splat<T>(<T>0);
  let l1 = l0;
  let l2 = l0;
  let l3 = l0;
  for (; count >= 4; count -= 4) {
    let next = addTo<T, Stored>(p0, at, dst);
    l0 = v128.add<T>(l0, leftOf<T, Stored>(at, p0, next));
    p0 = next;
    dst += step;
    next = addTo<T, Stored>(p1, at + STAGED, dst);
    l1 = v128.add<T>(l1, leftOf<T, Stored>(at + STAGED, p1, next));
    p1 = next;
    dst += step;
    next = addTo<T, Stored>(p2, at + 2 * STAGED, dst);
    l2 = v128.add<T>(l2, leftOf<T, Stored>(at + 2 * STAGED, p2, next));
    p2 = next;
    dst += step;
    next = addTo<T, Stored>(p3, at + 3 * STAGED, dst);
    l3 = v128.add<T>(l3, leftOf<T, Stored>(at + 3 * STAGED, p3, next));
    p3 = next;
    dst += step;
    at += 4 * STAGED;
  }
  if (count) {
    let next = addTo<T, Stored>(p0, at, dst);
    l0 = v128.add<T>(l0, leftOf<T, Stored>(at, p0, next));
    p0 = next;
    if (count > 1) {
      next = addTo<T, Stored>(p1, at + STAGED, dst + step);
      l1 = v128.add<T>(l1, leftOf<T, Stored>(at + STAGED, p1, next));
      p1 = next;
    }
    if (count > 2) {
      next = addTo<T, Stored>(p2, at + 2 * STAGED, dst + 2 * step);
      l2 = v128.add<T>(l2, leftOf<T, Stored>(at + 2 * STAGED, p2, next));
      p2 = next;
    }
  }
  p0 = v128.sub<T>(p0, start);
  p1 = v128.sub<T>(p1, start);
  p2 = v128.sub<T>(p2, start);
  p3 = v128.sub<T>(p3, start);
  joinFour<T>(group, p0, l0, p1, l1, p2, l2, p3, l3);
}

function addTo<T extends number, Stored>(partial: v128, at: usize, dst: usize): v128 {
  const term = termOf<T, Stored>(at);
  if (is<Stored>()) v128.store(dst, term);
  return v128.add<T>(partial, term);
}

function termOf<T extends number, Stored>(at: usize): v128 {
  const scale = v128.load(at);
  const high = v128.load(at, VECTOR);
  const t = is<Stored>() ? high : v128.add<T>(high, v128.load(at, 2 * VECTOR));
  return madd<T>(scale, t, scale);
}

/** What the partial sum has not taken of scale · (1 + t), where t is high + rest before its own rounding. */
function leftOf<T extends number, Stored>(at: usize, partial: v128, next: v128): v128 {
  const scale = v128.load(at);
  const left = madd<T>(scale, v128.load(at, VECTOR), v128.sub<T>(scale, v128.sub<T>(next, partial)));
  return is<Stored>() ? left : madd<T>(scale, v128.load(at, 2 * VECTOR), left);
}
