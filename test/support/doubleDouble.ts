/**
 * Double-double arithmetic: a value is the unevaluated sum high + low of two doubles with |low| <= ulp(high)/2,
 * about 106 significant bits. Algorithms: Dekker 1971, Knuth TAOCP 4.2.2, Hida, Li and Bailey's QD library.
 * Relative error, checked against decimal.js in doubleDouble.test.ts: under 2^-95 for every function here.
 */
export interface DoubleDouble {
  readonly high: number;
  readonly low: number;
}

/** (high + low)·2^exponent, for values far outside the range of doubles, or whose low part would underflow. */
export interface Scaled extends DoubleDouble {
  readonly exponent: number;
}

export const ZERO: DoubleDouble = { high: 0, low: 0 };
export const ONE: DoubleDouble = { high: 1, low: 0 };

/** ln 2 to 107 bits. */
export const LN2: DoubleDouble = { high: Math.LN2, low: 2.3190468138462996e-17 };

/** a + b exactly, for |a| >= |b|. An infinite or NaN sum carries no low part. */
function quickTwoSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  return { high, low: Number.isFinite(high) ? b - (high - a) : 0 };
}

/** a + b exactly. */
export function twoSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  if (!Number.isFinite(high)) return { high, low: 0 };
  const rounded = high - a;
  return { high, low: a - (high - rounded) + (b - rounded) };
}

/** a·b exactly, for products and factors clear of overflow (2^996) and of the subnormal range. */
function twoProduct(a: number, b: number): DoubleDouble {
  const high = a * b;
  const splitA = 134217729 * a;
  const splitB = 134217729 * b;
  const highA = splitA - (splitA - a);
  const highB = splitB - (splitB - b);
  const lowA = a - highA;
  const lowB = b - highB;
  return { high, low: highA * highB - high + highA * lowB + lowA * highB + lowA * lowB };
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const sum = twoSum(a.high, b.high);
  const rest = twoSum(a.low, b.low);
  const first = quickTwoSum(sum.high, sum.low + rest.high);
  return quickTwoSum(first.high, first.low + rest.low);
}

export function negate(a: DoubleDouble): DoubleDouble {
  return { high: -a.high, low: -a.low };
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const product = twoProduct(a.high, b.high);
  return quickTwoSum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

export function multiplyByNumber(a: DoubleDouble, b: number): DoubleDouble {
  const product = twoProduct(a.high, b);
  return quickTwoSum(product.high, product.low + a.low * b);
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a.high / b.high;
  if (!Number.isFinite(first)) return { high: first, low: 0 };
  const remainder = add(a, negate(multiplyByNumber(b, first)));
  const second = remainder.high / b.high;
  const rest = add(remainder, negate(multiplyByNumber(b, second)));
  return add(quickTwoSum(first, second), { high: rest.high / b.high, low: 0 });
}

/** Exact as long as neither part overflows or becomes subnormal. */
export function scaleByPowerOfTwo(a: DoubleDouble, exponent: number): DoubleDouble {
  return { high: ldexp(a.high, exponent), low: ldexp(a.low, exponent) };
}

const powers = Float64Array.from({ length: 2001 }, (_, i) => 2 ** (i - 1000));

/** a·2^exponent for any exponent, in steps because 2^exponent itself may be out of range. */
export function ldexp(a: number, exponent: number): number {
  if (exponent > 1000) return a === 0 ? a : ldexp(a * 2 ** 1000, exponent - 1000);
  if (exponent < -1000) return a === 0 ? a : ldexp(a * 2 ** -1000, exponent + 1000);
  return a * powers[exponent + 1000];
}

const INVERSE_FACTORIALS = [2, 6, 24, 120].map((factorial) => divide(ONE, { high: factorial, low: 0 }));
const [HALF, SIXTH, INVERSE_24, INVERSE_120] = INVERSE_FACTORIALS;

/** e^r - 1 for |r| <= ln(2)/2, by Taylor on r/512 and nine doublings e^2t - 1 = 2p + p². */
function reducedExpm1(r: DoubleDouble): DoubleDouble {
  const t = { high: r.high / 512, low: r.low / 512 };
  // The terms from t^6 on are under 2^-60 of the result: doubles are enough for them.
  const tail = t.high * (1 / 720 + t.high * (1 / 5040 + t.high * (1 / 40320 + t.high / 362880)));
  let p = add(INVERSE_120, { high: tail, low: 0 });
  p = add(INVERSE_24, multiply(p, t));
  p = add(SIXTH, multiply(p, t));
  p = add(HALF, multiply(p, t));
  p = add(t, multiply(multiply(p, t), t));
  for (let doubling = 0; doubling < 9; doubling++) {
    p = add({ high: 2 * p.high, low: 2 * p.low }, multiply(p, p));
  }
  return p;
}

function reduce(x: DoubleDouble): { r: DoubleDouble; exponent: number } {
  const exponent = Math.round(x.high / Math.LN2);
  return { r: add(x, negate(multiplyByNumber(LN2, exponent))), exponent };
}

/** e^x for x up to 1e5, its high part in [0.7, 1.42]. Below -1e5, far below any double, it is zero. */
export function exp(x: DoubleDouble): Scaled {
  if (x.high < -1e5) return { ...ZERO, exponent: 0 };
  const { r, exponent } = reduce(x);
  const { high, low } = add(ONE, reducedExpm1(r));
  return { high, low, exponent };
}

/** e^x - 1, relative to the result; for |x| above 2^-1010, or 0. */
export function expm1(x: DoubleDouble): DoubleDouble {
  const { r, exponent } = reduce(x);
  const p = reducedExpm1(r);
  if (exponent === 0) return p;
  return add(scaleByPowerOfTwo(add(p, ONE), exponent), { high: -1, low: 0 });
}

/** log(1 + s) for s >= 0, relative to the result: Newton's step on expm1 from Math.log1p. */
export function log1p(s: Scaled): Scaled {
  if (s.high === 0 || s.exponent < -200) return s; // s - s²/2 differs from s by less than 2^-199 of it
  const value = scaleByPowerOfTwo(s, s.exponent);
  const estimate = Math.log1p(value.high);
  const power = expm1({ high: estimate, low: 0 });
  const correction = divide(add(value, negate(power)), add(power, ONE));
  return { ...add({ high: estimate, low: 0 }, correction), exponent: 0 };
}
