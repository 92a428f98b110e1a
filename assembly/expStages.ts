/**
 * The stages of the exponential, each over a block of vectors. The first one splits the argument into steps of ln 2 and
 * a rest, r; the second computes the polynomial in r; the last one makes the terms and sums them. STAGE holds what one
 * leaves for the next.
 *
 * Each stage is a short chain of operations that stays in registers. In one loop the chain from a logit to the sum is
 * longer than the processor looks ahead, and takes 1.25 (relaxed) to 1.9 times (simd, f64) the time. The f32 chain of
 * relaxed, with its fused operations, is short enough for two stages, which take 5 % less time than three.
 */
import { productRest } from "./exact";
import { is, No, Yes } from "./flags";
import {
  COEFFICIENTS,
  INVERSE,
  INVERSE_LOW,
  LOWEST,
  MAGIC,
  NUDGE,
  PER_STEP,
  SHIFT,
  STAGE,
  STAGED,
  START,
  STEP_HIGH,
  STEP_LOW,
} from "./frame";
import { growth, power } from "./polynomial";
import { addPartial } from "./sum";
import { madd, VECTOR } from "./vectors";

// What becomes of the terms, as flags:
/** They are stored, and added to SUM. */
export type Stored = u8;
/** They are added to SUM and not stored. The last stage takes e^r − 1 in two parts, so that the sum is more exact. */
export type Summed = u16;
/** They are multiplied by weights. `dst` is then the address of the weights. */
export type Weighted = u32;

export function isStored<Use>(): bool {
  return sizeof<Use>() === sizeof<Stored>();
}

function isSummed<Use>(): bool {
  return sizeof<Use>() === sizeof<Summed>();
}

export function isWeighted<Use>(): bool {
  return sizeof<Use>() === sizeof<Weighted>();
}

/** The first stage for `count` vectors at `src`. What it leaves goes to `at`. */
export function reduceTerms<T extends number, Use>(
  frame: usize,
  group: usize,
  src: usize,
  at: usize,
  count: usize,
  step: usize,
): void {
  const isGeneral = v128.any_true(v128.load(group, SHIFT)) || load<T>(frame, INVERSE) !== <T>1;
  if (isGeneral) reduce<T, Yes, Use>(frame, group, src, at, count, step);
  else reduce<T, No, Use>(frame, group, src, at, count, step);
}

/** Whether the first stage does the work of the second. */
function isFused<T extends number>(): bool {
  return ASC_FEATURE_RELAXED_SIMD && sizeof<T>() === 4;
}

/**
 * Leaves n as a biased exponent, and r in two parts. If it is fused with the second stage, it leaves what that does. A
 * lane is `General` if it has a SHIFT, or a temperature other than 1.
 */
function reduce<T extends number, General, Use>(
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
  const inverseLow = v128.load(frame, INVERSE_LOW);
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
    let low = madd<T>(n, stepLow, nudge);
    if (is<General>()) {
      const undivided = high;
      high = v128.mul<T>(undivided, inverse);
      if (sizeof<T>() === 4) low = madd<T>(undivided, inverseLow, low);
      else low = f64x2.add(low, productRest(undivided, inverse, inverseLow, high));
    }
    if (isFused<T>()) {
      const rest = growth<T>(high, low, c2, c3, c4, c5, c6, c6, c6, c6, c6, c6);
      leave<T, Use>(at, biased, high, rest);
    } else {
      v128.store(at, biased);
      v128.store(at, high, VECTOR);
      v128.store(at, low, 2 * VECTOR);
    }
    at += STAGED;
    src += step;
  }
}

/** The second stage for `count` vectors: leaves the power of two of each term, and e^r − 1. */
export function growTerms<T extends number, Use>(frame: usize, count: usize): void {
  if (isFused<T>()) return;
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
    leave<T, Use>(at, biased, high, rest);
    at += STAGED;
  }
}

/** What the last stage takes of a term: its power of two, and t = high + rest, which is rounded or in two parts. */
function leave<T extends number, Use>(at: usize, biased: v128, high: v128, rest: v128): void {
  v128.store(at, power<T>(biased));
  v128.store(at, isSummed<Use>() ? high : v128.add<T>(high, rest), VECTOR);
  if (isSummed<Use>()) v128.store(at, rest, 2 * VECTOR);
}

/** The last stage. Two sums take turns, because an addition waits for the one before it. */
export function addTerms<T extends number, Use>(
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
    const rest = isStored<Use>() ? high : v128.load(at, 2 * VECTOR);
    const t = isStored<Use>() ? high : v128.add<T>(high, rest);
    const term = madd<T>(scale, t, scale);
    const next = v128.add<T>(partial, term);
    // What the partial sum has lost of scale · (1 + t), where t is high + rest before it is rounded.
    let left = madd<T>(scale, high, v128.sub<T>(scale, v128.sub<T>(next, partial)));
    if (isStored<Use>()) v128.store(dst, term);
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
