/** Text of any length, record by record: the bytes of an input in chunks that begin with one. */
import { type Range, rangeOf, type Shard } from "./arrays.js";
import { DataError, UsageError } from "./errors.js";
import type { Input } from "./input.js";

const CHUNK = 2 ** 20;
const PADDING = 2;
/** A record of more bytes than this is none: a quote was not closed, or it is no text. */
const MOST = 256 * 2 ** 20;

export interface Chunk {
  readonly bytes: Uint8Array;
  /** The same, and behind them some that are 0: a read beyond the end of an array costs V8 its optimized code. */
  readonly padded: Uint8Array;
  /** The place of its first byte in the input. */
  readonly offset: number;
  readonly isLast: boolean;
}

/** A part has the records that begin in its share of the bytes. */
export function shareOf({ name, size }: Input, shard: Shard | undefined): Range {
  if (shard === undefined) return { from: 0, to: Number.POSITIVE_INFINITY };
  if (size === undefined) throw new UsageError(`${name}: --shard needs a file, not a stream`);
  return rangeOf(size, shard);
}

/** Hands out bytes with those that the reader has left of the chunk before. It says how many it has `used` of that. */
export class Chunks {
  private bytes = new Uint8Array(2 * CHUNK);
  private filled = 0;
  private offset = 0;

  constructor(private readonly input: Input) {}

  async next(used: number): Promise<Chunk> {
    this.bytes.copyWithin(0, used, this.filled);
    this.filled -= used;
    this.offset += used;
    if (this.filled + CHUNK + PADDING > this.bytes.length) {
      if (this.bytes.length >= MOST) {
        throw new DataError(
          `${this.input.name}: byte ${this.offset}: a record of more than ${MOST} bytes: is a quote not closed?`,
        );
      }
      const longer = new Uint8Array(2 * this.bytes.length);
      longer.set(this.bytes);
      this.bytes = longer;
    }
    const got = await this.input.read(this.bytes.subarray(this.filled, this.filled + CHUNK));
    this.filled += got;
    const bytes = this.bytes.subarray(0, this.filled);
    const padded = this.bytes.subarray(0, this.filled + PADDING).fill(0, this.filled);
    return { bytes, padded, offset: this.offset, isLast: got < CHUNK };
  }
}
