/**
 * The entropy of p = softmax(x / T), H = −Σ p log p in nats, without forming p:
 *
 *   d = (max − x) / T,  e = e^−d,  H = log1p(s) + (Σ e d) / (1 + s),  s = Σ e without one maximum
 *
 * which is the mean of −log p = d + log(1 + s) (Shannon, "A mathematical theory of communication", 1948). Both terms are at
 * least 0, so nothing cancels. The maxima are counted, not summed, so s keeps its digits where one element dominates.
 * With s below 2^-60 only s + Σ e d is left, which is rounded once, as it may be subnormal.
 *
 * Both types compute in f64 and round at the end. f32 takes the polynomial to degree 8. f64 carries along what its
 * roundings leave: those of max − x and 1 / T, of the terms, and of the sums (Knuth's two-sum). The exponentials are
 * those of `expRun` with N = 0. Elements more than DEPTH below the maximum, −∞ among them, add 0 to the result.
 *
 * NaN, +∞ and a lane of nothing but −∞ give NaN. A lane with one finite element gives exactly 0.
 *
 * Bound: f32 relaxed 0.51 ulp, f32 simd 0.51 ulp, f64 relaxed 1.5 ulp, f64 simd 1.5 ulp
 * and at temperatures other than 1 one more for f64.
 * Witness: f64 1.33 ulp, entropy([10.19267859939896, -2.527186859252952, -1.924029922870077])
 */

import { power } from "./exp";
import {
  COEFFICIENTS,
  DEPTH,
  DOT,
  DOT_LOW,
  EXPONENT,
  INVERSE,
  INVERSE_F64,
  MAX,
  ONE,
  OTHERS,
  OTHERS_LOW,
  PER_STEP,
  RECORD,
  ROUNDER,
  STEP_HIGH,
  STEP_LOW,
  TAIL,
  TEMPERATURE,
  TOPS,
  TURNS,
} from "./frame";
import { log1p } from "./log";
import { joinMax, maxOf } from "./max";
import { prepare } from "./prepare";
import { turnsOf } from "./sum";
import { addFloats, joinFloats, joinTotal, joinTotals, lost } from "./total";
import {
  halves,
  madd,
  remainder,
  SHORT,
  strideOf,
  tailOf,
  takeTail,
  unwiden,
  VECTOR,
  wholeVectors,
  widen,
} from "./vectors";

// How sums of terms begin: at 0, to be added to those of the record; at 0, in their place; or with them.
const ADD = 0;
const START = 1;
const GO_ON = 2;

/** Vectors at a time: the halves of f32 read them in turn, and sum them from 0, so that no error grows with the lane. */
const BLOCK: usize = 128;

/** Constants of f64 for either type; f32 divides by the temperature first. */
export function prepareEntropy(size: usize, frame: usize, temperature: f64): void {
  prepare<f64>(frame, size === 4 ? 1 : temperature);
  v128.store(frame, f64x2.splat(1 / temperature), INVERSE_F64);
}

/** H of the lanes of a group, one vector of them; of a row, in every place. */
export function entropyOf<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): v128 {
  const max = maxOf<T>(src, length, step);
  v128.store(group, step ? max : joinMax<T>(max), MAX);
  clear(group);
  if (length <= SHORT) addShort<T>(frame, group, src, length, step);
  else addEntropy<T>(frame, group, src, length, step);
  return finishEntropy<T>(frame, group, !step && length > SHORT);
}

/** Adds the terms of a group, or of a piece of one, whose MAX is there. */
export function addEntropy<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): void {
  addTerms<T>(frame, group, src, wholeVectors<T>(length, step), strideOf(step));
  if (tailOf<T>(length, step)) {
    takeTail<T>(frame + TAIL, src, length, -Infinity);
    addTerms<T>(frame, group, frame + TAIL, 1, 0);
  }
}

/** H from the sums; those of a row if `joined`. */
export function finishEntropy<T extends number>(frame: usize, group: usize, joined: bool): v128 {
  if (joined) {
    joinTotal<T>(group + OTHERS);
    joinTotal<T>(group + DOT);
    joinTops<T>(group);
  }
  const first = settle<T>(frame, group);
  return unwiden<T>(first, sizeof<T>() === 4 ? settle<T>(frame, group + VECTOR) : first);
}

function clear(record: usize): void {
  for (let part = OTHERS; part < TOPS + 2 * VECTOR; part += VECTOR) v128.store(record + part, f64x2.splat(0));
}

/** `addTerms` for a short lane, of which element k goes to sum k mod 4, of a row as of lanes side by side. */
function addShort<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): void {
  const count = wholeVectors<T>(length, step);
  const part = tailOf<T>(length, step);
  if (part) takeTail<T>(frame + TAIL, src, length, -Infinity);
  const stride = strideOf(step);
  const turns = turnsOf<T>(step);
  for (let turn: usize = 0; turn < turns; ++turn) {
    const record = turn ? frame + TURNS + turn * RECORD : group;
    const terms = (count + turns - 1 - turn) / turns;
    addBlock<T>(frame, group, record, src + turn * stride, terms, turns * stride, START);
    if (part && (count & (turns - 1)) === turn) {
      addBlock<T>(frame, group, record, frame + TAIL, 1, 0, GO_ON);
    }
  }
  if (turns === 4) {
    addRecord<T>(group, frame + TURNS + 2 * RECORD);
    addRecord<T>(frame + TURNS + RECORD, frame + TURNS + 3 * RECORD);
  }
  if (turns > 1) addRecord<T>(group, frame + TURNS + RECORD);
  if (step) return;
  joinTops<T>(group);
  if (sizeof<T>() === 8) {
    joinTotal<T>(group + OTHERS);
    joinTotal<T>(group + DOT);
  } else {
    joinFloats(group + OTHERS);
    joinFloats(group + DOT);
  }
}

/** The sums of f32 have no low parts. */
function addRecord<T extends number>(group: usize, other: usize): void {
  if (sizeof<T>() === 8) {
    joinTotals<T>(group + OTHERS, other + OTHERS);
    joinTotals<T>(group + DOT, other + DOT);
  }
  if (sizeof<T>() === 4) {
    addFloats(group + OTHERS, other + OTHERS);
    addFloats(group + DOT, other + DOT);
  }
  for (let half = 0; half < halves<T>(); ++half) {
    const at = half * VECTOR;
    v128.store(group + at, i64x2.add(v128.load(group + at, TOPS), v128.load(other + at, TOPS)), TOPS);
  }
}

/** Adds e to OTHERS, −e d to DOT and the number of maxima to TOPS. */
function addTerms<T extends number>(frame: usize, group: usize, src: usize, count: usize, step: usize): void {
  while (count) {
    const block = min(count, BLOCK);
    addBlock<T>(frame, group, group, src, block, step, ADD);
    src += block * step;
    count -= block;
  }
}

/** The sums are those of `record`. */
function addBlock<T extends number>(
  frame: usize,
  group: usize,
  record: usize,
  src: usize,
  count: usize,
  step: usize,
  mode: i32,
): void {
  if (sizeof<T>() === 4) {
    addSingles(frame, group, record, src, count, step, 0, mode);
    addSingles(frame, group, record, src, count, step, 1, mode);
  } else {
    addDoubles(frame, group, record, src, count, step, mode);
  }
}

/** The two elements of each vector that `half` says. Here 2^-1200, where elements are cut off, is as good as 0. */
function addSingles(
  frame: usize,
  group: usize,
  record: usize,
  src: usize,
  count: usize,
  step: usize,
  half: i32,
  mode: i32,
): void {
  const at = record + half * VECTOR;
  const zero = f64x2.splat(0);
  const max = widen<f32>(v128.load(group, MAX), half);
  const inverse = v128.load(frame, INVERSE_F64);
  const perStep = v128.load(frame, PER_STEP);
  const magic = v128.load(frame, ROUNDER);
  const minusLn2 = f64x2.add(v128.load(frame, STEP_HIGH), v128.load(frame, STEP_LOW));
  const lowest = f64x2.mul(v128.load(frame, DEPTH), minusLn2);
  let others = mode === GO_ON ? v128.load(at, OTHERS) : zero;
  let dot = mode === GO_ON ? v128.load(at, DOT) : zero;
  let tops = mode === START ? zero : v128.load(at, TOPS);
  for (; count; --count) {
    const difference = f64x2.sub(widen<f32>(v128.load(src), half), max);
    const z = f64x2.pmax(f64x2.mul(difference, inverse), lowest); // in this order NaN passes
    const biased = madd<f64>(z, perStep, magic);
    const scale = power<f64>(biased);
    const r = madd<f64>(f64x2.sub(biased, magic), minusLn2, z);
    const r2 = f64x2.mul(r, r);
    const t = madd<f64>(r2, polynomial<f32>(frame, r, r2), r);
    const isMax = f64x2.eq(difference, zero);
    tops = i64x2.sub(tops, isMax);
    const term = v128.andnot(madd<f64>(scale, t, scale), isMax);
    others = f64x2.add(others, term);
    dot = madd<f64>(term, z, dot);
    src += step;
  }
  v128.store(at, mode !== ADD ? others : f64x2.add(v128.load(at, OTHERS), others), OTHERS);
  v128.store(at, mode !== ADD ? dot : f64x2.add(v128.load(at, DOT), dot), DOT);
  v128.store(at, tops, TOPS);
}

function addDoubles(
  frame: usize,
  group: usize,
  record: usize,
  src: usize,
  count: usize,
  step: usize,
  mode: i32,
): void {
  const zero = f64x2.splat(0);
  const max = v128.load(group, MAX);
  const minusMax = f64x2.neg(max);
  const inverse = v128.load(frame, INVERSE);
  // What rounding 1 / T has left.
  const inverseLow = f64x2.mul(
    remainder(v128.load(frame, ONE), inverse, v128.load(frame, TEMPERATURE)),
    inverse,
  );
  const perStep = v128.load(frame, PER_STEP);
  const magic = v128.load(frame, ROUNDER);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const lowest = f64x2.mul(v128.load(frame, DEPTH), f64x2.add(stepHigh, stepLow));
  let others = mode === START ? zero : v128.load(record, OTHERS);
  let othersLow = mode === START ? zero : v128.load(record, OTHERS_LOW);
  let dot = mode === START ? zero : v128.load(record, DOT);
  let dotLow = mode === START ? zero : v128.load(record, DOT_LOW);
  let tops = mode === START ? zero : v128.load(record, TOPS);
  for (; count; --count) {
    const x = v128.load(src);
    const difference = f64x2.sub(x, max);
    const vanishes = f64x2.le(difference, lowest);
    const differenceLow = v128.andnot(lost(x, minusMax, difference), vanishes);
    const z = f64x2.pmax(difference, lowest); // in this order NaN passes
    const biased = madd<f64>(z, perStep, magic);
    const scale = v128.andnot(power<f64>(biased), vanishes);
    const n = f64x2.sub(biased, magic);
    const high = f64x2.mul(madd<f64>(n, stepHigh, z), inverse);
    const low = f64x2.mul(madd<f64>(n, stepLow, differenceLow), inverse);
    const r = f64x2.add(high, low);
    const r2 = f64x2.mul(r, r);
    const rest = madd<f64>(r2, polynomial<f64>(frame, r, r2), low);
    const whole = madd<f64>(scale, f64x2.add(high, rest), scale);
    const termLow = madd<f64>(scale, rest, madd<f64>(scale, high, f64x2.sub(scale, whole)));
    const isMax = f64x2.eq(difference, zero);
    tops = i64x2.sub(tops, isMax);
    const term = v128.andnot(whole, isMax);
    const nextOthers = f64x2.add(others, term);
    othersLow = f64x2.add(othersLow, f64x2.add(lost(others, term, nextOthers), termLow));
    others = nextOthers;
    const depth = f64x2.mul(z, inverse);
    const depthLow = madd<f64>(z, inverseLow, f64x2.mul(differenceLow, inverse));
    const product = f64x2.mul(term, depth);
    const productLow = madd<f64>(termLow, depth, f64x2.mul(term, depthLow));
    const nextDot = f64x2.add(dot, product);
    dotLow = f64x2.add(dotLow, f64x2.add(lost(dot, product, nextDot), productLow));
    dot = nextDot;
    src += step;
  }
  v128.store(record, others, OTHERS);
  v128.store(record, othersLow, OTHERS_LOW);
  v128.store(record, dot, DOT);
  v128.store(record, dotLow, DOT_LOW);
  v128.store(record, tops, TOPS);
}

/**
 * q(r) of `expRun` as a polynomial in r² of pairs c + c' r, a shorter chain than Horner's rule; for f32 without the last
 * three coefficients, below 2^-32.
 */
function polynomial<T extends number>(frame: usize, r: v128, r2: v128): v128 {
  let q = v128.load(frame, COEFFICIENTS + 6 * VECTOR);
  if (sizeof<T>() === 8) q = madd<f64>(pair(frame + 8 * VECTOR, r), r2, pair(frame + 6 * VECTOR, r));
  q = madd<f64>(q, r2, pair(frame + 4 * VECTOR, r));
  q = madd<f64>(q, r2, pair(frame + 2 * VECTOR, r));
  return madd<f64>(q, r2, pair(frame, r));
}

function pair(at: usize, r: v128): v128 {
  return madd<f64>(v128.load(at, COEFFICIENTS + VECTOR), r, v128.load(at, COEFFICIENTS));
}

function joinTops<T extends number>(group: usize): void {
  let tops = v128.load(group, TOPS);
  if (sizeof<T>() === 4) tops = i64x2.add(tops, v128.load(group, TOPS + VECTOR));
  tops = i64x2.add(tops, v128.shuffle<i64>(tops, tops, 1, 0));
  v128.store(group, tops, TOPS);
  v128.store(group, tops, TOPS + VECTOR);
}

/** H of two lanes from their sums, which hold 2^BIAS · e. */
function settle<T extends number>(frame: usize, at: usize): v128 {
  const one = v128.load(frame, ONE);
  const unbias = f64x2.splat(reinterpret<f64>(0x1ff0000000000000)); // 2^-512
  const others = v128.load(at, OTHERS);
  const othersLow = v128.load(at, OTHERS_LOW);
  const dot = f64x2.neg(v128.load(at, DOT));
  const dotLow = f64x2.neg(v128.load(at, DOT_LOW));
  const bias = v128.load(frame, EXPONENT); // 2^52
  const ties = f64x2.sub(f64x2.sub(v128.or(v128.load(at, TOPS), bias), bias), one);

  const some = f64x2.mul(others, unbias);
  const s = f64x2.add(ties, some);
  const sLow = f64x2.add(lost(ties, some, s), f64x2.mul(othersLow, unbias));
  const logarithm = log1p<T>(frame, s, sLow);
  const whole = f64x2.add(one, s);
  const wholeLow = f64x2.add(lost(one, s, whole), sLow);
  const mean = f64x2.div(f64x2.mul(dot, unbias), whole);
  const left = f64x2.add(remainder(f64x2.mul(dot, unbias), mean, whole), f64x2.mul(dotLow, unbias));
  const meanLow = f64x2.div(f64x2.sub(left, f64x2.mul(mean, wholeLow)), whole);
  const sum = f64x2.add(logarithm, mean);
  const result = f64x2.add(sum, f64x2.add(lost(logarithm, mean, sum), meanLow));

  // Where one element dominates.
  const few = f64x2.add(others, dot);
  const fewLow = f64x2.add(lost(others, dot, few), f64x2.add(othersLow, dotLow));
  const peaked = v128.and(
    f64x2.lt(s, f64x2.splat(reinterpret<f64>(0x3c30000000000000))),
    f64x2.eq(ties, f64x2.splat(0)),
  );
  return v128.bitselect(f64x2.mul(f64x2.add(few, fewLow), unbias), result, peaked);
}
