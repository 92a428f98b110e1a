/** What writers of tables share: which columns there are, and groups of rows from the results of batches. */
import type { FloatArray } from "../types.js";
import { DataError, UsageError } from "./errors.js";
import { type ComputeType, type Header, isElementwise, type Results, type Writer } from "./format.js";
import { lanesOf, resultName } from "./results.js";
import type { KeptType } from "./tableKept.js";

/** A column of results. */
export interface ResultColumn {
  readonly name: string;
  readonly type: ComputeType | "int32";
  /** Undefined for a number per row, else the length of each list, or "any". */
  readonly list: number | "any" | undefined;
}

export interface KeptColumn {
  readonly name: string;
  readonly type: KeptType;
}

type Numbers = FloatArray | Int32Array;

/** Rows to write together. */
export interface Group {
  readonly rows: number;
  /** One for each result column. Of lists, `offsets` says where each begins, and the last ends. */
  readonly results: readonly { readonly values: Numbers; readonly offsets: Int32Array | undefined }[];
  readonly kept: readonly (readonly unknown[])[];
}

/** Memory that a group has is lent until `group` has returned. */
export interface TableFormat {
  begin(results: readonly ResultColumn[], kept: readonly KeptColumn[]): Promise<void>;
  group(group: Group): Promise<void>;
  end(): Promise<void>;
}

/** The columns that an operation gives: never by the values, so that all parts of a file have the same. */
export function resultColumns({ operation, reader, type }: Header): ResultColumn[] {
  if (operation === "top-k") {
    return [
      { name: "top_indices", type: "int32", list: "any" },
      { name: "top_values", type, list: "any" },
    ];
  }
  if (!isElementwise(operation)) {
    return [{ name: resultName(operation), type: operation === "argmax" ? "int32" : type, list: undefined }];
  }
  const { columns, field, shape, axis, listSize } = reader;
  if (columns !== undefined) return columns.map((name) => ({ name, type, list: undefined }));
  const size = shape === undefined ? listSize : shape.length === 0 ? 1 : shape[axis ?? shape.length - 1];
  return [{ name: field ?? operation.replace("-", "_"), type, list: size || "any" }];
}

/** Results that wait for more rows. */
interface Piece {
  readonly rows: number;
  readonly length: number;
  readonly values: Numbers;
  readonly indices: Int32Array | undefined;
  readonly kept: readonly (readonly unknown[])[];
}

/** More rows do not make a group any better. */
const MOST_ROWS = 2 ** 20;

export class TableWriter implements Writer {
  private readonly results: readonly ResultColumn[];
  private readonly kept: readonly KeptColumn[];
  private pieces: Piece[] = [];
  private bytes = 0;
  private rows = 0;
  private hasBegun = false;

  constructor(
    private readonly header: Header,
    private readonly format: TableFormat,
    /** Bytes of results that a group has, or the rest of them. */
    private readonly most: number,
  ) {
    const { kept = [], keptTypes } = header.reader;
    this.results = resultColumns(header);
    // Of text, whatever the values are.
    this.kept = kept.map((name) => ({ name, type: keptTypes?.get(name) ?? { kind: "utf8" } }));
    const double = kept.find((name) => this.results.some((result) => result.name === name));
    if (double !== undefined) throw new UsageError(`--keep ${double}: a column of the results has that name`);
  }

  async write(results: Results): Promise<void> {
    await this.begin();
    const { batch, indices } = results;
    const rows = lanesOf(batch);
    if (rows === 0) return;
    const values = rowMajor(results, isElementwise(this.header.operation));
    const length = values.length / rows;
    const bytes = values.byteLength + (indices?.byteLength ?? 0);
    if (this.bytes + bytes > this.most || this.rows + rows > MOST_ROWS) await this.flush();
    // What the batch lends is copied, unless it is written before this returns.
    const isLarge = this.rows === 0 && 2 * bytes > this.most;
    this.pieces.push({
      rows,
      length,
      values: isLarge ? values : values.slice(),
      indices: isLarge ? indices : indices?.slice(),
      kept: this.kept.map(({ name }) => batch.kept?.get(name) ?? new Array(rows).fill(null)),
    });
    this.rows += rows;
    this.bytes += bytes;
    if (isLarge) await this.flush();
  }

  async end(): Promise<void> {
    await this.begin();
    await this.flush();
    await this.format.end();
  }

  private async begin(): Promise<void> {
    if (!this.hasBegun) await this.format.begin(this.results, this.kept);
    this.hasBegun = true;
  }

  private async flush(): Promise<void> {
    const { pieces, rows } = this;
    if (rows === 0) return;
    this.pieces = [];
    this.rows = 0;
    this.bytes = 0;
    const kept = this.kept.map((_, k) => pieces.flatMap((piece) => piece.kept[k]));
    await this.format.group({ rows, results: this.columnsOf(pieces, rows), kept });
  }

  private columnsOf(pieces: readonly Piece[], rows: number): Group["results"] {
    const values = joined(pieces.map((piece) => piece.values));
    const [{ list }] = this.results;
    if (list === undefined && this.results.length > 1) {
      return columnsOf(values, rows, this.results.length).map((column) => ({
        values: column,
        offsets: undefined,
      }));
    }
    const other = pieces.find(({ length }) => length !== list);
    if (typeof list === "number" && other !== undefined) {
      throw new DataError(`a row has ${other.length} elements and others have ${list}`);
    }
    const offsets = list === undefined ? undefined : offsetsOf(pieces, rows);
    if (this.header.operation !== "top-k") return [{ values, offsets }];
    const indices = joined(pieces.map((piece) => piece.indices as Int32Array));
    return [
      { values: indices, offsets },
      { values, offsets },
    ];
  }
}

/** Lanes as rows, wherever their elements are. */
function rowMajor({ batch, values }: Results, isElementwise: boolean): Numbers {
  const { outer, length, inner } = batch;
  if (inner === 1 || !isElementwise) return values;
  const rows = values.slice();
  for (let o = 0, at = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let k = 0; k < length; k++) rows[at++] = values[(o * length + k) * inner + i];
    }
  }
  return rows;
}

function joined<A extends Numbers>(parts: readonly A[]): A {
  if (parts.length === 1) return parts[0];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new (parts[0].constructor as new (length: number) => A)(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function offsetsOf(pieces: readonly Piece[], rows: number): Int32Array {
  const offsets = new Int32Array(rows + 1);
  let row = 0;
  for (const piece of pieces) {
    for (let k = 0; k < piece.rows; k++, row++) offsets[row + 1] = offsets[row] + piece.length;
  }
  return offsets;
}

/** As many rows are turned at a time, for rows and columns to stay in the cache. */
const TURNED = 64;

function columnsOf(values: Numbers, rows: number, count: number): Numbers[] {
  const columns = Array.from(
    { length: count },
    () => new (values.constructor as Float32ArrayConstructor)(rows),
  );
  for (let from = 0; from < rows; from += TURNED) {
    const to = Math.min(from + TURNED, rows);
    for (let k = 0; k < count; k++) {
      const column = columns[k];
      for (let row = from, at = from * count + k; row < to; row++, at += count) column[row] = values[at];
    }
  }
  return columns;
}
