/** CSV (RFC 4180): a line of names, then a row per line. Fields of logits are numbers, as `numberText.ts` has them. */

import { type Range, rangeOf, type Shard } from "./arrays.js";
import type { Buffers } from "./buffers.js";
import { Chunks } from "./chunks.js";
import { selectColumns } from "./columns.js";
import { DataError, UsageError } from "./errors.js";
import type { Batch, ComputeType, Reader } from "./format.js";
import type { Input } from "./input.js";
import { parseNumber, parseText } from "./numberText.js";
import { checkMissing, type Nulls, RowBatch } from "./rows.js";

export interface CsvOptions {
  readonly columns: readonly string[] | undefined;
  readonly keep: readonly string[];
  readonly type: ComputeType;
  readonly nulls: Nulls;
  readonly shard?: Shard | undefined;
  readonly hasHeader: boolean;
  readonly delimiter: string;
}

const QUOTE = 34;
const LINE_FEED = 10;
const RETURN = 13;

/** The fields of a record: where they begin and end, without quotes around them. */
interface Record {
  readonly starts: number[];
  readonly ends: number[];
  /** Which fields have quotes in them. */
  readonly quoted: boolean[];
  /** The first byte after the record, or -1 if it goes on after the chunk. */
  end: number;
  lines: number;
}

export async function openCsv(input: Input, options: CsvOptions, buffers: Buffers): Promise<CsvReader> {
  const reader = new CsvReader(input, options, buffers);
  await reader.begin();
  return reader;
}

export class CsvReader implements Reader {
  columns: readonly string[] = [];
  readonly type: ComputeType;
  /** Numbers that no double holds. */
  private beyond = 0;
  private readonly chunks: Chunks;
  private names: readonly string[] = [];
  /** Which fields hold logits, and which pass through. */
  private chosen: readonly number[] = [];
  private keptFields: readonly number[] = [];
  private used = 0;
  private line = 1;
  private readonly delimiter: number;

  constructor(
    private readonly input: Input,
    private readonly options: CsvOptions,
    private readonly buffers: Buffers,
  ) {
    this.type = options.type;
    this.chunks = new Chunks(input);
    this.delimiter = options.delimiter.charCodeAt(0);
  }

  get kept(): readonly string[] {
    return this.keptFields.map((k) => this.names[k]);
  }

  get name(): string {
    return this.input.name;
  }

  get size(): number | undefined {
    return this.input.size;
  }

  get position(): number {
    return this.input.position;
  }

  get warnings(): readonly string[] {
    if (this.beyond === 0) return [];
    return [`${this.name}: ${this.beyond} numbers are beyond the range of a double: they became inf or 0`];
  }

  /** A part has the records that begin in its share of the bytes. */
  private get range(): Range {
    const { shard } = this.options;
    if (shard === undefined) return { from: 0, to: Number.POSITIVE_INFINITY };
    if (this.size === undefined) throw new UsageError(`${this.name}: --shard needs a file, not a stream`);
    return rangeOf(this.size, shard);
  }

  close(): Promise<void> {
    return this.input.close();
  }

  /** Reads the line of names, and finds the columns. */
  async begin(): Promise<void> {
    const { columns, keep, hasHeader } = this.options;
    const record = newRecord();
    let chunk = await this.chunks.next(0);
    // Excel begins UTF-8 with a byte order mark.
    const start = chunk.bytes[0] === 0xef && chunk.bytes[1] === 0xbb && chunk.bytes[2] === 0xbf ? 3 : 0;
    while (!this.scan(chunk.bytes, start, chunk.isLast, record)) {
      if (chunk.isLast) throw this.empty();
      chunk = await this.chunks.next(0);
    }
    const fields = record.starts.map((_, k) => textOf(chunk.bytes, record, k));
    if (fields.length === 1 && fields[0] === "") throw this.empty();
    this.names = hasHeader ? this.checkNames(fields) : fields.map((_, k) => String(k));
    this.used = hasHeader ? record.end : start;
    if (hasHeader) this.line += record.lines;
    this.keptFields = keep.length > 0 ? selectColumns(this.name, this.names, keep) : [];
    this.chosen = columns
      ? selectColumns(this.name, this.names, columns)
      : this.names.map((_, k) => k).filter((k) => !this.keptFields.includes(k));
    if (this.chosen.length === 0) {
      throw new UsageError(`${this.name}: --keep takes all columns, and none is left for the logits`);
    }
    this.columns = this.chosen.map((k) => this.names[k]);
  }

  private empty(): DataError {
    return new DataError(`${this.name}: it is empty: a CSV file begins with a line of names`);
  }

  private checkNames(names: string[]): string[] {
    const isData = names.every((name) => parseText(name.trim()) !== undefined);
    const isCounted =
      names.every((name, k) => name === String(k)) || names.every((name, k) => name === String(k + 1));
    if (isData && !isCounted) {
      throw new DataError(
        `${this.name}: line 1 holds numbers where names should be (${names.slice(0, 3).join(", ")}…): give --no-header if it is a row`,
      );
    }
    return names;
  }

  async *batches(): AsyncGenerator<Batch> {
    const { type, nulls } = this.options;
    const length = this.chosen.length;
    const keep = this.kept;
    const row = type === "float64" ? new Float64Array(length) : new Float32Array(length);
    const record = newRecord();
    const missing: number[] = [];
    let batch: RowBatch | undefined;
    const range = this.range;
    let number = 0;
    let used = this.used;
    try {
      for (let isLast = false; !isLast; ) {
        const chunk = await this.chunks.next(used);
        isLast = chunk.isLast;
        used = 0;
        while (this.scan(chunk.bytes, used, isLast, record)) {
          const { bytes, offset } = chunk;
          // Of one column, an empty line is a missing value.
          const isBlank =
            this.names.length > 1 && record.starts.length === 1 && record.starts[0] === record.ends[0];
          const isOurs = offset + used >= range.from && offset + used < range.to;
          if (!isBlank) number++;
          if (isOurs && !isBlank) {
            if (record.starts.length !== this.names.length) {
              throw new DataError(
                `${this.name}: line ${this.line}, row ${number} (byte ${offset + used}): there must be ${this.names.length} fields, got ${record.starts.length}`,
              );
            }
            this.readRow(bytes, record, offset, number, row, missing);
            batch ??= await RowBatch.of(this.buffers, type, length, keep);
            batch.add(
              row,
              missing,
              nulls,
              this.keptFields.map((k) => textOf(bytes, record, k)),
            );
            if (batch.isFull) {
              yield batch.done();
              batch = undefined;
            }
          }
          this.line += record.lines;
          used = record.end;
        }
      }
    } catch (error) {
      batch?.drop();
      throw error;
    }
    if (batch !== undefined) yield batch.done();
  }

  private readRow(
    bytes: Uint8Array,
    record: Record,
    offset: number,
    number: number,
    row: Float32Array | Float64Array,
    missing: number[],
  ): void {
    missing.length = 0;
    for (let k = 0; k < row.length; k++) {
      const field = this.chosen[k];
      const from = record.starts[field];
      const to = record.ends[field];
      const value = parseNumber(bytes, from, to);
      if (value === undefined) {
        const where = `${this.name}: line ${this.line}, row ${number}, column ${JSON.stringify(this.columns[k])} (byte ${offset + from})`;
        const text = textOf(bytes, record, field);
        if (text.trim() !== "") {
          throw new DataError(
            `${where}: must be a number, got ${JSON.stringify(text.slice(0, 40))}${adviceOn(text)}`,
          );
        }
        checkMissing(this.options.nulls, where);
        missing.push(k);
        row[k] = Number.NaN;
        continue;
      }
      if (isBeyond(value, bytes, from, to)) this.beyond++;
      row[k] = value;
    }
  }

  /** Finds the fields of the record that begins at `from`. False if there is none, or it goes on after these bytes. */
  private scan(bytes: Uint8Array, from: number, isLast: boolean, record: Record): boolean {
    const { starts, ends, quoted } = record;
    const { delimiter } = this;
    starts.length = ends.length = quoted.length = 0;
    record.lines = 1;
    const size = bytes.length;
    if (from >= size) return false;
    for (let at = from; ; at++) {
      let isQuoted = false;
      let start = at;
      let end: number;
      if (bytes[at] === QUOTE) {
        isQuoted = true;
        start++;
        for (at++; at < size; at++) {
          if (bytes[at] === LINE_FEED) record.lines++;
          if (bytes[at] !== QUOTE) continue;
          if (bytes[at + 1] !== QUOTE) break;
          at++;
        }
        if (at >= size - 1 && !isLast) return false;
        if (at >= size) throw new DataError(`${this.name}: line ${this.line}: a quote is not closed`);
        end = at++;
        if (at < size && bytes[at] !== delimiter && bytes[at] !== LINE_FEED && bytes[at] !== RETURN) {
          throw new DataError(
            `${this.name}: line ${this.line}: after a closing quote there must be a comma or the end of the line`,
          );
        }
      } else {
        while (at < size && bytes[at] !== delimiter && bytes[at] !== LINE_FEED) at++;
        end = at;
      }
      if (at >= size && !isLast) return false;
      const isEnd = at >= size || bytes[at] !== delimiter;
      if (isEnd && !isQuoted && end > start && bytes[end - 1] === RETURN) end--;
      if (isEnd && isQuoted && bytes[at] === RETURN) at++;
      starts.push(start);
      ends.push(end);
      quoted.push(isQuoted);
      if (isEnd) {
        record.end = Math.min(at + 1, size);
        return true;
      }
    }
  }
}

function newRecord(): Record {
  return { starts: [], ends: [], quoted: [], end: 0, lines: 1 };
}

const decoder = /* @__PURE__ */ new TextDecoder();

function textOf(bytes: Uint8Array, record: Record, field: number): string {
  const text = decoder.decode(bytes.subarray(record.starts[field], record.ends[field]));
  return record.quoted[field] ? text.replaceAll('""', '"') : text;
}

/** Whether a finite number was written that became infinite, or one that is not 0 became 0. */
function isBeyond(value: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (value !== 0 && Math.abs(value) !== Number.POSITIVE_INFINITY) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (value === 0 && (byte | 32) === 101) return false;
    if (byte >= 49 && byte <= 57) return true;
  }
  return false;
}

function adviceOn(text: string): string {
  if (/^\s*[+-]?\d+,\d+\s*$/.test(text)) return ": the decimal point must be a point";
  return ": choose the logits with --columns, and pass other columns through with --keep";
}
