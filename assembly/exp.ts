/**
 * The exponential of a run of vectors relative to their maximum, and its sum: the pass that takes three quarters of the
 * time.
 *
 *   e^z = 2^n · e^r,  n = round(z · log2 e),  r = z − n · ln 2
 *
 * The maximum enters through what `anchor.ts` leaves in the record; e^r is that of `polynomial.ts`. Terms are held as
 * 2^BIAS · e^(z − N ln 2), so that none is subnormal before the scale pass.
 *
 * The sum is compensated, and it takes the terms before they are rounded to be stored. Measured and dropped: sums of
 * four terms in f32 (3.9 ulp where one dominates), partial sums promoted to f64 (no more exact, 12 % slower), terms
 * without the nudge (2.0 ulp), and terms without it and with r as one float throughout (2.7 ulp, 13 % faster).
 */
import { expShort } from "./expShort";
import {
  addTerms,
  growTerms,
  isStored,
  isWeighted,
  reduceTerms,
  Stored,
  Summed,
  Weighted,
} from "./expStages";
import { MAX, STAGE, STAGE_TERMS, STAGED, TAIL, TAIL_OTHER } from "./frame";
import { clearSum } from "./sum";
import { giveTail, SHORT, strideOf, tailOf, takeTail, VECTOR, wholeVectors } from "./vectors";
import { weighTerms } from "./weightedSums";

/** Vectors that are summed before their sum is added to SUM: its low part stays small enough to be exact. */
const BLOCK: usize = STAGE_TERMS;

// Each of these takes a group, whose record is at `group` and whose elements are at `src`.

/** Stores the terms in the same places at `dst`, which may be `src`, and adds them to SUM. */
export function expRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  run<T, Stored>(frame, group, src, dst, length, step);
}

/** `expRun` for `count` vectors, `step` bytes apart, never in the order of a short lane. */
export function termRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  runBlocks<T, Stored>(frame, group, src, dst, count, step);
}

/** Adds the terms to SUM and stores nothing. The sum is a quarter ulp more exact, for the logarithm. */
export function sumRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): void {
  run<T, Summed>(frame, group, src, 0, length, step);
}

/** `sumRun` for `count` vectors, one after the other and at most BLOCK, never in the order of a short lane. */
export function sumBlock<T extends number>(frame: usize, group: usize, src: usize, count: usize): void {
  runBlock<T, Summed>(frame, group, src, 0, count, VECTOR);
}

/** Adds the terms times their weights to the sums of `weightedSums.ts`. */
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

/** `weighRun` for a piece of a long lane, never in the order of a short lane: a last piece may have few elements. */
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
  runBlock<T, Stored>(frame, group, group + MAX, dst, 1, 0);
}

/** SUM becomes the largest term, as sumRun adds it. `expRun` would store it with one rounding more. */
export function takeTop<T extends number>(frame: usize, group: usize): void {
  clearSum<T>(group);
  runBlock<T, Summed>(frame, group, group + MAX, 0, 1, 0);
}

/**
 * `dst` is where the terms go, or where their weights are. The tail of a row is copied to TAIL, and that of its weights
 * to TAIL_OTHER.
 */
function run<T extends number, Use>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const tail = isWeighted<Use>() ? frame + TAIL_OTHER : frame + TAIL;
  const end = dst;
  if (part) {
    takeTail<T>(frame + TAIL, src, length, -Infinity);
    if (isWeighted<Use>()) takeTail<T>(tail, dst, length, 0);
  }
  if (length <= SHORT) {
    expShort<T, Use>(frame, group, src, dst, tail, count, part, step);
  } else {
    runBlocks<T, Use>(frame, group, src, dst, count, strideOf(step));
    if (part) runBlock<T, Use>(frame, group, frame + TAIL, tail, 1, 0);
  }
  if (part && isStored<Use>()) giveTail<T>(tail, end, length);
}

function runBlocks<T extends number, Use>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  while (count) {
    const block = min(count, BLOCK);
    runBlock<T, Use>(frame, group, src, dst, block, step);
    count -= block;
    src += block * step;
    dst += block * step;
  }
}

function runBlock<T extends number, Use>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const stage = frame + STAGE;
  reduceTerms<T, Use>(frame, group, src, stage, count, step);
  growTerms<T, Use>(frame, count);
  if (isWeighted<Use>()) weighTerms<T>(frame, group, group, stage, STAGED, src, count, dst, step, 0, false);
  else addTerms<T, Use>(group, stage, count, dst, step);
}
