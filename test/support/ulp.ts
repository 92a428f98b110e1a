import { ldexp, type Scaled } from "./doubleDouble.js";
import type { ScaledArray } from "./reference.js";

export type ElementType = "f32" | "f64";

const FORMATS = {
  f32: { precision: 24, smallestExponent: -149, largestExponent: 128 },
  f64: { precision: 53, smallestExponent: -1074, largestExponent: 1024 },
} as const;

const view = new DataView(new ArrayBuffer(8));

/** floor(log2 |value|) of a normal double. */
function exponentOf(value: number): number {
  view.setFloat64(0, value);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}

/** The exponent of one ulp of `type` at the value (high + low)·2^exponent: constant in the subnormal range. */
function ulpExponent(high: number, low: number, exponent: number, type: ElementType): number {
  const { precision, smallestExponent } = FORMATS[type];
  if (high === 0) return smallestExponent;
  // A double that is a power of two with a negative low part lies in the binade below.
  const binade = exponentOf(high) - (isPowerOfTwo(high) && low !== 0 && low < 0 === high > 0 ? 1 : 0);
  return Math.max(binade + exponent - precision + 1, smallestExponent);
}

function isPowerOfTwo(value: number): boolean {
  view.setFloat64(0, value);
  return view.getUint32(4) === 0 && (view.getUint32(0) & 0xfffff) === 0;
}

/** One ulp of `type` at a double. */
export function ulp(value: number, type: ElementType): number {
  return 2 ** ulpExponent(value, 0, 0, type);
}

/**
 * |result - exact| in ulps of `type` at the exact value (high + low)·2^exponent. A result of ±Infinity counts
 * as the number that would follow the largest finite one, and is exact for everything beyond that.
 * NaN is infinitely wrong. The sign of a zero does not count.
 */
export function ulpError(result: number, exact: Scaled, type: ElementType): number {
  return ulpErrorOf(result, exact.high, exact.low, exact.exponent, type);
}

function ulpErrorOf(result: number, high: number, low: number, exponent: number, type: ElementType): number {
  if (Number.isNaN(result) || Number.isNaN(high)) return Number.POSITIVE_INFINITY;
  const unit = ulpExponent(high, low, exponent, type);
  if (!Number.isFinite(result)) {
    const { largestExponent } = FORMATS[type];
    if (Math.sign(result) !== Math.sign(high)) return Number.POSITIVE_INFINITY;
    if (ldexp(Math.abs(high), exponent - largestExponent) >= 1) return 0;
    const missing = 1 - ldexp(Math.abs(high), exponent - largestExponent);
    return ldexp(missing, largestExponent - unit);
  }
  if (!Number.isFinite(high)) return Number.POSITIVE_INFINITY;
  // Far below the smallest number the exact value counts as zero: the scale below might overflow.
  if (exponentOf(high) + exponent < unit - 60) return Math.abs(ldexp(result, -unit));
  return Math.abs(ldexp(ldexp(result, -exponent) - high - low, exponent - unit));
}

export interface Worst {
  readonly ulp: number;
  readonly index: number;
}

/** The largest error of `results[offset + i·stride]` against `exact[i]`. */
export function worstError(
  results: ArrayLike<number>,
  exact: ScaledArray,
  type: ElementType,
  offset = 0,
  stride = 1,
): Worst {
  const { high, low, exponent } = exact;
  let worst: Worst = { ulp: 0, index: -1 };
  for (let i = 0; i < exact.length; i++) {
    const index = offset + i * stride;
    const error = ulpErrorOf(results[index], high[i], low[i], exponent[i], type);
    if (error > worst.ulp) worst = { ulp: error, index };
  }
  return worst;
}

/** The largest distance of two results that both keep a bound, in ulps of the larger of the two. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>, type: ElementType): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i] || (Number.isNaN(a[i]) && Number.isNaN(b[i]))) continue;
    const apart = Math.abs(a[i] - b[i]) / ulp(Math.max(Math.abs(a[i]), Math.abs(b[i])), type);
    if (!(apart <= worst)) worst = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
  }
  return worst;
}
