import type { Buffers } from "../../src/formats/buffers.js";
import type { Batch, Reader, Results, Target } from "../../src/formats/format.js";
import type { Input } from "../../src/formats/input.js";
import { StreamInput } from "../../src/formats/input.js";

/** Bytes as a file. */
export function fileOf(bytes: Uint8Array, name = "file"): { -readonly [key in keyof Input]: Input[key] } {
  let position = 0;
  return {
    name,
    size: bytes.length,
    get position() {
      return position;
    },
    set position(at) {
      position = at;
    },
    async read(to) {
      return this.readAt?.(to, position) ?? 0;
    },
    async readAt(to, from) {
      const part = bytes.subarray(from, from + to.length);
      to.set(part);
      position = from + part.length;
      return part.length;
    },
    async peek(count) {
      return bytes.subarray(position, position + count);
    },
    async close() {},
  };
}

/** Bytes as a stream, in chunks of `size`. */
export function streamOf(bytes: Uint8Array, size = 7, name = "stream"): Input {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return new StreamInput(name, chunks());
}

export function textOf(text: string): Input {
  return fileOf(new TextEncoder().encode(text));
}

/** Ordinary arrays, and a count of those that have not come back. */
export function plainBuffers(): Buffers & { taken: number } {
  return {
    taken: 0,
    async take(type, elements) {
      this.taken++;
      const values = type === "float64" ? new Float64Array(elements) : new Float32Array(elements);
      return { values, release: () => void this.taken-- };
    },
  };
}

/** A batch, with copies of what it holds. */
export interface Read {
  readonly rows: number[][];
  readonly mask: number[] | undefined;
  readonly kept: { readonly [name: string]: readonly unknown[] };
}

/** All lanes of a file, one after the other. */
export async function readAll(reader: Reader): Promise<Read> {
  const rows: number[][] = [];
  const mask: number[] = [];
  const kept: { [name: string]: unknown[] } = {};
  let isMasked = false;
  for await (const batch of reader.batches()) {
    rows.push(...rowsOf(batch));
    if (batch.mask) isMasked = true;
    mask.push(...(batch.mask ?? new Uint8Array(batch.values.length).fill(1)));
    for (const [name, column] of batch.kept ?? []) {
      kept[name] ??= [];
      kept[name].push(...column);
    }
    batch.release();
  }
  await reader.close();
  return { rows, mask: isMasked ? mask : undefined, kept };
}

export function rowsOf({ values, outer, length, inner }: Batch): number[][] {
  return Array.from({ length: outer * inner }, (_, lane) =>
    Array.from(
      { length },
      (_, k) => values[(Math.floor(lane / inner) * length + k) * inner + (lane % inner)],
    ),
  );
}

/** A target that keeps its bytes. */
export function bytesTarget(): Target & { bytes(): Uint8Array; text(): string } {
  let bytes = new Uint8Array(0);
  async function writeAt(more: Uint8Array, position: number): Promise<void> {
    const longer = new Uint8Array(Math.max(bytes.length, position + more.length));
    longer.set(bytes);
    longer.set(more, position);
    bytes = longer;
  }
  return {
    write: (more) => writeAt(more, bytes.length),
    writeAt,
    bytes: () => bytes,
    text: () => new TextDecoder().decode(bytes),
  };
}

/** The results of a batch as they are: the values themselves. */
export function asResults(batch: Batch): Results {
  return { batch, values: batch.values };
}
