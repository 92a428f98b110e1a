/**
 * Sums of a second operand, or of products with it, in f64 for either type. f32 adds up a few hundred terms at a time,
 * exactly to 2^-45 of the sum of their magnitudes. f64 compensates the sum (Knuth's two-sum). So neither error grows
 * with the lane.
 */
import { lost } from "./exact";
import { SUM, TAIL, TAIL_OTHER, TOTAL, TOTAL_LOW } from "./frame";
import { takeShortDoubles, takeShortFloats } from "./totalShort";
import { halves, SHORT, strideOf, tailOf, takeTail, VECTOR, wholeVectors, widen } from "./vectors";

/** Vectors that are added up before their sum is added to TOTAL. */
const BLOCK: usize = 256;

/** Products of f64 are lifted by this, 2^128, so that none of them is subnormal. */
export const LIFT_OF_F64 = reinterpret<f64>(0x47f0000000000000);

/** TOTAL = Σ a · b of a group, or Σ b if `a` is 0, rounded; TOTAL_LOW is what rounding has taken off it. */
export function takeTotal<T extends number>(
  frame: usize,
  group: usize,
  a: usize,
  b: usize,
  length: usize,
  step: usize,
): void {
  if (length <= SHORT) {
    const count = wholeVectors<T>(length, step);
    const part = tailOf<T>(length, step);
    const tail = a ? frame + TAIL : 0;
    if (part) {
      if (a) takeTail<T>(tail, a, length, 0);
      takeTail<T>(frame + TAIL_OTHER, b, length, 0);
    }
    if (sizeof<T>() === 8) {
      // Products are rounded anyway, so four of them may be added up before the compensated sum takes them.
      takeShortDoubles(a ? 4 : 1, group, a, b, tail, frame + TAIL_OTHER, count, part, step);
      settleTotal<f64>(group, false);
    } else {
      takeShortFloats(frame, group, a, b, tail, count, part, step);
    }
    return;
  }
  clearTotal(group);
  addProducts<T>(frame, group, a, b, length, step);
  settleTotal<T>(group, !step);
}

/** Adds Σ a · b, or Σ b if `a` is 0, of a group or of a piece of one to TOTAL. */
export function addProducts<T extends number>(
  frame: usize,
  group: usize,
  a: usize,
  b: usize,
  length: usize,
  step: usize,
): void {
  totalRun<T>(group, a, b, wholeVectors<T>(length, step), strideOf(step));
  if (!tailOf<T>(length, step)) return;
  if (a) takeTail<T>(frame + TAIL, a, length, 0);
  takeTail<T>(frame + TAIL_OTHER, b, length, 0);
  totalRun<T>(group, a ? frame + TAIL : 0, frame + TAIL_OTHER, 1, 0);
}

export function clearTotal(group: usize): void {
  for (let part = TOTAL; part < TOTAL + 4 * VECTOR; part += VECTOR) {
    v128.store(group + part, f64x2.splat(0));
  }
}

/** The same for `count` vectors, `step` bytes apart. */
function totalRun<T extends number>(group: usize, a: usize, b: usize, count: usize, step: usize): void {
  while (count) {
    const block = min(count, BLOCK);
    if (sizeof<T>() === 4) addSingles(group, a, b, block, step);
    else addDoubles(group, a, b, block, step);
    if (a) a += block * step;
    b += block * step;
    count -= block;
  }
}

/** Even and odd vectors have sums of their own, because an addition waits four cycles for the one before it. */
function addSingles(group: usize, a: usize, b: usize, count: usize, step: usize): void {
  let first = f64x2.splat(0);
  let second = first;
  let firstOdd = first;
  let secondOdd = first;
  for (; count >= 2; count -= 2) {
    first = f64x2.add(first, factor(a, b, 0));
    second = f64x2.add(second, factor(a, b, 1));
    const aOdd = a ? a + step : 0;
    firstOdd = f64x2.add(firstOdd, factor(aOdd, b + step, 0));
    secondOdd = f64x2.add(secondOdd, factor(aOdd, b + step, 1));
    if (a) a += 2 * step;
    b += 2 * step;
  }
  if (count) {
    first = f64x2.add(first, factor(a, b, 0));
    second = f64x2.add(second, factor(a, b, 1));
  }
  const zero = f64x2.splat(0);
  addTotal(group, f64x2.add(first, firstOdd), zero);
  addTotal(group + VECTOR, f64x2.add(second, secondOdd), zero);
}

/**
 * Products are rounded, so four of them are added up before the compensated sum takes them: that costs three roundings
 * more.
 */
function addDoubles(group: usize, a: usize, b: usize, count: usize, step: usize): void {
  let sum = f64x2.splat(0);
  let low = sum;
  let sumOdd = sum;
  let lowOdd = sum;
  if (a) {
    v128.store(group, f64x2.splat(LIFT_OF_F64), SUM);
    const lift = v128.load(group, SUM);
    for (; count >= 4; count -= 4) {
      const first = f64x2.add(product(lift, a, b), product(lift, a + step, b + step));
      a += 2 * step;
      b += 2 * step;
      const second = f64x2.add(product(lift, a, b), product(lift, a + step, b + step));
      a += 2 * step;
      b += 2 * step;
      const value = f64x2.add(first, second);
      const next = f64x2.add(sum, value);
      low = f64x2.add(low, lost(sum, value, next));
      sum = next;
    }
    for (; count; --count) {
      sumOdd = f64x2.add(sumOdd, product(lift, a, b));
      a += step;
      b += step;
    }
  }
  for (; count >= 2; count -= 2) {
    const value = v128.load(b);
    const next = f64x2.add(sum, value);
    low = f64x2.add(low, lost(sum, value, next));
    sum = next;
    const valueOdd = v128.load(b + step);
    const nextOdd = f64x2.add(sumOdd, valueOdd);
    lowOdd = f64x2.add(lowOdd, lost(sumOdd, valueOdd, nextOdd));
    sumOdd = nextOdd;
    b += 2 * step;
  }
  if (count) {
    const value = v128.load(b);
    const next = f64x2.add(sum, value);
    low = f64x2.add(low, lost(sum, value, next));
    sum = next;
  }
  addTotal(group, sum, low);
  addTotal(group, sumOdd, lowOdd);
}

/** a · b of two f64, lifted. */
export function product(lift: v128, a: usize, b: usize): v128 {
  return f64x2.mul(f64x2.mul(v128.load(a), lift), v128.load(b));
}

/** a · b, or b, of two f32. */
function factor(a: usize, b: usize, half: i32): v128 {
  const value = widen<f32>(v128.load(b), half);
  return a ? f64x2.mul(widen<f32>(v128.load(a), half), value) : value;
}

/** Adds a sum, and what rounding has taken off it, to TOTAL and TOTAL_LOW. */
export function addTotal(at: usize, value: v128, low: v128): void {
  const sum = v128.load(at, TOTAL);
  const next = f64x2.add(sum, value);
  v128.store(at, next, TOTAL);
  const rest = f64x2.add(v128.load(at, TOTAL_LOW), f64x2.add(lost(sum, value, next), low));
  v128.store(at, rest, TOTAL_LOW);
}

/** Adds the sums of four lanes of f32 at `other`: with the bits that joinFloats gives to a row. */
export function addFloats(at: usize, other: usize): void {
  v128.store(at, f64x2.add(v128.load(at), v128.load(other)));
  v128.store(at, f64x2.add(v128.load(at, VECTOR), v128.load(other, VECTOR)), VECTOR);
}

/** The sum of all places of two vectors, in every place. */
export function joinFloats(at: usize): void {
  const pairs = f64x2.add(v128.load(at), v128.load(at, VECTOR));
  const whole = f64x2.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0));
  v128.store(at, whole);
  v128.store(at, whole, VECTOR);
}

/** Adds the sum at `other` with its low part: with the bits that joinTotal gives to a row. */
export function joinTotals<T extends number>(at: usize, other: usize): void {
  for (let half = 0; half < halves<T>(); ++half) {
    const sum = v128.load(at);
    const more = v128.load(other);
    const whole = f64x2.add(sum, more);
    const low = f64x2.add(v128.load(at, 2 * VECTOR), v128.load(other, 2 * VECTOR));
    v128.store(at, whole);
    v128.store(at, f64x2.add(low, lost(sum, more, whole)), 2 * VECTOR);
    at += VECTOR;
    other += VECTOR;
  }
}

/** The sum at `at` of a row: every element becomes the sum of all. Its low part is two vectors further on. */
export function joinTotal<T extends number>(at: usize): void {
  let sum = v128.load(at);
  let low = v128.load(at, 2 * VECTOR);
  if (sizeof<T>() === 4) {
    const second = v128.load(at, VECTOR);
    const pairs = f64x2.add(sum, second);
    low = f64x2.add(f64x2.add(low, v128.load(at, 3 * VECTOR)), lost(sum, second, pairs));
    sum = pairs;
  }
  const other = v128.shuffle<i64>(sum, sum, 1, 0);
  const whole = f64x2.add(sum, other);
  low = f64x2.add(f64x2.add(low, v128.shuffle<i64>(low, low, 1, 0)), lost(sum, other, whole));
  v128.store(at, whole);
  v128.store(at, low, 2 * VECTOR);
  if (sizeof<T>() === 4) {
    v128.store(at, whole, VECTOR);
    v128.store(at, low, 3 * VECTOR);
  }
}

/**
 * TOTAL becomes TOTAL + TOTAL_LOW, rounded, and TOTAL_LOW what rounding takes off. If `joined`, the group is a row
 * whose sums are still apart.
 */
export function settleTotal<T extends number>(group: usize, joined: bool): void {
  if (joined) joinTotal<T>(group + TOTAL);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const high = v128.load(at, TOTAL);
    const low = v128.load(at, TOTAL_LOW); // NaN where the sum is infinite: the lane becomes NaN
    const sum = f64x2.add(high, low);
    const rest = f64x2.sub(low, f64x2.sub(sum, high));
    v128.store(at, sum, TOTAL);
    v128.store(at, rest, TOTAL_LOW);
  }
}
