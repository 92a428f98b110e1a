/** Calls whose arrays fit the window together: they are copied in, computed by one call of a kernel, and copied out. */
import { CROSS_ENTROPY_TARGETS_GRAD, PER_LANE } from "../../../assembly/abi.js";
import type { FloatArray, Layout, Operands } from "../../types.js";
import { partsOf } from "../backend.js";
import { wholeMask } from "../lanes.js";
import { leftOut } from "./call.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";
import { SHORT_COPY } from "./tiles.js";

/** What of a backend computes here. */
interface Host {
  readonly frame: number;
  readonly kernels: Kernels;
  readonly memory: LinearMemory;
  readonly window: Span;
}

/** One short lane of logits alone, by the shortest way. */
export function runLane(
  backend: Host,
  code: number,
  x: FloatArray,
  out: FloatArray,
  temperature: number,
): void {
  const { frame, kernels, memory } = backend;
  const { offset } = backend.window;
  copyIn(x, memory, offset);
  // Each kernel in a call of its own: V8 takes 20 ns less where it knows which one it is.
  if (x.BYTES_PER_ELEMENT === 4) kernels.laneF32(frame, code, offset, x.length, temperature);
  else kernels.laneF64(frame, code, offset, x.length, temperature);
  copyOut(memory, offset, out);
}

/**
 * The short call by the shortest way: `Operand`s would cost it 100 to 1000 ns. If they `may`, x, y and `out` stay where they are
 * resident, but for an x that a mask fills, and targets, which may lie in `out` and would be read after terms are written there.
 */
export function runAtOnce(
  backend: Host,
  code: number,
  x: FloatArray,
  out: FloatArray,
  layout: Layout,
  temperature: number,
  operands: Operands | undefined,
  may: boolean,
): void {
  const { frame, kernels, memory } = backend;
  const { outer, length, inner } = layout;
  const { offset } = backend.window;
  const isSingle = x.BYTES_PER_ELEMENT === 4;
  const src = enter(x, memory, offset, may && operands?.mask === undefined);
  const isOut = may && memory.holds(out);
  let dst = isOut ? out.byteOffset : offset;
  let other = 0;
  let numbers = 0;
  let mask = 0;
  if (operands !== undefined || partsOf(code) !== 0) {
    let next = after(offset, x);
    if (operands?.y !== undefined) {
      other = enter(operands.y, memory, next, may && code !== CROSS_ENTROPY_TARGETS_GRAD);
      next = after(next, operands.y);
    }
    if (operands?.numbers !== undefined) {
      copyIn(operands.numbers, memory, next);
      numbers = next;
      next = after(next, operands.numbers);
    }
    if (partsOf(code) !== 0 && !isOut) {
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
  // In the window alone: it may overwrite what follows a lane.
  if (outer * inner === 1 && src === offset && dst === offset && other === 0 && numbers === 0) {
    if (isSingle) kernels.laneF32(frame, code, offset, length, temperature);
    else kernels.laneF64(frame, code, offset, length, temperature);
  } else if (isSingle) {
    kernels.runF32(frame, code, src, dst, outer, length, inner, inner, temperature, other, numbers);
  } else {
    kernels.runF64(frame, code, src, dst, outer, length, inner, inner, temperature, other, numbers);
  }
  if (mask !== 0 && !(code & PER_LANE)) {
    const mend = isSingle ? kernels.mendF32 : kernels.mendF64;
    mend(dst, mask, outer, length, inner, leftOut(code));
  }
  if (!isOut) copyOut(memory, dst, out);
}

/** The same for `map`. */
export function mapAtOnce(
  backend: Host,
  code: number,
  x: FloatArray,
  y: FloatArray | undefined,
  out: FloatArray,
  may: boolean,
): void {
  const { frame, kernels, memory } = backend;
  const { offset } = backend.window;
  const src = enter(x, memory, offset, may);
  const other = y === undefined ? 0 : enter(y, memory, after(offset, x), may);
  const isOut = may && memory.holds(out);
  const dst = isOut ? out.byteOffset : offset;
  // Copies in whole vectors, of which nobody reads the last elements: a tail takes the kernel 10 ns.
  const { length } = x;
  const isSingle = x.BYTES_PER_ELEMENT === 4;
  const count = may ? length : isSingle ? (length + 3) & -4 : (length + 1) & -2;
  if (isSingle) kernels.mapF32(frame, code, src, other, dst, count);
  else kernels.mapF64(frame, code, src, other, dst, count);
  if (!isOut) copyOut(memory, dst, out);
}

/** The address of an array: its own, of a resident that `may` stay there, or the one it is copied to. */
function enter(array: FloatArray, memory: LinearMemory, address: number, may: boolean): number {
  if (may && memory.holds(array)) return array.byteOffset;
  copyIn(array, memory, address);
  return address;
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

export function copyOut({ f32, f64 }: LinearMemory, address: number, to: FloatArray): void {
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
