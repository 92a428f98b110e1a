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
  FilterOptions,
  Fixed,
  LaneOptions,
  MaskOption,
  NewArray,
  Numbers,
  OutOption,
  PackedOptions,
  Packing,
  SeedOptions,
  TemperatureOption,
} from "./functions/parameters.js";
export type {
  ArrayFunction,
  CandidatesFunction,
  CandidatesOf,
  Drawn,
  ElementFunction,
  ElementPairFunction,
  IndexFunction,
  LabelFunction,
  LaneOperandFunction,
  LossFunction,
  NumberOrArray,
  OverwritingFunction,
  PairFunction,
  PerLaneFunction,
  Ranked,
  RankingFunction,
  Reduction,
  SamplingFunction,
  Signed,
  SignedFunction,
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
