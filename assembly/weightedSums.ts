/**
 * Sums of the terms of an exponential times their weights. The record of a group has, as f64:
 *
 *   LANE    Σ w of the elements that are the maximum           LANE_SECOND  what rounding has taken off it
 *   TOTAL   Σ w · term of the other elements                   TOTAL_LOW    what rounding has taken off it
 *   SIZE    Σ |w| · term of the other elements
 *
 * f32 sums a block of terms as they are, which is exact to 2^-47, and compensates the sum of the blocks. f64
 * compensates every product.
 */
import { lost } from "./exact";
import {
  LANE,
  LANE_SECOND,
  MAX,
  RECORD,
  SIZE,
  STAGE,
  STAGED,
  SUM,
  SUM_LOW,
  TAIL,
  TAIL_OTHER,
  TINY,
  TOTAL,
  TOTAL_LOW,
  TURNS,
} from "./frame";
import { turnsOf } from "./sum";
import { addFloats, joinFloats, joinTotal, joinTotals } from "./total";
import { halves, madd, strideOf, VECTOR, widen } from "./vectors";

// The sum of the terms without weights is not taken. In its place are
export const TOP: usize = SUM; // the term of the maximum
export const SIGNS: usize = SUM_LOW; // the sign bits of all weights

/** `weighTerms` for a short lane: element k goes to sum k mod 4, whether the lane is a row or lies beside others. */
export function weighShort<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  weights: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const stage = frame + STAGE;
  const last = stage + count * STAGED;
  const stride = strideOf(step);
  const turns = turnsOf<T>(step);
  for (let turn: usize = 0; turn < turns; ++turn) {
    const record = turn ? frame + TURNS + turn * RECORD : group;
    for (let field = LANE; field < SIZE; field += VECTOR) v128.store(record + field, f64x2.splat(0));
    const at = turn * stride;
    const terms = (count + turns - 1 - turn) / turns;
    const isLast = part !== 0 && (count & (turns - 1)) === turn;
    weighTerms<T>(
      frame,
      group,
      record,
      stage + turn * STAGED,
      turns * STAGED,
      x + at,
      terms,
      weights + at,
      turns * stride,
      isLast ? last : 0,
      true,
    );
  }
  if (turns === 4) {
    addRecord<T>(group, frame + TURNS + 2 * RECORD);
    addRecord<T>(frame + TURNS + RECORD, frame + TURNS + 3 * RECORD);
  }
  if (turns > 1) addRecord<T>(group, frame + TURNS + RECORD);
  if (step) return;
  joinSizes<T>(group);
  if (sizeof<T>() === 8) {
    joinTotal<T>(group + TOTAL);
    joinTotal<T>(group + LANE);
  } else {
    joinFloats(group + TOTAL);
    joinFloats(group + LANE);
    joinFloats(group + LANE_SECOND);
  }
}

/** The sums of f32 are exact enough without their low parts. */
function addRecord<T extends number>(group: usize, other: usize): void {
  if (sizeof<T>() === 8) {
    joinTotals<T>(group + TOTAL, other + TOTAL);
    joinTotals<T>(group + LANE, other + LANE);
  } else {
    addFloats(group + TOTAL, other + TOTAL);
    addFloats(group + LANE, other + LANE);
    addFloats(group + LANE_SECOND, other + LANE_SECOND);
  }
  for (let half = 0; half < halves<T>(); ++half) {
    const at = half * VECTOR;
    v128.store(group + at, f64x2.add(v128.load(group + at, SIZE), v128.load(other + at, SIZE)), SIZE);
  }
}

/**
 * Adds the terms of `count` vectors of `x` times their weights to the sums of `record`. `stage` has what the first two
 * stages of the exponential leave, a power of two and e^r − 1, every `staged` bytes. If `last` is not 0, the terms of
 * TAIL are there, and their weights in TAIL_OTHER. If `isFirst`, the sums replace those of the record.
 */
export function weighTerms<T extends number>(
  frame: usize,
  group: usize,
  record: usize,
  stage: usize,
  staged: usize,
  x: usize,
  count: usize,
  weights: usize,
  step: usize,
  last: usize,
  isFirst: bool,
): void {
  const zero = v128.splat<T>(<T>0);
  const top = v128.load(group, TOP);
  let apart = x - weights;
  if (last) ++count;
  // 2^-116 (f64: 2^-688), just above the terms that have been cut off: those become 0.
  const toLeast = sizeof<T>() === 4 ? reinterpret<f32>(0x36800000) : reinterpret<f64>(0x5140000000000000);
  const least = v128.mul<T>(v128.load(frame, TINY), v128.splat<T>(<T>toLeast));
  const isSigned = v128.any_true(
    sizeof<T>() === 4 ? i32x4.shr_s(v128.load(group, SIGNS), 31) : i64x2.shr_s(v128.load(group, SIGNS), 63),
  );
  let sum = f64x2.splat(0);
  let sumSecond = sum;
  let low = sum;
  let size = sum;
  let sizeSecond = sum;
  for (; count; --count) {
    if (last && count === 1) {
      stage = last;
      weights = frame + TAIL_OTHER;
      apart = TAIL - TAIL_OTHER;
    }
    const scale = v128.load(stage);
    const weight = v128.load(weights);
    let term = madd<T>(scale, v128.load(stage, VECTOR), scale);
    term = v128.andnot(term, v128.or(v128.eq<T>(weight, zero), v128.lt<T>(term, least)));
    let isTop = v128.eq<T>(term, top);
    if (v128.any_true(isTop)) {
      // A smaller logit may have the same term.
      isTop = v128.and(isTop, v128.eq<T>(v128.load(weights + apart), v128.load(group, MAX)));
      addTops<T>(record, v128.and(weight, isTop));
      term = v128.andnot(term, isTop);
    }
    const product = f64x2.mul(widen<T>(term, 0), widen<T>(weight, 0));
    const next = f64x2.add(sum, product);
    if (sizeof<T>() === 8) low = f64x2.add(low, lost(sum, product, next));
    sum = next;
    if (isSigned) size = f64x2.add(size, f64x2.abs(product));
    if (sizeof<T>() === 4) {
      const second = f64x2.mul(widen<T>(term, 1), widen<T>(weight, 1));
      sumSecond = f64x2.add(sumSecond, second);
      if (isSigned) sizeSecond = f64x2.add(sizeSecond, f64x2.abs(second));
    }
    stage += staged;
    weights += step;
  }
  if (isFirst) {
    storeBlock(record, sum, low, isSigned ? size : sum);
    if (sizeof<T>() === 4) storeBlock(record + VECTOR, sumSecond, low, isSigned ? sizeSecond : sumSecond);
    return;
  }
  addBlock(record, sum, low, isSigned ? size : sum);
  if (sizeof<T>() === 4) {
    addBlock(record + VECTOR, sumSecond, f64x2.splat(0), isSigned ? sizeSecond : sumSecond);
  }
}

/** Adds the weights of maxima, and 0 elsewhere, to LANE and LANE_SECOND. */
function addTops<T extends number>(group: usize, weight: v128): void {
  for (let half = 0; half < halves<T>(); ++half) {
    addTop(group + half * VECTOR, widen<T>(weight, half));
  }
}

function addTop(at: usize, value: v128): void {
  const sum = v128.load(at, LANE);
  const next = f64x2.add(sum, value);
  v128.store(at, f64x2.add(v128.load(at, LANE_SECOND), lost(sum, value, next)), LANE_SECOND);
  v128.store(at, next, LANE);
}

function storeBlock(at: usize, value: v128, low: v128, size: v128): void {
  v128.store(at, value, TOTAL);
  v128.store(at, low, TOTAL_LOW);
  v128.store(at, size, SIZE);
}

function addBlock(at: usize, value: v128, low: v128, size: v128): void {
  const sum = v128.load(at, TOTAL);
  const next = f64x2.add(sum, value);
  v128.store(at, f64x2.add(v128.load(at, TOTAL_LOW), f64x2.add(lost(sum, value, next), low)), TOTAL_LOW);
  v128.store(at, next, TOTAL);
  v128.store(at, f64x2.add(v128.load(at, SIZE), size), SIZE);
}

/** SIZE of a row: every element becomes the sum of all. */
export function joinSizes<T extends number>(group: usize): void {
  let size = v128.load(group, SIZE);
  if (sizeof<T>() === 4) size = f64x2.add(size, v128.load(group + VECTOR, SIZE));
  size = f64x2.add(size, v128.shuffle<i64>(size, size, 1, 0));
  v128.store(group, size, SIZE);
  if (sizeof<T>() === 4) v128.store(group + VECTOR, size, SIZE);
}
