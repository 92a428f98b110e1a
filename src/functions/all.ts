import { calibration, fitTemperature } from "./calibration.js";
import { crossEntropy, crossEntropyGrad } from "./crossEntropy.js";
import { logAddExp, logDiffExp, logit, logSigmoid, sigmoid, softplus } from "./elementwise.js";
import { entropy } from "./entropy.js";
import { softmaxHessian, softmaxJacobian } from "./jacobian.js";
import { alr, alrInverse, clr, clrInverse } from "./logRatio.js";
import { alrInverseJacobian, alrJacobian, clrInverseJacobian, clrJacobian } from "./logRatioJacobian.js";
import { logSumExp, logSumExpSigned } from "./logSumExp.js";
import { penalize } from "./penalize.js";
import { logSoftmax, softmax } from "./softmax.js";
import { argmax, topK } from "./topK.js";
import { logSoftmaxVjp, logSumExpVjp, softmaxVjp } from "./vjp.js";

/**
 * The list of the functions, from which `createSoftmax` and the pool follow. An object and not a namespace import: that
 * would become a call which no bundler can leave out.
 */
export const all = {
  softmax,
  logSoftmax,
  logSumExp,
  logSumExpSigned,
  entropy,
  topK,
  argmax,
  penalize,
  logAddExp,
  logDiffExp,
  softmaxVjp,
  logSoftmaxVjp,
  logSumExpVjp,
  softmaxJacobian,
  softmaxHessian,
  crossEntropy,
  crossEntropyGrad,
  fitTemperature,
  calibration,
  alr,
  alrInverse,
  clr,
  clrInverse,
  alrJacobian,
  alrInverseJacobian,
  clrJacobian,
  clrInverseJacobian,
  sigmoid,
  logSigmoid,
  softplus,
  logit,
};
