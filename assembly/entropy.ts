/**
 * The entropy of p = softmax(x / T), H = −Σ p log p in nats, without forming p:
 *
 *   d = (max − x) / T,  e = e^−d,  H = log1p(s) + (Σ e d) / (1 + s),  s = Σ e without one maximum
 *
 * which is the mean of −log p = d + log(1 + s) (Shannon, "A mathematical theory of communication", 1948). Both summands
 * are at least 0, so nothing cancels. The maxima are counted, not summed, so s keeps its digits where one element
 * dominates. With s below 2^-60 only s + Σ e d is left. It is rounded once, because it may be subnormal.
 *
 * Both types compute in f64 and round at the end; `entropyTerms.ts` has the sums.
 *
 * NaN, +∞ and a lane of nothing but −∞ give NaN. A lane with one finite element gives exactly 0.
 *
 * Bound: f32 relaxed 0.51 ulp, f32 simd 0.51 ulp, f64 relaxed 1.5 ulp, f64 simd 1.5 ulp
 * At temperatures other than 1 the bound of f64 is one ulp more.
 * Witness: f64 1.33 ulp, entropy([10.19267859939896, -2.527186859252952, -1.924029922870077])
 */
import { addEntropyBlock, addEntropyRun, GO_ON, REPLACE } from "./entropyTerms";
import { lost, remainder } from "./exact";
import {
  DOT,
  DOT_LOW,
  EXPONENT,
  INVERSE_F64,
  MAX,
  ONE,
  OTHERS,
  OTHERS_LOW,
  RECORD,
  TAIL,
  TOPS,
  TURNS,
  UNBIAS,
} from "./frame";
import { log1p } from "./log";
import { joinMax, maxOf } from "./max";
import { prepare } from "./prepare";
import { turnsOf } from "./sum";
import { addFloats, joinFloats, joinTotal, joinTotals } from "./total";
import { halves, SHORT, strideOf, tailOf, takeTail, unwiden, VECTOR, wholeVectors } from "./vectors";

/** Both types take the constants of f64. f32 divides by the temperature first, so it takes those of temperature 1. */
export function prepareEntropy(size: usize, frame: usize, temperature: f64): void {
  prepare<f64>(frame, size === 4 ? 1 : temperature);
  v128.store(frame, f64x2.splat(1 / temperature), INVERSE_F64);
}

/** H of the lanes of a group, in one vector. A row has it in every place. */
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

/** Adds the terms of a group, or of a piece of one. The record has MAX. */
export function addEntropy<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  length: usize,
  step: usize,
): void {
  addEntropyRun<T>(frame, group, src, wholeVectors<T>(length, step), strideOf(step));
  if (tailOf<T>(length, step)) {
    takeTail<T>(frame + TAIL, src, length, -Infinity);
    addEntropyRun<T>(frame, group, frame + TAIL, 1, 0);
  }
}

/** H from the sums. If `joined`, the group is a row whose sums are still apart. */
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

/** `addEntropy` for a short lane: element k goes to sum k mod 4, whether the lane is a row or lies beside others. */
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
    addEntropyBlock<T>(frame, group, record, src + turn * stride, terms, turns * stride, REPLACE);
    if (part && (count & (turns - 1)) === turn) {
      addEntropyBlock<T>(frame, group, record, frame + TAIL, 1, 0, GO_ON);
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
  const unbias = v128.load(frame, UNBIAS);
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

  // s + Σ e d, where one element dominates.
  const few = f64x2.add(others, dot);
  const fewLow = f64x2.add(lost(others, dot, few), f64x2.add(othersLow, dotLow));
  const peaked = v128.and(
    f64x2.lt(s, f64x2.splat(reinterpret<f64>(0x3c30000000000000))),
    f64x2.eq(ties, f64x2.splat(0)),
  );
  return v128.bitselect(f64x2.mul(f64x2.add(few, fewLow), unbias), result, peaked);
}
