/**
 * Softmax by a given normalizer L:
 *
 *   e^(x / T − L) = term · (e^(m / T − L) / top),  m the larger of the maximum and L · T, rounded
 *
 * The terms are those of softmax relative to m, and top is the term of m. The last pass is that of softmax too, with
 * this factor in place of one over the sum. The factor may be NaN, or so large that terms which are cut off would show.
 * Such a lane is computed element by element (`normalizedElement.ts`), and the lanes beside it are not.
 *
 * Bound: f32 relaxed 1.8 ulp, f32 simd 1.8 ulp, f64 relaxed 3 ulp, f64 simd 3 ulp
 */
import { anchor } from "./anchor";
import { takeTop, termRun } from "./exp";
import { GROUPS, INVERSE_F64, LANE, LANE_UNIT, MAX, RECORD, SUM, SUM_LOW, TAIL, TEMPERATURE } from "./frame";
import { joinMax, maxOf } from "./max";
import { elementOf, expOf } from "./normalizedElement";
import { scaleRun } from "./scale";
import { clearSum, invertSum } from "./sum";
import { giveTail, narrow, strideOf, tailOf, takeTail, VECTOR, wholeVectors, widen } from "./vectors";

/** The groups are as `runPasses` of `group.ts` has them. L is LANE. */
export function normalize<T extends number>(
  frame: usize,
  src: usize,
  dst: usize,
  groups: usize,
  apart: usize,
  length: usize,
  step: usize,
): void {
  const first = frame + GROUPS;
  const end = first + groups * RECORD;
  const tail = frame + TAIL;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  let at = src;
  for (let group = first; group < end; group += RECORD) {
    const max = maxOf<T>(at, length, step);
    v128.store(group, step ? max : joinMax<T>(max), MAX);
    at += apart;
  }
  for (let group = first; group < end; group += RECORD) anchorNormalized<T>(frame, group);
  at = src;
  let to = dst;
  for (let group = first; group < end; group += RECORD) {
    takeTerms<T>(frame, group, at, to, count, stride);
    if (part) {
      takeTail<T>(tail, at, length, -Infinity);
      takeTerms<T>(frame, group, tail, tail, 1, 0);
      giveTail<T>(tail, to, length);
    }
    at += apart;
    to += apart;
  }
  for (let group = first; group < end; group += RECORD) {
    takeRough<T>(group);
    factorOf<T>(frame, group);
  }
  to = dst;
  for (let group = first; group < end; group += RECORD) {
    scaleTerms<T>(frame, group, to, count, stride);
    if (part) {
      takeTail<T>(tail, to, length, 0);
      scaleTerms<T>(frame, group, tail, 1, 0);
      giveTail<T>(tail, to, length);
    }
    to += apart;
  }
}

/** The same for a piece of long lanes, whose factor is in the record at `lanes`. */
export function normalizePiece<T extends number>(
  frame: usize,
  lanes: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  const group = frame + GROUPS;
  const tail = frame + TAIL;
  const part = tailOf<T>(length, step);
  const count = wholeVectors<T>(length, step);
  const stride = strideOf(step);
  memory.copy(group, lanes, RECORD);
  clearSum<T>(group);
  takeTerms<T>(frame, group, src, dst, count, stride);
  if (part) {
    takeTail<T>(tail, src, length, -Infinity);
    takeTerms<T>(frame, group, tail, tail, 1, 0);
    giveTail<T>(tail, dst, length);
  }
  takeRough<T>(group);
  v128.store(group, v128.load(lanes, SUM), SUM);
  scaleTerms<T>(frame, group, dst, count, stride);
  if (part) {
    takeTail<T>(tail, dst, length, 0);
    scaleTerms<T>(frame, group, tail, 1, 0);
    giveTail<T>(tail, dst, length);
  }
}

/** From the maximum and L of each lane to what its terms are relative to. */
export function anchorNormalized<T extends number>(frame: usize, group: usize): void {
  v128.store(group, v128.pmax<T>(v128.load(group, MAX), leastAnchor<T>(frame, group)), MAX);
  anchor<T>(frame, group);
  takeApart<T>(frame, group);
}

/** FACTOR with its parts, and SUM = 1 / FACTOR. */
export function factorOf<T extends number>(frame: usize, group: usize): void {
  takeTop<T>(frame, group);
  takeFactor<T>(frame, group);
}

/** L · T. */
function leastAnchor<T extends number>(frame: usize, group: usize): v128 {
  const temperature = v128.load(frame, TEMPERATURE);
  const low = f64x2.mul(v128.load(group, LANE), temperature);
  return sizeof<T>() === 4 ? narrow(low, f64x2.mul(v128.load(group, LANE + VECTOR), temperature)) : low;
}

/** Of the record of a group, in the place of LANE_UNIT: a mask of the lanes that have no ordinary factor. */
const APART: usize = LANE_UNIT;
/**
 * A mask of those lanes and of lanes with NaN, which spoils the comparisons of the last pass for the three vectors
 * beside it.
 */
const ROUGH: usize = LANE_UNIT + VECTOR;

function takeRough<T extends number>(group: usize): void {
  const sum = v128.load(group, SUM);
  v128.store(group, v128.or(v128.load(group, APART), v128.ne<T>(sum, sum)), ROUGH);
}

function takeApart<T extends number>(frame: usize, group: usize): void {
  const max = v128.load(group, MAX);
  let ordinary = isOrdinary<T>(frame, group, widen<T>(max, 0));
  if (sizeof<T>() === 4) {
    const second = isOrdinary<T>(frame, group + VECTOR, widen<T>(max, 1));
    ordinary = v128.shuffle<i32>(ordinary, second, 0, 2, 4, 6);
  }
  v128.store(group, v128.not(ordinary), APART);
}

/**
 * Whether the factor is from e^-10 to e^19 (f64: e^80). Terms that are cut off, below 2^-180 (f64: 2^-1200) of top, are
 * still nothing times that.
 */
function isOrdinary<T extends number>(frame: usize, at: usize, max: v128): v128 {
  const difference = f64x2.sub(f64x2.mul(max, v128.load(frame, INVERSE_F64)), v128.load(at, LANE));
  const highest = f64x2.splat(sizeof<T>() === 4 ? 19 : 80);
  return v128.and(f64x2.ge(difference, f64x2.splat(-10)), f64x2.le(difference, highest));
}

/** The same from SUM = top. */
function takeFactor<T extends number>(frame: usize, group: usize): void {
  const first = wholeOf<T>(frame, group, 0);
  if (sizeof<T>() === 4) {
    const second = wholeOf<T>(frame, group, 1);
    const rounded = narrow(first, second);
    const rest = f64x2.sub(first, widen<f32>(rounded, 0));
    v128.store(group, rounded, SUM);
    v128.store(group, narrow(rest, f64x2.sub(second, widen<f32>(rounded, 1))), SUM_LOW);
  } else {
    v128.store(group, first, SUM);
    v128.store(group, f64x2.splat(0), SUM_LOW);
  }
  invertSum<T>(group, false);
}

/** top / e^(m / T − L), of two lanes. */
function wholeOf<T extends number>(frame: usize, group: usize, half: i32): v128 {
  const top = f64x2.add(widen<T>(v128.load(group, SUM), half), widen<T>(v128.load(group, SUM_LOW), half));
  const normalizer = v128.load(group + half * VECTOR, LANE);
  return f64x2.div(top, expOf(frame, widen<T>(v128.load(group, MAX), half), normalizer, false));
}

/** The terms; in lanes that are APART, the results. */
function takeTerms<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  const apart = v128.load(group, APART);
  if (!v128.any_true(apart)) {
    termRun<T>(frame, group, src, dst, count, step);
    return;
  }
  const scratch = frame + TAIL;
  for (; count; --count) {
    const x = v128.load(src);
    termRun<T>(frame, group, src, scratch, 1, 0);
    v128.store(dst, v128.bitselect(elementOf<T>(frame, group, x), v128.load(scratch), apart));
    src += step;
    dst += step;
  }
}

/** From what `takeTerms` has left at `at` to the results, in place. */
function scaleTerms<T extends number>(
  frame: usize,
  group: usize,
  at: usize,
  count: usize,
  step: usize,
): void {
  if (!v128.any_true(v128.load(group, ROUGH))) {
    scaleRun<T>(frame, group, at, count, step);
    return;
  }
  const apart = v128.load(group, APART);
  const scratch = frame + TAIL;
  for (; count; --count) {
    const result = v128.load(at);
    v128.store(scratch, result);
    scaleRun<T>(frame, group, scratch, 1, 0);
    v128.store(at, v128.bitselect(result, v128.load(scratch), apart));
    at += step;
  }
}
