export type { BackendName, FloatArray, Resident } from "./backend/backend.js";
export type { BackendOptions } from "./backend/select.js";
export type { Allocate, Instance, Operations } from "./create.js";
export { allocate, backend, createSoftmax, init, logSoftmax, logSumExp, softmax } from "./create.js";
export type {
  AxisOptions,
  LogSumExp,
  LogSumExpOptions,
  NewFloat32Array,
  NewFloat64Array,
  Softmax,
  SoftmaxOptions,
} from "./softmax.js";
