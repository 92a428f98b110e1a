/** The list of the functions. The exports, `createSoftmax` and the pool follow from it. */
export { crossEntropy, crossEntropyGrad } from "./crossEntropy.js";
export { logAddExp, logit, logSigmoid, sigmoid, softplus } from "./elementwise.js";
export { softmaxHessian, softmaxJacobian } from "./jacobian.js";
export { alr, alrInverse, clr, clrInverse } from "./logRatio.js";
export { alrInverseJacobian, alrJacobian, clrInverseJacobian, clrJacobian } from "./logRatioJacobian.js";
export { logSumExp, logSumExpSigned } from "./logSumExp.js";
export { logSoftmax, softmax } from "./softmax.js";
export { logSoftmaxVjp, logSumExpVjp, softmaxVjp } from "./vjp.js";
