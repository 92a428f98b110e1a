/** CSV (RFC 4180): a line of names, then a row per line. Fields of logits are numbers, as `numberText.ts` has them. */

import type { Range, Shard } from "./arrays.js";
import type { Buffers } from "./buffers.js";
import { type Chunk, Chunks, shareOf } from "./chunks.js";
import { listed, selectColumns } from "./columns.js";
import { CsvScanner } from "./csvScanner.js";
import { DataError, UsageError } from "./errors.js";
import type { Batch, ComputeType } from "./format.js";
import type { Input } from "./input.js";
import { parseNumber, parseText } from "./numberText.js";
import { InputReader } from "./reader.js";
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

/** Fewer rows say nothing of a column. */
const SOME = 10;

export async function openCsv(input: Input, options: CsvOptions, buffers: Buffers): Promise<CsvReader> {
  const reader = new CsvReader(input, options, buffers);
  await reader.begin();
  return reader;
}

export class CsvReader extends InputReader {
  columns: readonly string[] = [];
  readonly type: ComputeType;
  /** Numbers that no double holds. */
  private beyond = 0;
  private readonly chunks: Chunks;
  private names: readonly string[] = [];
  /** Which fields hold logits, and which pass through. */
  private chosen: readonly number[] = [];
  private keptFields: readonly number[] = [];
  /** Of the last row, which values are missing. */
  private readonly missing: number[] = [];
  /** Which of the logits, by default all that is not kept, have been integers so far. */
  private integers: readonly number[] = [];
  private used = 0;
  private line = 1;
  private row = 0;
  private readonly scanner: CsvScanner;

  constructor(
    input: Input,
    private readonly options: CsvOptions,
    private readonly buffers: Buffers,
  ) {
    super(input);
    this.type = options.type;
    this.chunks = new Chunks(input);
    this.scanner = new CsvScanner(options.delimiter, input.name);
  }

  get kept(): readonly string[] {
    return this.keptFields.map((k) => this.names[k]);
  }

  get warnings(): readonly string[] {
    const { beyond, chosen, integers, name, row } = this;
    const warnings: string[] = [];
    if (beyond > 0) {
      warnings.push(`${name}: ${beyond} numbers are beyond the range of a double: they became inf or 0`);
    }
    // An id or a label, most likely.
    if (row >= SOME && integers.length > 0 && integers.length < chosen.length) {
      const names = listed(integers.map((k) => this.columns[k]));
      warnings.push(
        `${name}: logits of ${names} are integers in all rows: if they are none, name the logits with --columns, or what else to write with --keep`,
      );
    }
    return warnings;
  }

  /** Reads the line of names, and finds the columns. */
  async begin(): Promise<void> {
    const { columns, keep, hasHeader } = this.options;
    const { scanner } = this;
    let chunk = await this.chunks.next(0);
    // Excel begins UTF-8 with a byte order mark.
    const start = chunk.bytes[0] === 0xef && chunk.bytes[1] === 0xbb && chunk.bytes[2] === 0xbf ? 3 : 0;
    while (!scanner.scan(chunk, start, this.line)) {
      if (chunk.isLast) throw this.empty();
      chunk = await this.chunks.next(0);
    }
    const fields = Array.from({ length: scanner.count }, (_, k) => scanner.textOf(chunk.bytes, k));
    if (fields.length === 1 && fields[0] === "") throw this.empty();
    this.names = hasHeader ? this.checkNames(fields) : fields.map((_, k) => String(k));
    this.used = hasHeader ? scanner.end : start;
    if (hasHeader) this.line += scanner.lines;
    this.keptFields = keep.length > 0 ? selectColumns(this.name, this.names, keep) : [];
    this.chosen = columns
      ? selectColumns(this.name, this.names, columns)
      : this.names.map((_, k) => k).filter((k) => !this.keptFields.includes(k));
    if (this.chosen.length === 0) {
      throw new UsageError(`${this.name}: --keep takes all columns, and none is left for the logits`);
    }
    this.columns = this.chosen.map((k) => this.names[k]);
    if (columns === undefined) this.integers = this.chosen.map((_, k) => k);
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
    const { type, shard } = this.options;
    const range = shareOf(this.input, shard);
    let batch: RowBatch | undefined;
    let used = this.used;
    try {
      for (let isDone = false; !isDone; ) {
        const chunk = await this.chunks.next(used);
        used = 0;
        for (;;) {
          batch ??= await RowBatch.of(this.buffers, type, this.chosen.length, this.kept);
          used = this.readRows(chunk, used, range, batch);
          if (!batch.isFull) break;
          yield batch.done();
          batch = undefined;
        }
        isDone = chunk.isLast || chunk.offset + used >= range.to;
      }
    } catch (error) {
      batch?.drop();
      throw error;
    }
    if (batch?.isEmpty) batch.drop();
    else if (batch !== undefined) yield batch.done();
  }

  /** Reads rows from byte `from` of a chunk on, until the batch is full or the chunk ends. The result is the next byte to be read. */
  private readRows(chunk: Chunk, from: number, range: Range, batch: RowBatch): number {
    const { scanner } = this;
    let at = from;
    while (!batch.isFull && scanner.scan(chunk, at, this.line)) {
      const place = chunk.offset + at;
      if (place >= range.to) break;
      // Of one column, an empty line is a missing value.
      if (!scanner.isBlank || this.names.length === 1) {
        this.row++;
        if (place >= range.from) this.readRow(chunk, place, batch);
      }
      this.line += scanner.lines;
      at = scanner.end;
    }
    return at;
  }

  private readRow({ bytes, offset }: Chunk, place: number, batch: RowBatch): void {
    const { chosen, keptFields, missing, names, scanner } = this;
    if (scanner.count !== names.length) {
      throw new DataError(
        `${this.name}: line ${this.line}, row ${this.row} (byte ${place}): there must be ${names.length} fields, got ${scanner.count}`,
      );
    }
    const { values, at } = batch;
    missing.length = 0;
    for (let k = 0; k < chosen.length; k++) {
      const field = chosen[k];
      values[at + k] = scanner.isNumber(field) ? scanner.numbers[field] : this.parse(bytes, offset, k);
    }
    if (this.integers.length > 0) {
      this.integers = this.integers.filter((k) => Number.isInteger(values[at + k]));
    }
    const kept = keptFields.map((field) => scanner.textOf(bytes, field));
    batch.add(missing, this.options.nulls, kept);
  }

  /** The number in a field that is in no plain form: NaN if it is missing. */
  private parse(bytes: Uint8Array, offset: number, k: number): number {
    const { scanner } = this;
    const field = this.chosen[k];
    const from = scanner.starts[field];
    const to = scanner.ends[field];
    const value = parseNumber(bytes, from, to);
    if (value !== undefined) {
      if (isBeyond(value, bytes, from, to)) this.beyond++;
      return value;
    }
    const where = `${this.name}: line ${this.line}, row ${this.row}, column ${JSON.stringify(this.columns[k])} (byte ${offset + from})`;
    const text = scanner.textOf(bytes, field);
    if (text.trim() !== "") {
      throw new DataError(
        `${where}: must be a number, got ${JSON.stringify(text.slice(0, 40))}${adviceOn(text)}`,
      );
    }
    checkMissing(this.options.nulls, where);
    this.missing.push(k);
    return Number.NaN;
  }
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
