export type { Labels } from "./arguments/labels.js";
export type { SimplexOptions } from "./arguments/simplex.js";
export type { BackendOptions } from "./backend/select.js";
export {
  type Accumulator,
  LogSumExp,
  type LogSumExpConstructor,
  type LogSumExpState,
} from "./functions/accumulator.js";
export * from "./functions/all.js";
export type { CrossEntropyOptions } from "./functions/crossEntropy.js";
export type { ElementwiseOptions } from "./functions/elementwise.js";
export {
  type Allocate,
  type AsyncFunctions,
  allocate,
  backend,
  createSoftmax,
  type Functions,
  type Instance,
  init,
} from "./functions/instance.js";
export type { JacobianOptions } from "./functions/jacobian.js";
export type { AlrOptions, ClrOptions } from "./functions/logRatio.js";
export type { LogSumExpOptions } from "./functions/logSumExp.js";
export type {
  ArrayFunction,
  LaneOperandFunction,
  LaneOptions,
  LossFunction,
  MaskOption,
  NewArray,
  Numbers,
  OutOption,
  PairFunction,
  PerLaneFunction,
  Reduction,
  Signed,
  SignedFunction,
  TemperatureOption,
} from "./functions/signatures.js";
export type { SoftmaxOptions } from "./functions/softmax.js";
export type { VjpOptions } from "./functions/vjp.js";
export type {
  SoftmaxStream,
  SoftmaxStreamOptions,
  StreamCall,
  StreamChunk,
  StreamPool,
} from "./stream/stream.js";
export { softmaxStream } from "./stream/stream.js";
export type { BackendName, FloatArray, NewFloat32Array, NewFloat64Array, Resident } from "./types.js";
