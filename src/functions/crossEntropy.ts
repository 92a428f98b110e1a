import { readPerLane } from "../arguments/arrays.js";
import { IGNORED, type Labels } from "../arguments/labels.js";
import { DY } from "../arguments/optionNames.js";
import { checkApart, outFor } from "../arguments/out.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { fillLeftOut } from "../backend/lanes.js";
import * as ops from "../backend/operations.js";
import { describe } from "../describe.js";
import { sum } from "../math/sums.js";
import { type MaybePromise, type Pending, resultWhenDone, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { borrow, giveBack, giveBackWhenDone } from "./loans.js";
import { blendedTargets, divisorOf, lossesOf, readProblem, TAKEN, weightOf } from "./loss.js";
import { withFloats } from "./packed.js";
import type { LaneOptions, MaskOption, Numbers, TemperatureOption } from "./parameters.js";
import type { LaneOperandFunction, LossFunction, Reduction } from "./signatures.js";

export type { Labels } from "../arguments/labels.js";

export interface CrossEntropyOptions extends LaneOptions, TemperatureOption, MaskOption {
  /**
   * What becomes of the losses of the lanes. "none" keeps them apart. "mean" divides by the sum of the labels' weights, or
   * with targets by the number of lanes. Default: "mean".
   */
  reduction?: Reduction | undefined;
  /** Lanes with this label count nowhere, whatever their logits are. Targets have no such lanes. Default: -100. */
  ignoreIndex?: number | bigint | undefined;
  /** ε, from 0 to 1: this share of the target probability is spread evenly over the classes. Default: 0. */
  labelSmoothing?: number | undefined;
  /** One factor per class, finite and not negative: of the element type of the logits, or a list. */
  weight?: Numbers | undefined;
}

export interface CrossEntropyGradOptions extends CrossEntropyOptions {
  /**
   * The gradient of a number with respect to what crossEntropy returns: one number, or with reduction "none" one per lane, a
   * number for a single lane. Not rounded to the type of `logits`. Default: 1.
   */
  dy?: number | Numbers | undefined;
}

/**
 * The cross-entropy of softmax over each lane of logits against labels or target probabilities. A lane is a set of logits,
 * one per class. The options mean what they mean in PyTorch (torch.nn.functional.cross_entropy). With weights w, C classes
 * and smoothing ε, the loss of a lane is
 *
 *     label y:    -(1 - ε) w_y log softmax(x / T)_y - ε / C Σ w log softmax(x / T)
 *     targets q:  -Σ w ((1 - ε) q + ε / C) log softmax(x / T)
 *
 * `labels` are labels in an array of integers, or in a list with one number per lane; they are targets in an array of floats, or in
 * a list with one number per logit. Targets need not be probabilities, as in PyTorch: they are not checked.
 *
 * Returns nats: the mean or sum of the losses, a number that is not rounded to the element type of `logits`. With reduction
 * "none", an array of one loss per lane, in row-major order of the dimensions that remain; only then `out` is allowed.
 *
 * A loss is taken as (max - x) / T + log(1 + s), where s is the sum of the other exponentials relative to the maximum
 * (Blanchard, Higham and Higham, 2021), so it keeps its digits where a label is almost certain. The error of each loss is
 * at most 2 units in the last place for Float32Arrays and 4 for Float64Arrays (largest measured: 0.9 and 2.9), if no weight
 * or target is negative and the loss is a normal number before it is weighted. Sums are compensated, and the sum of a
 * million lanes is as accurate.
 *
 * An ignored lane has loss 0. A lane is NaN with NaN or +Infinity, or with nothing but -Infinity. A logit of -Infinity makes
 * the loss Infinity if it is aimed at, and counts 0 where its target or weight is 0, as 0 · log 0 = 0. The mean over nothing
 * (no lanes, all ignored, labels of weight 0 without smoothing) is NaN, the sum 0.
 *
 * Classes that `mask` leaves out are no classes of the lane: softmax is over the others, C is their number, and targets
 * there are not read. A label that is left out has probability 0, and so its loss is Infinity, also in a lane of which
 * nothing is left. With targets the loss of such a lane is 0. The divisor of the mean does not depend on the mask.
 *
 * @example
 * crossEntropy([2, 1, 0, 0, 0, 9], [0, 2], { shape: [2, 3] }); // 0.2039
 * crossEntropy([0, 0], [0.5, 0.5]); // 0.6931
 *
 * @throws TypeError for an argument of the wrong type or a detached one, or an `out` with a reduction to one number.
 * @throws RangeError for a label that is neither a class nor `ignoreIndex`, naming its lane; for labels, targets or weights
 * of the wrong length, a weight that is negative or not finite, a shape that does not fit `logits`, an option out of range, or an
 * `out` of the wrong length or overlapping `logits` in part.
 */
export const crossEntropy: LossFunction<Labels, CrossEntropyOptions> = /* @__PURE__ */ define(
  (backend) => (logits: unknown, labels: unknown, options: unknown) =>
    lossOf(backend(), logits, labels, options),
);

/**
 * The gradient with respect to the logits of what crossEntropy returns for the same arguments, times `dy`: its backward
 * pass. Without smoothing it is
 *
 *     label y:    c w_y (softmax(x / T) - [y]) / T
 *     targets q:  c (softmax(x / T) Σ w q - w q) / T
 *
 * where c is `dy`, that of the lane with reduction "none", or `dy` over the divisor of the mean, and [y] is 1 at y and 0
 * elsewhere (Blanchard, Higham and Higham, 2021, for the softmax in it).
 *
 * Returns as many elements as `logits`, of its type. Errors are at most 4 units in the last place for Float32Arrays and 5
 * for Float64Arrays (largest measured: 2.5 and 3.9), subnormal results included. For a label they are of the result: 1 - p
 * is summed from the other probabilities. For targets, and for labels with smoothing, they are of the larger of the two
 * terms, whose difference means less where they are nearly equal. Probabilities below 2^-166 (Float32Array) and 2^-1130
 * (Float64Array) count as 0, which large weights may show.
 *
 * Ignored lanes are exactly 0 whatever their logits and their `dy` are. So are lanes whose `dy` is 0 and, without smoothing,
 * those with a label of weight 0, except where the mean divides by 0. Other lanes are NaN with NaN or +Infinity, or with
 * nothing but -Infinity. What `mask` leaves out is 0, whatever it is. Where it leaves out the label, whose loss is Infinity, the
 * others are those of a label at a logit of -Infinity: c w_y softmax(x / T) / T.
 *
 * @example
 * crossEntropyGrad([0, 0], [1]); // [0.5, -0.5]
 * crossEntropyGrad([0, 0], [1], { reduction: "none", dy: 3 }); // [1.5, -1.5]
 *
 * @throws TypeError, RangeError as crossEntropy does. `out` may be `logits` itself, or the targets.
 */
export const crossEntropyGrad: LaneOperandFunction<Labels, CrossEntropyGradOptions> = /* @__PURE__ */ define(
  (backend) => (logits: unknown, labels: unknown, options: unknown) =>
    gradientOf(backend(), logits, labels, options),
);

function lossOf(
  backend: Backend,
  x: unknown,
  labels: unknown,
  options: unknown,
): MaybePromise<number | FloatArray> {
  const problem = readProblem("crossEntropy", x, labels, options, TAKEN);
  if (problem === undefined) {
    const args = [backend, x, labels, options];
    return withFloats(lossOf, {
      caller: "crossEntropy",
      name: "logits",
      args,
      at: 1,
      hasLabels: true,
      rounds: false,
    });
  }
  const { caller, source, givenMask, layout, reduction, out } = problem;
  if (reduction !== "none" && out !== undefined) {
    throw new TypeError(`${caller}: out is not allowed unless reduction is "none", got ${describe(out)}`);
  }
  const lanes = layout.outer * layout.inner;
  const result =
    reduction === "none" ? outFor(caller, out, source, lanes, "logits", "one element per lane") : undefined;
  if (result !== undefined && out !== undefined) checkApart(caller, "mask", givenMask, result);
  const losses = borrow(caller, lanes);
  return whenDone(lossesOf(backend, problem, losses), () => {
    const loss = result ?? (reduction === "sum" ? sum(losses) : sum(losses) / divisorOf(problem));
    result?.set(losses);
    giveBack(losses);
    return loss;
  });
}

function gradientOf(
  backend: Backend,
  x: unknown,
  labels: unknown,
  options: unknown,
): MaybePromise<FloatArray> {
  const problem = readProblem("crossEntropyGrad", x, labels, options, TAKEN | DY);
  if (problem === undefined) {
    const args = [backend, x, labels, options];
    return withFloats(gradientOf, {
      caller: "crossEntropyGrad",
      name: "logits",
      args,
      at: 1,
      hasLabels: true,
    });
  }
  const { caller, source, logits, classes, targets, mask, givenMask, layout, temperature, reduction } =
    problem;
  const lanes = layout.outer * layout.inner;
  const slope = readSlopes(caller, problem.dy, reduction, lanes);
  const result = outFor(caller, problem.out, source, source.length, "logits");
  if (problem.out !== undefined) {
    checkApart(caller, "labels", targets, result);
    checkApart(caller, "mask", givenMask, result);
  }
  const divisor = reduction === "mean" ? divisorOf(problem) : 1;
  let pending: Pending;
  if (classes !== undefined && problem.labelSmoothing === 0) {
    const numbers = borrow(caller, 2 * lanes);
    for (let lane = 0; lane < lanes; lane++) {
      const label = classes[lane];
      numbers[2 * lane] = label === IGNORED ? 0 : (weightOf(problem, label) * slopeOf(slope, lane)) / divisor;
      // Not read where the coefficient is 0.
      numbers[2 * lane + 1] = label;
    }
    pending = run(backend, ops.crossEntropyGrad, logits, result, layout, temperature, { numbers });
    pending = giveBackWhenDone(pending, numbers);
  } else {
    const numbers = borrow(caller, lanes);
    for (let lane = 0; lane < lanes; lane++) {
      numbers[lane] = classes?.[lane] === IGNORED ? 0 : slopeOf(slope, lane) / divisor;
    }
    const operands = { y: blendedTargets(problem), numbers };
    pending = run(backend, ops.crossEntropyTargetsGrad, logits, result, layout, temperature, operands);
    pending = giveBackWhenDone(pending, numbers);
  }
  return mask === undefined ? resultWhenDone(pending, result) : withZeros(pending, result, mask);
}

/** The result with 0 where the mask leaves out an element: beside NaN it may be NaN. */
function withZeros(pending: Pending, result: FloatArray, mask: Uint8Array): MaybePromise<FloatArray> {
  return whenDone(pending, () => {
    fillLeftOut(result, mask, 0);
    return result;
  });
}

/** One number per lane, or one for all of them. */
function readSlopes(caller: string, dy: unknown, reduction: Reduction, lanes: number): FloatArray | number {
  if (dy === undefined) return 1;
  if (reduction === "none") return readPerLane(caller, "dy", dy, lanes);
  if (typeof dy !== "number") {
    throw new TypeError(
      `${caller}: dy must be a number with reduction "${reduction}", the gradient of the one loss, got ${describe(dy)}: one number per lane needs reduction "none"`,
    );
  }
  return dy;
}

function slopeOf(slope: FloatArray | number, lane: number): number {
  return typeof slope === "number" ? slope : slope[lane];
}
