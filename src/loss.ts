import { describe, newArray, readElements, readOperand, readOptions, settled } from "./arguments.js";
import type { Backend, FloatArray, Pending } from "./backend/backend.js";
import { twoSum } from "./doubleDouble.js";
import { IGNORED, readLabels, type Truth } from "./labels.js";
import { type Arrangement, resolve, startOf, stepOf } from "./layout.js";
import { run } from "./run.js";
import { after } from "./when.js";

export type Reduction = "mean" | "sum" | "none";

/** What a loss is taken of: the arguments after they have been checked, but for `out`. */
export type Problem = Truth & {
  readonly operation: string;
  readonly logits: FloatArray;
  readonly arrangement: Arrangement;
  readonly temperature: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weight: FloatArray | undefined;
  readonly out: unknown;
};

export function readProblem(operation: string, x: unknown, labels: unknown, options: unknown): Problem {
  const { shape, axis, temperature, out } = readOptions(operation, options);
  const {
    reduction = "mean",
    ignoreIndex = -100,
    labelSmoothing = 0,
    weight,
  } = (options ?? {}) as { [name: string]: unknown };
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    const message = `${operation}: reduction must be "mean", "sum" or "none", got ${describe(reduction)}`;
    throw typeof reduction === "string" ? new RangeError(message) : new TypeError(message);
  }
  if (!Number.isSafeInteger(ignoreIndex)) {
    const message = `${operation}: ignoreIndex must be an integer, got ${describe(ignoreIndex)}`;
    throw typeof ignoreIndex === "number" ? new RangeError(message) : new TypeError(message);
  }
  if (typeof labelSmoothing !== "number" || !(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    const message = `${operation}: labelSmoothing must be a number from 0 to 1, got ${describe(labelSmoothing)}`;
    throw typeof labelSmoothing === "number" ? new RangeError(message) : new TypeError(message);
  }
  const given = settled(labels);
  const factors = settled(weight);
  const logits = readElements(operation, x, "logits");
  const arrangement = resolve(operation, shape, axis, logits.length, "logits");
  return {
    ...readLabels(operation, given, logits, arrangement, ignoreIndex as number),
    operation,
    logits,
    arrangement,
    temperature,
    reduction,
    labelSmoothing,
    weight:
      factors === undefined
        ? undefined
        : readOperand(operation, "weight", factors, logits, arrangement.length, "one per class"),
    out,
  };
}

/**
 * losses = the loss of each lane, Σ q ((m - x) / T + log(1 + s)): m is its maximum, s the sum of the exponentials of the others
 * relative to it. Nothing cancels, and where a label is almost certain the digits of log(1 + s) are those of the loss.
 */
export function lossesOf(backend: Backend, problem: Problem, losses: Float64Array): Pending {
  const { logits, arrangement, temperature } = problem;
  if (logits.length === 0) return undefined;
  const parts = new Float64Array(4 * losses.length);
  const pending = run(backend, "logSumExpParts", logits, parts, arrangement, temperature, undefined, true);
  return after(pending, () => fillLosses(problem, parts, losses));
}

function fillLosses(problem: Problem, parts: Float64Array, losses: Float64Array): undefined {
  const { logits, classes, labelSmoothing, arrangement, temperature } = problem;
  const { length, inner, offsets } = arrangement;
  const row = new Float64Array(length);
  for (let lane = 0; lane < losses.length; lane++) {
    const label = classes?.[lane];
    if (label === IGNORED) continue;
    const max = parts[4 * lane];
    const logarithm = Number.isFinite(max) ? parts[4 * lane + 2] : Number.NaN;
    if (label !== undefined && labelSmoothing === 0) {
      const logit = logits[startOf(arrangement, lane) + stepOf(label, inner, offsets)];
      // Halved, lest the difference overflows before it is divided.
      losses[lane] = weightOf(problem, label) * ((max / 2 - logit / 2) / (temperature / 2) + logarithm);
    } else {
      fillTargets(problem, lane, row);
      losses[lane] = expectedLoss(problem, lane, row, max, logarithm);
    }
  }
}

/** Σ q (max - x) / T + logarithm Σ q, both sums in doubled precision. */
function expectedLoss(
  { logits, arrangement, temperature }: Problem,
  lane: number,
  row: Float64Array,
  max: number,
  logarithm: number,
): number {
  const { inner, offsets } = arrangement;
  const start = startOf(arrangement, lane);
  let mass = 0;
  let massRest = 0;
  let distance = 0;
  let distanceRest = 0;
  for (let k = 0; k < row.length; k++) {
    const nextMass = twoSum(mass, row[k]);
    mass = nextMass.high;
    massRest += nextMass.low;
    const nextDistance = twoSum(distance, row[k] * (max / 2 - logits[start + stepOf(k, inner, offsets)] / 2));
    distance = nextDistance.high;
    distanceRest += nextDistance.low;
  }
  // Beside an infinity the rest is not a number.
  if (Number.isFinite(distance)) distance += distanceRest;
  return distance / (temperature / 2) + (mass + massRest) * logarithm;
}

/** What the mean divides by: the weights of the labels that are not ignored, or the number of lanes. */
export function divisorOf(problem: Problem): number {
  const { classes, logits, arrangement } = problem;
  // NaN if there are no classes, as the mean then is.
  if (classes === undefined) return logits.length / arrangement.length;
  return sum(classes.map((label) => (label === IGNORED ? 0 : weightOf(problem, label))));
}

export function weightOf({ weight }: Problem, label: number): number {
  return weight === undefined ? 1 : weight[label];
}

/** The targets of all lanes, in the places of their logits. */
export function blendedTargets(problem: Problem): FloatArray {
  const { operation, logits, classes, targets, weight, labelSmoothing, arrangement } = problem;
  if (targets !== undefined && weight === undefined && labelSmoothing === 0) return targets;
  const { outer, length, inner, offsets } = arrangement;
  const blended = newArray(operation, logits, logits.length);
  const row = new Float64Array(length);
  for (let lane = 0; lane < outer * inner; lane++) {
    if (classes?.[lane] === IGNORED) continue;
    fillTargets(problem, lane, row);
    const start = startOf(arrangement, lane);
    for (let k = 0; k < row.length; k++) blended[start + stepOf(k, inner, offsets)] = row[k];
  }
  return blended;
}

/** The targets of a lane: w ((1 - ε) q + ε / C), where q is 1 at a label and 0 elsewhere. */
function fillTargets(problem: Problem, lane: number, row: Float64Array): void {
  const { classes, targets, weight, labelSmoothing, arrangement } = problem;
  const kept = 1 - labelSmoothing;
  row.fill(labelSmoothing / row.length);
  if (classes !== undefined) {
    row[classes[lane]] += kept;
  } else {
    const { inner, offsets } = arrangement;
    const start = startOf(arrangement, lane);
    for (let k = 0; k < row.length; k++) row[k] += kept * targets[start + stepOf(k, inner, offsets)];
  }
  if (weight !== undefined) for (let k = 0; k < row.length; k++) row[k] *= weight[k];
}

/** Σ terms in doubled precision: its error does not grow with their number. */
export function sum(terms: Float64Array): number {
  let total = 0;
  let rest = 0;
  for (let k = 0; k < terms.length; k++) {
    const { high, low } = twoSum(total, terms[k]);
    total = high;
    rest += low;
  }
  return Number.isFinite(total) ? total + rest : total;
}
