import { readBins } from "../arguments/bins.js";
import type { Labels } from "../arguments/labels.js";
import { AXIS, BINS, IGNORE_INDEX, MASK, SHAPE, TEMPERATURE, WEIGHT } from "../arguments/optionNames.js";
import type { Backend } from "../backend/backend.js";
import { sum } from "../math/sums.js";
import { TemperatureSearch } from "../math/temperatureSearch.js";
import { type MaybePromise, type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { type Confidences, confidencesOf } from "./confidences.js";
import { define } from "./define.js";
import { borrow, giveBack } from "./loans.js";
import { divisorOf, fillLosses, lossesOf, type Problem, partsOf, readProblem } from "./loss.js";
import { withFloats } from "./packed.js";
import type { LaneOptions, MaskOption, Numbers, TemperatureOption } from "./parameters.js";
import type { LabelFunction } from "./signatures.js";
import { derivativesOf, softmaxAt, type Tempered, temper } from "./tempered.js";

export type { CalibrationBin, Confidences } from "./confidences.js";

/** One class per lane, in an array of integers or a list. */
export type ClassLabels = Exclude<Labels, FloatArray>;

export interface FitTemperatureOptions extends LaneOptions, MaskOption {
  /** Lanes with this label count nowhere, whatever their logits are. Default: -100. */
  ignoreIndex?: number | bigint | undefined;
  /**
   * One factor per class, finite and not negative: a lane counts as often as that of its label says. Of the element type of the
   * logits, or a list.
   */
  weight?: Numbers | undefined;
}

export interface CalibrationOptions extends FitTemperatureOptions, TemperatureOption {
  /** How many bins of equal width the confidences from 0 to 1 are put into. Default: 15, as in the paper. */
  bins?: number | undefined;
}

export interface FittedTemperature {
  /** The T for `softmax(x, { temperature: T })`: above 1 where the logits are overconfident. */
  temperature: number;
  /** Whether T is 1e-30 or 1e30 because the loss falls all the way to there: T then says nothing about other data. */
  atLimit: boolean;
  /** The mean loss in nats, that of crossEntropy, at temperature 1 and at T. */
  logLoss: { before: number; after: number };
  /** How many temperatures have been tried, in a pass over the logits each. */
  iterations: number;
}

export interface Calibration extends Confidences {
  /** The mean loss in nats: that of crossEntropy. */
  logLoss: number;
}

/**
 * Temperature scaling (Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017): the temperature T for
 * which the mean of -log softmax(x / T) at the labels is least. It makes the probabilities of a classifier fit how often it is
 * right, and changes no prediction. Fit it on data that the classifier was not trained on.
 *
 * `labels` are classes in an array of integers, or in a list with one number per lane. Returns `{ temperature, atLimit, logLoss:
 * { before, after }, iterations }`. The loss is convex in β = 1 / T. T is found by Newton's method on β, safeguarded by bisection, in
 * one pass of softmax per step and mostly six to twelve steps, with one array as long as the logits beside them. It is as exact as
 * the softmax: where labels contradict logits often enough that T is near their spread, to 1e-6 of itself for Float32Arrays and to
 * 1e-12 for Float64Arrays.
 *
 * T is 1e-30, with `atLimit`, where each label has the largest logit of its lane: then the loss falls as T falls, to 0 without ties. T is
 * 1e30, with `atLimit`, where the logits at the labels are no larger than others on average: then no T is better than the
 * uniform distribution. T is 1 where all logits of each lane are equal, so that it does not matter.
 *
 * T is NaN where the loss is NaN, or Infinity whatever T is: with NaN or +Infinity in a lane, with nothing but -Infinity, with a
 * label whose logit is -Infinity or is left out by `mask`, unless its weight is 0; and where no lane counts. crossEntropy with
 * `reduction: "none"` shows which lanes these are.
 *
 * @example
 * fitTemperature([4, 0, 4, 0, 4, 0, 4, 0], [0, 0, 0, 1], { shape: [4, 2] }).temperature; // 3.6410: 4 / log 3
 *
 * @throws TypeError for an argument of the wrong type or a detached one; probabilities are no labels.
 * @throws RangeError for a label that is neither a class nor `ignoreIndex`, naming its lane; for labels or weights of the wrong
 * length, a weight that is negative or not finite, a shape that does not fit `logits`, or an axis out of range.
 */
export const fitTemperature: LabelFunction<ClassLabels, FitTemperatureOptions, FittedTemperature> =
  /* @__PURE__ */ define(
    (backend) => (logits: unknown, labels: unknown, options: unknown) =>
      fitOf(backend(), logits, labels, options),
  );

/**
 * How far the confidences of a classifier, its largest probabilities, are from how often it is right: the expected calibration error
 * (Naeini, Cooper and Hauskrecht, 2015) and the bins of the reliability diagram, as Guo, Pleiss, Sun and Weinberger (2017) have
 * them, with log-loss and accuracy.
 *
 * `labels` are classes in an array of integers, or in a list with one number per lane. Returns `{ logLoss, accuracy,
 * calibrationError, bins: [{ count, confidence, accuracy }, …] }`. The confidence of a lane is the probability of its largest logit,
 * the first of equals. A bin without lanes has NaN for both means. Of probabilities instead of logits, pass the logarithms.
 *
 * All but the bins is NaN where a lane that counts has NaN or +Infinity, or nothing but -Infinity, or is left empty by `mask`, and
 * where no lane counts. Such lanes are in no bin.
 *
 * @example
 * calibration([4, 0, 4, 0, 4, 0, 4, 0], [0, 0, 0, 1], { shape: [4, 2] }).calibrationError; // 0.2320: 0.982 sure, 0.75 right
 *
 * @throws TypeError, RangeError as fitTemperature does, and for a temperature or number of bins out of range.
 */
export const calibration: LabelFunction<ClassLabels, CalibrationOptions, Calibration> =
  /* @__PURE__ */ define(
    (backend) => (logits: unknown, labels: unknown, options: unknown) =>
      calibrationOf(backend(), logits, labels, options),
  );

const FIT = SHAPE | AXIS | MASK | IGNORE_INDEX | WEIGHT;

/** Of Newton's method, relative to β: what it leaves is the square of it, or rounding. */
const TOLERANCE_F32 = 2 ** -20;
const TOLERANCE_F64 = 2 ** -28;

function fitOf(
  backend: Backend,
  x: unknown,
  labels: unknown,
  options: unknown,
): MaybePromise<FittedTemperature> {
  const problem = readProblem("fitTemperature", x, labels, options, FIT);
  if (problem === undefined) {
    const args = [backend, x, labels, options];
    return withFloats(fitOf, {
      caller: "fitTemperature",
      name: "logits",
      args,
      at: 1,
      hasLabels: true,
      rounds: false,
    });
  }
  const tempered = temper(problem);
  const isSingle = tempered.logits.BYTES_PER_ELEMENT === 4;
  const search = new TemperatureSearch(isSingle ? TOLERANCE_F32 : TOLERANCE_F64);
  const before = new Float64Array(tempered.classes.length);
  const after = new Float64Array(before.length);
  const found = whenDone(run(backend, tempered, search), () => lossesOf(backend, problem, before));
  const pending = whenDone(found, () => {
    const { temperature } = search;
    if (!Number.isNaN(temperature)) return lossesOf(backend, { ...problem, temperature } as Problem, after);
    after.fill(Number.NaN);
    return undefined;
  });
  return whenDone(pending, () => {
    const { temperature, atLimit, iterations } = search;
    const { divisor } = tempered;
    const logLoss = { before: sum(before) / divisor, after: sum(after) / divisor };
    return { temperature, atLimit, logLoss, iterations };
  });
}

/** Evaluates one temperature after the other, until the search is over. */
function run(backend: Backend, tempered: Tempered, search: TemperatureSearch): Pending {
  const take = () => search.take(derivativesOf(tempered, search.temperature));
  for (;;) {
    const pending = softmaxAt(backend, tempered, search.temperature);
    if (pending !== undefined) {
      return pending.then(() => (take() ? undefined : run(backend, tempered, search)));
    }
    if (take()) return undefined;
  }
}

function calibrationOf(
  backend: Backend,
  x: unknown,
  labels: unknown,
  options: unknown,
): MaybePromise<Calibration> {
  const { bins } = (options ?? {}) as { readonly bins?: unknown };
  const problem = readProblem("calibration", x, labels, options, FIT | TEMPERATURE | BINS);
  if (problem === undefined) {
    const args = [backend, x, labels, options];
    return withFloats(calibrationOf, {
      caller: "calibration",
      name: "logits",
      args,
      at: 1,
      hasLabels: true,
      rounds: false,
    });
  }
  const count = readBins(problem.caller, bins);
  const lanes = (problem.classes as Float64Array).length;
  const losses = borrow(problem.caller, lanes);
  const parts = borrow(problem.caller, 4 * lanes);
  return whenDone(partsOf(backend, problem, parts), () => {
    fillLosses(problem, parts, losses);
    const divisor = divisorOf(problem);
    const found = { logLoss: sum(losses) / divisor, ...confidencesOf(problem, parts, count, divisor) };
    giveBack(parts);
    giveBack(losses);
    return found;
  });
}
