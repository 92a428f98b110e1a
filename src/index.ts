export type { Bias } from "./arguments/bias.js";
export type { LogProbability } from "./arguments/draws.js";
export type { Mask } from "./arguments/mask.js";
export type { SimplexOptions } from "./arguments/simplex.js";
export type { BackendOptions } from "./backend/select.js";
export * from "./functions/families.js";
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
export type {
  Alike,
  ArrayFunction,
  CandidatesFunction,
  CandidatesOf,
  Drawn,
  ElementFunction,
  ElementPairFunction,
  FilterOptions,
  Fixed,
  IndexFunction,
  LabelFunction,
  LaneOperandFunction,
  LaneOptions,
  LossFunction,
  MaskOption,
  NewArray,
  NumberOrArray,
  Numbers,
  OutOption,
  OverwritingFunction,
  PackedOptions,
  Packing,
  PairFunction,
  PerLaneFunction,
  Ranked,
  RankingFunction,
  Reduction,
  SamplingFunction,
  SeedOptions,
  Signed,
  SignedFunction,
  TemperatureOption,
} from "./functions/signatures.js";
export type {
  SoftmaxStream,
  SoftmaxStreamOptions,
  StreamCall,
  StreamChunk,
  StreamOperation,
  StreamOutput,
  StreamPool,
  StreamResult,
} from "./stream/stream.js";
export { softmaxStream } from "./stream/stream.js";
export type {
  BackendName,
  FloatArray,
  HalfArray,
  IntegerArray,
  NewFloat32Array,
  NewFloat64Array,
  NewInt32Array,
  NewUint8Array,
  NewUint16Array,
  PackedArray,
  Resident,
} from "./types.js";
