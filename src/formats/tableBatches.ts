/** Batches of the rows of tables: columns side by side, or lists. */
import type { FloatArray } from "../types.js";
import { BATCH_BYTES, type Buffers } from "./buffers.js";
import { DataError } from "./errors.js";
import type { Batch, ComputeType } from "./format.js";
import { checkMissing, type Nulls } from "./rows.js";

/** Values in memory, and which of them are there: 0 where one is missing. Undefined if none is. */
export interface Values {
  readonly values: ArrayLike<number>;
  readonly valid: Uint8Array | undefined;
}

/** Consecutive rows in memory. */
export interface Block {
  readonly rows: number;
  readonly kept: ReadonlyMap<string, readonly unknown[]>;
  readonly lanes: Columns | Lists;
}

/** A column for each element of the lanes. */
export interface Columns {
  readonly columns: readonly (Values & { readonly name: string })[];
}

export interface Lists extends Values {
  readonly field: string;
  /** Where each list begins in `values`, and the last ends; or the length of every list. */
  readonly offsets: ArrayLike<number> | number;
  /** 0 where a whole list is missing. */
  readonly present: Uint8Array | undefined;
}

/** What blocks are turned into. */
export interface Lanes {
  /** What messages call the file. */
  readonly file: string;
  readonly type: ComputeType;
  readonly nulls: Nulls;
  readonly buffers: Buffers;
}

/** Rows in a batch of lanes of that length. */
export function rowsPerBatch(length: number, type: ComputeType): number {
  return Math.max(1, Math.floor(BATCH_BYTES / (Math.max(1, length) * (type === "float64" ? 8 : 4))));
}

/** Batches of a block, whose first row is the row `first` of the file, from 0. */
export async function* batchesOf(block: Block, first: number, to: Lanes): AsyncGenerator<Batch> {
  const { rows, kept, lanes } = block;
  const lengthOf = "columns" in lanes ? () => lanes.columns.length : lengthsOf(lanes);
  if ("field" in lanes) refuseMissing(lanes, first, to);
  for (let from = 0, end = 0; from < rows; from = end) {
    const length = lengthOf(from);
    const limit = Math.min(rows, from + rowsPerBatch(length, to.type));
    for (end = from + 1; end < limit && lengthOf(end) === length; ) end++;
    const outer = end - from;
    const { values, release } = await to.buffers.take(to.type, outer * length);
    let valid: Uint8Array | undefined;
    if ("columns" in lanes) valid = fillColumns(values, lanes, from, outer);
    else valid = fillLists(values, lanes, from, outer, length);
    const of = Array.from(kept, ([name, all]) => [name, all.slice(from, end)] as const);
    if (valid !== undefined) {
      const place = valid.indexOf(0);
      try {
        checkMissing(to.nulls, placeOf(to.file, lanes, first + from, length, place));
      } catch (error) {
        release();
        throw error;
      }
      const missing = to.nulls === "-inf" ? Number.NEGATIVE_INFINITY : 0;
      for (let k = place; k >= 0; k = valid.indexOf(0, k + 1)) values[k] = missing;
    }
    const mask = to.nulls === "mask" ? valid : undefined;
    yield { values, outer, length, inner: 1, mask, kept: of.length > 0 ? new Map(of) : undefined, release };
  }
}

/** As many rows are turned at a time, for columns and rows to stay in the cache. */
const TURNED = 64;

function fillColumns(
  to: FloatArray,
  { columns }: Columns,
  from: number,
  rows: number,
): Uint8Array | undefined {
  const length = columns.length;
  for (let start = 0; start < rows; start += TURNED) {
    const end = Math.min(start + TURNED, rows);
    for (let k = 0; k < length; k++) turn(columns[k].values, from, to, start, end, k, length);
  }
  if (columns.every(({ valid }) => valid === undefined)) return undefined;
  const all = new Uint8Array(rows * length).fill(1);
  columns.forEach(({ valid }, k) => {
    for (let row = 0; valid !== undefined && row < rows; row++) all[row * length + k] = valid[from + row];
  });
  return all.includes(0) ? all : undefined;
}

/** One column of some rows to its place in row-major order. */
function turn(
  column: ArrayLike<number>,
  from: number,
  to: FloatArray,
  start: number,
  end: number,
  at: number,
  length: number,
): void {
  for (let row = start, place = start * length + at; row < end; row++, place += length) {
    to[place] = column[from + row];
  }
}

/** A missing list of the length that all have is a lane of missing values; any other has no length. */
function lengthsOf({ offsets, present }: Lists): (row: number) => number {
  if (typeof offsets === "number") return () => offsets;
  return (row) => (present?.[row] === 0 ? 0 : offsets[row + 1] - offsets[row]);
}

function fillLists(
  to: FloatArray,
  lists: Lists,
  from: number,
  rows: number,
  length: number,
): Uint8Array | undefined {
  const { values, valid, offsets, present } = lists;
  if (length === 0) return undefined;
  // Rows of one length follow each other in memory, as missing lists have none.
  const start = typeof offsets === "number" ? from * offsets : offsets[from];
  const end = start + rows * length;
  const isView = ArrayBuffer.isView(values);
  if (isView) to.set((values as FloatArray).subarray(start, end));
  else for (let k = start; k < end; k++) to[k - start] = values[k];
  if (valid === undefined && present === undefined) return undefined;
  const all = valid?.slice(start, end) ?? new Uint8Array(end - start).fill(1);
  for (let row = 0; row < rows; row++) {
    if (present?.[from + row] === 0) all.fill(0, row * length, (row + 1) * length);
  }
  return all.includes(0) ? all : undefined;
}

/** Whole lists that are missing. */
function refuseMissing({ field, present }: Lists, first: number, { file, nulls }: Lanes): void {
  const row = present?.indexOf(0) ?? -1;
  if (row >= 0) checkMissing(nulls, `${file}: row ${first + row + 1}, field "${field}"`);
}

/** What messages call an element of a batch, by its place there. */
function placeOf(file: string, lanes: Columns | Lists, first: number, length: number, place: number): string {
  const row = first + Math.floor(place / length) + 1;
  const k = place % length;
  const what = "columns" in lanes ? `column "${lanes.columns[k].name}"` : `element ${k} of "${lanes.field}"`;
  return `${file}: row ${row}, ${what}`;
}

/** Throws where lists do not end in order, within `count` values. */
export function checkOffsets(offsets: ArrayLike<number>, count: number, what: string): void {
  for (let row = 0, last = 0; row < offsets.length; row++) {
    const offset = offsets[row];
    if (!(offset >= last && offset <= count))
      throw new DataError(`${what}: row ${row}: list at ${offset} of ${count}`);
    last = offset;
  }
}
