type Run = (
  frame: number,
  code: number,
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
type Lane = (frame: number, code: number, at: number, length: number, temperature: number) => void;
type Long = (
  frame: number,
  phase: number,
  chunk: number,
  piece: number,
  code: number,
  src: number,
  other: number,
  dst: number,
  length: number,
  inner: number,
  columns: number,
  temperature: number,
  numbers: number,
  records: number,
) => void;
type Map = (frame: number, code: number, src: number, other: number, dst: number, count: number) => void;
type Convert = (frame: number, src: number, dst: number, count: number) => void;
type Dequantize = (src: number, dst: number, count: number, scale: number, zeroPoint: number) => void;
type Fill = (at: number, mask: number, count: number, value: number) => void;
type Mend = (at: number, mask: number, outer: number, length: number, inner: number, value: number) => void;
type Survey = (src: number, count: number, block: number, k: number, maxima: number) => number;
type Collect = (
  src: number,
  count: number,
  first: number,
  from: number,
  block: number,
  maxima: number,
  limit: number,
  values: number,
  indices: number,
  held: number,
  capacity: number,
) => number;

/** The exports of the kernels: see assembly/index.ts. */
export interface Kernels {
  frameBytes(): number;
  isRelaxed(): number;
  isFused(x: number): number;
  runF32: Run;
  runF64: Run;
  laneF32: Lane;
  laneF64: Lane;
  longChunks(length: number, inner: number): number;
  longChunkLength(length: number, inner: number): number;
  longPieceLength(length: number, inner: number): number;
  longPhases(code: number): number;
  longBytes(): number;
  longF32: Long;
  longF64: Long;
  mapF32: Map;
  mapF64: Map;
  fillF32: Fill;
  fillF64: Fill;
  mendF32: Mend;
  mendF64: Mend;
  widenF16: Convert;
  widenBF16: Convert;
  narrowF16: Convert;
  narrowBF16: Convert;
  widenI8: Dequantize;
  widenU8: Dequantize;
  surveyF32: Survey;
  surveyF64: Survey;
  collectF32: Collect;
  collectF64: Collect;
}

/** 1 + 2^-12: its square has one bit more than a float. */
const ONE_BIT_MORE = 1 + 2 ** -12;

/** Whether relaxed multiply-adds are rounded once, by the kernels or the probe. */
export function isFused(kernels: Pick<Kernels, "isFused">): boolean {
  return kernels.isFused(ONE_BIT_MORE) === 1;
}

/** Throws what the engine throws if it refuses, and an Error where the kernels would break their error bounds. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  // A copy: the exports are an object whose properties take V8 some 5 ns each to find.
  const kernels = { ...exports } as unknown as Kernels;
  if (typeof kernels.isFused !== "function") {
    throw new TypeError("module must hold the kernels of this package, got other exports");
  }
  if (kernels.isRelaxed() && !isFused(kernels)) {
    throw new Error(
      "it rounds relaxed multiply-adds twice, so the relaxed kernels would break their error bounds",
    );
  }
  return kernels;
}
