/**
 * Parts of a log-sum-exp with weights w of either sign, to be put together by the host:
 *
 *   m = max x,  Σ w where x = m,  Σ w e^((x − m) / T) elsewhere,  Σ |w| e^((x − m) / T) elsewhere
 *
 * An element of weight 0 is left out, even if it is infinite or NaN. The terms of f32 are rounded to f32, weighted and
 * summed up in f64: those of a block, exact to 2^-47, and the blocks compensated. The products of f64 are compensated one by one.
 */
import { anchor, expMax, weighRun } from "./exp";
import {
  CHUNK,
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
import { joinMax } from "./max";
import { turnsOf } from "./sum";
import { addFloats, clearTotal, joinFloats, joinTotal, joinTotals, lost, settleTotal } from "./total";
import { halves, madd, SHORT, strideOf, tailOf, takeTail, VECTOR, wholeVectors, widen } from "./vectors";

// In the places of the sum of the terms, which nobody takes:
const TOP: usize = SUM; // the term of the maximum
export const SIGNS: usize = SUM_LOW; // the sign bits of all weights

/** MAX, TOTAL = Σ w of the maxima, LANE = Σ of the others and SIZE that of their sizes; x and the weights are groups. */
export function weigh<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  weights: usize,
  length: usize,
  step: usize,
): void {
  v128.store(group, v128.splat<T>(<T>-Infinity), MAX);
  v128.store(group, v128.splat<T>(<T>0), SIGNS);
  raiseWeightedMax<T>(frame, group, x, weights, length, step);
  if (!step) v128.store(group, joinMax<T>(v128.load(group, MAX)), MAX);
  anchorWeighted<T>(frame, group);
  clear(group);
  weighRun<T>(frame, group, x, weights, length, step);
  finishWeighted<T>(group, !step && length > SHORT);
}

/** Takes a group, or a piece of one, into MAX and SIGNS. */
export function raiseWeightedMax<T extends number>(
  frame: usize,
  group: usize,
  x: usize,
  weights: usize,
  length: usize,
  step: usize,
): void {
  takeMax<T>(group, x, weights, wholeVectors<T>(length, step), strideOf(step));
  if (!tailOf<T>(length, step)) return;
  takeTail<T>(frame + TAIL, x, length, -Infinity);
  takeTail<T>(frame + TAIL_OTHER, weights, length, 0);
  takeMax<T>(group, frame + TAIL, frame + TAIL_OTHER, 1, 0);
}

/** TOP, and what `anchor` derives from MAX. */
export function anchorWeighted<T extends number>(frame: usize, group: usize): void {
  const signs = v128.load(group, SIGNS);
  anchor<T>(frame, group);
  expMax<T>(frame, group, frame + CHUNK);
  v128.store(group, v128.load(frame, CHUNK), TOP);
  v128.store(group, signs, SIGNS);
}

/** MAX, of what has a weight, and SIGNS. */
function takeMax<T extends number>(group: usize, x: usize, weights: usize, count: usize, step: usize): void {
  const zero = v128.splat<T>(<T>0);
  let signs = v128.load(group, SIGNS);
  let dropped = zero;
  let even = v128.splat<T>(<T>-Infinity);
  let odd = even;
  let at = x;
  let weight = weights;
  let left = count;
  for (; left >= 2; left -= 2) {
    const first = v128.load(weight);
    const second = v128.load(weight + step);
    signs = v128.or(signs, v128.or(first, second));
    dropped = v128.or(dropped, v128.or(v128.eq<T>(first, zero), v128.eq<T>(second, zero)));
    even = v128.pmax<T>(even, v128.load(at));
    odd = v128.pmax<T>(odd, v128.load(at + step));
    at += 2 * step;
    weight += 2 * step;
  }
  if (left) {
    const last = v128.load(weight);
    signs = v128.or(signs, last);
    dropped = v128.or(dropped, v128.eq<T>(last, zero));
    even = v128.pmax<T>(even, v128.load(at));
  }
  let max = v128.pmax<T>(even, odd);
  if (v128.any_true(dropped)) max = maxWeighted<T>(x, weights, count, step);
  v128.store(group, signs, SIGNS);
  v128.store(group, v128.pmax<T>(v128.load(group, MAX), max), MAX);
}

function maxWeighted<T extends number>(x: usize, weights: usize, count: usize, step: usize): v128 {
  const nothing = v128.splat<T>(<T>-Infinity);
  let max = nothing;
  for (; count; --count) {
    const dropped = v128.eq<T>(v128.load(weights), v128.splat<T>(<T>0));
    max = v128.pmax<T>(max, v128.bitselect(nothing, v128.load(x), dropped));
    x += step;
    weights += step;
  }
  return max;
}

function clear(record: usize): void {
  clearTotal(record);
  for (let part = LANE; part < SIZE + 2 * VECTOR; part += VECTOR) v128.store(record + part, f64x2.splat(0));
}

/** `weighTerms` for a short lane, of which element k goes to sum k mod 4, of a row as of lanes side by side. */
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

/** The sums of f32 are as exact as it takes without what rounding leaves of them. */
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
 * Adds to the sums of `record` the terms of a block of `x`, which the exponential has left in two parts at `stage`; and of TAIL and
 * TAIL_OTHER that at `last`, if it is not 0. The first sums take the place of what is in the record.
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
  // Just above where terms are cut off, so that those are nothing: 2^-116 (f64: 2^-688).
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
      // The term of a smaller logit may be the same.
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

/** Adds weights of maxima, or 0, to LANE and LANE_SECOND. */
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

/** Rounds the sums, and takes that of the others relative to the largest term. */
export function finishWeighted<T extends number>(group: usize, joined: bool): void {
  settleTotal<T>(group, joined);
  if (joined) joinSizes<T>(group);
  const max = v128.load(group, MAX);
  const infinite = v128.eq<T>(v128.abs<T>(max), v128.splat<T>(<T>Infinity));
  const top = v128.bitselect(v128.splat<T>(<T>1), v128.load(group, TOP), infinite);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const others = f64x2.div(v128.load(at, TOTAL), widen<T>(top, half));
    // The sum of the weights takes the place of TOTAL for a moment, to be settled alike.
    v128.store(at, v128.load(at, LANE), TOTAL);
    v128.store(at, v128.load(at, LANE_SECOND), TOTAL_LOW);
    v128.store(at, others, LANE);
    v128.store(at, f64x2.div(v128.load(at, SIZE), widen<T>(top, half)), SIZE);
  }
  settleTotal<T>(group, joined);
}

/** Of a row: the sum of all places, in every place. */
function joinSizes<T extends number>(group: usize): void {
  let size = v128.load(group, SIZE);
  if (sizeof<T>() === 4) size = f64x2.add(size, v128.load(group + VECTOR, SIZE));
  size = f64x2.add(size, v128.shuffle<i64>(size, size, 1, 0));
  v128.store(group, size, SIZE);
  if (sizeof<T>() === 4) v128.store(group + VECTOR, size, SIZE);
}
