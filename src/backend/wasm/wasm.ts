import { LOG_DIFF_EXP, PER_LANE, SOFTMAX_VJP } from "../../../assembly/abi.js";
import type {
  BackendName,
  FloatArray,
  Layout,
  Operands,
  PackedElements,
  Resident,
  StoredArray,
  StoredType,
} from "../../types.js";
import type { Found } from "../above.js";
import {
  type ElementOperation,
  type LaneOperation,
  numbersOf,
  partsOf,
  type SyncBackend,
} from "../backend.js";
import type { Ranker, Top } from "../top.js";
import { mapAtOnce, runAtOnce, runLane } from "./atOnce.js";
import { type Call, callOf, isInPlace, leftOut, operandOf } from "./call.js";
import { instantiate, type Kernels } from "./kernels.js";
import { LongLanes, runLong } from "./long.js";
import { LinearMemory, PAGE, type Span } from "./memory.js";
import { runPacked } from "./packed.js";
import {
  type Columns,
  type Compute,
  enterSlices,
  runColumns,
  runSlices,
  SLACK,
  stagedBytes,
  TILE_BYTES,
} from "./tiles.js";

/**
 * Arrays outside linear memory pass through a window of it. The longest rows that are not long, 65,536 of f64 with a second
 * operand and a mask, are a tile by themselves.
 */
const WINDOW_BYTES = 65536 * 17 + SLACK;

/** What a backend keeps of a memory for itself: the window, its frame and the records of long lanes. */
export const OWN_BYTES = WINDOW_BYTES + 2 ** 17;

/** Whether the kernels compute slices where they lie: up to this length they take any inner, beyond it only whole vectors. */
function isWhole({ length, inner }: Layout, bytes: number): boolean {
  return length <= 512 || inner === 1 || (inner * bytes) % 16 === 0;
}

/** This few elements, and what comes with them, fit the window whatever the call. They are copied even if they are resident. */
const LITTLE = 256;

/** Rows whose sums take turns, of assembly/vectors.ts. */
const SHORT = 64;

/**
 * A short row of f32 whose VJP takes no exponential: TypeScript computes the bits of the kernels, and copies nothing. A row of ten
 * takes 0.6 of the time.
 */
function isQuickerInTypeScript(code: number, x: FloatArray, { length }: Layout): boolean {
  return code === SOFTMAX_VJP && x.BYTES_PER_ELEMENT === 4 && length === x.length && length <= SHORT;
}

/** The one column of a row, or of an elementwise call. */
const ONLY: Columns = { first: 0, count: 1 };

/** Computes with the kernels of `module`, on a memory of its own. Throws the engine's error if the engine refuses. */
export function wasmBackend(module: WebAssembly.Module, js: SyncBackend): SyncBackend {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(OWN_BYTES / PAGE) });
  return new WasmBackend(module, new LinearMemory(memory), js);
}

export class WasmBackend implements SyncBackend {
  readonly name: BackendName;
  readonly kernels: Kernels;
  readonly frame: number;
  readonly window: Span;
  /** Where those of long lanes lie. */
  readonly records: number;
  private ranker: Ranker | undefined;

  constructor(
    module: WebAssembly.Module,
    readonly memory: LinearMemory,
    /** Computes what has no kernel, and lanes of nothing. */
    private readonly js: SyncBackend,
  ) {
    this.kernels = instantiate(module, this.memory.memory);
    this.name = this.kernels.isRelaxed() ? "relaxed" : "simd";
    this.frame = this.memory.take(this.kernels.frameBytes()).offset;
    this.records = this.memory.take(this.kernels.longBytes()).offset;
    this.window = this.memory.take(WINDOW_BYTES);
  }

  allocate(type: StoredType, length: number): Resident<StoredArray> {
    return this.memory.allocate(type, length);
  }

  run(
    operation: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
  ): undefined {
    const { code } = operation;
    const isLittle = x.length <= LITTLE && x.length !== 0;
    if (isLittle && operands === undefined && layout.outer * layout.inner === 1 && partsOf(code) === 0) {
      runLane(this, code, x, out, temperature);
    } else if (x.length === 0 || operands?.js === true || isQuickerInTypeScript(code, x, layout)) {
      this.js.run(operation, x, out, layout, temperature, operands);
    } else if (isLittle || this.isShort(code, x, layout, operands)) {
      runAtOnce(this, code, x, out, layout, temperature, operands, !isLittle);
    } else {
      this.runInMemory(operation, x, out, layout, temperature, operands);
    }
  }

  /** `run` for some columns of each slice. `part` starts at a multiple of a vector, and ends at one or at the last column. */
  runPart(
    operation: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    part: Columns,
    temperature: number,
    operands?: Operands,
  ): void {
    this.runInMemory(operation, x, out, layout, temperature, operands, part);
  }

  /**
   * `run` in parts: a function that computes the slices from one to another, so that a part costs what its kernel does. Undefined
   * where there is more to do, as arrays have to be copied, or slices are not for the kernels.
   */
  partsOf(
    { code }: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
  ): ((from: number, to: number) => void) | undefined {
    const { length, inner } = layout;
    const bytes = x.BYTES_PER_ELEMENT;
    if (length === 0 || operands?.js === true || !isWhole(layout, bytes)) return undefined;
    const call = callOf(this.memory, code, x, out, layout, operands, true);
    if (stagedBytes(call, inner) > 0) return undefined;
    const compute = this.compute(code, call, length, temperature);
    const columns = { first: 0, count: inner };
    return (from, to) => {
      enterSlices(this.memory, call, from, to - from, inner);
      compute(to - from, inner, columns);
    };
  }

  /** A long row, of which threads compute the chunks, each with a backend of its own. They share the records. */
  longRow(
    { code }: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands: Operands | undefined,
    records: number,
  ): LongLanes {
    const { memory, kernels, frame, window } = this;
    const call = callOf(memory, code, x, out, layout, operands, true);
    return new LongLanes(
      { memory, kernels, frame, window, records },
      code,
      call,
      layout,
      0,
      ONLY,
      temperature,
      false,
    );
  }

  map(operation: ElementOperation, x: FloatArray, y: FloatArray | undefined, out: FloatArray): undefined {
    if (operation.code === LOG_DIFF_EXP) {
      operation.js(operation.name, x, y, out);
      return;
    }
    if (2 * x.length * x.BYTES_PER_ELEMENT <= TILE_BYTES) {
      mapAtOnce(this, operation.code, x, y, out, x.length > LITTLE);
      return;
    }
    const xs = operandOf(this.memory, x, 1, 1, true);
    const ys = y && operandOf(this.memory, y, 1, 1, true);
    const os = operandOf(this.memory, out, 1, 1, true);
    const call = { inputs: ys ? [xs, ys] : [xs], out: os, inPlace: xs.base === undefined };
    const kernel = x.BYTES_PER_ELEMENT === 4 ? this.kernels.mapF32 : this.kernels.mapF64;
    const layout = { outer: x.length, length: 1, inner: 1 };
    runSlices(this.memory, call, layout, ONLY, this.window, (count) => {
      kernel(this.frame, operation.code, xs.address, ys?.address ?? 0, os.address, count);
    });
  }

  runPacked(
    { code }: LaneOperation | ElementOperation,
    x: PackedElements,
    out: Uint16Array | Float32Array,
    length: number,
    temperature: number,
  ): boolean {
    return runPacked(this, code, x, out, length, temperature);
  }

  top(x: FloatArray, layout: Layout, mask: Uint8Array | undefined, top: Top): undefined {
    this.ranker ??= new top.ranking.ByKernels(this.kernels, this.memory, this.window);
    this.ranker.top(x, layout, mask, top);
  }

  above(x: FloatArray, limit: number, found: Found): void {
    found.search.byKernels(this.kernels, this.memory, this.window, x, limit, found);
  }

  private runInMemory(
    { code }: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
    part?: Columns,
  ): void {
    const { memory, window } = this;
    const { length, inner } = layout;
    const bytes = x.BYTES_PER_ELEMENT;
    const vector = 16 / bytes;
    const whole = isWhole(layout, bytes);
    const columns = part ?? { first: 0, count: inner };
    const call = callOf(memory, code, x, out, layout, operands, whole);
    const perSlice = stagedBytes(call, inner);
    const copied = () => callOf(memory, code, x, out, layout, operands, false);
    if (perSlice > 0 && this.kernels.longChunks(length, inner) > 0) {
      const pieces = inner === 1 || isInPlace(code, call) ? call : copied();
      const compute = this.compute(code, pieces, length, temperature);
      runLong(this, code, pieces, layout, columns, temperature, compute);
      return;
    }
    // Part of a slice is either copied by columns or not copied.
    const most = inner === 1 ? Number.POSITIVE_INFINITY : columns.count === inner ? TILE_BYTES : 0;
    if (whole && perSlice <= most) {
      const compute = this.compute(code, call, length, temperature);
      runSlices(memory, call, layout, columns, window, compute);
      return;
    }
    const byColumns = copied();
    const compute = this.compute(code, byColumns, length, temperature);
    runColumns(memory, byColumns, layout, columns, window, vector, compute);
  }

  /** Whether the arrays of a call fit the window together. */
  private isShort(code: number, x: FloatArray, layout: Layout, operands: Operands | undefined): boolean {
    const bytes = x.BYTES_PER_ELEMENT;
    if (!isWhole(layout, bytes)) return false;
    if (operands === undefined && partsOf(code) === 0) return x.length * bytes <= TILE_BYTES;
    const lanes = x.length / layout.length;
    const all = x.length * (2 * bytes + 1) + 8 * lanes * (partsOf(code) + numbersOf(code));
    return all <= TILE_BYTES;
  }

  private compute(code: number, call: Call, length: number, temperature: number): Compute {
    const { xs, ys, ns, ms, out } = call;
    const { frame, kernels } = this;
    const isFloat = xs.array.BYTES_PER_ELEMENT === 4;
    const kernel = isFloat ? kernels.runF32 : kernels.runF64;
    const fill = isFloat ? kernels.fillF32 : kernels.fillF64;
    const mend = isFloat ? kernels.mendF32 : kernels.mendF64;
    const { BYTES_PER_ELEMENT: bytes } = xs.array;
    return (slices, pitch, { first, count }) => {
      const all = slices * length * pitch;
      if (ms) fill(xs.address, ms.address, all, Number.NEGATIVE_INFINITY);
      const src = xs.address + first * bytes;
      const dst = out.address + first * out.width * out.array.BYTES_PER_ELEMENT;
      const other = ys ? ys.address + first * bytes : 0;
      const numbers = ns ? ns.address + first * ns.width * 8 : 0;
      kernel(frame, code, src, dst, slices, length, pitch, count, temperature, other, numbers);
      if (ms && !(code & PER_LANE)) mend(out.address, ms.address, slices, length, pitch, leftOut(code));
    };
  }
}
