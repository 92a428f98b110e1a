import * as abi from "../../assembly/abi.js";
import type { Elementwise, Operation } from "./backend.js";

type Run = (
  frame: number,
  operation: number,
  src: number,
  dst: number,
  outer: number,
  length: number,
  inner: number,
  columns: number,
  temperature: number,
  other: number,
  numbers: number,
) => void;
type Row = (
  frame: number,
  phase: number,
  chunk: number,
  operation: number,
  src: number,
  dst: number,
  length: number,
  temperature: number,
  records: number,
) => void;
type Map = (frame: number, operation: number, src: number, other: number, dst: number, count: number) => void;
type Fill = (at: number, mask: number, count: number, value: number) => void;

/** The ABI, which assembly/index.ts describes. */
export interface Kernels {
  frameBytes(): number;
  isRelaxed(): number;
  runF32: Run;
  runF64: Run;
  rowChunks(length: number): number;
  rowChunkLength(length: number): number;
  rowBytes(): number;
  rowF32: Row;
  rowF64: Row;
  mapF32: Map;
  mapF64: Map;
  fillF32: Fill;
  fillF64: Fill;
}

/** The codes of the operations: those on lanes are for `run`, those on elements for `map`. */
export const NUMBER: { [operation in Operation | Elementwise]: number } = {
  softmax: abi.SOFTMAX,
  logSoftmax: abi.LOG_SOFTMAX,
  logSumExp: abi.LOG_SUM_EXP,
  logSumExpParts: abi.LOG_SUM_EXP_PARTS,
  weightedParts: abi.WEIGHTED_PARTS,
  normalizedSoftmax: abi.NORMALIZED_SOFTMAX,
  softmaxVjp: abi.SOFTMAX_VJP,
  logSoftmaxVjp: abi.LOG_SOFTMAX_VJP,
  logSumExpVjp: abi.LOG_SUM_EXP_VJP,
  crossEntropyGrad: abi.CROSS_ENTROPY_GRAD,
  crossEntropyTargetsGrad: abi.CROSS_ENTROPY_TARGETS_GRAD,
  sigmoid: abi.SIGMOID,
  logSigmoid: abi.LOG_SIGMOID,
  softplus: abi.SOFTPLUS,
  logAddExp: abi.LOG_ADD_EXP,
  logit: abi.LOGIT,
  logRatio: abi.LOG_RATIO,
};

/** Throws what the engine throws if it refuses. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = exports as unknown as Kernels;
  if (typeof kernels.isRelaxed !== "function") {
    throw new TypeError("module must hold the kernels of this package, got other exports");
  }
  return kernels;
}
