import { checkOut, describe, newArray } from "./arguments.js";
import type { Backend, FloatArray } from "./backend/backend.js";
import { residual } from "./backend/plain.js";
import { IGNORED, type Labels } from "./labels.js";
import { blendedTargets, divisorOf, lossesOf, type Reduction, readProblem, sum, weightOf } from "./loss.js";
import { run } from "./run.js";
import type { AxisOptions, NewFloat32Array, NewFloat64Array } from "./softmax.js";
import { after, type Given, give, type When } from "./when.js";

export type { Labels } from "./labels.js";

export interface CrossEntropyOptions<O extends FloatArray = FloatArray> extends AxisOptions {
  /** T: the loss is that of logits / T; the gradient is still with respect to the logits. 1 unless told. */
  temperature?: number;
  /**
   * What becomes of the losses of the lanes: "mean" (unless told), "sum", or "none", which keeps them apart. The mean
   * over labels divides by the sum of their weights, the mean over targets by the number of lanes.
   */
  reduction?: Reduction;
  /** Lanes with this label count nowhere, whatever their logits are; -100 unless told. Targets have no such lanes. */
  ignoreIndex?: number;
  /** ε, from 0 (unless told) to 1: of the probability that is aimed at, ε is shared out evenly among the classes. */
  labelSmoothing?: number;
  /** One factor per class: of the type of the logits, or a list of numbers. */
  weight?: FloatArray | readonly number[];
  /** Is filled and returned: by crossEntropyGrad, or with reduction "none". An array of the type of the logits. */
  out?: O;
}

type Apart = { reduction: "none" };
type Reduced = { reduction?: "mean" | "sum"; out?: undefined };

/** The signature of `crossEntropy`. A lane is a set of logits, one per class. */
export interface CrossEntropy<W extends When = "now"> {
  /**
   * Gives the mean or the sum of the losses of the lanes, not rounded to the element type of `logits`. What the
   * options mean is what they mean in PyTorch (torch.nn.functional.cross_entropy): with weights w, C classes and
   * softmax over the lane, the loss of a lane is
   *
   *     label y:    -(1 - ε) w_y log softmax(x / T)_y - ε / C Σ w log softmax(x / T)
   *     targets q:  -Σ w ((1 - ε) q + ε / C) log softmax(x / T)
   *
   * It is taken as (max - x) / T + log(1 + s), where s is the sum of the other exponentials relative to the maximum
   * (Blanchard, Higham and Higham, 2021), and so keeps its digits where a label is almost certain. The error of each
   * loss is at most 2 units in the last place for Float32Arrays and 4 for Float64Arrays (largest measured: 0.9 and
   * 2.9), if no weight or target is negative and the loss is a normal number before it is weighted. Sums are
   * compensated, and that of a million lanes is as accurate.
   *
   * An ignored lane has loss 0. A lane is NaN with NaN or +Infinity, or with nothing but -Infinity. A logit of
   * -Infinity makes the loss Infinity if it is aimed at, and NaN where its target or its weight is 0, by 0 · ∞.
   * The mean over nothing (no lanes, all ignored, labels of weight 0 without smoothing) is NaN, the sum 0.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for a label that is neither a class nor `ignoreIndex`, naming its lane; for labels, targets or
   * weights of the wrong length, a shape that does not fit `logits`, an option out of range, or an `out` of the wrong
   * length, overlapping `logits` in part, or with a reduction to one number.
   */
  (
    logits: FloatArray | readonly number[],
    labels: Labels,
    options?: CrossEntropyOptions & Reduced,
  ): Given<W, number>;
  /** With reduction "none": one loss per lane, in row-major order of the dimensions that are kept. */
  <O extends Float32Array = NewFloat32Array>(
    logits: Float32Array,
    labels: Labels,
    options: CrossEntropyOptions<O> & Apart,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    logits: Float64Array | readonly number[],
    labels: Labels,
    options: CrossEntropyOptions<O> & Apart,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `logits` is known only when it runs. */
  <X extends FloatArray>(
    logits: X,
    labels: Labels,
    options: CrossEntropyOptions<NoInfer<X>> & Apart,
  ): Given<W, X>;
  (
    logits: FloatArray | readonly number[],
    labels: Labels,
    options: Omit<CrossEntropyOptions, "out"> & Apart,
  ): Given<W, FloatArray>;
  /** The same where the reduction is known only when it runs. */
  (
    logits: FloatArray | readonly number[],
    labels: Labels,
    options: Omit<CrossEntropyOptions, "out">,
  ): Given<W, number | FloatArray>;
}

/** The signature of `crossEntropyGrad`, the gradient of `crossEntropy`. */
export interface CrossEntropyGrad<W extends When = "now"> {
  /**
   * Gives the gradient with respect to the logits of what crossEntropy gives for the same arguments, or of the sum of
   * the losses if they are kept apart: as many elements as `logits`, of its type. Without smoothing it is
   *
   *     label y:    c w_y (softmax(x / T) - [y]) / T
   *     targets q:  c (softmax(x / T) Σ w q - w q) / T
   *
   * where c is 1, or 1 over what the mean divides by; [y] is 1 at y and 0 elsewhere. Errors are at most 4 units in the
   * last place for Float32Arrays and 5 for Float64Arrays (largest measured: 2.5 and 3.9), subnormal results included.
   * For a label they are of the result: 1 - p is summed from the other probabilities. For targets, and for labels with
   * smoothing, they are of the larger of the two terms, whose difference means less where they are nearly equal.
   *
   * Probabilities below 2^-166 (Float32Array) and 2^-1130 (Float64Array) count as 0, which large weights may show.
   *
   * Ignored lanes are exactly 0 whatever their logits are, and so, without smoothing, are those with a label of weight
   * 0, unless the mean divides by 0. Other lanes are NaN with NaN or +Infinity, or with nothing but -Infinity.
   *
   * @throws TypeError, RangeError as crossEntropy does; `out` may be `logits` itself, or the targets.
   */
  <O extends Float32Array = NewFloat32Array>(
    logits: Float32Array,
    labels: Labels,
    options?: CrossEntropyOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    logits: Float64Array | readonly number[],
    labels: Labels,
    options?: CrossEntropyOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `logits` is known only when it runs. */
  <X extends FloatArray>(logits: X, labels: Labels, options?: CrossEntropyOptions<NoInfer<X>>): Given<W, X>;
  (
    logits: FloatArray | readonly number[],
    labels: Labels,
    options?: Omit<CrossEntropyOptions, "out">,
  ): Given<W, FloatArray>;
}

export function crossEntropy(
  backend: Backend,
  x: unknown,
  labels: unknown,
  options: unknown,
): number | FloatArray | Promise<number | FloatArray> {
  const problem = readProblem("crossEntropy", x, labels, options);
  const { operation, logits, arrangement, reduction, out } = problem;
  if (reduction !== "none" && out !== undefined) {
    throw new RangeError(
      `${operation}: out must be left out unless reduction is "none", got ${describe(out)}`,
    );
  }
  const lanes = arrangement.outer * arrangement.inner;
  let result: FloatArray | undefined;
  if (out !== undefined)
    result = checkOut(operation, out, logits, lanes, "one element per lane", {}, "logits");
  else if (reduction === "none") result = newArray(operation, logits, lanes);
  const losses = new Float64Array(lanes);
  return after(lossesOf(backend, problem, losses), () => {
    if (result === undefined) return reduction === "sum" ? sum(losses) : sum(losses) / divisorOf(problem);
    result.set(losses);
    return result;
  });
}

export function crossEntropyGrad(
  backend: Backend,
  x: unknown,
  labels: unknown,
  options: unknown,
): FloatArray | Promise<FloatArray> {
  const problem = readProblem("crossEntropyGrad", x, labels, options);
  const { operation, logits, classes, targets, arrangement, temperature, reduction, labelSmoothing, out } =
    problem;
  const others = targets && { labels: targets };
  const result =
    out === undefined
      ? newArray(operation, logits, logits.length)
      : checkOut(operation, out, logits, logits.length, "as logits is", others, "logits");
  const lanes = arrangement.outer * arrangement.inner;
  const divisor = reduction === "mean" ? divisorOf(problem) : 1;
  if (classes !== undefined && labelSmoothing === 0) {
    const pairs = new Float64Array(2 * lanes);
    for (let lane = 0; lane < lanes; lane++) {
      const label = classes[lane];
      if (label === IGNORED) continue;
      pairs[2 * lane] = weightOf(problem, label) / divisor;
      pairs[2 * lane + 1] = label;
    }
    const operands = { lanes: pairs, plain: residual };
    const pending = run(backend, "crossEntropyGrad", logits, result, arrangement, temperature, operands);
    return give(pending, result);
  }
  const coefficients = new Float64Array(lanes).fill(1 / divisor);
  for (let lane = 0; lane < lanes; lane++) if (classes?.[lane] === IGNORED) coefficients[lane] = 0;
  const operands = { y: blendedTargets(problem), lanes: coefficients, plain: residual };
  const pending = run(backend, "crossEntropyTargetsGrad", logits, result, arrangement, temperature, operands);
  return give(pending, result);
}
