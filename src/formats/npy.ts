/** .npy files: an array of floats of any shape. */
import { ArrayReader, ArrayWriter, type Layout, type Shard, tooLong } from "./arrays.js";
import type { Buffers } from "./buffers.js";
import { bytesOfType } from "./elements.js";
import { DataError, UsageError } from "./errors.js";
import { type FileType, type Header, isElementwise, type Target, type Writer } from "./format.js";
import type { Input } from "./input.js";
import { formatHeader, headerLength, PREFIX, parseHeader } from "./npyHeader.js";

export interface NpyOptions {
  /** Counted from the end if negative. Default: the last one. */
  readonly axis: number | undefined;
  readonly dtype: FileType | undefined;
  readonly shard?: Shard | undefined;
}

export async function openNpy(
  input: Input,
  { axis = -1, dtype, shard }: NpyOptions,
  buffers: Buffers,
): Promise<ArrayReader> {
  const { name } = input;
  const bytes = await readHeader(input);
  const header = parseHeader(name, bytes, dtype);
  const { type, isFortran, shape, start } = header;
  const dimensions = shape.length === 0 ? 1 : shape.length;
  const at = axis < 0 ? axis + dimensions : axis;
  if (!(at >= 0 && at < dimensions)) {
    throw new UsageError(
      `${name}: --axis must be from ${-dimensions} to ${dimensions - 1} for shape (${shape.join(", ")}), got ${axis}`,
    );
  }
  const size = shape.reduce((product, dimension) => product * dimension, 1) * bytesOfType(type);
  if (input.size !== undefined) {
    if (input.size > start + size) throw tooLong(name);
    if (input.size < start + size) {
      throw new DataError(
        `${name}: truncated: shape (${shape.join(", ")}) of ${type} needs ${start + size} bytes, got ${input.size}`,
      );
    }
  }
  return new ArrayReader({ ...header, ...layoutOf(shape, at, isFortran), axis: at }, input, buffers, shard);
}

/** The bytes of the header. */
export async function readHeader(input: Input): Promise<Uint8Array> {
  const prefix = new Uint8Array(PREFIX);
  const first = prefix.subarray(0, await input.read(prefix));
  const bytes = new Uint8Array(headerLength(input.name, first));
  bytes.set(first);
  const got = first.length + (await input.read(bytes.subarray(first.length)));
  if (got < bytes.length) throw new DataError(`${input.name}: the file ends within the header`);
  return bytes;
}

/** In Fortran's order the first dimension is the one whose elements lie side by side. */
function layoutOf(shape: readonly number[], axis: number, isFortran: boolean): Layout {
  if (shape.length === 0) return { outer: 1, length: 1, inner: 1 };
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
  const before = product(shape.slice(0, axis));
  const after = product(shape.slice(axis + 1));
  return isFortran
    ? { outer: after, length: shape[axis], inner: before }
    : { outer: before, length: shape[axis], inner: after };
}

/** From an array to one of the same order in memory; from rows of other formats to a matrix. */
export function writeNpy({ operation, reader, type }: Header, target: Target): Writer {
  if (operation === "top-k") {
    throw new UsageError(
      "--op top-k gives values and indices, which .npy cannot hold: use --to csv or --to jsonl",
    );
  }
  const descr = operation === "argmax" ? "<i4" : type === "float64" ? "<f8" : "<f4";
  if (!(reader instanceof ArrayReader)) return new MatrixWriter(target, operation, descr);
  const { file, range } = reader;
  if (reader.isCut) {
    const { chunkRange, chunks } = reader;
    const [from, to] = [chunkRange.from, chunkRange.to].map((chunk) =>
      isElementwise(operation) ? reader.startOf(chunk) : Math.ceil(chunk / chunks),
    );
    return new ArrayWriter(target, operation, file, formatHeader(descr, [to - from], false));
  }
  const count = range.to - range.from;
  const isPart = count < file.outer;
  // A part may end within a dimension: it has its rows, or slices, as the first one.
  const whole = isPart ? [count, file.length, ...(file.inner > 1 ? [file.inner] : [])] : file.shape;
  const axis = isPart ? 1 : file.axis;
  const shape = isElementwise(operation) ? whole : whole.filter((_, k) => k !== axis);
  return new ArrayWriter(target, operation, file, formatHeader(descr, shape, file.isFortran));
}

/** Rows whose number is known only at the end: the header is written last, in the room kept for it. */
class MatrixWriter implements Writer {
  private rows = 0;
  private length: number | undefined;
  private readonly room = formatHeader(
    "<f4",
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    false,
  ).length;

  constructor(
    private readonly target: Target,
    private readonly operation: Header["operation"],
    private readonly descr: "<f4" | "<f8" | "<i4",
  ) {
    if (target.writeAt === undefined) {
      throw new UsageError(
        "a .npy file of rows that are counted last needs an output file: give -o FILE.npy",
      );
    }
  }

  async write({ batch, values }: Parameters<Writer["write"]>[0]): Promise<void> {
    if (this.rows === 0) await this.target.write(new Uint8Array(this.room));
    this.length ??= batch.length;
    if (isElementwise(this.operation) && this.length !== batch.length) {
      throw new DataError(
        `row ${this.rows + 1} has ${batch.length} elements and the rows before have ${this.length}: a .npy file holds rows of one length; use --to jsonl`,
      );
    }
    this.rows += batch.outer * batch.inner;
    await this.target.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  async end(): Promise<void> {
    const shape = isElementwise(this.operation) ? [this.rows, this.length ?? 0] : [this.rows];
    const header = formatHeader(this.descr, shape, false, this.room);
    if (this.rows === 0) await this.target.write(header);
    else await this.target.writeAt?.(header, 0);
  }
}
