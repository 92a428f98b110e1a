import {
  add,
  type DoubleDouble,
  divide,
  exp,
  ldexp,
  multiply,
  multiplyByNumber,
  negate,
  ONE,
  type Scaled,
  scaleByPowerOfTwo,
  ZERO,
} from "./doubleDouble.js";
import { laneReference, ScaledArray } from "./reference.js";
import { type ElementType, ulp, ulpError, type Worst } from "./ulp.js";

/** Numbers in double-double, each with the size of the largest of the terms that cancel in it. */
export interface Derivatives {
  readonly exact: ScaledArray;
  readonly terms: Float64Array;
}

/** Low parts of products of numbers so lifted are clear of the subnormal range. */
const LIFT = 240;

function lifted(value: number): DoubleDouble {
  return { high: ldexp(value, LIFT), low: 0 };
}

function subtract(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return add(a, negate(b));
}

function over(a: DoubleDouble, temperature: number): DoubleDouble {
  return divide(a, { high: temperature, low: 0 });
}

/** p (dy - Σ p dy) / T for exactly these p and dy. */
export function softmaxVjpReference(
  p: ArrayLike<number>,
  dy: ArrayLike<number>,
  temperature: number,
): Derivatives {
  const { length } = p;
  let sum = ZERO;
  let size = 0;
  for (let k = 0; k < length; k++) {
    sum = add(sum, multiplyByNumber(lifted(p[k]), dy[k]));
    size += Math.abs(p[k] * dy[k]);
  }
  const exact = new ScaledArray(length);
  const terms = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    const difference = subtract(lifted(dy[k]), sum);
    exact.set(k, over(multiply(lifted(p[k]), difference), temperature), -2 * LIFT);
    terms[k] = p[k] * (Math.max(Math.abs(dy[k]), size) / temperature);
  }
  return { exact, terms };
}

/** (dy - e^logp Σ dy) / T for exactly these logp and dy. */
export function logSoftmaxVjpReference(
  logp: ArrayLike<number>,
  dy: ArrayLike<number>,
  temperature: number,
): Derivatives {
  const { length } = logp;
  let sum = ZERO;
  let size = 0;
  for (let k = 0; k < length; k++) {
    sum = add(sum, { high: dy[k], low: 0 });
    size += Math.abs(dy[k]);
  }
  const exact = new ScaledArray(length);
  const terms = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    const slope = { high: dy[k], low: 0 };
    const z = { high: logp[k], low: 0 };
    const power = logp[k] === Number.NEGATIVE_INFINITY ? { ...ZERO, exponent: 0 } : exp(z);
    if (Math.abs(logp[k]) < 2 ** -10) {
      const difference = subtract(subtract(slope, sum), multiply(sum, smallExpm1(z)));
      exact.set(k, over(difference, temperature), 0);
    } else if (dy[k] === 0) {
      exact.set(k, over(negate(multiply(sum, power)), temperature), power.exponent);
    } else {
      const p = scaleByPowerOfTwo(power, power.exponent);
      exact.set(k, over(subtract(slope, multiply(sum, p)), temperature), 0);
    }
    terms[k] = Math.max(Math.abs(dy[k]), ldexp(power.high * size, power.exponent)) / temperature;
  }
  return { exact, terms };
}

/** e^z - 1 by its series, for |z| < 2^-10: relative to z what is left out is under 2^-110. */
function smallExpm1(z: DoubleDouble): DoubleDouble {
  let sum = ONE;
  for (let k = 10; k > 1; k--) sum = add(ONE, divide(multiply(sum, z), { high: k, low: 0 }));
  return multiply(sum, z);
}

/** softmax(x / T) dy / T. */
export function logSumExpVjpReference(x: ArrayLike<number>, dy: number, temperature: number): Derivatives {
  const { softmax } = laneReference(x, temperature);
  const exact = new ScaledArray(x.length);
  for (let k = 0; k < x.length; k++) {
    const { exponent, ...p } = softmax.at(k);
    exact.set(k, over(multiplyByNumber(p, dy), temperature), exponent);
  }
  return { exact, terms: new Float64Array(x.length) };
}

/** p_i ([i = j] - p_j) / T for exactly these p. */
export function jacobianReference(p: ArrayLike<number>, temperature: number): ScaledArray {
  const n = p.length;
  const exact = new ScaledArray(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const product = multiply(lifted(p[i]), subtract(lifted(i === j ? 1 : 0), lifted(p[j])));
      exact.set(i * n + j, over(product, temperature), -2 * LIFT);
    }
  }
  return exact;
}

/** p_i (([i = j] - p_j) ([i = k] - p_k) - p_j ([j = k] - p_k)) / T² for exactly these p: the product rule. */
export function hessianReference(p: ArrayLike<number>, temperature: number): ScaledArray {
  const n = p.length;
  const exact = new ScaledArray(n * n * n);
  const minus = (same: boolean, value: number) => subtract(lifted(same ? 1 : 0), lifted(value));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const first = multiply(minus(i === j, p[j]), minus(i === k, p[k]));
        const second = multiply(lifted(p[j]), minus(j === k, p[k]));
        const product = multiply(lifted(p[i]), subtract(first, second));
        exact.set((i * n + j) * n + k, over(over(product, temperature), temperature), -3 * LIFT);
      }
    }
  }
  return exact;
}

/**
 * The derivative of `f` at x in the direction v by central differences, (f(x + h v) - f(x - h v)) / 2h, in
 * double-double: off by h²/6 times the third derivative, 2^-62 of it. For x and v of at most 20 bits, about 1 in size:
 * then x ± h v are exact.
 */
export function centralDifference(
  f: (x: Float64Array) => readonly DoubleDouble[],
  x: ArrayLike<number>,
  v: ArrayLike<number>,
): number[] {
  const h = 2 ** -30;
  const at = (sign: number) => f(Float64Array.from(x, (value, k) => value + sign * h * v[k]));
  const behind = at(-1);
  return at(1).map((value, k) => subtract(value, behind[k]).high / (2 * h));
}

/** As a plain double-double number, for values no smaller than 2^-900. */
export function unscaled(value: Scaled): DoubleDouble {
  return scaleByPowerOfTwo(value, value.exponent);
}

export function unscaledElements(values: ScaledArray): DoubleDouble[] {
  return Array.from({ length: values.length }, (_, k) => unscaled(values.at(k)));
}

/**
 * The largest error of `results`, in ulps of the exact value or of `share` times the terms that cancel in it, whichever
 * is larger.
 */
export function worstDerivative(
  results: ArrayLike<number>,
  { exact, terms }: Derivatives,
  type: ElementType,
  share: number,
): Worst {
  let worst: Worst = { ulp: 0, index: -1 };
  for (let index = 0; index < results.length; index++) {
    const { high, low, exponent } = exact.at(index);
    const size = Math.abs(ldexp(high, exponent));
    const cancels = share * terms[index] > size;
    const error = cancels
      ? Math.abs(results[index] - ldexp(high, exponent) - ldexp(low, exponent)) /
        ulp(share * terms[index], type)
      : ulpError(results[index], exact.at(index), type);
    // A NaN is infinitely wrong.
    if (!(error <= worst.ulp)) worst = { ulp: error, index };
  }
  return worst;
}

/**
 * The places of the elements of every lane in a row-major array, both in row-major order: of the lanes, that of the
 * dimensions that are not in `axes`.
 */
export function lanesOf(shape: readonly number[], axes: readonly number[]): number[][] {
  const lanes = new Map<string, number[]>();
  const size = shape.reduce((product, extent) => product * extent, 1);
  for (let at = 0; at < size; at++) {
    const kept: number[] = [];
    let rest = at;
    for (let k = shape.length - 1; k >= 0; k--) {
      if (!axes.includes(k)) kept.unshift(rest % shape[k]);
      rest = Math.floor(rest / shape[k]);
    }
    const key = kept.join();
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [at]);
    else lane.push(at);
  }
  return [...lanes.values()];
}
