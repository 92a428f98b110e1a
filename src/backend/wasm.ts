import { type Block, LinearMemory } from "../memory.js";
import {
  type BackendName,
  type Elementwise,
  type FloatArray,
  type Layout,
  type Operands,
  type Operation,
  type PlainMap,
  partsOf,
  type Resident,
  type SyncBackend,
} from "./backend.js";
import { wholeMask } from "./broadcast.js";
import { instantiate, type Kernels, NUMBER } from "./kernels.js";
import {
  type Columns,
  type Compute,
  copy,
  runColumns,
  runSlices,
  SLACK,
  Stream,
  type Streams,
  tileBytes,
} from "./tiles.js";

/** Arrays outside linear memory are computed a window at a time: copied in, computed in place, copied out. */
const WINDOW_BYTES = 131072;

/** Below this many elements the pure TypeScript path is faster (measured: 50 to 70 for one lane, 35 to 50 for several). */
const SMALL = 56;

/** Along a strided axis narrower than this it is faster too, where rows have to be filled up to vectors one by one. */
const NARROW = 32;

/** Of elements, the one column. */
const ONLY: Columns = { first: 0, count: 1 };

/** Columns, at least, of a window on a strided axis: each of its rows is copied by itself. */
const WINDOW_COLUMNS = 128;

/**
 * Computes with the kernels of `module`, on a memory of its own. Small inputs go to `fallback`, and what linear
 * memory has no room for. Throws what the engine throws if it refuses.
 */
export function wasmBackend(module: WebAssembly.Module, fallback: SyncBackend): SyncBackend {
  return new WasmBackend(module, new LinearMemory(new WebAssembly.Memory({ initial: 4 })), fallback);
}

export class WasmBackend implements SyncBackend {
  readonly name: BackendName;
  readonly kernels: Kernels;
  readonly frame: number;
  private readonly window: Block;
  private room: Block;

  /** With `roomBytes` set apart for staging where the window is too small. */
  constructor(
    module: WebAssembly.Module,
    private readonly memory: LinearMemory,
    private readonly fallback: SyncBackend,
    roomBytes = 0,
  ) {
    this.kernels = instantiate(module, this.memory.memory);
    this.name = this.kernels.isRelaxed() ? "relaxed" : "simd";
    this.frame = this.memory.take(this.kernels.frameBytes()).offset;
    this.window = this.memory.take(WINDOW_BYTES + SLACK);
    this.room = roomBytes > WINDOW_BYTES ? this.memory.take(roomBytes) : this.window;
  }

  /**
   * Also keeps room to stage the array in, at up to twice its length where narrow rows are filled up to vectors: so
   * no call on resident arrays has to grow the memory, which would detach them, or to be left to `fallback`.
   */
  allocate(type: "f32" | "f64", length: number): Resident {
    const resident = this.memory.allocate(type, length);
    const wanted = 2 * length * (type === "f32" ? 4 : 8);
    if (wanted > this.room.bytes && !this.memory.mayGrow) {
      if (this.room !== this.window) this.memory.give(this.room);
      this.room = this.window;
      try {
        this.room = this.memory.take(wanted);
      } catch {
        // The window may do.
      }
    }
    return resident;
  }

  run(
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
  ): undefined {
    const isForKernels = x.length >= SMALL && operands?.plainly !== true;
    if (!isForKernels || !this.runInMemory(operation, x, out, layout, temperature, operands)) {
      this.fallback.run(operation, x, out, layout, temperature, operands);
    }
  }

  /**
   * `run` for some columns of each slice, from a whole vector on and, unless they are the last, to one: false if there
   * is no room for them.
   */
  runPart(
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    part: Columns,
    temperature: number,
    operands?: Operands,
  ): boolean {
    return this.runInMemory(operation, x, out, layout, temperature, operands, part);
  }

  map(
    operation: Elementwise,
    x: FloatArray,
    y: FloatArray | undefined,
    out: FloatArray,
    plain: PlainMap,
  ): undefined {
    if (x.length < SMALL) {
      plain(operation, x, y, out);
      return;
    }
    const xs = this.stream(x, 1, 1, true);
    const ys = y && this.stream(y, 1, 1, true);
    const os = this.stream(out, 1, 1, true);
    const streams = { inputs: ys ? [xs, ys] : [xs], out: os, inPlace: xs.base === undefined };
    const kernel = x.BYTES_PER_ELEMENT === 4 ? this.kernels.mapF32 : this.kernels.mapF64;
    const layout = { outer: x.length, length: 1, inner: 1 };
    runSlices(this.memory, streams, layout, ONLY, this.window, (count) => {
      kernel(this.frame, NUMBER[operation], xs.address, ys?.address ?? 0, os.address, count);
    });
  }

  /** False if there is no room, or no gain, and then nothing has been written. */
  private runInMemory(
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
    part?: Columns,
  ): boolean {
    const { length, inner } = layout;
    const bytes = x.BYTES_PER_ELEMENT;
    const lanes = 16 / bytes;
    // The kernels take any inner up to this length, and beyond it those of whole vectors.
    const whole = length <= 512 || inner === 1 || inner % lanes === 0;
    if ((inner === 2 && lanes === 4) || (!whole && inner < NARROW)) return false;
    const isSmall = x.length * bytes <= WINDOW_BYTES && whole;
    if (
      isSmall &&
      part === undefined &&
      operands === undefined &&
      operation !== "logSumExpParts" &&
      !this.memory.hasResidents
    ) {
      this.runAtOnce(operation, x, out, layout, temperature, bytes);
      return true;
    }
    const columns = part ?? { first: 0, count: inner };
    const call = this.streams(operation, x, out, layout, operands, whole);
    // Part of a slice is copied by columns, or not at all.
    if (whole && tileBytes(call, inner) <= (columns.count === inner ? this.window.bytes : SLACK)) {
      const compute = this.compute(operation, call, length, temperature);
      runSlices(this.memory, call, layout, columns, this.window, compute);
      return true;
    }
    const byColumns = inner > 1 ? this.streams(operation, x, out, layout, operands, false) : call;
    const least = tileBytes(byColumns, inner === 1 ? 1 : lanes);
    const most = Math.min(columns.count + lanes - 1, WINDOW_COLUMNS);
    const wanted = tileBytes(byColumns, inner === 1 ? 1 : most);
    let block = this.window.bytes < wanted ? this.room : this.window;
    if (block.bytes < least || (block.bytes < wanted && this.memory.mayGrow)) {
      try {
        // Growing would detach the views that callers hold, of this call's arrays or of others.
        block = this.memory.take(wanted, this.memory.mayGrow);
      } catch {
        // The window may do, with fewer columns.
      }
    }
    if (least > block.bytes) return false;
    const compute = this.compute(operation, byColumns, length, temperature);
    if (inner === 1) runSlices(this.memory, byColumns, layout, columns, block, compute);
    else runColumns(this.memory, byColumns, layout, columns, block, lanes, compute);
    if (block !== this.window && block !== this.room) this.memory.give(block);
    return true;
  }

  /** The common small call by the shortest way: streams would cost it 100 to 300 ns. */
  private runAtOnce(
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    { outer, length, inner }: Layout,
    temperature: number,
    bytes: number,
  ): void {
    const { frame, kernels, memory } = this;
    const heap = bytes === 4 ? memory.f32 : memory.f64;
    const { offset } = this.window;
    const at = offset / bytes;
    copy(x, 0, heap, at, x.length);
    const kernel = bytes === 4 ? kernels.runF32 : kernels.runF64;
    kernel(frame, NUMBER[operation], offset, offset, outer, length, inner, inner, temperature, 0, 0);
    copy(heap, at, out, 0, out.length);
  }

  /** What the call reads and writes. Resident arrays stay where they are if they `may`. */
  private streams(
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    operands: Operands | undefined,
    may: boolean,
  ): Call {
    const { outer, length, inner } = layout;
    const { y, lanes, mask }: Partial<Operands> = operands ?? {};
    // A masked x is filled first, and not in place.
    const xs = this.stream(x, length, 1, may && mask === undefined);
    // Targets are read when p has been written to out.
    const isRead = y?.byteOffset !== out.byteOffset || operation !== "crossEntropyTargetsGrad";
    const ys = y && this.stream(y, length, 1, may && isRead);
    const ns = lanes && this.stream(lanes, 1, lanes.length / (outer * inner), may);
    const ms = mask && new Stream(wholeMask(mask, layout, x.length), length, 1);
    const parts = partsOf(operation);
    const rows = parts || operation === "logSumExp" ? 1 : length;
    const os = this.stream(out, rows, parts || 1, may);
    const inputs = [xs];
    for (const stream of [ys, ns, ms]) if (stream !== undefined) inputs.push(stream);
    return { inputs, out: os, inPlace: xs.base === undefined && !parts, xs, ys, ns, ms };
  }

  private stream(array: FloatArray, rows: number, width: number, may: boolean): Stream {
    return new Stream(array, rows, width, may && this.memory.holds(array) ? array.byteOffset : undefined);
  }

  private compute(operation: Operation, call: Call, length: number, temperature: number): Compute {
    const { xs, ys, ns, ms, out } = call;
    const { frame, kernels } = this;
    const isFloat = xs.array.BYTES_PER_ELEMENT === 4;
    const kernel = isFloat ? kernels.runF32 : kernels.runF64;
    const fill = isFloat ? kernels.fillF32 : kernels.fillF64;
    const number = NUMBER[operation];
    const { BYTES_PER_ELEMENT: bytes } = xs.array;
    return (slices, pitch, { first, count }) => {
      const all = slices * length * pitch;
      if (ms) fill(xs.address, ms.address, all, Number.NEGATIVE_INFINITY);
      const src = xs.address + first * bytes;
      const dst = out.address + first * out.width * out.array.BYTES_PER_ELEMENT;
      const other = ys ? ys.address + first * bytes : 0;
      const numbers = ns ? ns.address + first * ns.width * 8 : 0;
      kernel(frame, number, src, dst, slices, length, pitch, count, temperature, other, numbers);
      if (ms && out.rows === length && operation !== "logSumExp") {
        fill(out.address, ms.address, all, operation === "logSoftmax" ? Number.NEGATIVE_INFINITY : 0);
      }
    };
  }
}

interface Call extends Streams {
  readonly xs: Stream;
  readonly ys?: Stream;
  readonly ns?: Stream;
  readonly ms?: Stream;
}
