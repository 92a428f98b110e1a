import { ELEMENTWISE, PER_LANE } from "../../../assembly/abi.js";
import type { PackedElements } from "../../types.js";
import { copyOut } from "./atOnce.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";
import { SHORT_COPY, SLACK, TILE_BYTES } from "./tiles.js";

/** Rows longer than this, in bytes of f32, are left to the callers. */
const MOST_BYTES = 3 * 2 ** 24;

/** What packed elements are computed with. */
interface Means {
  readonly memory: LinearMemory;
  readonly kernels: Kernels;
  readonly frame: number;
  readonly window: Span;
}

/**
 * Computes an operation on rows of `length` packed elements, or on single ones, as many at a time as a tile of f32 holds, at least
 * one row. Gives false, and does nothing, where there is no room for a row.
 */
export function runPacked(
  means: Means,
  code: number,
  x: PackedElements,
  out: Uint16Array | Float32Array,
  length: number,
  temperature: number,
): boolean {
  const { memory, window } = means;
  const { bits } = x;
  if (4 * bits.length <= TILE_BYTES) {
    computeTile(means, code, x, bits, out, window.offset, length, temperature);
    return true;
  }
  const row = code & ELEMENTWISE ? 1 : length;
  const each = code & PER_LANE ? 1 : row;
  const most = Math.min(bits.length / row, Math.max(1, Math.floor(TILE_BYTES / (4 * row))));
  const span = spanFor(memory, window, 4 * most * row + SLACK);
  if (span === undefined) return false;
  for (let k = 0; k * row < bits.length; k += most) {
    const some = bits.subarray(k * row, (k + most) * row);
    const results = out.subarray(k * each, (k + most) * each);
    computeTile(means, code, x, some, results, span.offset, length, temperature);
  }
  if (span !== window) memory.give(span);
  return true;
}

/** Computes some of the elements of x, `bits`, at an address: widens them on the way in, and narrows half floats on the way out. */
function computeTile(
  { memory, kernels, frame }: Means,
  code: number,
  { format, scale, zeroPoint }: PackedElements,
  bits: PackedElements["bits"],
  out: Uint16Array | Float32Array,
  at: number,
  length: number,
  temperature: number,
): void {
  const count = bits.length;
  // Whole vectors, of which nobody reads the last elements: a tail takes the kernels 10 ns.
  const whole = (count + 7) & -8;
  if (bits.BYTES_PER_ELEMENT === 2) {
    const halves = bits as Uint16Array;
    const isIn = memory.holds(halves);
    // What is copied lies at the end of where it is to be.
    const from = isIn ? halves.byteOffset : at + 2 * whole;
    if (!isIn) copyHalvesIn(halves, memory, from);
    if (format === "f16") kernels.widenF16(frame, from, at, isIn ? count : whole);
    else kernels.widenBF16(frame, from, at, isIn ? count : whole);
  } else {
    const from = at + 3 * whole;
    copyBytesIn(bits as Uint8Array, memory, from);
    if (format === "i8") kernels.widenI8(from, at, whole, scale, zeroPoint);
    else kernels.widenU8(from, at, whole, scale, zeroPoint);
  }
  if (code & ELEMENTWISE) kernels.mapF32(frame, code, at, 0, at, whole);
  else if (count === length) kernels.laneF32(frame, code, at, length, temperature);
  else kernels.runF32(frame, code, at, at, count / length, length, 1, 1, temperature, 0, 0);
  if (out.BYTES_PER_ELEMENT === 4) {
    copyOut(memory, at, out as Float32Array);
    return;
  }
  const isOut = memory.holds(out as Uint16Array);
  const to = isOut ? out.byteOffset : at;
  const results = isOut ? out.length : (out.length + 7) & -8;
  if (format === "f16") kernels.narrowF16(frame, at, to, results);
  else kernels.narrowBF16(frame, at, to, results);
  if (!isOut) copyHalvesOut(memory, at, out as Uint16Array);
}

function copyHalvesIn(halves: Uint16Array, { u16 }: LinearMemory, address: number): void {
  const at = address >> 1;
  if (halves.length > SHORT_COPY) u16.set(halves, at);
  else for (let k = 0; k < halves.length; k++) u16[at + k] = halves[k];
}

function copyHalvesOut({ u16 }: LinearMemory, address: number, out: Uint16Array): void {
  const at = address >> 1;
  if (out.length > SHORT_COPY) out.set(u16.subarray(at, at + out.length));
  else for (let k = 0; k < out.length; k++) out[k] = u16[at + k];
}

function copyBytesIn(bytes: Int8Array | Uint8Array, { u8 }: LinearMemory, address: number): void {
  if (bytes.length > SHORT_COPY) u8.set(bytes, address);
  else for (let k = 0; k < bytes.length; k++) u8[address + k] = bytes[k];
}

function spanFor(memory: LinearMemory, window: Span, bytes: number): Span | undefined {
  if (bytes <= window.bytes) return window;
  if (bytes > MOST_BYTES || !memory.mayGrow) return undefined;
  try {
    return memory.take(bytes);
  } catch {
    // The engine refuses.
    return undefined;
  }
}
