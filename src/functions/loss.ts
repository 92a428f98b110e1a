import { readElements, readOperand, settled } from "../arguments/arrays.js";
import { IGNORED, readLabels, type Truth } from "../arguments/labels.js";
import {
  IGNORE_INDEX,
  LABEL_SMOOTHING,
  LANES,
  REDUCTION,
  TEMPERATURE,
  WEIGHT,
} from "../arguments/optionNames.js";
import { readOptions } from "../arguments/options.js";
import { resolve } from "../arguments/shape.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { startOf, stepOf } from "../backend/lanes.js";
import { logSumExpParts } from "../backend/operations.js";
import { describe } from "../describe.js";
import { newArray } from "../dtype.js";
import { sum, twoSum } from "../math/sums.js";
import { type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import type { Reduction } from "./signatures.js";

/** What a loss is taken of: the checked arguments, except `out`. */
export type Problem = Truth & {
  readonly caller: string;
  readonly logits: FloatArray;
  readonly layout: Layout;
  readonly temperature: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weight: FloatArray | undefined;
  readonly out: unknown;
};

const TAKEN = LANES | TEMPERATURE | REDUCTION | IGNORE_INDEX | LABEL_SMOOTHING | WEIGHT;

export function readProblem(caller: string, x: unknown, labels: unknown, options: unknown): Problem {
  const { shape, axis, temperature, out } = readOptions(caller, options, TAKEN);
  const {
    reduction = "mean",
    ignoreIndex = -100,
    labelSmoothing = 0,
    weight,
  } = (options ?? {}) as { [name: string]: unknown };
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    const message = `${caller}: reduction must be "mean", "sum" or "none", got ${describe(reduction)}`;
    throw typeof reduction === "string" ? new RangeError(message) : new TypeError(message);
  }
  const ignored = typeof ignoreIndex === "bigint" ? Number(ignoreIndex) : ignoreIndex;
  if (!Number.isSafeInteger(ignored)) {
    const message = `${caller}: ignoreIndex must be an integer, got ${describe(ignoreIndex)}`;
    throw typeof ignored === "number" ? new RangeError(message) : new TypeError(message);
  }
  if (typeof labelSmoothing !== "number" || !(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    const message = `${caller}: labelSmoothing must be a number from 0 to 1, got ${describe(labelSmoothing)}`;
    throw typeof labelSmoothing === "number" ? new RangeError(message) : new TypeError(message);
  }
  const given = settled(labels);
  const factors = settled(weight);
  const logits = readElements(caller, x, "logits");
  const layout = resolve(caller, shape, axis, logits.length, "logits");
  const { classes, targets } = readLabels(caller, given, logits, layout, ignored as number);
  // Not by spreading: that costs a small call 9 µs on Node 20.
  return {
    classes,
    targets,
    caller,
    logits,
    layout,
    temperature,
    reduction,
    labelSmoothing,
    weight:
      factors === undefined
        ? undefined
        : readOperand(caller, "weight", factors, logits, layout.length, "one per class"),
    out,
  } as Problem;
}

/**
 * losses = the loss of each lane, Σ q ((m - x) / T + log(1 + s)), where m is the maximum and s the sum of the other
 * exponentials relative to it. Nothing cancels, and where a label is almost certain the digits of log(1 + s) are those of
 * the loss.
 */
export function lossesOf(backend: Backend, problem: Problem, losses: Float64Array): Pending {
  const { logits, layout, temperature } = problem;
  if (logits.length === 0) return undefined;
  const parts = new Float64Array(4 * losses.length);
  const pending = run(backend, logSumExpParts, logits, parts, layout, temperature);
  return whenDone(pending, () => fillLosses(problem, parts, losses));
}

function fillLosses(problem: Problem, parts: Float64Array, losses: Float64Array): undefined {
  const { logits, classes, labelSmoothing, layout, temperature } = problem;
  const { length, inner, offsets } = layout;
  const row = new Float64Array(length);
  for (let lane = 0; lane < losses.length; lane++) {
    const label = classes?.[lane];
    if (label === IGNORED) continue;
    const max = parts[4 * lane];
    const logarithm = Number.isFinite(max) ? parts[4 * lane + 2] : Number.NaN;
    if (label !== undefined && labelSmoothing === 0) {
      const logit = logits[startOf(layout, lane) + stepOf(label, inner, offsets)];
      // Halved, so that the difference does not overflow before it is divided.
      losses[lane] = weightOf(problem, label) * ((max / 2 - logit / 2) / (temperature / 2) + logarithm);
    } else {
      fillTargets(problem, lane, row);
      losses[lane] = expectedLoss(problem, lane, row, max, logarithm);
    }
  }
}

/** Σ q (max - x) / T + logarithm Σ q, both sums in doubled precision. */
function expectedLoss(
  { logits, layout, temperature }: Problem,
  lane: number,
  row: Float64Array,
  max: number,
  logarithm: number,
): number {
  const { inner, offsets } = layout;
  const start = startOf(layout, lane);
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

/** The divisor of the mean: the sum of the weights of the labels that are not ignored, or the number of lanes. */
export function divisorOf(problem: Problem): number {
  const { classes, logits, layout } = problem;
  // NaN if there are no classes, as the mean then is.
  if (classes === undefined) return logits.length / layout.length;
  return sum(classes.map((label) => (label === IGNORED ? 0 : weightOf(problem, label))));
}

export function weightOf({ weight }: Problem, label: number): number {
  return weight === undefined ? 1 : weight[label];
}

/** The targets of all lanes, in the places of their logits. */
export function blendedTargets(problem: Problem): FloatArray {
  const { caller, logits, classes, targets, weight, labelSmoothing, layout } = problem;
  if (targets !== undefined && weight === undefined && labelSmoothing === 0) return targets;
  const { outer, length, inner, offsets } = layout;
  const blended = newArray(caller, logits, logits.length);
  const row = new Float64Array(length);
  for (let lane = 0; lane < outer * inner; lane++) {
    if (classes?.[lane] === IGNORED) continue;
    fillTargets(problem, lane, row);
    const start = startOf(layout, lane);
    for (let k = 0; k < row.length; k++) blended[start + stepOf(k, inner, offsets)] = row[k];
  }
  return blended;
}

/** The targets of a lane: w ((1 - ε) q + ε / C), where q is 1 at a label and 0 elsewhere. */
function fillTargets(problem: Problem, lane: number, row: Float64Array): void {
  const { classes, targets, weight, labelSmoothing, layout } = problem;
  const kept = 1 - labelSmoothing;
  row.fill(labelSmoothing / row.length);
  if (classes !== undefined) {
    row[classes[lane]] += kept;
  } else {
    const { inner, offsets } = layout;
    const start = startOf(layout, lane);
    for (let k = 0; k < row.length; k++) row[k] += kept * targets[start + stepOf(k, inner, offsets)];
  }
  if (weight !== undefined) for (let k = 0; k < row.length; k++) row[k] *= weight[k];
}
