import { multiply, negate, type Scaled } from "./doubleDouble.js";
import { sumOf } from "./losses.js";
import { laneReference } from "./reference.js";

/** Σ p (-log p) of one lane of finite numbers, in double-double: every term is positive. */
export function entropyReference(x: ArrayLike<number>, temperature = 1): Scaled {
  const { softmax, logSoftmax } = laneReference(x, temperature);
  const terms: Scaled[] = [];
  for (let k = 0; k < x.length; k++) {
    const p = softmax.at(k);
    const logarithm = logSoftmax.at(k);
    if (p.high === 0) continue;
    terms.push({ ...multiply(p, negate(logarithm)), exponent: p.exponent + logarithm.exponent });
  }
  return sumOf(terms);
}
