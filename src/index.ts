export type { Accumulator, LogSumExpConstructor, LogSumExpState } from "./accumulator.js";
export type { BackendName, FloatArray, Resident } from "./backend/backend.js";
export type { BackendOptions } from "./backend/select.js";
export type { Instance } from "./create.js";
export {
  allocate,
  alr,
  alrInverse,
  backend,
  clr,
  clrInverse,
  createSoftmax,
  crossEntropy,
  crossEntropyGrad,
  init,
  LogSumExp,
  logAddExp,
  logit,
  logSigmoid,
  logSoftmax,
  logSoftmaxVjp,
  logSumExp,
  logSumExpSigned,
  logSumExpVjp,
  sigmoid,
  softmax,
  softmaxVjp,
  softplus,
} from "./create.js";
export type { CrossEntropy, CrossEntropyGrad, CrossEntropyOptions, Labels } from "./crossEntropy.js";
export type { Elementwise, ElementwiseOptions, LogAddExp } from "./elementwise.js";
export type { JacobianOptions, SoftmaxDerivative } from "./jacobian.js";
export { softmaxHessian, softmaxJacobian } from "./jacobian.js";
export type { Alr, AlrOptions, Clr, ClrOptions } from "./logRatio.js";
export type { AlrJacobian, ClrJacobian } from "./logRatioJacobian.js";
export { alrInverseJacobian, alrJacobian, clrInverseJacobian, clrJacobian } from "./logRatioJacobian.js";
export type {
  LogSumExpFunction,
  LogSumExpOptions,
  LogSumExpSigned,
  LogSumExpSignedOptions,
  Signed,
} from "./logSumExp.js";
export type { Allocate, Functions, Operations } from "./operations.js";
export type { SimplexOptions } from "./simplex.js";
export type {
  AxisOptions,
  NewFloat32Array,
  NewFloat64Array,
  Softmax,
  SoftmaxOptions,
} from "./softmax.js";
export type {
  SoftmaxStream,
  SoftmaxStreamOptions,
  StreamCall,
  StreamChunk,
  StreamPool,
} from "./stream.js";
export { softmaxStream } from "./stream.js";
export type { LogSumExpVjp, LogSumExpVjpOptions, Vjp, VjpOptions } from "./vjp.js";
