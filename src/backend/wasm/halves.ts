import type { HalfFormat } from "../../math/halfFloats.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";
import { copy, SLACK, TILE_BYTES } from "./tiles.js";

/** Rows longer than this, in bytes of f32, are left to the callers. */
const MOST_BYTES = 3 * 2 ** 24;

/** What half floats are computed with. */
interface Means {
  readonly memory: LinearMemory;
  readonly kernels: Kernels;
  readonly frame: number;
  readonly window: Span;
}

/**
 * Computes rows of `length` half floats, as many at a time as a tile of f32 holds, at least one: widened on the way in, and
 * narrowed on the way out unless `out` is of f32. `each` is how many results a row has. `compute` replaces the rows at an address
 * by their results. Gives false, and does nothing, where there is no room for a row.
 */
export function runHalves(
  { memory, kernels, frame, window }: Means,
  format: HalfFormat,
  bits: Uint16Array,
  out: Uint16Array | Float32Array,
  length: number,
  each: number,
  compute: (at: number, rows: number) => void,
): boolean {
  const outer = bits.length / length;
  const most = Math.min(outer, Math.max(1, Math.floor(TILE_BYTES / (4 * length))));
  const span = spanFor(memory, window, 4 * most * length + SLACK);
  if (span === undefined) return false;
  const widen = format === "f16" ? kernels.widenF16 : kernels.widenBF16;
  const narrow = format === "f16" ? kernels.narrowF16 : kernels.narrowBF16;
  const at = span.offset;
  // Of f32 that are being widened, their bits take the last half.
  const staged = at + 2 * ((most * length + 7) & -8);
  const isIn = memory.holds(bits);
  const isHalf = out.BYTES_PER_ELEMENT === 2;
  const isOut = isHalf && memory.holds(out);
  for (let first = 0; first < outer; first += most) {
    const rows = Math.min(most, outer - first);
    const count = rows * length;
    if (isIn) widen(frame, bits.byteOffset + 2 * first * length, at, count);
    else {
      copy(bits, first * length, memory.u16, staged >> 1, count);
      widen(frame, staged, at, count);
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
