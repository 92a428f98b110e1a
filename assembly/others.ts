/**
 * OTHERS = (sum − top) / top: the sum of the terms without the largest one, `top`, relative to it.
 *
 * Where the largest term dominates, this difference has lost its digits. There the other terms are summed again without
 * it.
 */
import { remainder } from "./exact";
import { sumBlock, sumRun, takeTop } from "./exp";
import {
  CHUNK,
  CHUNK_VECTORS,
  COPY,
  LOWEST,
  MAGIC,
  MAX,
  OTHERS,
  OTHERS_LOW,
  PER_STEP,
  SHIFT,
  START,
  STEP_HIGH,
  SUM,
  SUM_LOW,
  TAIL,
} from "./frame";
import { joinMax } from "./max";
import { power } from "./polynomial";
import { clearSum, joinSum } from "./sum";
import {
  halves,
  madd,
  SHORT,
  strideOf,
  tailOf,
  takeTail,
  VECTOR,
  wholeVectors,
  widen,
  width,
} from "./vectors";

/**
 * OTHERS and OTHERS_LOW from SUM. `rest` is 0, but for long lanes: these are not at `src`, and `rest` is the address of
 * the sum without the maximum, which other lanes compute when they need it.
 */
export function takeOthers<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
  rest: usize,
): void {
  const sum = v128.load(group, SUM);
  const sumLow = v128.load(group, SUM_LOW);
  takeTop<T>(frame, group);
  const top = v128.load(group, SUM);
  const topLow = v128.load(group, SUM_LOW);
  const low = v128.sub<T>(sumLow, topLow);
  let peaked = v128.splat<T>(<T>0);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const less = widen<T>(top, half);
    const all = widen<T>(sum, half);
    const others = f64x2.sub(all, less);
    const lost = f64x2.sub(f64x2.sub(all, others), less);
    v128.store(at, others, OTHERS);
    v128.store(at, f64x2.add(lost, widen<T>(low, half)), OTHERS_LOW);
    peaked = v128.or(peaked, isPeaked(others, less));
  }
  if (v128.any_true(peaked)) {
    if (rest) {
      v128.store(group, v128.load(rest), SUM);
      v128.store(group, v128.load(rest, VECTOR), SUM_LOW);
    } else {
      sumOthers<T>(frame, group, src, length, step);
    }
    if (!step) joinSum<T>(group);
  }
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const whole = widen<T>(top, half);
    let part = v128.load(at, OTHERS);
    let partLow = v128.load(at, OTHERS_LOW);
    const again = isPeaked(part, whole); // lane by lane: the others keep what they have
    part = v128.bitselect(widen<T>(v128.load(group, SUM), half), part, again);
    partLow = v128.bitselect(widen<T>(v128.load(group, SUM_LOW), half), partLow, again);
    const rounded = f64x2.add(part, partLow);
    const ratio = f64x2.div(rounded, whole);
    v128.store(at, ratio, OTHERS);
    if (sizeof<T>() === 8) {
      const lost = f64x2.sub(partLow, f64x2.sub(rounded, part));
      const error = f64x2.sub(remainder(rounded, ratio, whole), f64x2.mul(ratio, topLow));
      v128.store(at, f64x2.div(f64x2.add(error, lost), whole), OTHERS_LOW);
    } else {
      v128.store(at, f64x2.splat(0), OTHERS_LOW);
    }
  }
}

/**
 * SUM of a piece of a long lane becomes the sum without the maximum of the lane, if this dominates the piece: only then
 * can it dominate the lane. Else SUM stays. `max` is the maximum of the piece, element by element.
 */
export function leaveOutTop<T extends number>(
  frame: usize,
  group: usize,
  max: v128,
  src: usize,
  length: usize,
  step: usize,
): void {
  const isTop = v128.eq<T>(max, v128.load(group, MAX));
  if (!v128.any_true(isTop)) return;
  const sum = v128.load(group, SUM);
  const low = v128.load(group, SUM_LOW);
  if (!step) joinSum<T>(group);
  const whole = v128.load(group, SUM);
  takeTop<T>(frame, group);
  const top = v128.load(group, SUM);
  // Twice the limit of isPeaked: the sum of the lane is larger than that of the piece, so rounding makes no difference.
  const most = v128.mul<T>(top, v128.splat<T>(<T>(1.0 / 512)));
  const isPeak = v128.lt<T>(v128.sub<T>(whole, top), most);
  let again = v128.and(isTop, isPeak);
  if (v128.any_true(again)) {
    if (!step) again = i8x16.splat(-1);
    sumOthers<T>(frame, group, src, length, step);
  }
  v128.store(group, v128.bitselect(v128.load(group, SUM), sum, again), SUM);
  v128.store(group, v128.bitselect(v128.load(group, SUM_LOW), low, again), SUM_LOW);
}

/** Whether `others` is so small beside `top` that it has lost too many digits as a difference. */
function isPeaked(others: v128, top: v128): v128 {
  return f64x2.lt(others, f64x2.mul(top, f64x2.splat(1.0 / 1024)));
}

/**
 * SUM of all terms but the maximum, for lanes where that occurs once and dominates. A row sums only the vectors with a
 * term that counts beside the largest of the others. Where logits are widely spread these are few. Lanes side by side
 * sum all vectors: a vector that counts in one lane would change the bits of the others.
 */
function sumOthers<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): void {
  const max = v128.load(group, MAX);
  const tail = tailOf<T>(length, step);
  if (tail) takeTail<T>(frame + TAIL, src, length, -Infinity);
  const count = wholeVectors<T>(length, step);
  const isRow = !step;
  step = strideOf(step);
  const end = src + count * step;
  let largest = v128.splat<T>(<T>-Infinity);
  let other = largest;
  if (tail) largest = without<T>(v128.load(frame, TAIL), max);
  let at = src;
  for (; at + step < end; at += 2 * step) {
    largest = v128.pmax<T>(largest, without<T>(v128.load(at), max));
    other = v128.pmax<T>(other, without<T>(v128.load(at + step), max));
  }
  if (at < end) other = v128.pmax<T>(other, without<T>(v128.load(at), max));
  largest = v128.pmax<T>(largest, other);
  if (isRow && length <= SHORT) largest = joinMax<T>(largest);
  v128.store(group, startNear<T>(frame, group, largest), START);
  clearSum<T>(group);

  if (length <= SHORT) {
    // A copy, so that every element goes to the same sum as before.
    let to = frame + COPY;
    for (at = src; at < end; at += step) {
      v128.store(to, without<T>(v128.load(at), max));
      to += VECTOR;
    }
    if (tail) v128.store(to, without<T>(v128.load(frame, TAIL), max));
    const padded = isRow ? (tail ? count + 1 : count) * width<T>() : count;
    sumRun<T>(frame, group, frame + COPY, padded, isRow ? 0 : VECTOR);
  } else {
    sumVisible<T>(frame, group, src, end, step, isRow, tail !== 0, largest);
  }
  const none = isNothing<T>(group, largest);
  v128.store(group, v128.andnot(v128.load(group, SUM), none), SUM);
  v128.store(group, v128.andnot(v128.load(group, SUM_LOW), none), SUM_LOW);
}

/** The sum of the others of a lane that is not short: the vectors from `src` to `end` and, if there is a `tail`, TAIL. */
function sumVisible<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  end: usize,
  step: usize,
  isRow: bool,
  tail: bool,
  largest: v128,
): void {
  const max = v128.load(group, MAX);
  const chunk = frame + CHUNK;
  // 2^30 terms below 2^-64 (f64: 2^-100) of the largest change nothing.
  const visible = v128.splat<T>(<T>(sizeof<T>() === 4 ? 64 : 100));
  const lowest = v128.add<T>(largest, v128.mul<T>(visible, v128.load(frame, STEP_HIGH)));
  let chosen: usize = 0;
  if (tail) {
    v128.store(chunk, without<T>(v128.load(frame, TAIL), max));
    chosen = 1;
  }
  for (let at = src; at < end; at += step) {
    const vector = v128.load(at);
    if (!isRow || v128.any_true(v128.gt<T>(vector, lowest))) {
      v128.store(chunk + chosen * VECTOR, without<T>(vector, max));
      if (++chosen === CHUNK_VECTORS) {
        sumBlock<T>(frame, group, chunk, chosen);
        chosen = 0;
      }
    }
  }
  if (chosen) sumBlock<T>(frame, group, chunk, chosen);
}

/** Where all terms of SUM have been cut off: these are not quite 0. Not where SUM is NaN. */
function isNothing<T extends number>(group: usize, largest: v128): v128 {
  const sum = v128.load(group, SUM);
  const z = v128.sub<T>(largest, v128.load(group, SHIFT));
  return v128.and(v128.le<T>(z, v128.load(group, LOWEST)), v128.eq<T>(sum, sum));
}

/** The START that makes the compensated sum exact: near the terms, four times the power of two of the largest one. */
export function startNear<T extends number>(frame: usize, group: usize, largest: v128): v128 {
  const z = v128.pmax<T>(v128.sub<T>(largest, v128.load(group, SHIFT)), v128.load(group, LOWEST));
  const scale = power<T>(madd<T>(z, v128.load(frame, PER_STEP), v128.load(group, MAGIC)));
  return v128.mul<T>(scale, v128.splat<T>(<T>4));
}

/** −∞ in place of the maximum. */
function without<T extends number>(vector: v128, max: v128): v128 {
  return v128.bitselect(v128.splat<T>(<T>-Infinity), vector, v128.eq<T>(vector, max));
}
