/**
 * Functions of single elements, through e = e^−|z|, in f64 for either type and rounded once:
 *
 *   sigmoid:      1 / (1 + e) where x ≥ 0, e / (1 + e) below        z = x
 *   softplus:     max(x, 0) + log1p(e);  log-sigmoid(x) = min(x, 0) − log1p(e)
 *   log-add-exp:  max(a, b) + log1p(e)                              z = a − b
 *   logit:        ± log1p(|2x − 1| / min(x, 1 − x)), the log-ratio of x and 1 − x
 *
 * The exponentials are those of `expRun`, with N = 0, a panel at a time.
 *
 * Bound: f32 relaxed 1.5 ulp, f32 simd 1.5 ulp, f64 relaxed 2.5 ulp, f64 simd 2.5 ulp
 */
import { LOG_ADD_EXP, LOGIT, OTHER, SIGMOID, SOFTPLUS } from "./abi";
import { anchor, expRun } from "./exp";
import { GROUPS, MAX, PANEL, TAIL, TAIL_OTHER } from "./frame";
import { log1p } from "./log";
import { logOf } from "./logRatio";
import { isPrepared, prepare, prepareLog, setPrepared } from "./prepare";
import { clearSum } from "./sum";
import { lost } from "./total";
import { loadPart, storePart, unwiden, VECTOR, widen, width } from "./vectors";

/** Vectors at a time: their exponentials stay in the fastest cache. */
const BLOCK: usize = 128;

/** The `count` elements at `src`, with those at `other` if there are two; `dst` may be either. */
export function map<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  // For a call after one of this type the record is there too.
  const kind = sizeof<T>() + 2;
  if (isPrepared(frame, kind, 1)) {
    clearSum<T>(frame + GROUPS);
  } else {
    prepare<T>(frame, 1);
    prepareLog(frame);
    v128.store(frame + GROUPS, v128.splat<T>(<T>0), MAX);
    anchor<T>(frame, frame + GROUPS);
    setPrepared(frame, kind, 1);
  }
  const part = count & (width<T>() - 1);
  for (let vectors = count / width<T>(); vectors; ) {
    const block = min(vectors, BLOCK);
    mapBlock<T>(frame, operation, src, other, dst, block);
    src += block * VECTOR;
    other += block * VECTOR;
    dst += block * VECTOR;
    vectors -= block;
  }
  if (part) {
    const tail = frame + TAIL;
    v128.store(tail, loadPart<T>(src, part, 0));
    if (operation & OTHER) v128.store(frame, loadPart<T>(other, part, 0), TAIL_OTHER);
    mapBlock<T>(frame, operation, tail, frame + TAIL_OTHER, tail, 1);
    storePart<T>(dst, v128.load(tail), part);
  }
}

function mapBlock<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  const bytes = count * VECTOR;
  if (operation === LOGIT) {
    for (let k: usize = 0; k < bytes; k += VECTOR) {
      const x = v128.load(src + k);
      const first = logit<T>(frame, x, 0);
      const second = sizeof<T>() === 4 ? logit<T>(frame, x, 1) : first;
      v128.store(dst + k, unwiden<T>(first, second));
    }
    return;
  }
  const panel = frame + PANEL;
  for (let k: usize = 0; k < bytes; k += VECTOR) {
    let z = v128.load(src + k);
    if (operation === LOG_ADD_EXP) {
      const b = v128.load(other + k);
      z = v128.andnot(v128.sub<T>(z, b), v128.eq<T>(z, b)); // equal infinities too
    }
    v128.store(panel + k, v128.neg<T>(v128.abs<T>(z)));
  }
  expRun<T>(frame, frame + GROUPS, panel, panel, count, VECTOR);
  for (let k: usize = 0; k < bytes; k += VECTOR) {
    const x = v128.load(src + k);
    const e = v128.load(panel + k);
    let first: v128;
    let second: v128;
    if (operation === LOG_ADD_EXP) {
      const b = v128.load(other + k);
      first = logAddExp<T>(frame, x, b, e, 0);
      second = sizeof<T>() === 4 ? logAddExp<T>(frame, x, b, e, 1) : first;
    } else if (operation === SIGMOID) {
      first = sigmoid<T>(x, e, 0);
      second = sizeof<T>() === 4 ? sigmoid<T>(x, e, 1) : first;
    } else {
      first = softplus<T>(frame, operation, x, e, 0);
      second = sizeof<T>() === 4 ? softplus<T>(frame, operation, x, e, 1) : first;
    }
    // + 0 turns −0, the rounded −1e-60 of a log-sigmoid, into 0.
    v128.store(dst + k, v128.add<T>(unwiden<T>(first, second), v128.splat<T>(<T>0)));
  }
}

/** Two exponentials without the bias that `expRun` gives them. */
function unbiased<T extends number>(e: v128, half: i32): v128 {
  const unbias = reinterpret<f64>(sizeof<T>() === 4 ? 0x3bf0000000000000 : 0x1ff0000000000000);
  return f64x2.mul(widen<T>(e, half), f64x2.splat(unbias));
}

function sigmoid<T extends number>(vector: v128, exponential: v128, half: i32): v128 {
  const x = widen<T>(vector, half);
  const e = unbiased<T>(exponential, half);
  const one = f64x2.splat(1);
  return f64x2.div(v128.bitselect(e, one, f64x2.lt(x, f64x2.splat(0))), f64x2.add(one, e));
}

function softplus<T extends number>(
  frame: usize,
  operation: i32,
  vector: v128,
  exponential: v128,
  half: i32,
): v128 {
  const x = widen<T>(vector, half);
  const zero = f64x2.splat(0);
  const logarithm = log1p<T>(frame, unbiased<T>(exponential, half), zero);
  return operation === SOFTPLUS
    ? f64x2.add(f64x2.pmax(x, zero), logarithm)
    : f64x2.sub(f64x2.pmin(x, zero), logarithm);
}

function logAddExp<T extends number>(
  frame: usize,
  aVector: v128,
  bVector: v128,
  exponential: v128,
  half: i32,
): v128 {
  const a = widen<T>(aVector, half);
  const b = widen<T>(bVector, half);
  const e = unbiased<T>(exponential, half);
  // What rounding a − b to T has lost, its sign that of −|a − b|; no number beside infinities.
  const difference = v128.sub<T>(aVector, bVector);
  const rounded = widen<T>(difference, half);
  let rest = f64x2.sub(f64x2.sub(a, b), rounded);
  if (sizeof<T>() === 8) rest = lost(a, f64x2.neg(b), rounded);
  rest = v128.bitselect(f64x2.neg(rest), rest, f64x2.gt(rounded, f64x2.splat(0)));
  rest = v128.and(rest, f64x2.lt(f64x2.abs(rest), f64x2.splat(Infinity)));
  return f64x2.add(f64x2.pmax(a, b), log1p<T>(frame, e, f64x2.mul(e, rest)));
}

/** The difference x − (1 − x) is taken as 2x − 1. */
function logit<T extends number>(frame: usize, vector: v128, half: i32): v128 {
  const x = widen<T>(vector, half);
  const one = f64x2.splat(1);
  return logOf<T>(frame, f64x2.sub(f64x2.add(x, x), one), f64x2.pmin(x, f64x2.sub(one, x)));
}
