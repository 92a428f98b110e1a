import { logRatio } from "../math/logarithms.js";
import { type MutablePair, plus } from "../math/runningSum.js";
import type { FloatArray } from "../types.js";

/** How far below its limit, relative to its parts, a logit still counts as at it: 4 units in the last place of 1. */
const TOLERANCE = 2 ** -50;

/** The least logit that min-p keeps: exp((logit - max) / T) >= minP. */
export function limitOfMinP(max: number, temperature: number, minP: number): number {
  return below(max, -temperature * logRatio(minP, 1));
}

/**
 * The least logit that top-n-sigma keeps: max - n σ (Tang et al., "Top-nσ", 2024), where σ is the standard deviation of the logits
 * above -Infinity, as of a population.
 */
export function limitOfSigma(logits: FloatArray, max: number, n: number): number {
  // A quarter of each, so that no difference overflows, and then relative to the largest: nor does a square.
  let largest = 0;
  let count = 0;
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] === Number.NEGATIVE_INFINITY) continue;
    largest = Math.max(largest, max / 4 - logits[k] / 4);
    count++;
  }
  if (largest === 0) return max;
  const sum: MutablePair = { high: 0, low: 0 };
  const squares: MutablePair = { high: 0, low: 0 };
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] !== Number.NEGATIVE_INFINITY) plus(sum, (max / 4 - logits[k] / 4) / largest);
  }
  const mean = (sum.high + sum.low) / count;
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] === Number.NEGATIVE_INFINITY) continue;
    const difference = (max / 4 - logits[k] / 4) / largest - mean;
    plus(squares, difference * difference);
  }
  return below(max, largest * (4 * n * Math.sqrt((squares.high + squares.low) / count)));
}

function below(max: number, distance: number): number {
  return max - distance - (TOLERANCE * Math.abs(max) + TOLERANCE * distance);
}
