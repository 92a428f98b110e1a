/** Gathers rows that come one by one into batches: of formats that are text. */
import type { FloatArray } from "../types.js";
import { BATCH_BYTES, type Buffer, type Buffers } from "./buffers.js";
import { DataError } from "./errors.js";
import type { Batch, ComputeType, Kept } from "./format.js";

/** What to do about a value that is missing. */
export type Nulls = "error" | "mask" | "-inf";

/** More rows than this do not make a batch any faster. */
const MOST_ROWS = 65536;

/** A batch that is being filled. */
export class RowBatch {
  /** The next row is to be written into these, from `at` on, and then added. */
  readonly values: FloatArray;
  private mask: Uint8Array | undefined;
  private readonly kept: Map<string, unknown[]>;
  private count = 0;
  private readonly most: number;

  private constructor(
    private readonly buffer: Buffer,
    readonly length: number,
    keep: readonly string[],
  ) {
    this.values = buffer.values;
    this.most = length === 0 ? MOST_ROWS : Math.min(MOST_ROWS, Math.floor(this.values.length / length));
    this.kept = new Map(keep.map((name) => [name, []]));
  }

  static async of(
    buffers: Buffers,
    type: ComputeType,
    length: number,
    keep: readonly string[],
  ): Promise<RowBatch> {
    const bytes = type === "float64" ? 8 : 4;
    const elements = Math.max(length, Math.floor(BATCH_BYTES / bytes));
    return new RowBatch(await buffers.take(type, elements), length, keep);
  }

  get isFull(): boolean {
    return this.count === this.most;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get at(): number {
    return this.count * this.length;
  }

  /** Adds the row, whose values are there: NaN where one is missing. `missing` says which these are. */
  add(missing: readonly number[], nulls: Nulls, kept: readonly unknown[]): void {
    const { at } = this;
    for (const k of missing) {
      if (nulls === "-inf") this.values[at + k] = Number.NEGATIVE_INFINITY;
      else {
        this.mask ??= new Uint8Array(this.most * this.length).fill(1);
        this.mask[at + k] = 0;
      }
    }
    let k = 0;
    for (const column of this.kept.values()) column.push(kept[k++]);
    this.count++;
  }

  done(): Batch {
    const { buffer, count, length } = this;
    return {
      values: this.values.subarray(0, count * length),
      outer: count,
      length,
      inner: 1,
      mask: this.mask?.subarray(0, count * length),
      kept: this.kept.size > 0 ? (this.kept as Kept) : undefined,
      release: () => buffer.release(),
    };
  }

  drop(): void {
    this.buffer.release();
  }
}

/** The error for a missing value, unless `nulls` says what it is to be. */
export function checkMissing(nulls: Nulls, where: string): void {
  if (nulls !== "error") return;
  throw new DataError(
    `${where}: the value is missing: give --null mask to leave it out of its row, or --null -inf to count it as probability 0`,
  );
}
