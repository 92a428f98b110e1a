/**
 * A short row of f32 by itself, of few vectors: what `short.ts` computes for rows among others, with the same bits, from
 * beginning to end in registers.
 *
 * Its time is that of the longest chain of operations that wait for each other. So the argument and the polynomial of
 * the exponential do not wait for the maximum, of which only the power of two depends:
 *
 *   n = round(x · log2 e),  e^(x − N ln 2) = 2^(n − N) · e^(x − n ln 2)
 *
 * n is that of `shortTerms.ts`, which rounds x · log2 e − N to an integer: N is even, so that ties round the same way.
 */
import { LOG_SUM_EXP, LOGARITHM } from "./abi";
import { is, No, Yes } from "./flags";
import {
  COEFFICIENTS,
  FLOOR,
  INVERSE,
  INVERSE_F64,
  LIMIT,
  PANEL_OTHER,
  PER_STEP,
  ROUNDER,
  STEP_HIGH,
  STEP_LOW,
} from "./frame";
import { log1p } from "./log";
import { joinMax, maxOf } from "./max";
import { growthF32, power } from "./polynomial";
import { invalidOf, isInfinite } from "./shift";
import { runShort, scale } from "./short";
import { relativeTo, shift } from "./shortLogarithm";
import { joinRow } from "./shortSums";
import { highOf, lowestOf, lowOf, nearOf, stepsOf, termOf } from "./shortTerms";
import { madd, VECTOR, widen } from "./vectors";

/** Longer rows go through two stages. */
const ROW_VECTORS: usize = 16;

/**
 * A row of `length` elements, in place. `operation` is softmax, log-softmax or log-sum-exp. What follows in the last
 * vector of the row is overwritten.
 */
export function runRow(frame: usize, operation: i32, at: usize, length: usize): void {
  const count = (length + 3) / 4;
  if (count > ROW_VECTORS) {
    runShort(frame, operation, at, 0, at, 1, 0, length, 0);
    return;
  }
  let max = maxOf<f32>(at, length & ~3, 0);
  if (length & 3) max = f32x4.pmax(max, filledUp(at + (count - 1) * VECTOR, length & 3));
  max = joinMax<f32>(max);
  if (!(operation & LOGARITHM)) {
    const terms = frame + PANEL_OTHER;
    const sum = takeTerms(frame, max, at, terms, count, false);
    const factor = f64x2.div(f64x2.splat(1), sum);
    scale(factor, factor, terms, at, count, 0);
    return;
  }
  const others = takeTerms(frame, max, at, 0, count, true);
  const logarithm = log1p<f32>(frame, others, f64x2.splat(0));
  const maximum = widen<f32>(max, 0);
  const inverse = v128.load(frame, INVERSE_F64);
  if (operation !== LOG_SUM_EXP) {
    shift(at, at, count, 0, maximum, maximum, inverse, logarithm, logarithm);
    return;
  }
  let value = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(maximum, inverse), logarithm));
  if (v128.any_true(isInfinite<f32>(max))) {
    const isInvalid = v128.any_true(invalidOf<f32>(frame, at, length, 0));
    value = isInvalid ? f32x4.splat(NaN) : max;
  }
  store<f32>(at, f32x4.extract_lane(value, 0));
}

/** A vector after whose first `part` elements −∞ has been put, also in its place. */
function filledUp(at: usize, part: usize): v128 {
  const isAfter = i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>part));
  const vector = v128.bitselect(f32x4.splat(-Infinity), v128.load(at), isAfter);
  v128.store(at, vector);
  return vector;
}

function takeTerms(frame: usize, max: v128, src: usize, terms: usize, count: usize, others: bool): v128 {
  // False where the maximum is infinite.
  const isNear = abs(f32x4.extract_lane(max, 0)) < load<f32>(frame, LIMIT);
  if (isNear && load<f32>(frame, INVERSE) === 1) {
    if (others) return take<No, Yes>(frame, max, src, terms, count);
    return take<No, No>(frame, max, src, terms, count);
  }
  if (others) return take<Yes, Yes>(frame, max, src, terms, count);
  return take<Yes, No>(frame, max, src, terms, count);
}

/**
 * The sum of the terms of a row of `count` vectors whose maximum is `max`; or, if `Others`, s of `shortLogarithm.ts`. Else
 * the terms are stored at `terms`. A row is `General` if its maximum is subtracted, or has a temperature other than 1.
 */
function take<General, Others>(frame: usize, max: v128, src: usize, terms: usize, count: usize): v128 {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const inverse = v128.load(frame, INVERSE);
  let stepLow = v128.load(frame, STEP_LOW);
  if (is<General>()) stepLow = f32x4.mul(stepLow, inverse);
  const near = is<General>() ? nearOf(frame, max) : i8x16.splat(-1);
  const shift = v128.andnot(max, near);
  const steps = stepsOf(frame, is<General>() ? v128.and(max, near) : max);
  const lowest = lowestOf(frame, steps);

  let ties = 0;
  let sum = f64x2.splat(0);
  let second = sum;
  for (; count; --count) {
    const x = v128.load(src);
    let z = is<General>() ? f32x4.sub(x, shift) : x;
    let dropped = f32x4.le(z, lowest);
    if (is<Others>()) {
      const isMax = f32x4.eq(x, max);
      ties += popcnt(i32x4.bitmask(isMax));
      dropped = v128.or(dropped, isMax);
    }
    z = f32x4.pmax(z, v128.load(frame, FLOOR)); // in this order NaN passes
    const rounder = v128.load(frame, ROUNDER);
    const biased = madd<f32>(z, perStep, rounder);
    const n = f32x4.sub(biased, rounder);
    const undivided = madd<f32>(n, stepHigh, z);
    const high = highOf<General>(undivided, inverse);
    const low = lowOf<General>(frame, n, stepLow, undivided);
    const rest = growthOf(frame, high, low);
    const scale = v128.andnot(power<f32>(f32x4.sub(biased, steps)), dropped);
    const t0 = termOf(scale, high, rest, 0);
    const t1 = termOf(scale, high, rest, 1);
    if (!is<Others>()) {
      v128.store(terms, t0);
      v128.store(terms, t1, VECTOR);
      terms += 2 * VECTOR;
    }
    sum = f64x2.add(sum, t0);
    second = f64x2.add(second, t1);
    src += VECTOR;
  }
  const whole = joinRow(sum, second);
  if (!is<Others>()) return whole;

  const z = is<General>() ? f32x4.sub(max, shift) : max;
  const rounder = v128.load(frame, ROUNDER);
  const biased = madd<f32>(z, perStep, rounder);
  const n = f32x4.sub(biased, rounder);
  const undivided = madd<f32>(n, stepHigh, z);
  const high = highOf<General>(undivided, inverse);
  const low = lowOf<General>(frame, n, stepLow, undivided);
  const rest = growthOf(frame, high, low);
  const top = termOf(power<f32>(f32x4.sub(biased, steps)), high, rest, 0);
  return relativeTo(top, whole, f64x2.splat(<f64>(ties - 1)), widen<f32>(f32x4.sub(max, max), 0));
}

/** `growthF32` with coefficients that take no registers: with all of them the sums would be kept in memory. */
function growthOf(frame: usize, high: v128, low: v128): v128 {
  return growthF32(
    high,
    low,
    v128.load(frame, COEFFICIENTS),
    v128.load(frame, COEFFICIENTS + 1 * VECTOR),
    v128.load(frame, COEFFICIENTS + 2 * VECTOR),
    v128.load(frame, COEFFICIENTS + 3 * VECTOR),
    v128.load(frame, COEFFICIENTS + 4 * VECTOR),
  );
}
