import { CROSS_ENTROPY_TARGETS_GRAD, LOG_DIFF_EXP, LOG_SOFTMAX, PER_LANE } from "../../../assembly/abi.js";
import type { BackendName, ElementType, FloatArray, Layout, Operands, Resident } from "../../types.js";
import {
  type ElementOperation,
  type LaneOperation,
  numbersOf,
  partsOf,
  type SyncBackend,
} from "../backend.js";
import type { Top } from "../js/top.js";
import { wholeMask } from "../lanes.js";
import { instantiate, type Kernels } from "./kernels.js";
import { LinearMemory, type Span } from "./memory.js";
import {
  type CallOperands,
  type Columns,
  type Compute,
  enterSlices,
  Operand,
  runColumns,
  runSlices,
  SHORT_COPY,
  SLACK,
  stagedBytes,
  tileBytes,
} from "./tiles.js";
import { topByKernels } from "./top.js";

/** The window: arrays outside linear memory are copied in, computed in place and copied out, this much at a time. */
const WINDOW_BYTES = 131072;

/** Whether the kernels compute slices where they lie: up to this length they take any inner, beyond it only whole vectors. */
function isWhole({ length, inner }: Layout, bytes: number): boolean {
  return length <= 512 || inner === 1 || (inner * bytes) % 16 === 0;
}

/** Below this many elements the TypeScript path is faster (measured: 50 to 70 for one lane, 35 to 50 for several). */
const SMALL = 56;

/** Along a strided axis narrower than this it is faster too, where rows have to be padded to vectors one by one. */
const NARROW = 32;

/** Whether a call is too short for the kernels, or these do not give the right result. */
export function isForJs(x: FloatArray, operands?: Operands): boolean {
  return x.length < SMALL || operands?.js === true;
}

/** Whether too few columns lie side by side for the kernels. */
function isTooNarrow(layout: Layout, bytes: number): boolean {
  const { inner } = layout;
  return inner > 1 && inner < NARROW && ((inner === 2 && bytes === 4) || !isWhole(layout, bytes));
}

/** The one column of an elementwise call. */
const ONLY: Columns = { first: 0, count: 1 };

/** A tile on a strided axis has at least this many columns, as each of its rows is copied by itself. */
const WINDOW_COLUMNS = 128;

/** Computes what a memory has no room for. */
export type Overflow = () => Pick<SyncBackend, "run">;

/** For backends that nothing may stand in for: other loops give other bits. */
export const REFUSING: ReturnType<Overflow> = {
  run({ name }, _x, _out, { length }) {
    throw new RangeError(
      `${name}: there is no memory for the kernels to compute lanes of ${length} elements`,
    );
  },
};

/**
 * Computes with the kernels of `module`, on a memory of its own. Small inputs go to `js`, and to `last` goes what there is no
 * memory for. Throws the engine's error if the engine refuses.
 */
export function wasmBackend(
  module: WebAssembly.Module,
  js: SyncBackend,
  last: ReturnType<Overflow>,
): SyncBackend {
  const make = (overflow: Overflow) =>
    new WasmBackend(module, new LinearMemory(new WebAssembly.Memory({ initial: 4 })), js, overflow);
  // A memory with resident arrays may not grow during a call: that would detach the views that callers hold. The annex has
  // none, and copies them as it does other arrays.
  let annex: SyncBackend | undefined;
  return make(() => {
    try {
      annex ??= make(() => last);
      return annex;
    } catch {
      // No address space.
      return last;
    }
  });
}

export class WasmBackend implements SyncBackend {
  readonly name: BackendName;
  readonly kernels: Kernels;
  readonly frame: number;
  private readonly window: Span;

  constructor(
    module: WebAssembly.Module,
    private readonly memory: LinearMemory,
    /** Computes small inputs. */
    private readonly js: SyncBackend,
    private readonly overflow: Overflow,
  ) {
    this.kernels = instantiate(module, this.memory.memory);
    this.name = this.kernels.isRelaxed() ? "relaxed" : "simd";
    this.frame = this.memory.take(this.kernels.frameBytes()).offset;
    this.window = this.memory.take(WINDOW_BYTES + SLACK);
  }

  allocate(type: ElementType, length: number): Resident {
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
    if (isForJs(x, operands) || isTooNarrow(layout, x.BYTES_PER_ELEMENT)) {
      this.js.run(operation, x, out, layout, temperature, operands);
    } else if (this.isShort(operation.code, x, layout, operands)) {
      this.runAtOnce(operation.code, x, out, layout, temperature, operands);
    } else if (!this.runInMemory(operation, x, out, layout, temperature, operands)) {
      this.overflow().run(operation, x, out, layout, temperature, operands);
    }
  }

  /**
   * `run` for some columns of each slice. `part` starts at a multiple of a vector, and ends at one or at the last column.
   * False if there is no room for the columns.
   */
  runPart(
    operation: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    part: Columns,
    temperature: number,
    operands?: Operands,
  ): boolean {
    return this.runInMemory(operation, x, out, layout, temperature, operands, part);
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
    const isNarrow = inner > 1 && isTooNarrow(layout, bytes);
    if (length * inner < SMALL || isNarrow || operands?.js === true || !isWhole(layout, bytes))
      return undefined;
    const call = this.operandsOf(code, x, out, layout, operands, true);
    if (stagedBytes(call, inner) > 0) return undefined;
    const compute = this.compute(code, call, length, temperature);
    const columns = { first: 0, count: inner };
    return (from, to) => {
      enterSlices(this.memory, call, from, to - from, inner);
      compute(to - from, inner, columns);
    };
  }

  map(operation: ElementOperation, x: FloatArray, y: FloatArray | undefined, out: FloatArray): undefined {
    if (isForJs(x) || operation.code === LOG_DIFF_EXP) {
      operation.js(operation.name, x, y, out);
      return;
    }
    if (!this.memory.hasResidents && 2 * x.length * x.BYTES_PER_ELEMENT <= WINDOW_BYTES) {
      this.mapAtOnce(operation.code, x, y, out);
      return;
    }
    const xs = this.operand(x, 1, 1, true);
    const ys = y && this.operand(y, 1, 1, true);
    const os = this.operand(out, 1, 1, true);
    const call = { inputs: ys ? [xs, ys] : [xs], out: os, inPlace: xs.base === undefined };
    const kernel = x.BYTES_PER_ELEMENT === 4 ? this.kernels.mapF32 : this.kernels.mapF64;
    const layout = { outer: x.length, length: 1, inner: 1 };
    runSlices(this.memory, call, layout, ONLY, this.window, (count) => {
      kernel(this.frame, operation.code, xs.address, ys?.address ?? 0, os.address, count);
    });
  }

  top(x: FloatArray, layout: Layout, mask: Uint8Array | undefined, top: Top): undefined {
    topByKernels(this.kernels, this.memory, this.window, x, layout, mask, top);
  }

  /** False if there is no room. Then nothing has been written. */
  private runInMemory(
    operation: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
    part?: Columns,
  ): boolean {
    const { length, inner } = layout;
    const bytes = x.BYTES_PER_ELEMENT;
    const vector = 16 / bytes;
    const whole = isWhole(layout, bytes);
    const columns = part ?? { first: 0, count: inner };
    const call = this.operandsOf(operation.code, x, out, layout, operands, whole);
    // Part of a slice is either copied by columns or not copied.
    if (whole && tileBytes(call, inner) <= (columns.count === inner ? this.window.bytes : SLACK)) {
      const compute = this.compute(operation.code, call, length, temperature);
      runSlices(this.memory, call, layout, columns, this.window, compute);
      return true;
    }
    const byColumns = inner > 1 ? this.operandsOf(operation.code, x, out, layout, operands, false) : call;
    const least = tileBytes(byColumns, inner === 1 ? 1 : vector);
    const most = Math.min(columns.count + vector - 1, WINDOW_COLUMNS);
    const wanted = tileBytes(byColumns, inner === 1 ? 1 : most);
    const span = this.spanFor(wanted, least);
    if (span === undefined) return false;
    const compute = this.compute(operation.code, byColumns, length, temperature);
    if (inner === 1) runSlices(this.memory, byColumns, layout, columns, span, compute);
    else runColumns(this.memory, byColumns, layout, columns, span, vector, compute);
    if (span !== this.window) this.memory.give(span);
    return true;
  }

  /** `runAtOnce` for `map`. */
  private mapAtOnce(code: number, x: FloatArray, y: FloatArray | undefined, out: FloatArray): void {
    const { frame, kernels, memory } = this;
    const { offset } = this.window;
    copyIn(x, memory, offset);
    let other = 0;
    if (y !== undefined) {
      other = after(offset, x);
      copyIn(y, memory, other);
    }
    const kernel = x.BYTES_PER_ELEMENT === 4 ? kernels.mapF32 : kernels.mapF64;
    kernel(frame, code, offset, other, offset, x.length);
    copyOut(memory, offset, out);
  }

  /** Of `wanted` bytes, or of as many as there are, at least `least`. */
  private spanFor(wanted: number, least: number): Span | undefined {
    const { memory, window } = this;
    if (wanted <= window.bytes) return window;
    try {
      // Growing would detach the views that callers hold of resident arrays.
      return memory.take(wanted, memory.mayGrow);
    } catch {
      return (
        memory.takeLongest(Math.max(least, window.bytes + 1)) ?? (least <= window.bytes ? window : undefined)
      );
    }
  }

  /** Whether the arrays of a call fit the window together, and none is to be used in place. */
  private isShort(code: number, x: FloatArray, layout: Layout, operands: Operands | undefined): boolean {
    const bytes = x.BYTES_PER_ELEMENT;
    if (this.memory.hasResidents || !isWhole(layout, bytes)) return false;
    if (operands === undefined && partsOf(code) === 0) return x.length * bytes <= WINDOW_BYTES;
    const lanes = x.length / layout.length;
    const all = x.length * (2 * bytes + 1) + 8 * lanes * (partsOf(code) + numbersOf(code));
    return all <= WINDOW_BYTES;
  }

  /** The short call by the shortest way: `Operand`s would cost it 100 to 1000 ns. */
  private runAtOnce(
    code: number,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands: Operands | undefined,
  ): void {
    const { frame, kernels, memory } = this;
    const { outer, length, inner } = layout;
    const { offset } = this.window;
    const isSingle = x.BYTES_PER_ELEMENT === 4;
    copyIn(x, memory, offset);
    let dst = offset;
    let other = 0;
    let numbers = 0;
    let mask = 0;
    if (operands !== undefined || partsOf(code) !== 0) {
      let next = after(offset, x);
      if (operands?.y !== undefined) {
        copyIn(operands.y, memory, next);
        other = next;
        next = after(next, operands.y);
      }
      if (operands?.numbers !== undefined) {
        copyIn(operands.numbers, memory, next);
        numbers = next;
        next = after(next, operands.numbers);
      }
      if (partsOf(code) !== 0) {
        dst = next;
        next = after(next, out);
      }
      if (operands?.mask !== undefined) {
        mask = next;
        memory.u8.set(wholeMask(operands.mask, layout, x.length), mask);
        const fill = isSingle ? kernels.fillF32 : kernels.fillF64;
        fill(offset, mask, x.length, Number.NEGATIVE_INFINITY);
      }
    }
    const kernel = isSingle ? kernels.runF32 : kernels.runF64;
    kernel(frame, code, offset, dst, outer, length, inner, inner, temperature, other, numbers);
    if (mask !== 0 && !(code & PER_LANE)) {
      const mend = isSingle ? kernels.mendF32 : kernels.mendF64;
      mend(dst, mask, outer, length, inner, leftOut(code));
    }
    copyOut(memory, dst, out);
  }

  /** The arrays of the call. Resident ones stay where they are if they `may`. */
  private operandsOf(
    code: number,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    operands: Operands | undefined,
    may: boolean,
  ): Call {
    const { length } = layout;
    const { y, numbers, mask }: Operands = operands ?? {};
    // A masked x is filled first, and not in place.
    const xs = this.operand(x, length, 1, may && mask === undefined);
    // Targets are read after p has been written to out.
    const isOverwritten = code === CROSS_ENTROPY_TARGETS_GRAD && y?.byteOffset === out.byteOffset;
    const ys = y && this.operand(y, length, 1, may && !isOverwritten);
    const ns = numbers && this.operand(numbers, 1, numbersOf(code), may);
    const ms = mask && new Operand(wholeMask(mask, layout, x.length), length, 1);
    const parts = partsOf(code);
    const os = this.operand(out, code & PER_LANE ? 1 : length, parts || 1, may);
    const inputs = [xs];
    for (const input of [ys, ns, ms]) if (input !== undefined) inputs.push(input);
    return { inputs, out: os, inPlace: xs.base === undefined && !parts, xs, ys, ns, ms };
  }

  private operand(array: FloatArray, rows: number, width: number, may: boolean): Operand {
    return new Operand(array, rows, width, may && this.memory.holds(array) ? array.byteOffset : undefined);
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

/** What results of left out elements are. */
function leftOut(code: number): number {
  return code === LOG_SOFTMAX ? Number.NEGATIVE_INFINITY : 0;
}

/** The next address that is a multiple of a vector. */
function after(address: number, array: FloatArray): number {
  return (address + array.length * array.BYTES_PER_ELEMENT + 15) & -16;
}

// A loop for each type: one that has seen both is slower.

function copyIn(from: FloatArray, { f32, f64 }: LinearMemory, address: number): void {
  const { length } = from;
  if (length > SHORT_COPY)
    (from.BYTES_PER_ELEMENT === 4 ? f32 : f64).set(from, address / from.BYTES_PER_ELEMENT);
  else if (from.BYTES_PER_ELEMENT === 4) {
    const x = from as Float32Array;
    const at = address >> 2;
    for (let k = 0; k < length; k++) f32[at + k] = x[k];
  } else {
    const x = from as Float64Array;
    const at = address >> 3;
    for (let k = 0; k < length; k++) f64[at + k] = x[k];
  }
}

function copyOut({ f32, f64 }: LinearMemory, address: number, to: FloatArray): void {
  const { length } = to;
  if (to.BYTES_PER_ELEMENT === 4) {
    const out = to as Float32Array;
    const at = address >> 2;
    if (length > SHORT_COPY) out.set(f32.subarray(at, at + length));
    else for (let k = 0; k < length; k++) out[k] = f32[at + k];
  } else {
    const out = to as Float64Array;
    const at = address >> 3;
    if (length > SHORT_COPY) out.set(f64.subarray(at, at + length));
    else for (let k = 0; k < length; k++) out[k] = f64[at + k];
  }
}

interface Call extends CallOperands {
  readonly xs: Operand;
  readonly ys?: Operand;
  readonly ns?: Operand;
  readonly ms?: Operand;
}
