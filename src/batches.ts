import { checkAttached, describe, newArray, typedArrayName } from "./arguments.js";
import type { FloatArray } from "./backend/backend.js";

/** Whole rows out of chunks that are cut anywhere: numbers of one type, or bytes. Errors start with `operation`. */
export class Batches {
  private batch: FloatArray;
  private filled = 0;
  private rest = new Uint8Array(0);

  constructor(
    private readonly operation: string,
    private readonly reader: ReadableStreamDefaultReader<unknown>,
    private readonly length: number,
    rows: number,
    type: "f32" | "f64",
  ) {
    const none = type === "f32" ? new Float32Array(0) : new Float64Array(0);
    this.batch = newArray(operation, none, rows * length);
  }

  /** A new array of so many rows, or of those that are left; undefined if there are none. */
  async next(): Promise<FloatArray | undefined> {
    const { batch } = this;
    const bytes = new Uint8Array(batch.buffer);
    while (this.filled < bytes.length) {
      if (this.rest.length === 0) {
        const { done, value } = await this.reader.read();
        if (done) return this.last();
        this.rest = bytesOf(this.operation, value, batch, this.filled % batch.BYTES_PER_ELEMENT);
      }
      const part = this.rest.subarray(0, bytes.length - this.filled);
      bytes.set(part, this.filled);
      this.filled += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    this.batch = newArray(this.operation, batch, batch.length);
    this.filled = 0;
    return batch;
  }

  /** Whole rows first, and what is left of a row as an error only of the next call. */
  private last(): FloatArray | undefined {
    const size = this.batch.BYTES_PER_ELEMENT;
    const left = this.filled % (this.length * size);
    const complete = (this.filled - left) / size;
    this.filled = left;
    if (complete > 0) return this.batch.slice(0, complete);
    if (left === 0) return undefined;
    const [units, bytes] = left % size === 0 ? ["values", size] : ["bytes", 1];
    const got = left / bytes;
    const all = (this.length * size) / bytes;
    throw new RangeError(
      `${this.operation}: the last row has ${got} of ${all} ${units}: ${all - got} are missing`,
    );
  }

  /** Ends the input, and drops the rows that are no batch yet. */
  cancel(reason: unknown): Promise<void> {
    this.filled = 0;
    return this.reader.cancel(reason);
  }
}

/** The memory of a chunk that comes after `odd` bytes of a number. */
function bytesOf(
  operation: string,
  chunk: unknown,
  { BYTES_PER_ELEMENT: size }: FloatArray,
  odd: number,
): Uint8Array<ArrayBuffer> {
  const wanted = size === 4 ? "Float32Array" : "Float64Array";
  if (ArrayBuffer.isView(chunk)) {
    const name = typedArrayName.call(chunk);
    if (name === wanted || name === "Uint8Array" || name === undefined) {
      const isEmpty = chunk.byteLength === 0;
      if (isEmpty && name !== undefined) checkAttached(operation, "a chunk", chunk as Uint8Array);
      if (name === wanted && odd > 0 && !isEmpty) {
        throw new RangeError(
          `${operation}: ${describe(chunk)} came after ${odd} of the ${size} bytes of a number`,
        );
      }
      return new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
    }
  } else if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(chunk))) {
    return new Uint8Array(chunk as ArrayBuffer);
  }
  throw new TypeError(
    `${operation}: a chunk must be a ${wanted} or bytes (Uint8Array, ArrayBuffer, SharedArrayBuffer, DataView), got ${describe(chunk)}`,
  );
}
