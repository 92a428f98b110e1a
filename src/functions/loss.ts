import { readOperand, readPackable, settled } from "../arguments/arrays.js";
import { IGNORED, readLabels, type Truth } from "../arguments/labels.js";
import { readMask } from "../arguments/mask.js";
import {
  IGNORE_INDEX,
  LABEL_SMOOTHING,
  LANES,
  MASK,
  REDUCTION,
  TEMPERATURE,
  WEIGHT,
} from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions } from "../arguments/options.js";
import { PACKED } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { keepsNothing, replaceLeftOut, startOf, stepOf, wholeMask } from "../backend/lanes.js";
import { logSumExpParts } from "../backend/operations.js";
import { describe } from "../describe.js";
import { newArray } from "../dtype.js";
import { sum, twoSum } from "../math/sums.js";
import { type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import { borrow, giveBack } from "./loans.js";
import type { Reduction } from "./signatures.js";

/** What a loss is taken of: the checked arguments, except `out`. */
export type Problem = Truth & {
  readonly caller: string;
  /** The logits as they were given. */
  readonly source: FloatArray;
  /** The same, or a copy with -Infinity in the place of what the mask leaves out. */
  readonly logits: FloatArray;
  /** As long as the logits. */
  readonly mask: Uint8Array | undefined;
  /** The mask as it was given. */
  readonly givenMask: Uint8Array | undefined;
  readonly layout: Layout;
  readonly temperature: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weight: FloatArray | undefined;
  /** Not checked; a list is settled. */
  readonly dy: unknown;
  readonly out: unknown;
};

const NO_ROW = /* @__PURE__ */ new Float64Array(0);

/** The options of crossEntropy. */
export const TAKEN = LANES | TEMPERATURE | MASK | REDUCTION | IGNORE_INDEX | LABEL_SMOOTHING | WEIGHT;

/** Undefined if the logits are packed. */
export function readProblem(
  caller: string,
  x: unknown,
  labels: unknown,
  options: unknown,
  taken: number,
): Problem | undefined {
  const { shape, axis, temperature, out } = readOptions(caller, options, taken, x);
  const {
    reduction = "mean",
    ignoreIndex = -100,
    labelSmoothing = 0,
    weight,
    mask,
    dy,
  } = (options ?? NO_OPTIONS) as { [name: string]: unknown };
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
  const list = settled(mask);
  const slopes = settled(dy);
  const source = readPackable(caller, x, "logits", options);
  if (source === PACKED) return undefined;
  const layout = resolve(caller, shape, axis, source.length, "logits");
  // What takes targets smooths them.
  const takesTargets = (taken & LABEL_SMOOTHING) !== 0;
  const { classes, targets } = readLabels(caller, given, source, layout, ignored as number, takesTargets);
  const givenMask = readMask(caller, list, source, layout);
  const whole = givenMask && wholeMask(givenMask, layout, source.length);
  // Not by spreading: that costs a small call 9 µs on Node 20.
  return {
    classes,
    targets,
    caller,
    source,
    logits: whole ? replaceLeftOut(caller, source, whole, Number.NEGATIVE_INFINITY) : source,
    mask: whole,
    givenMask,
    layout,
    temperature,
    reduction,
    labelSmoothing,
    weight: factors === undefined ? undefined : readWeight(caller, factors, source, layout.length),
    dy: slopes,
    out,
  } as Problem;
}

/** One factor per class. */
function readWeight(caller: string, value: unknown, logits: FloatArray, classes: number): FloatArray {
  const weight = readOperand(caller, "weight", value, logits, classes, "one per class");
  for (let k = 0; k < weight.length; k++) {
    if (weight[k] >= 0 && weight[k] < Number.POSITIVE_INFINITY) continue;
    throw new RangeError(`${caller}: weight[${k}] must be finite and not negative, got ${weight[k]}`);
  }
  return weight;
}

/**
 * losses = the loss of each lane, Σ q ((m - x) / T + log(1 + s)), where m is the maximum and s the sum of the other
 * exponentials relative to it. Nothing cancels, and where a label is almost certain the digits of log(1 + s) are those of
 * the loss.
 */
export function lossesOf(backend: Backend, problem: Problem, losses: Float64Array): Pending {
  if (problem.logits.length === 0) {
    losses.fill(0);
    return undefined;
  }
  const parts = borrow(problem.caller, 4 * losses.length);
  return whenDone(partsOf(backend, problem, parts), () => {
    fillLosses(problem, parts, losses);
    giveBack(parts);
  });
}

/** Fills `parts` with the four of the log-sum-exp of each lane. */
export function partsOf(backend: Backend, problem: Problem, parts: Float64Array): Pending {
  return run(backend, logSumExpParts, problem.logits, parts, problem.layout, problem.temperature);
}

/** The losses of lanes by these parts. */
export function fillLosses(problem: Problem, parts: Float64Array, losses: Float64Array): void {
  const { logits, classes, labelSmoothing, mask, layout, temperature } = problem;
  const { length, inner, offsets } = layout;
  const isByLabel = classes !== undefined && labelSmoothing === 0;
  const row = isByLabel ? NO_ROW : new Float64Array(length);
  for (let lane = 0; lane < losses.length; lane++) {
    const label = classes?.[lane];
    if (label === IGNORED) {
      losses[lane] = 0;
      continue;
    }
    let max = parts[4 * lane];
    let logarithm = Number.isFinite(max) ? parts[4 * lane + 2] : Number.NaN;
    if (mask !== undefined && max === Number.NEGATIVE_INFINITY && keepsNothing(mask, layout, lane)) {
      max = 0;
      logarithm = 0;
    }
    if (label !== undefined && labelSmoothing === 0) {
      const logit = logits[startOf(layout, lane) + stepOf(label, inner, offsets)];
      // Halved, so that the difference does not overflow before it is divided.
      const loss = (max / 2 - logit / 2) / (temperature / 2) + logarithm;
      const weight = weightOf(problem, label);
      losses[lane] = weight === 0 && loss === Number.POSITIVE_INFINITY ? 0 : weight * loss;
    } else {
      fillTargets(problem, lane, row);
      losses[lane] = expectedLoss(problem, lane, row, max, logarithm);
    }
  }
}

/** Σ q (max - x) / T + logarithm Σ q, both sums in doubled precision. Where q is 0 no distance counts. */
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
    if (row[k] === 0) continue;
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
  let count = 0;
  if (problem.weight === undefined) {
    for (let lane = 0; lane < classes.length; lane++) if (classes[lane] !== IGNORED) count++;
    return count;
  }
  let rest = 0;
  for (let lane = 0; lane < classes.length; lane++) {
    if (classes[lane] === IGNORED) continue;
    const { high, low } = twoSum(count, weightOf(problem, classes[lane]));
    count = high;
    rest += low;
  }
  return Number.isFinite(count) ? count + rest : count;
}

export function weightOf({ weight }: Problem, label: number): number {
  return weight === undefined ? 1 : weight[label];
}

/** The targets of all lanes, in the places of their logits. */
export function blendedTargets(problem: Problem): FloatArray {
  const { caller, logits, classes, targets, weight, labelSmoothing, mask, layout } = problem;
  const isPlain = weight === undefined && labelSmoothing === 0 && mask === undefined;
  if (targets !== undefined && isPlain) return targets;
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

/**
 * The targets of a lane: w ((1 - ε) q + ε / C), where q is 1 at a label and 0 elsewhere. Of the C classes that a mask keeps;
 * elsewhere they are 0, but at a label w (1 - ε).
 */
function fillTargets(problem: Problem, lane: number, row: Float64Array): void {
  const { classes, targets, weight, labelSmoothing, mask, layout } = problem;
  const { inner, offsets } = layout;
  const start = startOf(layout, lane);
  const kept = 1 - labelSmoothing;
  row.fill(1);
  if (mask !== undefined) {
    for (let k = 0; k < row.length; k++) if (mask[start + stepOf(k, inner, offsets)] === 0) row[k] = 0;
  }
  const share = labelSmoothing / (mask === undefined ? row.length : sum(row));
  for (let k = 0; k < row.length; k++) {
    if (row[k] === 0) continue;
    row[k] = share;
    if (targets !== undefined) row[k] += kept * targets[start + stepOf(k, inner, offsets)];
  }
  if (classes !== undefined) row[classes[lane]] += kept;
  if (weight !== undefined) for (let k = 0; k < row.length; k++) row[k] *= weight[k];
}
