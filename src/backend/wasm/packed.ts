import type { PackedElements } from "../../types.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";
import { copy, SLACK, TILE_BYTES } from "./tiles.js";

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
 * Computes rows of `length` packed elements, as many at a time as a tile of f32 holds, at least one: widened on the way in, and
 * narrowed on the way out if `out` holds half floats. `each` is how many results a row has. `compute` replaces the rows at an address
 * by their results. Gives false, and does nothing, where there is no room for a row.
 */
export function runPacked(
  { memory, kernels, frame, window }: Means,
  { bits, format, scale, zeroPoint }: PackedElements,
  out: Uint16Array | Float32Array,
  length: number,
  each: number,
  compute: (at: number, rows: number) => void,
): boolean {
  const outer = bits.length / length;
  const most = Math.min(outer, Math.max(1, Math.floor(TILE_BYTES / (4 * length))));
  const span = spanFor(memory, window, 4 * most * length + SLACK);
  if (span === undefined) return false;
  const narrow = format === "f16" ? kernels.narrowF16 : kernels.narrowBF16;
  const widen = (src: number, count: number): void => {
    if (format === "f16") kernels.widenF16(frame, src, at, count);
    else if (format === "bf16") kernels.widenBF16(frame, src, at, count);
    else (format === "i8" ? kernels.widenI8 : kernels.widenU8)(src, at, count, scale, zeroPoint);
  };
  const at = span.offset;
  const bytes = bits.BYTES_PER_ELEMENT;
  // What is being widened lies at the end of where it is to be.
  const staged = at + (4 - bytes) * ((most * length + 7) & -8);
  const isIn = bytes === 2 && memory.holds(bits as Uint16Array);
  const isHalf = out.BYTES_PER_ELEMENT === 2;
  const isOut = isHalf && memory.holds(out);
  for (let first = 0; first < outer; first += most) {
    const rows = Math.min(most, outer - first);
    const count = rows * length;
    if (isIn) widen(bits.byteOffset + bytes * first * length, count);
    else {
      copy(bits, first * length, bytes === 2 ? memory.u16 : memory.u8, staged / bytes, count);
      widen(staged, count);
    }
    compute(at, rows);
    const to = first * each;
    const results = rows * each;
    if (!isHalf) copy(memory.f32, at >> 2, out, to, results);
    else if (isOut) narrow(frame, at, out.byteOffset + 2 * to, results);
    else {
      narrow(frame, at, at, results);
      copy(memory.u16, at >> 1, out, to, results);
    }
  }
  if (span !== window) memory.give(span);
  return true;
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
