/** Raw floats: nothing but the elements of rows of one length. */
import { ArrayReader, ArrayWriter, type Shard } from "./arrays.js";
import type { Buffers } from "./buffers.js";
import { bytesOfType } from "./elements.js";
import { DataError, UsageError } from "./errors.js";
import type { FileType, Header, Target, Writer } from "./format.js";
import type { Input } from "./input.js";

export interface RawOptions {
  readonly dtype: FileType | undefined;
  readonly length: number | undefined;
  readonly isBigEndian: boolean;
  readonly shard?: Shard | undefined;
}

export function openRaw(
  input: Input,
  { dtype, length, isBigEndian, shard }: RawOptions,
  buffers: Buffers,
): ArrayReader {
  const { name, size } = input;
  if (dtype === undefined || length === undefined) {
    throw new UsageError(
      `${name}: raw floats need --dtype (float16, bfloat16, float32 or float64) and --length (elements of a row)`,
    );
  }
  if (size === undefined) {
    throw new UsageError(
      `${name}: raw floats must come from a file, whose size says how many rows there are`,
    );
  }
  const bytes = length * bytesOfType(dtype);
  if (size % bytes !== 0) {
    throw new DataError(
      `${name}: rows of ${length} ${dtype} have ${bytes} bytes, and ${size} bytes are ${Math.floor(size / bytes)} rows and ${size % bytes} bytes: check --length and --dtype`,
    );
  }
  const rows = size / bytes;
  const file = { type: dtype, isBigEndian, shape: [rows, length], axis: 1, isFortran: false, start: 0 };
  return new ArrayReader({ ...file, outer: rows, length, inner: 1 }, input, buffers, shard);
}

export function writeRaw({ operation, reader }: Header, target: Target): Writer {
  if (operation === "top-k") {
    throw new UsageError(
      "--op top-k gives values and indices, which raw floats cannot hold: use --to csv or --to jsonl",
    );
  }
  const layout = reader instanceof ArrayReader ? reader.file : { outer: 0, length: 0, inner: 1 };
  return new ArrayWriter(target, operation, layout, new Uint8Array(0));
}
