import type { FloatArray } from "../types.js";
import type { Kernels } from "./wasm/kernels.js";
import type { LinearMemory, Span } from "./wasm/memory.js";

/** Receives elements and their indices. */
export interface Found {
  readonly values: Float64Array;
  readonly indices: Int32Array;
  count: number;
  readonly search: Search;
  /** Makes room for so many, and keeps those that there are: the arrays are others then. */
  reserve(length: number): void;
}

/** How backends find elements. It travels with a call, so a bundle leaves it out where nothing is searched. */
export interface Search {
  js(x: FloatArray, limit: number, found: Found): void;
  byKernels(
    kernels: Kernels,
    memory: LinearMemory,
    window: Span,
    x: FloatArray,
    limit: number,
    found: Found,
  ): void;
}

/** See `Backend.above`. */
export function aboveInTypeScript(x: FloatArray, limit: number, found: Found): void {
  const { length } = x;
  let count = 0;
  let { values, indices } = found;
  for (let k = 0; ; k++) {
    // A loop of its own, as in top.ts.
    while (k < length && x[k] <= limit) k++;
    if (k >= length) break;
    if (count === values.length) {
      found.reserve(count + 1);
      ({ values, indices } = found);
    }
    values[count] = x[k];
    indices[count++] = k;
  }
  found.count = count;
}
