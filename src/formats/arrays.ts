/** Arrays of floats in one file: .npy and raw. Lanes lie along any dimension, in blocks that fit memory. */

import type { FloatArray } from "../types.js";
import { BATCH_BYTES, type Buffer, type Buffers, MOST_BYTES } from "./buffers.js";
import { bytesOfType, computeType, decode, encoded } from "./elements.js";
import { DataError, UsageError } from "./errors.js";
import {
  type Batch,
  type FileType,
  isElementwise,
  type OperationName,
  type Results,
  type Target,
  type Writer,
} from "./format.js";
import type { Input } from "./input.js";
import { InputReader } from "./reader.js";

/** Where the elements lie in the file: row-major [outer, length, inner], the lanes along the middle. */
export interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Which rows, or slices of lanes, are read: from one to another, or all. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface ArrayFile extends Layout {
  readonly type: FileType;
  readonly isBigEndian: boolean;
  /** The dimensions in their order in memory, and the one along which lanes lie. */
  readonly shape: readonly number[];
  readonly axis: number;
  readonly isFortran: boolean;
  /** Bytes before the elements. */
  readonly start: number;
}

/** Which lanes of all a batch holds, where these are not whole slices. */
export interface Place {
  readonly outer: number;
  readonly inner: number;
}

export interface ArrayBatch extends Batch {
  readonly place?: Place | undefined;
}

export class ArrayReader extends InputReader {
  readonly type: "float32" | "float64";
  readonly shape: readonly number[];
  readonly axis: number;
  readonly warnings: readonly string[] = [];
  readonly range: Range;

  constructor(
    readonly file: ArrayFile,
    input: Input,
    private readonly buffers: Buffers,
    private readonly shard?: Shard,
  ) {
    super(input);
    this.type = computeType(file.type);
    this.shape = file.shape;
    this.axis = file.axis;
    this.range = rangeOf(file.outer, shard);
    if (shard !== undefined && (input.readAt === undefined || file.isFortran)) {
      throw new UsageError(`${input.name}: --shard needs a file whose rows follow each other`);
    }
  }

  /** Whether a single lane is more than memory should hold. */
  get isLong(): boolean {
    return this.file.inner === 1 && this.file.length * this.bytes > MOST_BYTES;
  }

  /** Bytes of an element in memory. */
  private get bytes(): number {
    return this.type === "float64" ? 8 : 4;
  }

  async *batches(): AsyncGenerator<ArrayBatch> {
    const { length, inner } = this.file;
    const { from, to } = this.range;
    if ((to - from) * length * inner === 0) return;
    const slice = length * inner * this.bytes;
    if (slice > MOST_BYTES) {
      yield* this.columnBlocks();
      return;
    }
    const most = Math.max(1, Math.floor(BATCH_BYTES / slice));
    yield* ahead(from, to, most, async (o) => {
      const outer = Math.min(most, to - o);
      const { values, release } = await this.buffers.take(this.type, outer * length * inner);
      await this.fill(values, o * length * inner, from > 0);
      return { values, outer, length, inner, release };
    });
    await this.checkEnd();
  }

  /** Lanes side by side, as many as fit, one slice after the other. */
  private async *columnBlocks(): AsyncGenerator<ArrayBatch> {
    const { length, inner } = this.file;
    const { from, to } = this.range;
    const most = Math.floor(MOST_BYTES / (length * this.bytes));
    if (this.input.readAt === undefined || most === 0) {
      throw new DataError(
        `${this.name}: lanes of ${length} elements along this axis need a file that can be read at any place, not a stream`,
      );
    }
    for (let o = from; o < to; o++) {
      for (let i = 0; i < inner; i += most) {
        const width = Math.min(most, inner - i);
        const { values, release } = await this.buffers.take(this.type, length * width);
        for (let k = 0; k < length; k++) {
          await this.fill(values.subarray(k * width, (k + 1) * width), (o * length + k) * inner + i, true);
        }
        yield { values, outer: 1, length, inner: width, place: { outer: o - from, inner: i }, release };
      }
    }
  }

  /** Whether a part ends within long lanes, as there are fewer of them than parts. */
  get isCut(): boolean {
    return this.isLong && this.shard !== undefined && this.file.outer < this.shard.n;
  }

  /** How many chunks a long lane is read in. */
  get chunks(): number {
    return Math.ceil((this.file.length * this.bytes) / BATCH_BYTES);
  }

  /** Which chunks of long lanes are read, counted over all lanes. */
  get chunkRange(): Range {
    const { chunks } = this;
    if (this.isCut) return rangeOf(this.file.outer * chunks, this.shard);
    return { from: this.range.from * chunks, to: this.range.to * chunks };
  }

  /** The elements of chunks of long lanes. */
  chunksOf({ from, to }: Range): AsyncGenerator<Buffer> {
    return ahead(from, to, 1, async (chunk) => {
      const start = this.startOf(chunk);
      const buffer = await this.buffers.take(this.type, this.startOf(chunk + 1) - start);
      await this.fill(buffer.values, start, true);
      return buffer;
    });
  }

  /** Where a chunk begins in the elements of the file. */
  startOf(chunk: number): number {
    const { chunks } = this;
    return Math.floor(chunk / chunks) * this.file.length + ((chunk % chunks) * BATCH_BYTES) / this.bytes;
  }

  /** Reads elements from index `from` of the file on. */
  private async fill(values: FloatArray, from: number, isApart = false): Promise<void> {
    const { type, isBigEndian, start } = this.file;
    const size = bytesOfType(type);
    const bytes =
      size > 2
        ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
        : new Uint8Array(values.length * size);
    const { readAt } = this.input;
    const got =
      isApart && readAt !== undefined
        ? await readAt.call(this.input, bytes, start + from * size)
        : await this.input.read(bytes);
    if (got < bytes.length) {
      const { outer, length, inner } = this.file;
      const wanted = start + outer * length * inner * size;
      throw new DataError(
        `${this.name}: truncated: shape (${this.shape.join(", ")}) of ${type} needs ${wanted} bytes, got ${start + from * size + got}`,
      );
    }
    decode(bytes, type, isBigEndian, values);
  }

  /** A stream shows only now that there is more. */
  private async checkEnd(): Promise<void> {
    if (this.input.size !== undefined) return;
    if ((await this.input.read(new Uint8Array(1))) > 0) throw tooLong(this.name);
  }
}

/** What `read` gives from one place to another: each is read while the consumer has the one before it. */
async function* ahead<T>(
  from: number,
  to: number,
  step: number,
  read: (at: number) => Promise<T>,
): AsyncGenerator<T> {
  let next = from < to ? read(from) : undefined;
  for (let at = from + step; next !== undefined; at += step) {
    const current = await next;
    next = at < to ? read(at) : undefined;
    // It is awaited in the next turn, if there is one.
    next?.catch(() => {});
    yield current;
  }
}

/** Part k of n, from 1 on. */
export interface Shard {
  readonly k: number;
  readonly n: number;
}

/** What part of `count` things is: by place, and so the same wherever it is asked. */
export function rangeOf(count: number, shard: Shard | undefined): Range {
  if (shard === undefined) return { from: 0, to: count };
  const { k, n } = shard;
  return { from: Math.floor((count * (k - 1)) / n), to: Math.floor((count * k) / n) };
}

export function tooLong(name: string): DataError {
  return new DataError(
    `${name}: bytes follow the elements: there is more than one array in it, as after two np.save to one file, or it is damaged`,
  );
}

/** Writes results in the order of the elements they come from. */
export class ArrayWriter implements Writer {
  private hasBegun = false;

  constructor(
    private readonly target: Target,
    private readonly operation: OperationName,
    private readonly file: Layout,
    private readonly header: Uint8Array,
  ) {}

  async write({ batch, values }: Results): Promise<void> {
    await this.begin();
    const { place } = batch as ArrayBatch;
    const bytes = encoded(values);
    const { writeAt } = this.target;
    if (place === undefined || (batch.inner === this.file.inner && place.inner === 0)) {
      await this.target.write(bytes);
      return;
    }
    if (writeAt === undefined) {
      throw new DataError("lanes of slices over 32 MiB need an output file: give -o FILE");
    }
    const { length, inner } = this.file;
    const size = values.BYTES_PER_ELEMENT;
    const rows = isElementwise(this.operation) ? length : 1;
    const width = batch.inner * size;
    for (let k = 0; k < rows; k++) {
      const at = this.header.length + ((place.outer * rows + k) * inner + place.inner) * size;
      await writeAt.call(this.target, bytes.subarray(k * width, (k + 1) * width), at);
    }
  }

  async end(): Promise<void> {
    await this.begin();
  }

  private async begin(): Promise<void> {
    if (!this.hasBegun && this.header.length > 0) await this.target.write(this.header);
    this.hasBegun = true;
  }
}
