/// <reference types="vite/client" />
import kernels from "../../assembly/elementwise.ts?raw";
import js from "../../src/backend/js/elementwise.ts?raw";
import type { BackendName } from "../../src/types.js";
import { boundsIn } from "./bounds.js";
import {
  add,
  type DoubleDouble,
  divide,
  exp,
  expm1,
  LN2,
  ldexp,
  log1p,
  multiplyByNumber,
  negate,
  ONE,
  type Scaled,
  scaleByPowerOfTwo,
  twoSum,
} from "./doubleDouble.js";
import type { ElementName } from "./operations.js";
import { type ElementType, ulp, ulpError } from "./ulp.js";

const BOUNDS = new Map([...boundsIn(kernels), ...boundsIn(js)]);

/** The error bound in ulps, as the sources state it. */
export function elementBound(type: ElementType, backend: BackendName): number {
  const ulps = BOUNDS.get(`${type} ${backend}`);
  if (ulps === undefined) throw new Error(`no bound is stated for single elements of ${type}, ${backend}`);
  return ulps;
}

/** The operation on finite numbers in double-double, with more than 90 bits where nothing cancels. */
export function elementReference(operation: ElementName | "logRatio", x: number, y = 0): Scaled {
  switch (operation) {
    case "sigmoid":
      return sigmoid(x);
    case "softplus":
      return plus(Math.max(x, 0), log1p(exp(number(-Math.abs(x)))));
    case "logSigmoid":
      return minus(elementReference("softplus", -x));
    case "logit":
      return logOfQuotient(number(x), twoSum(1, -x));
    case "logAddExp":
      return plus(Math.max(x, y), log1p(exp(minusDistance(x, y))));
    case "logDiffExp":
      return plus(x, logOfComplement(minusDistance(x, y)));
    case "logRatio":
      return logOfQuotient(number(x), number(y));
  }
}

/**
 * The error in the ulps that the bound is in: for logAddExp and logDiffExp those of log(1 ± e^-|a - b|) where that is
 * larger.
 */
export function elementError(
  operation: ElementName | "logRatio",
  result: number,
  exact: Scaled,
  type: ElementType,
  x: number,
  y = 0,
): number {
  const error = ulpError(result, exact, type);
  const isPair = operation === "logAddExp" || operation === "logDiffExp";
  if (!isPair || exact.exponent !== 0) return error;
  const e = Math.exp(-Math.abs(x - y));
  const rest = -Math.expm1(-Math.abs(x - y));
  const logarithm = operation === "logAddExp" ? Math.log1p(e) : Math.log1p(e / rest);
  return Math.abs(exact.high) < logarithm ? (error * ulp(exact.high, type)) / ulp(logarithm, type) : error;
}

function number(high: number): DoubleDouble {
  return { high, low: 0 };
}

function minus(value: Scaled): Scaled {
  return { ...negate(value), exponent: value.exponent };
}

function sigmoid(x: number): Scaled {
  const power = exp(number(-Math.abs(x)));
  const sum = add(ONE, scaleByPowerOfTwo(power, power.exponent));
  return x < 0 ? { ...divide(power, sum), exponent: power.exponent } : { ...divide(ONE, sum), exponent: 0 };
}

/** -|a - b|. Where it might overflow only its sign matters. */
function minusDistance(a: number, b: number): DoubleDouble {
  if (Math.abs(a) > 2 ** 900 || Math.abs(b) > 2 ** 900) return number(a === b ? 0 : -1e6);
  return twoSum(Math.min(a, b), -Math.max(a, b));
}

/** log(1 - e^z) for z < 0. */
function logOfComplement(z: DoubleDouble): Scaled {
  if (z.high > -0.5) {
    // Below, e^z - 1 is z.
    const p = z.high > -(2 ** -200) ? negate(z) : negate(expm1(z));
    return logOfQuotient(p, ONE);
  }
  const power = exp(z);
  const rest = add(ONE, negate(scaleByPowerOfTwo(power, power.exponent)));
  return minus(log1p({ ...divide(power, rest), exponent: power.exponent }));
}

function plus(a: number, b: Scaled): Scaled {
  if (a === 0) return b;
  return {
    ...add(number(a), { high: ldexp(b.high, b.exponent), low: ldexp(b.low, b.exponent) }),
    exponent: 0,
  };
}

/** log(a / b) = (difference of the exponents) · ln 2 + log of the quotient of the significands, between 1/2 and 2. */
function logOfQuotient(a: DoubleDouble, b: DoubleDouble): Scaled {
  const [exponentA, significandA] = split(a);
  const [exponentB, significandB] = split(b);
  let octaves = exponentA - exponentB;
  let numerator = significandA;
  // So that what is near 1 has no octave to cancel.
  if (octaves === 1 && numerator.high < significandB.high) {
    numerator = scaleByPowerOfTwo(numerator, 1);
    octaves = 0;
  } else if (octaves === -1 && numerator.high > significandB.high) {
    numerator = scaleByPowerOfTwo(numerator, -1);
    octaves = 0;
  }
  const difference = add(numerator, negate(significandB));
  const less = difference.high < 0;
  const smaller = less ? numerator : significandB;
  const ratio = divide(less ? negate(difference) : difference, smaller);
  const logarithm = log1p({ ...ratio, exponent: 0 });
  const signed = less ? minus(logarithm) : logarithm;
  return octaves === 0 ? signed : { ...add(multiplyByNumber(LN2, octaves), signed), exponent: 0 };
}

function split(value: DoubleDouble): [exponent: number, significand: DoubleDouble] {
  let exponent = 0;
  let { high } = value;
  while (high >= 2) {
    high /= 2;
    exponent++;
  }
  while (high < 1) {
    high *= 2;
    exponent--;
  }
  return [exponent, scaleByPowerOfTwo(value, -exponent)];
}
