/**
 * log|S| and the sign of S = Σ w e^(x / T), where the terms cancel or the logarithm does. Digits that plain doubles lose in that
 * way are there from the start: first each exponential has an error of 2^-72, and where that is not enough it is a
 * double-double.
 */
import {
  add,
  type DoubleDouble,
  divideByNumber,
  log1p,
  multiply,
  multiplyByExp,
  ZERO,
} from "./doubleDouble.js";
import { reductionAt, withoutLast } from "./reduction.js";
import { twoSum } from "./sums.js";
import { LOWEST_OCTAVE, ONE, ROUND, STEPS, tables } from "./tables.js";

export interface SignedLogarithm {
  readonly value: number;
  /** 1, -1, or 0 where the value is -Infinity. */
  readonly sign: number;
}

/** A sum, and the sum of the sizes of its terms. */
interface Sum extends DoubleDouble {
  readonly size: number;
}

// ln 2 in 41, 41 and 53 bits: multiples of the first two by integers of 12 bits are exact.
const LN2_HIGH = 0.693147180559663;
const LN2_MIDDLE = 2.8235290563014906e-13;
const LN2_LOW = 1.667085920830552e-25;

/** Terms are left out whose exponential is below 2^-1130 of the largest, as on every path. */
const VANISHING = -1130 * Math.LN2;

/** Terms may cancel to a share of this before errors of 2^-72 show in the last place of a result. */
const SHARE = 2 ** -18;

/**
 * Of numbers that are finite or -Infinity, with weights that are finite and not 0; `max` is the largest number, and finite.
 *
 * The error is at most 1 ulp where Σ |w| e^(x / T) is below 2^36 |S|, and 2^-90 times their quotient comes on top.
 */
export function logWeightedSum(
  x: Float64Array,
  weights: Float64Array,
  max: number,
  temperature: number,
): SignedLogarithm {
  // In the middle of the range, so that neither products nor their low parts leave it.
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const octaves = largest > 2 ** 300 ? 600 : largest < 2 ** -300 ? -600 : 0;
  const scaled = octaves === 0 ? weights : weights.map((weight) => weight * 2 ** -octaves);
  let sum = sumOf(x, scaled, max, temperature);
  let value = logarithmOf(sum, octaves, max, temperature);
  if (Math.abs(sum.high) * Math.min(1, Math.abs(value)) <= sum.size * SHARE) {
    sum = exactSumOf(x, scaled, max, temperature);
    value = logarithmOf(sum, octaves, max, temperature);
  }
  return { value, sign: Math.sign(sum.high) };
}

/**
 * Σ w e^((x - max) / T). The tables give a power of 26 bits and the rest of its logarithm, so |r| is little more than ln 2 / 1024;
 * what is added to 1 + r has 53 bits below 2^-22.
 */
function sumOf(x: Float64Array, weights: Float64Array, max: number, temperature: number): Sum {
  const { shortRoots, powers } = tables();
  const { stepsPerUnit, stepHigh } = reductionAt(1);
  // ln 2 / 512 to 83 bits: all but the last step is exact.
  const stepLow = LN2_HIGH / STEPS - stepHigh + LN2_MIDDLE / STEPS + LN2_LOW / STEPS;
  let sum = 0;
  let rest = 0;
  let size = 0;
  for (let k = 0; k < x.length; k++) {
    const difference = quotient(x[k], max, temperature);
    const z = difference.high;
    if (!(z > VANISHING)) continue;
    const steps = z * stepsPerUnit + ROUND - ROUND;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const power = shortRoots[step] * powers[(j >> 9) - LOWEST_OCTAVE];
    const first = z - steps * stepHigh;
    const r = twoSum(first, shortRoots[step + 1] - steps * stepLow + difference.low);
    const short = withoutLast(27, r.high);
    const square = r.high * r.high;
    const tail =
      r.high -
      short +
      r.low +
      square * (1 / 2 + r.high * (1 / 6 + r.high * (1 / 24 + r.high * (1 / 120 + r.high / 720))));
    const product = power * short;
    const high = power + product;
    const term = multiply(
      { high, low: product - (high - power) + power * (tail + r.high * r.low) },
      {
        high: weights[k] / ONE,
        low: 0,
      },
    );
    size += Math.abs(term.high);
    const next = twoSum(sum, term.high);
    sum = next.high;
    rest += next.low + term.low;
  }
  const high = sum + rest;
  return { high, low: rest - (high - sum), size };
}

/** The same in double-double, at 30 times the cost. Weights of equal numbers are added first, so that they cancel exactly. */
function exactSumOf(x: Float64Array, weights: Float64Array, max: number, temperature: number): Sum {
  const ascending = Array.from(x.keys()).sort((a, b) => x[a] - x[b]);
  let sum = ZERO;
  let size = 0;
  for (let k = 0; k < ascending.length; ) {
    const value = x[ascending[k]];
    let weight = ZERO;
    for (; x[ascending[k]] === value; k++) weight = add(weight, { high: weights[ascending[k]], low: 0 });
    const difference = quotient(value, max, temperature);
    if (!(difference.high > VANISHING)) continue;
    const term = multiplyByExp(weight, difference);
    size += Math.abs(term.high);
    sum = add(sum, term);
  }
  return { ...sum, size };
}

/** (x - max) / T. */
function quotient(x: number, max: number, temperature: number): DoubleDouble {
  const difference = twoSum(x, -max);
  if (temperature === 1 || !(difference.high / temperature > VANISHING)) return difference;
  return divideByNumber(difference, temperature);
}

/** max / T + log(2^octaves |S|). */
function logarithmOf({ high, low }: DoubleDouble, octaves: number, max: number, temperature: number): number {
  if (high === 0) return Number.NEGATIVE_INFINITY;
  let size = Math.abs(high);
  let rest = high < 0 ? -low : low;
  let exponent = octaves;
  const move = (by: number) => {
    size *= 2 ** -by;
    rest *= 2 ** -by;
    exponent += by;
  };
  while (size >= 2 ** 32) move(32);
  while (size < 2 ** -32) move(-32);
  while (size > Math.SQRT2) move(1);
  while (size < Math.SQRT1_2) move(-1);
  const logarithm = log1p(add({ high: size, low: rest }, { high: -1, low: 0 }), 1);
  const ln2 = twoSum(exponent * LN2_HIGH, exponent * LN2_MIDDLE);
  const top = max / temperature;
  // The logarithm, at most 1500, is nothing beside these.
  if (!(Math.abs(top) < 2 ** 70)) return top;
  const tempered = divideByNumber({ high: max, low: 0 }, temperature);
  const whole = add(add(tempered, { high: ln2.high, low: ln2.low + exponent * LN2_LOW }), logarithm);
  return whole.high + whole.low;
}
