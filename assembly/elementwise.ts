/**
 * Functions of single elements, through e = e^−|z|, in f64 for either type and rounded once:
 *
 *   sigmoid:      1 / (1 + e) where x ≥ 0, e / (1 + e) below        z = x
 *   softplus:     max(x, 0) + log1p(e);  log-sigmoid(x) = min(x, 0) − log1p(e)
 *   log-add-exp:  max(a, b) + log1p(e)                              z = a − b
 *   log-diff-exp: a − log1p(e^−d / (1 − e^−d))                     d = a − b ≥ 0
 *   logit:        ± log1p(|2x − 1| / min(x, 1 − x)), the log-ratio of x and 1 − x
 *
 * The exponentials are those of `expRun`, with N = 0, a panel at a time. Log-diff-exp takes e^−d and 1 − e^−d from the parts
 * 2^n (1 + t) of the exponential, so that neither loses digits at any d (Mächler, "Accurately computing log(1 − exp(−|a|))",
 * 2012, changes the formula at ln 2 for that).
 *
 * Bound: f32 relaxed 1.5 ulp, f32 simd 1.5 ulp, f64 relaxed 2.5 ulp, f64 simd 2.5 ulp
 */
import { LOG_ADD_EXP, LOG_DIFF_EXP, LOGIT, OTHER, SIGMOID, SOFTPLUS } from "./abi";
import { anchor, expRun, polynomialFrom, power } from "./exp";
import { GROUPS, MAX, PANEL, PER_STEP, ROUNDER, STEP_HIGH, STEP_LOW, TAIL, TAIL_OTHER } from "./frame";
import { log1p } from "./log";
import { logOf } from "./logRatio";
import { prepare, prepareLog } from "./prepare";
import { lost } from "./total";
import { loadPart, madd, remainder, storePart, unwiden, VECTOR, widen, width } from "./vectors";

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
  prepareLog(frame);
  if (operation === LOG_DIFF_EXP) {
    prepare<f64>(frame, 1);
  } else {
    prepare<T>(frame, 1);
    v128.store(frame + GROUPS, v128.splat<T>(<T>0), MAX);
    anchor<T>(frame, frame + GROUPS);
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
  if (operation === LOG_DIFF_EXP) {
    for (let k: usize = 0; k < bytes; k += VECTOR) {
      const a = v128.load(src + k);
      const b = v128.load(other + k);
      const first = logDiffExp<T>(frame, a, b, 0);
      const second = sizeof<T>() === 4 ? logDiffExp<T>(frame, a, b, 1) : first;
      v128.store(dst + k, v128.add<T>(unwiden<T>(first, second), v128.splat<T>(<T>0)));
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

/** −d = n ln 2 + r, e^r = 1 + t. What rounding a − b, t, e^−d, 1 − e^−d and their quotient loses is kept. */
function logDiffExp<T extends number>(frame: usize, aVector: v128, bVector: v128, half: i32): v128 {
  const a = widen<T>(aVector, half);
  const b = widen<T>(bVector, half);
  const one = f64x2.splat(1);
  const d = v128.andnot(f64x2.sub(a, b), f64x2.eq(a, b)); // equal infinities have no difference
  const z = f64x2.neg(f64x2.pmin(d, f64x2.splat(800))); // in this order NaN passes
  const magic = v128.load(frame, ROUNDER);
  const biased = madd<f64>(z, v128.load(frame, PER_STEP), magic);
  const n = f64x2.sub(biased, magic);
  const scale = f64x2.mul(power<f64>(biased), f64x2.splat(reinterpret<f64>(0x1ff0000000000000)));
  const high = madd<f64>(n, v128.load(frame, STEP_HIGH), z);
  // Beyond 800 no rest counts, and beside infinities it is no number.
  const loss = lost(a, f64x2.neg(b), d);
  const counts = v128.and(f64x2.lt(d, f64x2.splat(800)), f64x2.eq(loss, loss));
  const rest = v128.and(loss, counts);
  const low = f64x2.sub(f64x2.mul(n, v128.load(frame, STEP_LOW)), rest);
  const r = f64x2.add(high, low);
  const tail = madd<f64>(f64x2.mul(r, r), polynomialFrom<f64>(frame, r), low);
  const t = f64x2.add(high, tail);
  const scaled = f64x2.mul(scale, t);
  const scaledLow = f64x2.mul(scale, f64x2.add(f64x2.sub(high, t), tail));
  const e = f64x2.add(scale, scaled);
  const eLow = f64x2.add(f64x2.add(f64x2.sub(scale, e), scaled), scaledLow);
  const left = f64x2.sub(one, scale);
  const p = f64x2.sub(left, scaled);
  const pLow = f64x2.sub(f64x2.sub(f64x2.sub(left, p), scaled), scaledLow);
  const u = f64x2.div(e, p);
  const uLow = f64x2.div(f64x2.add(remainder(e, u, p), f64x2.sub(eLow, f64x2.mul(u, pLow))), p);
  let logarithm = log1p<T>(frame, u, uLow);
  const huge = f64x2.gt(u, f64x2.splat(1e290));
  if (v128.any_true(huge)) logarithm = v128.bitselect(logOf<T>(frame, e, p), logarithm, huge);
  const result = f64x2.sub(a, logarithm);
  return v128.bitselect(f64x2.splat(NaN), result, f64x2.lt(d, f64x2.splat(0)));
}

/** The difference x − (1 − x) is taken as 2x − 1. */
function logit<T extends number>(frame: usize, vector: v128, half: i32): v128 {
  const x = widen<T>(vector, half);
  const one = f64x2.splat(1);
  return logOf<T>(frame, f64x2.sub(f64x2.add(x, x), one), f64x2.pmin(x, f64x2.sub(one, x)));
}
