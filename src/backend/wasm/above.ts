import type { FloatArray } from "../../types.js";
import { aboveInTypeScript, type Found } from "../above.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";

/** Below this many elements the TypeScript path is faster. */
const LEAST = 256;

/** How many elements a call of the kernel gives. */
const CAPACITY = 4096;

/** See `Backend.above`. Elements outside linear memory pass through the window. */
export function aboveByKernels(
  kernels: Kernels,
  memory: LinearMemory,
  window: Span,
  x: FloatArray,
  limit: number,
  found: Found,
): void {
  const { length, BYTES_PER_ELEMENT: bytes } = x;
  if (length < LEAST) {
    aboveInTypeScript(x, limit, found);
    return;
  }
  const held = window.offset;
  const maxima = held + 16;
  const values = maxima + 16;
  const indices = values + 8 * CAPACITY;
  const stage = indices + 4 * CAPACITY;
  const counter = new Int32Array(memory.u8.buffer, held, 1);
  const newIndices = new Int32Array(memory.u8.buffer, indices, CAPACITY);
  const collect = bytes === 4 ? kernels.collectF32 : kernels.collectF64;
  const heap = bytes === 4 ? memory.f32 : memory.f64;
  const lowered = bytes === 4 ? singleBelow(limit) : limit;
  const isResident = memory.holds(x);
  const most = isResident ? length : Math.floor((held + window.bytes - stage) / 16) * (16 / bytes);
  // Each run is one block, whose maximum does not matter.
  heap[maxima / bytes] = Number.POSITIVE_INFINITY;
  let count = 0;
  for (let first = 0; first < length; first += most) {
    const size = Math.min(most, length - first);
    if (!isResident) heap.set(x.subarray(first, first + size), stage / bytes);
    const src = isResident ? x.byteOffset + first * bytes : stage;
    for (let at = 0; at < size; ) {
      counter[0] = 0;
      at = collect(src, size, first, at, size, maxima, lowered, values, indices, held, CAPACITY);
      const taken = counter[0];
      found.reserve(count + taken);
      found.values.set(memory.f64.subarray(values / 8, values / 8 + taken), count);
      found.indices.set(newIndices.subarray(0, taken), count);
      count += taken;
    }
  }
  found.count = count;
}

const single = /* @__PURE__ */ new Float32Array(1);
const bits = /* @__PURE__ */ new Int32Array(single.buffer);

/** The largest float that is not above `limit`: the same floats are above either. */
function singleBelow(limit: number): number {
  single[0] = limit;
  if (single[0] > limit) bits[0] += single[0] > 0 ? -1 : 1;
  return single[0];
}
