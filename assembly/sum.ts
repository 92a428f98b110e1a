/**
 * The sum of the terms as it comes together: from partial sums, over a row, over chunks; and its reciprocal, to twice
 * the precision of T.
 */
import { leadingHalf, lost, remainder } from "./exact";
import { FACTOR, FACTOR_HIGH, FACTOR_LOW, LANE_UNIT, RECORD, SUM, SUM_LOW } from "./frame";
import { narrow, VECTOR, widen } from "./vectors";

/**
 * How many vectors of sums take turns where a lane is short. Its element k goes to sum k mod 4. A vector of a row of
 * f32 adds to all four sums at once, one of a row of f64 to two, and a vector of lanes side by side to one sum of each
 * lane.
 */
export function turnsOf<T extends number>(step: usize): usize {
  return step ? 4 : sizeof<T>() / 4;
}

/** Adds (partial, lost) to (SUM, SUM_LOW), exactly (Knuth) but for the rounding of the low parts. */
export function addPartial<T extends number>(group: usize, partial: v128, lost: v128): void {
  const sum = v128.load(group, SUM);
  const next = v128.add<T>(sum, partial);
  const taken = v128.sub<T>(next, sum);
  const error = v128.add<T>(v128.sub<T>(sum, v128.sub<T>(next, taken)), v128.sub<T>(partial, taken));
  const low = v128.add<T>(v128.load(group, SUM_LOW), v128.add<T>(error, lost));
  const rounded = v128.add<T>(next, low);
  v128.store(group, rounded, SUM);
  v128.store(group, v128.sub<T>(low, v128.sub<T>(rounded, next)), SUM_LOW);
}

/** SUM and SUM_LOW from the four partial sums of each lane: with the bits that joinSum gives to a row. */
export function joinFour<T extends number>(
  group: usize,
  p0: v128,
  l0: v128,
  p1: v128,
  l1: v128,
  p2: v128,
  l2: v128,
  p3: v128,
  l3: v128,
): void {
  if (sizeof<T>() === 4) {
    const first = joinHalf(p0, l0, p1, l1, p2, l2, p3, l3, 0);
    setSum(group, first, joinHalf(p0, l0, p1, l1, p2, l2, p3, l3, 1));
  } else {
    setPair(group, p1, l1, p3, l3);
    const odd = v128.load(group, SUM);
    const oddLow = v128.load(group, SUM_LOW);
    setPair(group, p0, l0, p2, l2);
    joinPair(group, odd, oddLow);
  }
}

/** SUM and SUM_LOW of f64 from two partial sums of each place. */
export function setPair(group: usize, a: v128, aLow: v128, b: v128, bLow: v128): void {
  const sum = f64x2.add(a, b);
  v128.store(group, sum, SUM);
  v128.store(group, f64x2.add(f64x2.add(aLow, bLow), lost(a, b, sum)), SUM_LOW);
}

/** `setPair` and `joinSum` for the two sums of a row of f64, in registers: the row waits for them. */
export function joinTwo(group: usize, a: v128, aLow: v128, b: v128, bLow: v128): void {
  const sum = f64x2.add(a, b);
  const low = f64x2.add(f64x2.add(aLow, bLow), lost(a, b, sum));
  addPair(group, sum, low, v128.shuffle<i64>(sum, sum, 1, 0), v128.shuffle<i64>(low, low, 1, 0));
}

function joinHalf(
  p0: v128,
  l0: v128,
  p1: v128,
  l1: v128,
  p2: v128,
  l2: v128,
  p3: v128,
  l3: v128,
  half: i32,
): v128 {
  const even = f64x2.add(widePair(p0, l0, half), widePair(p2, l2, half));
  const odd = f64x2.add(widePair(p1, l1, half), widePair(p3, l3, half));
  return f64x2.add(even, odd);
}

function widePair(sum: v128, low: v128, half: i32): v128 {
  return f64x2.add(widen<f32>(sum, half), widen<f32>(low, half));
}

/** SUM and SUM_LOW of f32 from the sums as f64. */
function setSum(group: usize, first: v128, second: v128): void {
  const rounded = narrow(first, second);
  const rest = f64x2.sub(first, widen<f32>(rounded, 0));
  const restSecond = f64x2.sub(second, widen<f32>(rounded, 1));
  v128.store(group, rounded, SUM);
  v128.store(group, narrow(rest, restSecond), SUM_LOW);
}

/** Adds `other` to SUM of f64, each with its low part. */
function joinPair(group: usize, other: v128, otherLow: v128): void {
  addPair(group, v128.load(group, SUM), v128.load(group, SUM_LOW), other, otherLow);
}

/** SUM and SUM_LOW of f64 from two sums, each with its low part. */
function addPair(group: usize, a: v128, aLow: v128, b: v128, bLow: v128): void {
  const whole = f64x2.add(a, b);
  const rest = f64x2.add(f64x2.add(aLow, bLow), lost(a, b, whole));
  const rounded = f64x2.add(whole, rest);
  v128.store(group, rounded, SUM);
  v128.store(group, f64x2.sub(rest, f64x2.sub(rounded, whole)), SUM_LOW);
}

/** SUM of a row: every element becomes the sum of all. */
export function joinSum<T extends number>(group: usize): void {
  const high = v128.load(group, SUM);
  const low = v128.load(group, SUM_LOW);
  if (sizeof<T>() === 4) {
    const pairs = f64x2.add(total<T>(group, 0), total<T>(group, 1));
    const whole = f64x2.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0));
    setSum(group, whole, whole);
  } else {
    joinPair(group, v128.shuffle<i64>(high, high, 1, 0), v128.shuffle<i64>(low, low, 1, 0));
  }
}

/** Adds SUM of the records from `chunks` to `end`, exactly (Knuth) but for the rounding of the low parts. */
export function addSums<T extends number>(group: usize, chunks: usize, end: usize): void {
  let sum = v128.load(group, SUM);
  let low = v128.load(group, SUM_LOW);
  for (; chunks < end; chunks += RECORD) {
    const partial = v128.load(chunks, SUM);
    const next = v128.add<T>(sum, partial);
    const taken = v128.sub<T>(next, sum);
    const error = v128.add<T>(v128.sub<T>(sum, v128.sub<T>(next, taken)), v128.sub<T>(partial, taken));
    low = v128.add<T>(low, v128.add<T>(error, v128.load(chunks, SUM_LOW)));
    sum = v128.add<T>(next, low);
    low = v128.sub<T>(low, v128.sub<T>(sum, next));
  }
  v128.store(group, sum, SUM);
  v128.store(group, low, SUM_LOW);
}

/** FACTOR, FACTOR_HIGH and FACTOR_LOW: 1 / SUM or, if `lifted`, LANE_UNIT / SUM. */
export function invertSum<T extends number>(group: usize, lifted: bool): void {
  const high = v128.load(group, SUM);
  const low = v128.load(group, SUM_LOW);
  if (sizeof<T>() === 4) {
    const one = f64x2.splat(1);
    const first = f64x2.div(lifted ? v128.load(group, LANE_UNIT) : one, total<T>(group, 0));
    const second = f64x2.div(lifted ? v128.load(group, LANE_UNIT + VECTOR) : one, total<T>(group, 1));
    const factor = narrow(first, second);
    const leading = leadingHalf<f32>(factor);
    const kept = ASC_FEATURE_RELAXED_SIMD ? factor : leading;
    v128.store(group, factor, FACTOR);
    v128.store(group, leading, FACTOR_HIGH);
    const firstRest = f64x2.sub(first, widen<f32>(kept, 0));
    const secondRest = f64x2.sub(second, widen<f32>(kept, 1));
    v128.store(group, narrow(firstRest, secondRest), FACTOR_LOW);
  } else {
    const one = lifted ? v128.load(group, LANE_UNIT) : f64x2.splat(1);
    const factor = f64x2.div(one, high);
    const error = f64x2.sub(remainder(one, factor, high), f64x2.mul(low, factor));
    const rest = f64x2.div(error, high);
    v128.store(group, factor, FACTOR);
    const leading = leadingHalf<f64>(factor);
    v128.store(group, leading, FACTOR_HIGH);
    v128.store(
      group,
      ASC_FEATURE_RELAXED_SIMD ? rest : f64x2.add(f64x2.sub(factor, leading), rest),
      FACTOR_LOW,
    );
  }
}

/** Two of the sums as f64. */
function total<T extends number>(group: usize, half: i32): v128 {
  return f64x2.add(widen<T>(v128.load(group, SUM), half), widen<T>(v128.load(group, SUM_LOW), half));
}

export function clearSum<T extends number>(group: usize): void {
  v128.store(group, v128.splat<T>(<T>0), SUM);
  v128.store(group, v128.splat<T>(<T>0), SUM_LOW);
}
