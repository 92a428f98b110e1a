/** What the tests of Arrow and Parquet share: rows of batches, and results that say where they come from. */
import { openArrow } from "../../src/formats/arrow.js";
import { writeArrow } from "../../src/formats/arrowWriter.js";
import { DataError, UsageError } from "../../src/formats/errors.js";
import type {
  Batch,
  Header,
  OperationName,
  Reader,
  Results,
  Target,
  Writer,
} from "../../src/formats/format.js";
import { openParquet } from "../../src/formats/parquet.js";
import type { TableOptions } from "../../src/formats/table.js";
import { Moment } from "../../src/formats/tableKept.js";
import { fileOf, plainBuffers, streamOf } from "../support/files.js";

export const DEFAULTS: TableOptions = {
  columns: undefined,
  field: undefined,
  keep: [],
  nulls: "error",
  dtype: undefined,
};

export const arrowOf = (bytes: Uint8Array, options: Partial<TableOptions> = {}) =>
  openArrow(fileOf(bytes, "x.arrow"), { ...DEFAULTS, ...options }, plainBuffers());

export const pipedArrow = (bytes: Uint8Array, options: Partial<TableOptions> = {}, piece = 7) =>
  openArrow(streamOf(bytes, piece, "-"), { ...DEFAULTS, ...options }, plainBuffers());

export const arrowFile = (header: Header, target: Target) => writeArrow(header, target, false);
export const arrowStream = (header: Header, target: Target) => writeArrow(header, target, true);

export const parquetOf = (bytes: Uint8Array, options: Partial<TableOptions> = {}) =>
  openParquet(fileOf(bytes, "x.parquet"), { ...DEFAULTS, ...options }, plainBuffers());

export const KEPT = ["id", "s", "t", "ok", "day", "dict", "u8"];
const moment = new Moment(1767323045678901n, "us", true);
const day = new Moment(20455n, "d");

/** What pyarrow has written to the files named cols: a is float32, b float64. */
export const COLS = [
  { values: [1.5, 1], kept: { id: 1n, s: "é", t: moment, ok: true, day, dict: "x", u8: 1 } },
  { values: [-0, 2], kept: { id: 2n, s: "", t: moment, ok: false, day, dict: "y", u8: 2 } },
  { values: [NaN, 3], kept: { id: 3n, s: null, t: moment, ok: null, day, dict: "x", u8: 255 } },
  {
    values: [-Infinity, 4],
    kept: { id: 2n ** 60n, s: "a longer string than twelve", t: null, ok: true, day, dict: null, u8: null },
  },
].map((row) => ({ ...row, mask: undefined }));

export const LISTS = [[1, 2], [3, 4], [], [], [5]];

export interface Row {
  readonly values: number[];
  readonly mask: number[] | undefined;
  readonly kept: { [name: string]: unknown };
}

export async function rowsOf(reader: Reader): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of reader.batches()) {
    for (let row = 0; row < batch.outer; row++) {
      const at = row * batch.length;
      rows.push({
        values: Array.from(batch.values.slice(at, at + batch.length)),
        mask: batch.mask && Array.from(batch.mask.slice(at, at + batch.length)),
        kept: Object.fromEntries(Array.from(batch.kept ?? [], ([name, all]) => [name, all[row]])),
      });
    }
    batch.release();
  }
  return rows;
}

export const valuesOf = async (reader: Reader) => (await rowsOf(reader)).map(({ values }) => values);

export class MemoryTarget implements Target {
  private readonly parts: Uint8Array[] = [];

  async write(bytes: Uint8Array): Promise<void> {
    this.parts.push(bytes.slice());
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }
}

/** What an operation would give of a batch: the values themselves, or numbers that say where they come from. */
function resultsOf(operation: OperationName, k: number, batch: Batch): Results {
  const { values, outer, length } = batch;
  if (operation === "softmax" || operation === "log-softmax") return { batch, values };
  if (operation === "argmax") return { batch, values: Int32Array.from({ length: outer }, (_, row) => row) };
  if (operation === "top-k") {
    const count = Math.min(k, length);
    const indices = new Int32Array(outer * count);
    const top = new (values.constructor as Float32ArrayConstructor)(outer * count);
    for (let at = 0; at < indices.length; at++) {
      indices[at] = at % count;
      top[at] = values[Math.floor(at / count) * length + (at % count)];
    }
    return { batch, values: top, indices };
  }
  const first = new (values.constructor as Float32ArrayConstructor)(outer);
  for (let row = 0; row < outer; row++)
    first[row] = length === 0 ? Number.NEGATIVE_INFINITY : values[row * length];
  return { batch, values: first };
}

/** Writes what comes of all batches, and returns the bytes. */
export async function written(
  reader: Reader,
  write: (header: Header, target: Target) => Writer | Promise<Writer>,
  operation: OperationName = "softmax",
  k = 2,
): Promise<Uint8Array> {
  const target = new MemoryTarget();
  const writer = await write({ operation, k, reader, type: reader.type }, target);
  for await (const batch of reader.batches()) {
    await writer.write(resultsOf(operation, k, batch));
    batch.values.fill(-1);
    batch.release();
  }
  await writer.end();
  return target.bytes;
}

/** Whether all of a file can be read. If not, then by an error of ours. */
export async function survives(opened: Promise<Reader>): Promise<boolean> {
  try {
    await rowsOf(await opened);
    return true;
  } catch (error) {
    if (error instanceof DataError || error instanceof UsageError) return false;
    throw error;
  }
}
