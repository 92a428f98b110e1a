/** How right classifiers are when they are how sure. */
import { IGNORED } from "../arguments/labels.js";
import { startOf, stepOf } from "../backend/lanes.js";
import { RunningSum, twoSum } from "../math/sums.js";
import { borrow, giveBack } from "./loans.js";
import { type Problem, weightOf } from "./loss.js";

/** Some lanes whose confidences, the largest probabilities, are close to each other. */
export interface CalibrationBin {
  /** How many lanes, each as often as its weight says. */
  count: number;
  /** Their mean confidence. NaN without lanes, as the accuracy. */
  confidence: number;
  /** The share of them whose label has the largest logit. */
  accuracy: number;
}

/** What the confidences of lanes are worth. */
export interface Confidences {
  /** The share of lanes whose label has the largest logit, the first of equals. It does not depend on the temperature. */
  accuracy: number;
  /** The expected calibration error: the mean over the lanes of |accuracy - confidence| of their bins, from 0 to 1. */
  calibrationError: number;
  /** The reliability diagram: bin m of M, from 1 on, has the confidences c with (m - 1) / M < c <= m / M. */
  bins: CalibrationBin[];
}

/**
 * Puts the lanes into bins by their largest probability: 1 / (1 + s), by the `parts` of their log-sum-exp. Rounding it
 * costs 1 ulp of a double at most. `problem` has labels.
 */
export function confidencesOf(
  problem: Problem,
  parts: Float64Array,
  count: number,
  divisor: number,
): Confidences {
  const { caller, logits } = problem;
  const classes = problem.classes as Float64Array;
  // Of each bin the sum of the weights, of the confidences, and of the weights where the label is right.
  const sums = borrow(caller, 3 * count).fill(0);
  // Rounded to the element type, so that 1 / 3 is in the fifth of 15 bins in single precision too.
  const isSingle = logits.BYTES_PER_ELEMENT === 4;
  let error = 0;
  for (let lane = 0; lane < classes.length; lane++) {
    const label = classes[lane];
    if (label === IGNORED) continue;
    const max = parts[4 * lane];
    const others = parts[4 * lane + 1];
    const { high, low } = twoSum(1, others);
    const inverse = 1 / high;
    const largest = inverse - inverse * inverse * (low + parts[4 * lane + 3]);
    if (!Number.isFinite(max) || Number.isNaN(largest)) {
      error = Number.NaN;
      continue;
    }
    const confidence = isSingle ? Math.fround(largest) : largest;
    const place = Math.ceil(isSingle ? Math.fround(confidence * count) : confidence * count);
    const at = 3 * (Math.max(Math.min(place, count), 1) - 1);
    const weight = weightOf(problem, label);
    sums[at] += weight;
    sums[at + 1] += weight * confidence;
    if (isLargest(problem, lane, label, max, others)) sums[at + 2] += weight;
  }
  const right = new RunningSum();
  const bins: CalibrationBin[] = [];
  for (let at = 0; at < 3 * count; at += 3) {
    error += Math.abs(sums[at + 2] - sums[at + 1]);
    right.add(sums[at + 2]);
    bins.push({ count: sums[at], confidence: sums[at + 1] / sums[at], accuracy: sums[at + 2] / sums[at] });
  }
  giveBack(sums);
  return {
    accuracy: Number.isNaN(error) ? error : right.value / divisor,
    calibrationError: error / divisor,
    bins,
  };
}

/** Whether the logit of a class is the largest of its lane, and the first of equals. */
function isLargest(
  { logits, layout }: Problem,
  lane: number,
  label: number,
  max: number,
  others: number,
): boolean {
  const { inner, offsets } = layout;
  const start = startOf(layout, lane);
  if (logits[start + stepOf(label, inner, offsets)] !== max) return false;
  // One of the others that is as large would be 1 of their sum.
  if (others < 1 / 2) return true;
  for (let k = 0; k < label; k++) if (logits[start + stepOf(k, inner, offsets)] === max) return false;
  return true;
}
