import { selectFirst, sortFirst } from "../../math/ranking.js";
import type { FloatArray, Layout } from "../../types.js";
import { capacityFor, collectLane, type Top, topInTypeScript, writeTop } from "../js/top.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";

/** Below this many elements of a lane the TypeScript path is faster. */
const LEAST = 256;

/**
 * The first k candidates of each lane: kernels pick out the elements above a limit, which rises whenever so many are held
 * that all but the first k can be dropped. For normal numbers the limit is passed by k (1 + log(n / k)) of n elements.
 */
export function topByKernels(
  kernels: Kernels,
  memory: LinearMemory,
  window: Span,
  x: FloatArray,
  layout: Layout,
  mask: Uint8Array | undefined,
  top: Top,
): void {
  const { k } = top;
  const { outer, length, inner } = layout;
  const capacity = capacityFor(k);
  const bytes = x.BYTES_PER_ELEMENT;
  const stage = window.offset + 16 + 16 * capacity;
  const room = window.offset + window.bytes - stage;
  if (inner !== 1 || length < LEAST || room < window.bytes / 2) {
    topInTypeScript(x, layout, mask, top);
    return;
  }
  // Held: a count, then values, then indices.
  const count = new Int32Array(memory.f64.buffer, window.offset, 1);
  const held = {
    values: new Float64Array(memory.f64.buffer, window.offset + 16, capacity),
    indices: new Int32Array(memory.f64.buffer, window.offset + 16 + 8 * capacity, capacity),
  };
  const collect = bytes === 4 ? kernels.collectF32 : kernels.collectF64;
  const fill = bytes === 4 ? kernels.fillF32 : kernels.fillF64;
  const isResident = mask === undefined && memory.holds(x);
  const most = isResident ? length : Math.floor(room / (bytes + 1) / 16) * 16;
  const heap = bytes === 4 ? memory.f32 : memory.f64;

  /** Makes elements from `from` on the current run. Returns its address. */
  const enter = (from: number, size: number): number => {
    if (isResident) return x.byteOffset + from * bytes;
    heap.set(x.subarray(from, from + size), stage / bytes);
    if (mask !== undefined) {
      const masks = stage + size * bytes;
      memory.u8.set(mask.subarray(from, from + size), masks);
      fill(stage, masks, size, Number.NEGATIVE_INFINITY);
    }
    return stage;
  };

  /** Holds the first candidates of a lane, in order. Returns how many there are, or -1 beside NaN. */
  const collectByKernel = (start: number): number => {
    let limit = Number.NaN;
    count[0] = 0;
    for (let from = 0; from < length; from += most) {
      const size = Math.min(most, length - from);
      const address = enter(start + from, size);
      for (let at = 0; at < size; ) {
        const before = count[0];
        const next = address + at * bytes;
        at += collect(
          next,
          size - at,
          from + at,
          limit,
          window.offset + 16,
          window.offset + 16 + 8 * capacity,
          window.offset,
          capacity,
        );
        for (let j = before; j < count[0]; j++) if (Number.isNaN(held.values[j])) return -1;
        if (count[0] < capacity) continue;
        selectFirst(held.values, held.indices, 0, capacity, k);
        count[0] = k;
        limit = held.values[k - 1];
      }
    }
    const found = Math.min(count[0], k);
    sortFirst(held.values, held.indices, 0, count[0], found);
    return found;
  };

  for (let lane = 0; lane < outer; lane++) {
    let found = collectByKernel(lane * length);
    // What the mask leaves out has become -Infinity, which the lane may hold too.
    if (mask !== undefined && held.values[found - 1] === Number.NEGATIVE_INFINITY) {
      found = collectLane(x, layout, lane, mask, k, held);
    }
    writeTop(held, found, layout, lane, top);
  }
}
