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
type Row = (
  frame: number,
  phase: number,
  chunk: number,
  code: number,
  src: number,
  dst: number,
  length: number,
  temperature: number,
  records: number,
) => void;
type Map = (frame: number, code: number, src: number, other: number, dst: number, count: number) => void;
type Fill = (at: number, mask: number, count: number, value: number) => void;

/** The exports of the kernels: see assembly/index.ts. */
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

/** Throws what the engine throws if it refuses. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = exports as unknown as Kernels;
  if (typeof kernels.isRelaxed !== "function") {
    throw new TypeError("module must hold the kernels of this package, got other exports");
  }
  return kernels;
}
