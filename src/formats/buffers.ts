import type { FloatArray } from "../types.js";
import type { ComputeType } from "./format.js";

/** Memory for the values of a batch. Waits until there is some, so a reader cannot run ahead of the writer. */
export interface Buffers {
  take(type: ComputeType, elements: number): Promise<Buffer>;
}

export interface Buffer {
  readonly values: FloatArray;
  release(): void;
}

/** About as many bytes of values as a batch has. */
export const BATCH_BYTES = 2 * 2 ** 20;

/** A lane, or a slice of lanes, of more bytes than this is read in parts. */
export const MOST_BYTES = 32 * 2 ** 20;

/** Memory of its own for each batch. */
export const NEW_MEMORY: Buffers = {
  async take(type, elements) {
    const values = type === "float64" ? new Float64Array(elements) : new Float32Array(elements);
    return { values, release() {} };
  },
};
