/**
 * What the terms of a lane are relative to: its maximum, as an integer number N of steps of ln 2 and a rest.
 *
 * Subtracting the maximum from each logit first would round: an error of |x − max| ulp in the result. Instead N is folded
 * into the number that rounds (MAGIC), and x itself is reduced, which is exact. Only maxima beyond LIMIT are subtracted
 * (SHIFT). Then x − max is exact for every x that matters, which is within a factor of 2 of the maximum (Sterbenz).
 *
 * The largest term would carry a rounding error of its own, and in a lane that it dominates that error would be in every
 * result. So all terms of a lane are nudged by one common factor 1 + NUDGE, |NUDGE| < 2^-24 (f64: 2^-53), with which the
 * largest term is exactly representable. Ties then share exactly, and p never exceeds 1.
 */
import { productRest } from "./exact";
import {
  ABOVE,
  DEPTH,
  INVERSE,
  INVERSE_LOW,
  LIMIT,
  LOWEST,
  MAGIC,
  MAX,
  NUDGE,
  PER_STEP,
  ROUNDER,
  SHIFT,
  START,
  STEP_HIGH,
  STEP_LOW,
} from "./frame";
import { polynomialFrom, power } from "./polynomial";
import { clearSum } from "./sum";
import { madd } from "./vectors";

/**
 * Takes MAX of each lane, and gives SHIFT, MAGIC, LOWEST, NUDGE and START; clears SUM and SUM_LOW. An infinite maximum
 * becomes SHIFT, which makes some term NaN.
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
  v128.store(group, nudgeOf<T>(frame, z, magic), NUDGE);
  v128.store(group, v128.load(frame, ABOVE), START);
  clearSum<T>(group);
}

/**
 * What the roundings add to the largest term, relative to it. Added to r in every term, it makes the rounded value the
 * exact one.
 */
function nudgeOf<T extends number>(frame: usize, z: v128, magic: v128): v128 {
  const inverse = v128.load(frame, INVERSE);
  const biased = madd<T>(z, v128.load(frame, PER_STEP), magic);
  const scale = power<T>(biased);
  const n = v128.sub<T>(biased, magic);
  const undivided = madd<T>(n, v128.load(frame, STEP_HIGH), z);
  const high = v128.mul<T>(undivided, inverse);
  const steps = v128.mul<T>(n, v128.mul<T>(v128.load(frame, STEP_LOW), inverse));
  const inverseLow = v128.load(frame, INVERSE_LOW);
  const low =
    sizeof<T>() === 4
      ? madd<T>(undivided, inverseLow, steps)
      : f64x2.add(steps, productRest(undivided, inverse, inverseLow, high));
  const r = v128.add<T>(high, low);
  const rest = madd<T>(v128.mul<T>(r, r), polynomialFrom<T>(frame, r), low);
  const t = v128.add<T>(high, rest);
  const top = madd<T>(scale, t, scale);
  const tAdded = v128.sub<T>(v128.sub<T>(t, high), rest);
  const termAdded = v128.sub<T>(v128.sub<T>(top, scale), v128.mul<T>(scale, t));
  return v128.div<T>(madd<T>(scale, tAdded, termAdded), top);
}
