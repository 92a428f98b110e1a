/**
 * The operations of a backend, a row each. T is the temperature, m the maximum of a lane. Every sum is over a lane.
 *
 * | operation               | x      | y, per element | numbers, per lane  | out                                |
 * | ----------------------- | ------ | -------------- | ------------------ | ---------------------------------- |
 * | softmax                 | logits |                |                    | exp(x / T) / Σ exp(x / T)          |
 * | logSoftmax              | logits |                |                    | x / T - log Σ exp(x / T)           |
 * | logSumExp               | logits |                |                    | log Σ exp(x / T), one per lane     |
 * | entropy                 | logits |                |                    | -Σ p log p, p = softmax(x / T)     |
 * | logSumExpParts          | logits |                |                    | m, s, log(1 + s), rest: f64        |
 * | weightedParts           | logits | weights w      |                    | m, W, S, A: f64                    |
 * | normalizedSoftmax       | logits |                | L                  | exp(x / T - L)                     |
 * | normalizedLogSoftmax    | logits |                | L                  | x / T - L                          |
 * | softmaxVjp              | p      | dy             |                    | p (dy - Σ p dy) / T                |
 * | logSoftmaxVjp           | log p  | dy             |                    | (dy - p Σ dy) / T                  |
 * | logSumExpVjp            | logits |                | dy                 | softmax(x / T) dy / T              |
 * | crossEntropyGrad        | logits |                | coefficient, label | (softmax(x / T) - [label]) c / T   |
 * | crossEntropyTargetsGrad | logits | targets q      | coefficient        | (softmax(x / T) Σ q - q) c / T     |
 * | alr                     | p      |                | r                  | log(p / r)                         |
 * | clr                     | p      |                |                    | log(p / max) - its mean            |
 *
 * Parts are f64 whatever the type of x. Those of log-sum-exp are m; s, the sum of exp((x - m) / T) without one m;
 * log(1 + s); and what rounding takes off s. Those with weights are of the elements whose weight is not 0: m;
 * W = Σ w where x = m; S = Σ w exp((x - m) / T) elsewhere; A, roughly, the same of |w|. Where m is infinite the other parts are unspecified. A lane
 * of no elements has -Infinity and zeros. A coefficient of 0 makes a lane 0, whatever it holds.
 */
import {
  ALR,
  CLR,
  CROSS_ENTROPY_GRAD,
  CROSS_ENTROPY_TARGETS_GRAD,
  ENTROPY,
  LOG_ADD_EXP,
  LOG_DIFF_EXP,
  LOG_SIGMOID,
  LOG_SOFTMAX,
  LOG_SOFTMAX_VJP,
  LOG_SUM_EXP,
  LOG_SUM_EXP_PARTS,
  LOG_SUM_EXP_VJP,
  LOGIT,
  NORMALIZED_LOG_SOFTMAX,
  NORMALIZED_SOFTMAX,
  SIGMOID,
  SOFTMAX,
  SOFTMAX_VJP,
  SOFTPLUS,
  WEIGHTED_PARTS,
} from "../../assembly/abi.js";
import type { ElementOperation, LaneOperation } from "./backend.js";
import { mapElements } from "./js/elementwise.js";
import { runEntropy } from "./js/entropy.js";
import { runGradient } from "./js/gradient.js";
import { runAlr, runClr } from "./js/logRatio.js";
import { runMasked } from "./js/mask.js";
import { runNormalized, runNormalizedLog } from "./js/normalized.js";
import { runVjp } from "./js/vjp.js";
import { runWeightedParts } from "./js/weighted.js";

export const softmax: LaneOperation = { name: "softmax", code: SOFTMAX, js: runMasked };
export const logSoftmax: LaneOperation = { name: "logSoftmax", code: LOG_SOFTMAX, js: runMasked };
export const logSumExp: LaneOperation = { name: "logSumExp", code: LOG_SUM_EXP, js: runMasked };
export const entropy: LaneOperation = { name: "entropy", code: ENTROPY, js: runEntropy };
export const logSumExpParts: LaneOperation = {
  name: "logSumExpParts",
  code: LOG_SUM_EXP_PARTS,
  js: runMasked,
};
export const weightedParts: LaneOperation = {
  name: "weightedParts",
  code: WEIGHTED_PARTS,
  js: runWeightedParts,
};
export const normalizedSoftmax: LaneOperation = {
  name: "normalizedSoftmax",
  code: NORMALIZED_SOFTMAX,
  js: runNormalized,
};
/** Has no kernel: to be run with `js` set. */
export const normalizedLogSoftmax: LaneOperation = {
  name: "normalizedLogSoftmax",
  code: NORMALIZED_LOG_SOFTMAX,
  js: runNormalizedLog,
};
export const softmaxVjp: LaneOperation = { name: "softmaxVjp", code: SOFTMAX_VJP, js: runVjp };
export const logSoftmaxVjp: LaneOperation = { name: "logSoftmaxVjp", code: LOG_SOFTMAX_VJP, js: runVjp };
export const logSumExpVjp: LaneOperation = { name: "logSumExpVjp", code: LOG_SUM_EXP_VJP, js: runGradient };
export const crossEntropyGrad: LaneOperation = {
  name: "crossEntropyGrad",
  code: CROSS_ENTROPY_GRAD,
  js: runGradient,
};
export const crossEntropyTargetsGrad: LaneOperation = {
  name: "crossEntropyTargetsGrad",
  code: CROSS_ENTROPY_TARGETS_GRAD,
  js: runGradient,
};
/** Of the components other than the reference, whose value is the number of the lane. */
export const alr: LaneOperation = { name: "alr", code: ALR, js: runAlr };
export const clr: LaneOperation = { name: "clr", code: CLR, js: runClr };

export const sigmoid: ElementOperation = { name: "sigmoid", code: SIGMOID, js: mapElements };
export const logSigmoid: ElementOperation = { name: "logSigmoid", code: LOG_SIGMOID, js: mapElements };
export const softplus: ElementOperation = { name: "softplus", code: SOFTPLUS, js: mapElements };
export const logit: ElementOperation = { name: "logit", code: LOGIT, js: mapElements };
export const logAddExp: ElementOperation = { name: "logAddExp", code: LOG_ADD_EXP, js: mapElements };
export const logDiffExp: ElementOperation = { name: "logDiffExp", code: LOG_DIFF_EXP, js: mapElements };

/** All of them: for those who get an operation by its code. */
export const OPERATIONS: readonly (LaneOperation | ElementOperation)[] = [
  softmax,
  logSoftmax,
  logSumExp,
  entropy,
  logSumExpParts,
  weightedParts,
  normalizedSoftmax,
  normalizedLogSoftmax,
  softmaxVjp,
  logSoftmaxVjp,
  logSumExpVjp,
  crossEntropyGrad,
  crossEntropyTargetsGrad,
  alr,
  clr,
  sigmoid,
  logSigmoid,
  softplus,
  logit,
  logAddExp,
  logDiffExp,
];
