/**
 * The sums that the entropy is made of: e is added to OTHERS, −e d to DOT, and the number of maxima to TOPS.
 *
 * Both types compute in f64. f32 takes the polynomial to degree 8. f64 carries along what its roundings leave: those of
 * max − x and 1 / T, of the terms, and of the sums (Knuth's two-sum). The exponentials are those of `exp.ts` with
 * N = 0. Elements more than DEPTH below the maximum, −∞ among them, add 0 to the result.
 */
import { lost, remainder } from "./exact";
import {
  COEFFICIENTS,
  DEPTH,
  DOT,
  DOT_LOW,
  INVERSE,
  INVERSE_F64,
  MAX,
  ONE,
  OTHERS,
  OTHERS_LOW,
  PER_STEP,
  ROUNDER,
  STEP_HIGH,
  STEP_LOW,
  TEMPERATURE,
  TOPS,
} from "./frame";
import { polynomialFrom, power } from "./polynomial";
import { madd, VECTOR, widen } from "./vectors";

// How the sums of a block begin and end:
/** They begin at 0, and are added to those of the record. */
const ADD = 0;
/** They begin at 0, and replace those of the record. */
export const REPLACE = 1;
/** They begin with those of the record. */
export const GO_ON = 2;

/**
 * Vectors of a block. f32 reads a block twice, once for each half of the vectors. Its sums begin at 0, so no error
 * grows with the lane.
 */
const BLOCK: usize = 128;

/** Adds the terms of `count` vectors at `src`, `step` bytes apart. */
export function addEntropyRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  count: usize,
  step: usize,
): void {
  while (count) {
    const block = min(count, BLOCK);
    addEntropyBlock<T>(frame, group, group, src, block, step, ADD);
    src += block * step;
    count -= block;
  }
}

/** The same for at most BLOCK vectors. `group` has MAX, and `record` the sums. */
export function addEntropyBlock<T extends number>(
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

/**
 * f32: of each vector the first two elements or, if `half` is 1, the last two. Terms that are cut off are 2^-1200,
 * which changes no result of f32, and not 0.
 */
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
  let tops = mode === REPLACE ? zero : v128.load(at, TOPS);
  for (; count; --count) {
    const difference = f64x2.sub(widen<f32>(v128.load(src), half), max);
    const z = f64x2.pmax(f64x2.mul(difference, inverse), lowest); // in this order NaN passes
    const biased = madd<f64>(z, perStep, magic);
    const scale = power<f64>(biased);
    const r = madd<f64>(f64x2.sub(biased, magic), minusLn2, z);
    const r2 = f64x2.mul(r, r);
    const t = madd<f64>(r2, shortPolynomial(frame, r, r2), r);
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
  // What rounding has taken off 1 / T.
  const inverseLow = f64x2.mul(
    remainder(v128.load(frame, ONE), inverse, v128.load(frame, TEMPERATURE)),
    inverse,
  );
  const perStep = v128.load(frame, PER_STEP);
  const magic = v128.load(frame, ROUNDER);
  const stepHigh = v128.load(frame, STEP_HIGH);
  const stepLow = v128.load(frame, STEP_LOW);
  const lowest = f64x2.mul(v128.load(frame, DEPTH), f64x2.add(stepHigh, stepLow));
  let others = mode === REPLACE ? zero : v128.load(record, OTHERS);
  let othersLow = mode === REPLACE ? zero : v128.load(record, OTHERS_LOW);
  let dot = mode === REPLACE ? zero : v128.load(record, DOT);
  let dotLow = mode === REPLACE ? zero : v128.load(record, DOT_LOW);
  let tops = mode === REPLACE ? zero : v128.load(record, TOPS);
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
    const rest = madd<f64>(r2, polynomialFrom<f64>(frame, r), low);
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

/** q(r) of `polynomial.ts` for results of f32: without the last three coefficients, which are below 2^-32. */
function shortPolynomial(frame: usize, r: v128, r2: v128): v128 {
  let q = v128.load(frame, COEFFICIENTS + 6 * VECTOR);
  q = madd<f64>(q, r2, pair(frame + 4 * VECTOR, r));
  q = madd<f64>(q, r2, pair(frame + 2 * VECTOR, r));
  return madd<f64>(q, r2, pair(frame, r));
}

function pair(at: usize, r: v128): v128 {
  return madd<f64>(v128.load(at, COEFFICIENTS + VECTOR), r, v128.load(at, COEFFICIENTS));
}
