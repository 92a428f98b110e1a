import { type Block, LinearMemory } from "../memory.js";
import type { Backend, BackendName, FloatArray, Layout, Operation, Resident } from "./backend.js";

/** The ABI, which assembly/index.ts describes. */
type Kernel = (
  frame: number,
  src: number,
  dst: number,
  outer: number,
  length: number,
  inner: number,
  temperature: number,
) => void;

interface Exports {
  frameBytes(): number;
  isRelaxed(): number;
  softmaxF32: Kernel;
  softmaxF64: Kernel;
  logSoftmaxF32: Kernel;
  logSoftmaxF64: Kernel;
  logSumExpF32: Kernel;
  logSumExpF64: Kernel;
}

/** Arrays outside linear memory are computed a window at a time: copied in, computed in place, copied out. */
const WINDOW_BYTES = 131072;

/** Below this many elements the pure TypeScript path is faster (measured: 50 to 70 for one lane, 35 to 50 for several). */
const SMALL = 56;

/** Up to this many elements a loop copies faster than `set` and a `subarray` (measured: 20 on Node 20, 36 on Node 26). */
const SHORT_COPY = 24;

/** Along a strided axis narrower than this it is faster too, where rows have to be filled up to vectors one by one. */
const NARROW = 32;

/** Columns, at least, of a window on a strided axis: each of its rows is copied by itself. */
const WINDOW_COLUMNS = 128;

/**
 * Computes with the kernels of `module`, on a memory of its own. Small inputs go to `fallback`, and what linear
 * memory has no room for. Throws what the engine throws if it refuses.
 */
export function wasmBackend(module: WebAssembly.Module, fallback: Backend): Backend {
  return new WasmBackend(module, fallback);
}

class WasmBackend implements Backend {
  readonly name: BackendName;
  private readonly memory = new LinearMemory(4 * 65536);
  private readonly frame: number;
  private readonly window: Block;
  private room: Block;
  private readonly f32: { [operation in Operation]: Kernel };
  private readonly f64: { [operation in Operation]: Kernel };

  constructor(
    module: WebAssembly.Module,
    private readonly fallback: Backend,
  ) {
    const imports = { env: { memory: this.memory.memory } };
    const kernels = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    if (typeof kernels.isRelaxed !== "function") {
      throw new TypeError("module must hold the kernels of this package, got other exports");
    }
    this.name = kernels.isRelaxed() ? "relaxed" : "simd";
    this.frame = this.memory.take(kernels.frameBytes()).offset;
    this.window = this.memory.take(WINDOW_BYTES);
    this.room = this.window;
    this.f32 = {
      softmax: kernels.softmaxF32,
      logSoftmax: kernels.logSoftmaxF32,
      logSumExp: kernels.logSumExpF32,
    };
    this.f64 = {
      softmax: kernels.softmaxF64,
      logSoftmax: kernels.logSoftmaxF64,
      logSumExp: kernels.logSumExpF64,
    };
  }

  /**
   * Also keeps room to stage the array in, at up to twice its length where narrow rows are filled up to vectors: so
   * no call on resident arrays has to grow the memory, which would detach them, or to be left to `fallback`.
   */
  allocate(type: "f32" | "f64", length: number): Resident {
    const resident = this.memory.allocate(type, length);
    const wanted = 2 * length * (type === "f32" ? 4 : 8);
    if (wanted > this.room.bytes) {
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

  run(operation: Operation, x: FloatArray, out: FloatArray, layout: Layout, temperature: number): void {
    if (x.length < SMALL || !this.runInMemory(operation, x, out, layout, temperature)) {
      this.fallback.run(operation, x, out, layout, temperature);
    }
  }

  /** False if there is no room, or no gain, and then nothing has been written. */
  private runInMemory(
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
  ): boolean {
    const { outer, length, inner } = layout;
    const bytes = x.BYTES_PER_ELEMENT;
    const kernel = (bytes === 4 ? this.f32 : this.f64)[operation];
    // The kernels take any inner up to this length, and beyond it those of whole vectors.
    const whole = length <= 512 || inner === 1 || (inner * bytes) % 16 === 0;
    if ((inner === 2 && bytes === 4) || (!whole && inner < NARROW)) return false;
    const resident = this.memory.holds(x);
    if (resident && whole && this.memory.holds(out)) {
      kernel(this.frame, x.byteOffset, out.byteOffset, outer, length, inner, temperature);
      return true;
    }
    const slice = length * inner;
    if (whole && slice * bytes <= this.window.bytes) {
      this.runSlices(kernel, operation, x, out, layout, temperature, this.window);
      return true;
    }
    const least = inner === 1 ? slice * bytes : length * 16;
    const wanted = inner === 1 ? least : length * Math.min(inner + 3, WINDOW_COLUMNS) * bytes;
    let block = this.window.bytes < wanted ? this.room : this.window;
    if (block.bytes < least || (block.bytes < wanted && this.memory.isEmpty)) {
      try {
        // Growing would detach the views that the caller holds.
        block = this.memory.take(wanted, !resident && !this.memory.holds(out));
      } catch {
        // The window may do, with fewer columns.
      }
    }
    if (least > block.bytes) return false;
    if (inner === 1) this.runSlices(kernel, operation, x, out, layout, temperature, block);
    else this.runColumns(kernel, operation, x, out, layout, temperature, block);
    if (block !== this.window && block !== this.room) this.memory.give(block);
    return true;
  }

  /** As many whole slices of length · inner elements at a time as `block` holds, at least one. */
  private runSlices(
    kernel: Kernel,
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    { outer, length, inner }: Layout,
    temperature: number,
    { offset, bytes }: Block,
  ): void {
    const heap = x.BYTES_PER_ELEMENT === 4 ? this.memory.f32 : this.memory.f64;
    const at = offset / x.BYTES_PER_ELEMENT;
    const slice = length * inner;
    const results = operation === "logSumExp" ? inner : slice;
    const most = Math.floor(bytes / (slice * x.BYTES_PER_ELEMENT));
    for (let first = 0; first < outer; first += most) {
      const slices = Math.min(most, outer - first);
      copy(x, first * slice, heap, at, slices * slice);
      kernel(this.frame, offset, offset, slices, length, inner, temperature);
      copy(heap, at, out, first * results, slices * results);
    }
  }

  /** As many columns of a slice at a time as `block` holds, in rows filled up to whole vectors. */
  private runColumns(
    kernel: Kernel,
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    { outer, length, inner }: Layout,
    temperature: number,
    { offset, bytes }: Block,
  ): void {
    const heap = x.BYTES_PER_ELEMENT === 4 ? this.memory.f32 : this.memory.f64;
    const lanes = 16 / x.BYTES_PER_ELEMENT;
    const at = offset / x.BYTES_PER_ELEMENT;
    const most = Math.floor(bytes / (16 * length)) * lanes;
    const rows = operation === "logSumExp" ? 1 : length;
    for (let slice = 0; slice < outer; slice++) {
      for (let column = 0; column < inner; column += most) {
        const columns = Math.min(most, inner - column);
        const pitch = Math.ceil(columns / lanes) * lanes;
        const from = slice * length * inner + column;
        const to = slice * rows * inner + column;
        for (let k = 0; k < length; k++) copy(x, from + k * inner, heap, at + k * pitch, columns);
        kernel(this.frame, offset, offset, 1, length, pitch, temperature);
        for (let k = 0; k < rows; k++) copy(heap, at + k * pitch, out, to + k * inner, columns);
      }
    }
  }
}

/** `count` elements of `from`, from `start` on, to `to` at `at`. */
function copy(from: FloatArray, start: number, to: FloatArray, at: number, count: number): void {
  if (count <= SHORT_COPY) {
    for (let k = 0; k < count; k++) to[at + k] = from[start + k];
  } else {
    to.set(count === from.length ? from : from.subarray(start, start + count), at);
  }
}
