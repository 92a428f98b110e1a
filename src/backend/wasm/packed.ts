import { ELEMENTWISE } from "../../../assembly/abi.js";
import type { PackedElements } from "../../types.js";
import { copyOut } from "./atOnce.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";
import { SHORT_COPY, SLACK } from "./tiles.js";

/** Rows longer than this, in bytes of f32, are left to the callers. */
const MOST_BYTES = 3 * 2 ** 24;

/** What packed elements are computed with. */
interface Means {
  readonly memory: LinearMemory;
  readonly kernels: Kernels;
  readonly frame: number;
  readonly window: Span;
}

/** `runPacked` of a backend. Gives false, and does nothing, where there is no room for a row. */
export function runPacked(
  { memory, kernels, frame, window }: Means,
  code: number,
  { bits, format, scale, zeroPoint }: PackedElements,
  out: Uint16Array | Float32Array,
  length: number,
  temperature: number,
): boolean {
  const count = bits.length;
  const span = spanFor(memory, window, 4 * count + SLACK);
  if (span === undefined) return false;
  const at = span.offset;
  // Whole vectors, of which nobody reads the last elements: a tail takes the kernels 10 ns.
  const whole = (count + 7) & -8;
  if (bits.BYTES_PER_ELEMENT === 2) {
    const halves = bits as Uint16Array;
    const isIn = memory.holds(halves);
    // What is copied lies at the end of where it is to be.
    const from = isIn ? halves.byteOffset : at + 2 * whole;
    if (!isIn) copyHalves(halves, 0, memory.u16, from >> 1, count);
    if (format === "f16") kernels.widenF16(frame, from, at, isIn ? count : whole);
    else kernels.widenBF16(frame, from, at, isIn ? count : whole);
  } else {
    const from = at + 3 * whole;
    memory.u8.set(bits, from);
    if (format === "i8") kernels.widenI8(from, at, whole, scale, zeroPoint);
    else kernels.widenU8(from, at, whole, scale, zeroPoint);
  }
  if (code & ELEMENTWISE) kernels.mapF32(frame, code, at, 0, at, whole);
  else if (count === length) kernels.laneF32(frame, code, at, length, temperature);
  else kernels.runF32(frame, code, at, at, count / length, length, 1, 1, temperature, 0, 0);
  if (out.BYTES_PER_ELEMENT === 4) copyOut(memory, at, out as Float32Array);
  else {
    const isOut = memory.holds(out as Uint16Array);
    const to = isOut ? out.byteOffset : at;
    const results = isOut ? out.length : (out.length + 7) & -8;
    if (format === "f16") kernels.narrowF16(frame, at, to, results);
    else kernels.narrowBF16(frame, at, to, results);
    if (!isOut) copyHalves(memory.u16, at >> 1, out as Uint16Array, 0, out.length);
  }
  if (span !== window) memory.give(span);
  return true;
}

/** As `copy`, for halves alone: a loop that has seen other types is slower. */
function copyHalves(from: Uint16Array, start: number, to: Uint16Array, at: number, count: number): void {
  if (count > SHORT_COPY) to.set(from.subarray(start, start + count), at);
  else for (let k = 0; k < count; k++) to[at + k] = from[start + k];
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
