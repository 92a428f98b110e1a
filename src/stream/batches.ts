import { checkMemory } from "../arguments/arrays.js";
import { describe, typedArrayName } from "../describe.js";
import { newStored } from "../dtype.js";
import type { StoredArray, StoredType } from "../types.js";

/** Makes whole rows from chunks that are cut anywhere: numbers of one type, or bytes. Errors start with `caller`. */
export class Batches {
  private batch: StoredArray;
  private filled = 0;
  private skipped = 0;
  private rest = new Uint8Array(0);

  constructor(
    private readonly caller: string,
    private readonly reader: ReadableStreamDefaultReader<unknown>,
    private readonly length: number,
    rows: number,
    private readonly type: StoredType,
    /** The bytes of the header, which is dropped. */
    private readonly skip: number,
  ) {
    this.batch = newStored(caller, type, rows * length);
  }

  /** A new array of the next rows, of fewer at the end. Undefined if there are none left. */
  async next(): Promise<StoredArray | undefined> {
    const { batch } = this;
    const bytes = new Uint8Array(batch.buffer);
    while (this.filled < bytes.length) {
      if (this.rest.length === 0) {
        const { done, value } = await this.reader.read();
        if (done) return this.last();
        this.rest = this.afterHeader(value);
      }
      const part = this.rest.subarray(0, bytes.length - this.filled);
      bytes.set(part, this.filled);
      this.filled += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    this.batch = newStored(this.caller, this.type, batch.length);
    this.filled = 0;
    return batch;
  }

  /** The bytes of a chunk that come after the header. */
  private afterHeader(chunk: unknown): Uint8Array<ArrayBuffer> {
    const { caller, batch } = this;
    const size = batch.BYTES_PER_ELEMENT;
    const bytes = bytesOf(caller, chunk, this.type, size, this.filled % size);
    const dropped = Math.min(this.skip - this.skipped, bytes.length);
    if (dropped < bytes.length && dropped % size > 0 && isNumbers(chunk)) {
      throw new RangeError(
        `${caller}: skip must not end within a number, got ${this.skip}, which is after ${dropped % size} of ${size} bytes in ${describe(chunk)}`,
      );
    }
    this.skipped += dropped;
    return bytes.subarray(dropped);
  }

  /** Returns whole rows first. A partial row is an error, but only at the next call. */
  private last(): StoredArray | undefined {
    if (this.skipped < this.skip) {
      throw new RangeError(
        `${this.caller}: the input ended within its header, after ${this.skipped} of the ${this.skip} bytes to skip`,
      );
    }
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
      `${this.caller}: the last row has ${got} of ${all} ${units}: ${all - got} ${all - got === 1 ? "is" : "are"} missing`,
    );
  }

  /** Ends the input and drops the rows that do not fill a batch yet. */
  cancel(reason: unknown): Promise<void> {
    this.filled = 0;
    return this.reader.cancel(reason);
  }
}

function isNumbers(chunk: unknown): boolean {
  const name = typedArrayName(chunk);
  return name !== undefined && name !== "Uint8Array";
}

/** The classes of chunks of numbers; those of bits may be a Float16Array too. */
const CLASSES = { f32: "Float32Array", f64: "Float64Array", f16: "Uint16Array", bf16: "Uint16Array" };

/** The bytes of a chunk that comes after `odd` bytes of a number. */
function bytesOf(
  caller: string,
  chunk: unknown,
  type: StoredType,
  size: number,
  odd: number,
): Uint8Array<ArrayBuffer> {
  const wanted = CLASSES[type];
  if (ArrayBuffer.isView(chunk)) {
    const name = typedArrayName(chunk);
    const isWanted = name === wanted || (name === "Float16Array" && type === "f16");
    if (isWanted || name === "Uint8Array" || name === undefined) {
      const isEmpty = chunk.byteLength === 0;
      if (name !== undefined) checkMemory(caller, "a chunk", chunk as Uint8Array);
      if (isWanted && odd > 0 && !isEmpty) {
        throw new RangeError(
          `${caller}: ${describe(chunk)} came after ${odd} of the ${size} bytes of a number`,
        );
      }
      return new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
    }
  } else if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(chunk))) {
    return new Uint8Array(chunk as ArrayBuffer);
  }
  throw new TypeError(
    `${caller}: a chunk must be a ${wanted} or bytes (Uint8Array, ArrayBuffer, SharedArrayBuffer, DataView), got ${describe(chunk)}`,
  );
}
