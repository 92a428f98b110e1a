/** Softmax of labelled lanes at one temperature after the other: the derivatives of the mean loss. */
import { IGNORED } from "../arguments/labels.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { gather, startOf } from "../backend/lanes.js";
import { softmax } from "../backend/operations.js";
import { newArray } from "../dtype.js";
import { RunningSum } from "../math/sums.js";
import type { Derivatives } from "../math/temperatureSearch.js";
import type { Pending } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import { divisorOf, type Problem, weightOf } from "./loss.js";

/** Lanes with a label each, and room for what is computed of them at a temperature. */
export interface Tempered {
  readonly logits: FloatArray;
  /** Without offsets. */
  readonly layout: Layout;
  readonly probabilities: FloatArray;
  /** The class of each lane, or IGNORED, and of the others the weight and the largest logit. */
  readonly classes: Float64Array;
  readonly weights: Float64Array;
  readonly maxima: Float64Array;
  readonly divisor: number;
}

/** Gathers lanes that have no single stride, once for all temperatures. `problem` has labels. */
export function temper(problem: Problem): Tempered {
  const { caller, layout } = problem;
  const { outer, length, inner, offsets } = layout;
  const classes = problem.classes as Float64Array;
  let { logits } = problem;
  if (offsets !== undefined) {
    logits = newArray(caller, logits, logits.length);
    gather(problem.logits, offsets, logits);
  }
  const rows = { outer, length, inner };
  const weights = new Float64Array(classes.length);
  const maxima = new Float64Array(classes.length);
  for (let lane = 0; lane < maxima.length; lane++) {
    const label = classes[lane];
    if (label === IGNORED) continue;
    weights[lane] = weightOf(problem, label);
    maxima[lane] = maximum(logits, startOf(rows, lane), length, inner);
  }
  return {
    logits,
    layout: rows,
    probabilities: newArray(caller, logits, logits.length),
    classes,
    weights,
    maxima,
    divisor: divisorOf(problem),
  };
}

/** The largest element of a lane. NaN counts nowhere. */
function maximum(x: FloatArray, start: number, length: number, step: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let k = 0, at = start; k < length; k++, at += step) if (x[at] > max) max = x[at];
  return max;
}

/** Fills `probabilities` with softmax(x / T). */
export function softmaxAt(
  backend: Backend,
  { logits, probabilities, layout }: Tempered,
  temperature: number,
): Pending {
  return run(backend, softmax, logits, probabilities, layout, temperature);
}

/**
 * The derivatives of the mean loss L at T, from softmax(x / T). With the distances u = (max - x) / T of a lane from its maximum,
 * p = softmax(x / T), the label y, and means over lanes with the weights w,
 *
 *     L = mean w (u_y + log Σ e^-u),  β L' = mean w (u_y - Σ p u),  β² L'' = mean w (Σ p u² - (Σ p u)²).
 *
 * Every sum is of terms of one sign, relative to Σ p, so that errors in what p is divided by cancel. The variance is at least Σ p u²
 * times the largest p, at which u is 0 (by the inequality of Cauchy and Schwarz for the others): no more cancels. Probabilities that
 * are rounded to 0 count as 0. NaN where the loss of a lane is NaN, or Infinity whatever T is.
 *
 * Bound: f32 2^-22, f64 2^-46 of `size` in the slope; of the curvature, over the largest p
 */
export function derivativesOf(
  { logits, probabilities, layout, classes, weights, maxima, divisor }: Tempered,
  temperature: number,
): Derivatives {
  const inverse = 1 / temperature;
  const { length, inner } = layout;
  const slope = new RunningSum();
  const curvature = new RunningSum();
  const size = new RunningSum();
  for (let lane = 0; lane < classes.length; lane++) {
    const label = classes[lane];
    if (label === IGNORED) continue;
    const start = startOf(layout, lane);
    const end = start + length * inner;
    const max = maxima[lane];
    let total = 0;
    let first = 0;
    let second = 0;
    for (let at = start; at < end; at += inner) {
      const p = probabilities[at];
      // The distance there may be infinite.
      if (p === 0) continue;
      const u = (max - logits[at]) * inverse;
      total += p;
      first += p * u;
      second += p * u * u;
    }
    const mean = first / total;
    const weight = weights[lane];
    const logit = logits[start + label * inner];
    let distance = weight === 0 ? 0 : (max - logit) * inverse;
    if (distance === Number.POSITIVE_INFINITY && logit === Number.NEGATIVE_INFINITY) distance = Number.NaN;
    slope.add(weight * (distance - mean));
    curvature.add(weight * (second / total - mean * mean));
    size.add(weight * (distance + mean));
  }
  return {
    slope: slope.value / divisor,
    curvature: curvature.value / divisor,
    size: size.value / divisor,
  };
}
