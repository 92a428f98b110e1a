/**
 * `elementwise.ts` for f32, in f32 arithmetic:
 *
 *   sigmoid:      n / u,  u = 1 + e,  n = e where x < 0, else 1; the result is corrected by what rounding u has lost
 *   the others:   log1p(e) = ln 2 + log1p((e − 1) / 2) where e > 1/2: both arguments are exact
 *   log-add-exp:  what rounding a − b loses goes into the reduced argument of the exponential
 *   logit:        log(M / m) = k ln 2 + log(M / c),  m = min(x, 1 − x),  M = 1 − m,  c = 2^k m near M; it has the sign of
 *                 x − 1/2. Where k = 0, M − m is 1 − 2m, exactly
 *
 * There are two stages: the exponentials of a block, then the functions of them.
 */
import { LOG_ADD_EXP, LOG_SIGMOID, LOGIT, SIGMOID } from "./abi";
import { is, No, Yes } from "./flags";
import { GROUPS, PANEL, PER_STEP, ROUNDER, STEP_HIGH, STEP_LOW } from "./frame";
import { log1pF32, logNear, prepareLog1pF32, prepareLogNear } from "./logF32";
import { estrinF32, power } from "./polynomial";
import { madd, VECTOR } from "./vectors";

// Constants, in the place of the records.
const LOWEST: usize = GROUPS; // arguments are clamped here: e^x is 0 then
const SIGN: usize = GROUPS + 1 * VECTOR;
const UNBIAS: usize = GROUPS + 2 * VECTOR; // 2^-64
const ONE: usize = GROUPS + 3 * VECTOR;
const HALF: usize = GROUPS + 4 * VECTOR;
const LN2: usize = GROUPS + 5 * VECTOR;
const LN2_REST: usize = GROUPS + 6 * VECTOR;
const INVERSE_LINE: usize = GROUPS + 7 * VECTOR; // 1 / (1 + e) is about this less e / 2
const EXPONENT: usize = GROUPS + 8 * VECTOR; // a mask
const ROOT: usize = GROUPS + 9 * VECTOR; // √½
// ln 2 for an exponent that is in its place in the bits of a float: 15 bits, and the rest
const LN2_HIGH: usize = GROUPS + 10 * VECTOR;
const LN2_LOW: usize = GROUPS + 11 * VECTOR;
const LEAST: usize = GROUPS + 12 * VECTOR; // smaller numbers are lifted
const STEEP_LINE: usize = GROUPS + 13 * VECTOR; // 1 / c is about this less 2 c, for 0.4 ≤ c ≤ 1

export function prepareMapF32(frame: usize): void {
  prepareLogNear(frame);
  prepareLog1pF32(frame);
  v128.store(frame, f32x4.splat(-125), LOWEST);
  v128.store(frame, i32x4.splat(0x80000000), SIGN);
  v128.store(frame, f32x4.splat(reinterpret<f32>(0x1f800000)), UNBIAS);
  v128.store(frame, f32x4.splat(1), ONE);
  v128.store(frame, f32x4.splat(0.5), HALF);
  v128.store(frame, f32x4.splat(reinterpret<f32>(0x3f317218)), LN2);
  v128.store(frame, f32x4.splat(reinterpret<f32>(0xb102e308)), LN2_REST);
  v128.store(frame, f32x4.splat(0.96), INVERSE_LINE);
  v128.store(frame, i32x4.splat(0xff800000), EXPONENT);
  v128.store(frame, f32x4.splat(reinterpret<f32>(0x3f3504f3)), ROOT);
  v128.store(frame, f32x4.splat(reinterpret<f32>(0x33b17200)), LN2_HIGH);
  v128.store(frame, f32x4.splat(reinterpret<f32>(0x2a3fbe8e)), LN2_LOW);
  v128.store(frame, f32x4.splat(reinterpret<f32>(0x0d800000)), LEAST);
  v128.store(frame, f32x4.splat(3.1), STEEP_LINE);
}

/** `count` vectors at `src`, with those at `other` if the function has two arguments. */
export function mapBlockF32(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  if (operation === LOGIT) {
    logits(frame, src, dst, count);
    return;
  }
  const panel = frame + PANEL;
  if (operation === LOG_ADD_EXP) {
    exponentials<Yes>(frame, src, other, panel, count);
    logAddExps(frame, src, other, dst, count);
  } else {
    exponentials<No>(frame, src, 0, panel, count);
    if (operation === SIGMOID) sigmoids(frame, src, dst, count);
    else softpluses(frame, operation, src, dst, count);
  }
}

/**
 * e^−|x|, or e^−|a − b| of a `Pair`, for `count` vectors. Each becomes two: the rounded result, and what rounding has
 * taken off it.
 */
function exponentials<Pair>(frame: usize, src: usize, other: usize, dst: usize, count: usize): void {
  const perStep = v128.load(frame, PER_STEP);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const magic = v128.load(frame, ROUNDER);
  const lowest = v128.load(frame, LOWEST);
  const sign = v128.load(frame, SIGN);
  const unbias = v128.load(frame, UNBIAS);
  for (const end = src + count * VECTOR; src < end; src += VECTOR) {
    const a = v128.load(src);
    let difference = a;
    let rest = a;
    if (is<Pair>()) {
      const b = v128.load(other);
      const isEqual = f32x4.eq(a, b);
      difference = v128.andnot(f32x4.sub(a, b), isEqual); // 0 of equal infinities too
      const taken = f32x4.sub(difference, a);
      rest = f32x4.sub(f32x4.sub(a, f32x4.sub(difference, taken)), f32x4.add(b, taken)); // Knuth
      rest = v128.andnot(v128.xor(rest, v128.andnot(sign, difference)), isEqual);
      other += VECTOR;
    }
    const distance = v128.or(difference, sign);
    const z = f32x4.pmax(distance, lowest); // in this order NaN passes
    const biased = madd<f32>(z, perStep, magic);
    const n = f32x4.sub(biased, magic);
    const high = madd<f32>(n, stepHigh, z);
    let low = f32x4.mul(n, stepLow);
    if (is<Pair>()) {
      low = f32x4.add(low, v128.and(rest, f32x4.gt(distance, lowest)));
    }
    const r = f32x4.add(high, low);
    const tail = estrinF32(frame, r, low);
    const scale = f32x4.mul(power<f32>(biased), unbias);
    const e = madd<f32>(scale, f32x4.add(high, tail), scale);
    const lost = madd<f32>(scale, tail, madd<f32>(scale, high, f32x4.sub(scale, e)));
    v128.store(dst, e);
    v128.store(dst, lost, VECTOR);
    dst += 2 * VECTOR;
  }
}

function sigmoids(frame: usize, src: usize, dst: usize, count: usize): void {
  const one = v128.load(frame, ONE);
  const half = v128.load(frame, HALF);
  const line = v128.load(frame, INVERSE_LINE);
  let at = frame + PANEL;
  for (const end = src + count * VECTOR; src < end; src += VECTOR) {
    const e = v128.load(at);
    const eLow = v128.load(at, VECTOR);
    const isNegative = i32x4.shr_s(v128.load(src), 31);
    const sum = f32x4.add(one, e);
    const sumLow = f32x4.add(f32x4.sub(e, f32x4.sub(sum, one)), eLow);
    const quotient = f32x4.div(v128.bitselect(e, one, isNegative), sum);
    const rest = f32x4.sub(v128.and(eLow, isNegative), f32x4.mul(quotient, sumLow));
    const inverse = f32x4.sub(line, f32x4.mul(e, half));
    v128.store(dst, madd<f32>(rest, inverse, quotient));
    at += 2 * VECTOR;
    dst += VECTOR;
  }
}

function log1pOf(frame: usize, e: v128, eLow: v128): v128 {
  const half = v128.load(frame, HALF);
  const isLarge = f32x4.gt(e, half);
  const f = v128.bitselect(f32x4.mul(f32x4.sub(e, v128.load(frame, ONE)), half), e, isLarge);
  const inverse = f32x4.sub(v128.load(frame, INVERSE_LINE), f32x4.mul(e, half));
  const low = madd<f32>(eLow, inverse, v128.and(v128.load(frame, LN2_REST), isLarge));
  return f32x4.add(v128.and(v128.load(frame, LN2), isLarge), log1pF32(frame, f, low));
}

function softpluses(frame: usize, operation: i32, src: usize, dst: usize, count: usize): void {
  // log-sigmoid(x) is −softplus(−x)
  const flip = operation === LOG_SIGMOID ? v128.load(frame, SIGN) : i32x4.splat(0);
  const zero = i32x4.splat(0);
  let at = frame + PANEL;
  for (const end = src + count * VECTOR; src < end; src += VECTOR) {
    const x = v128.xor(v128.load(src), flip);
    const sum = f32x4.add(f32x4.pmax(x, zero), log1pOf(frame, v128.load(at), v128.load(at, VECTOR)));
    v128.store(dst, f32x4.add(v128.xor(sum, flip), zero)); // −0 becomes 0
    at += 2 * VECTOR;
    dst += VECTOR;
  }
}

function logAddExps(frame: usize, src: usize, other: usize, dst: usize, count: usize): void {
  let at = frame + PANEL;
  for (const end = src + count * VECTOR; src < end; src += VECTOR) {
    const max = f32x4.pmax(v128.load(src), v128.load(other));
    v128.store(dst, f32x4.add(max, log1pOf(frame, v128.load(at), v128.load(at, VECTOR))));
    at += 2 * VECTOR;
    other += VECTOR;
    dst += VECTOR;
  }
}

function logits(frame: usize, src: usize, dst: usize, count: usize): void {
  const one = v128.load(frame, ONE);
  const half = v128.load(frame, HALF);
  const least = v128.load(frame, LEAST);
  const exponent = v128.load(frame, EXPONENT);
  const root = v128.load(frame, ROOT);
  const sign = v128.load(frame, SIGN);
  const line = v128.load(frame, STEEP_LINE);
  for (const end = src + count * VECTOR; src < end; src += VECTOR) {
    const x = v128.load(src);
    let m = f32x4.pmin(x, f32x4.sub(one, x));
    const original = m;
    const isRare = v128.any_true(i32x4.lt_s(m, least)); // 0, tiny or negative numbers; NaN needs no care
    const top = f32x4.sub(one, m);
    const topLow = f32x4.sub(f32x4.sub(one, top), m);
    let k = i32x4.splat(0);
    if (isRare) {
      const isSmall = i32x4.lt_s(m, least);
      m = v128.bitselect(f32x4.mul(m, f32x4.splat(reinterpret<f32>(0x5f800000))), m, isSmall);
      k = v128.and(isSmall, i32x4.splat(64 << 23));
    }
    const octaves = v128.and(i32x4.sub(m, f32x4.mul(top, root)), exponent);
    const c = i32x4.sub(m, octaves);
    const difference = f32x4.add(f32x4.sub(top, c), topLow);
    const minus = v128.andnot(sign, difference); // where M / c > 1
    const f = f32x4.div(v128.or(difference, sign), f32x4.pmax(c, top));
    const steps = f32x4.convert_i32x4_s(i32x4.sub(k, octaves));
    // M is top + topLow.
    const change = v128.and(
      f32x4.mul(f32x4.mul(f, topLow), f32x4.sub(line, f32x4.add(c, c))),
      f32x4.gt(top, c),
    );
    const low = f32x4.sub(v128.xor(f32x4.mul(steps, v128.load(frame, LN2_LOW)), minus), change);
    const near = v128.xor(logNear(frame, f, low), minus);
    let logarithm = f32x4.add(f32x4.mul(steps, v128.load(frame, LN2_HIGH)), near);
    if (isRare) {
      const zero = f32x4.splat(0);
      logarithm = v128.bitselect(f32x4.splat(Infinity), logarithm, f32x4.eq(original, zero));
      logarithm = v128.bitselect(f32x4.splat(NaN), logarithm, f32x4.lt(original, zero));
    }
    v128.store(dst, v128.xor(logarithm, v128.and(f32x4.lt(x, half), sign)));
    dst += VECTOR;
  }
}
