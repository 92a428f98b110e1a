/**
 * `elementwise.ts` for f64:
 *
 *   log1p(e) = ln 2 + log1p((e − 1) / 2) where e > 1/2: both arguments are exact. A rounding error of e is added at the end
 *   logit:  log(M / m) = k ln 2 + log(M / c),  m = min(x, 1 − x),  M = 1 − m,  c = 2^k m near M,  log(M / c) = 2s + s · R,
 *   s = (M − c) / (M + c);  it has the sign of x − 1/2. Where k = 0, M − m is 1 − 2m, exactly
 */
import { LOG_ADD_EXP, LOGIT, SIGMOID, SOFTPLUS } from "./abi";
import { anchor } from "./anchor";
import { lost } from "./exact";
import { termRun } from "./exp";
import { GROUPS, LN2_HIGH, LN2_LOW, MAX, ONE, PANEL, RECORD, UNBIAS } from "./frame";
import { logRest, prepareLogF64 } from "./logF64";
import { VECTOR } from "./vectors";

// Constants, in the place of the second record.
const OWN: usize = GROUPS + RECORD;
const SIGN: usize = OWN;
const HALF: usize = OWN + 1 * VECTOR;
const ROOT: usize = OWN + 2 * VECTOR; // √½
const EXPONENT: usize = OWN + 3 * VECTOR; // a mask
const LEAST: usize = OWN + 4 * VECTOR; // smaller numbers are lifted
const INTEGER: usize = OWN + 5 * VECTOR; // 2^52, under which an exponent is put

export function prepareMapF64(frame: usize): void {
  prepareLogF64(frame);
  v128.store(frame + GROUPS, f64x2.splat(0), MAX);
  anchor<f64>(frame, frame + GROUPS);
  v128.store(frame, i64x2.splat(0x8000000000000000), SIGN);
  v128.store(frame, f64x2.splat(0.5), HALF);
  v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fe6a09e667f3bcd)), ROOT);
  v128.store(frame, i64x2.splat(0xfff0000000000000), EXPONENT);
  v128.store(frame, f64x2.splat(reinterpret<f64>(0x0670000000000000)), LEAST);
  v128.store(frame, f64x2.splat(4503599627370496), INTEGER);
}

/** `count` vectors at `src`, with those at `other` if the function has two arguments. */
export function mapBlockF64(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  const bytes = count * VECTOR;
  if (operation === LOGIT) {
    for (let k: usize = 0; k < bytes; k += VECTOR) v128.store(dst + k, logit(frame, v128.load(src + k)));
    return;
  }
  const panel = frame + PANEL;
  const sign = v128.load(frame, SIGN);
  for (let k: usize = 0; k < bytes; k += VECTOR) {
    let z = v128.load(src + k);
    if (operation === LOG_ADD_EXP) {
      const b = v128.load(other + k);
      z = v128.andnot(f64x2.sub(z, b), f64x2.eq(z, b)); // 0 of equal infinities too
    }
    v128.store(panel + k, v128.or(z, sign));
  }
  termRun<f64>(frame, frame + GROUPS, panel, panel, count, VECTOR);
  const unbias = v128.load(frame, UNBIAS);
  const zero = f64x2.splat(0);
  for (let k: usize = 0; k < bytes; k += VECTOR) {
    const x = v128.load(src + k);
    const e = f64x2.mul(v128.load(panel + k), unbias);
    let result: v128;
    if (operation === LOG_ADD_EXP) result = logAddExp(frame, x, v128.load(other + k), e);
    else if (operation === SIGMOID) result = sigmoid(frame, x, e);
    else if (operation === SOFTPLUS) result = f64x2.add(f64x2.pmax(x, zero), log1p(frame, e, zero));
    else result = f64x2.sub(f64x2.pmin(x, zero), log1p(frame, e, zero));
    v128.store(dst + k, result);
  }
}

function sigmoid(frame: usize, x: v128, e: v128): v128 {
  const one = v128.load(frame, ONE);
  return f64x2.div(v128.bitselect(e, one, f64x2.lt(x, f64x2.splat(0))), f64x2.add(one, e));
}

/** log(1 + e + rest) of e from 0 to 1 and a rest below its last place. */
function log1p(frame: usize, e: v128, rest: v128): v128 {
  const one = v128.load(frame, ONE);
  const half = v128.load(frame, HALF);
  const isLarge = f64x2.gt(e, half);
  const f = v128.bitselect(f64x2.mul(f64x2.sub(e, one), half), e, isLarge);
  const s = f64x2.div(f, f64x2.add(f64x2.add(one, one), f));
  const square = f64x2.mul(f64x2.mul(f, f), half);
  const low = f64x2.add(v128.and(v128.load(frame, LN2_LOW), isLarge), rest);
  const tail = f64x2.sub(square, f64x2.add(f64x2.mul(s, f64x2.add(square, logRest(frame, s))), low));
  return f64x2.sub(v128.and(v128.load(frame, LN2_HIGH), isLarge), f64x2.sub(tail, f));
}

function logAddExp(frame: usize, a: v128, b: v128, e: v128): v128 {
  // What rounding −|a − b| has lost. Beside infinities it is NaN, and becomes 0.
  const difference = f64x2.sub(a, b);
  let rest = v128.xor(lost(a, f64x2.neg(b), difference), v128.andnot(v128.load(frame, SIGN), difference));
  rest = v128.and(rest, f64x2.eq(rest, rest));
  // The derivative of log(1 + e) is 1 / (1 + e).
  const change = f64x2.div(f64x2.mul(e, rest), f64x2.add(v128.load(frame, ONE), e));
  return f64x2.add(f64x2.pmax(a, b), log1p(frame, e, change));
}

function logit(frame: usize, x: v128): v128 {
  const one = v128.load(frame, ONE);
  let m = f64x2.pmin(x, f64x2.sub(one, x));
  const original = m;
  const least = v128.load(frame, LEAST);
  const isRare = v128.any_true(i64x2.lt_s(m, least)); // 0, tiny or negative numbers; NaN needs no care
  const top = f64x2.sub(one, m);
  const topLow = f64x2.sub(f64x2.sub(one, top), m);
  let k = i64x2.splat(0);
  if (isRare) {
    const isSmall = i64x2.lt_s(m, least);
    m = v128.bitselect(f64x2.mul(m, f64x2.splat(reinterpret<f64>(0x4ff0000000000000))), m, isSmall);
    k = v128.and(isSmall, i64x2.splat((<u64>256) << 52));
  }
  const octaves = v128.and(i64x2.sub(m, f64x2.mul(top, v128.load(frame, ROOT))), v128.load(frame, EXPONENT));
  const c = i64x2.sub(m, octaves);
  const s = f64x2.div(f64x2.add(f64x2.sub(top, c), topLow), f64x2.add(top, c));
  // Integers from 0 to 1074.
  const integer = v128.load(frame, INTEGER);
  const steps = f64x2.sub(v128.or(i64x2.shr_u(i64x2.sub(k, octaves), 52), integer), integer);
  const low = f64x2.add(f64x2.mul(steps, v128.load(frame, LN2_LOW)), f64x2.mul(s, logRest(frame, s)));
  let logarithm = f64x2.add(f64x2.mul(steps, v128.load(frame, LN2_HIGH)), f64x2.add(f64x2.add(s, s), low));
  if (isRare) {
    const zero = f64x2.splat(0);
    logarithm = v128.bitselect(f64x2.splat(Infinity), logarithm, f64x2.eq(original, zero));
    logarithm = v128.bitselect(f64x2.splat(NaN), logarithm, f64x2.lt(original, zero));
  }
  const isLess = f64x2.lt(x, v128.load(frame, HALF));
  return v128.xor(logarithm, v128.and(isLess, v128.load(frame, SIGN)));
}
