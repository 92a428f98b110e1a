/** JSON Lines: an array of numbers per line, or an object with one in a field. */
import type { FloatArray } from "../types.js";
import type { Shard } from "./arrays.js";
import type { Buffers } from "./buffers.js";
import { Chunks, shareOf } from "./chunks.js";
import { DataError, UsageError } from "./errors.js";
import type { Batch, ComputeType } from "./format.js";
import type { Input } from "./input.js";
import { InputReader } from "./reader.js";
import { checkMissing, type Nulls, RowBatch } from "./rows.js";

export interface JsonLinesOptions {
  readonly field: string | undefined;
  readonly keep: readonly string[];
  readonly type: ComputeType;
  readonly nulls: Nulls;
  readonly shard?: Shard | undefined;
}

const LINE_FEED = 10;

/** Stands before a bare NaN or Infinity, which Python and DuckDB write and JSON has no word for. */
const MARK = "\u0000";
const BARE = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

export class JsonLinesReader extends InputReader {
  readonly type: ComputeType;
  readonly field: string | undefined;
  private beyond = 0;

  constructor(
    input: Input,
    private readonly options: JsonLinesOptions,
    private readonly buffers: Buffers,
  ) {
    super(input);
    this.type = options.type;
    this.field = options.field;
    if (options.field === undefined && options.keep.length > 0) {
      throw new UsageError("--keep names fields of objects: give --field too, the one that holds the logits");
    }
  }

  get kept(): readonly string[] {
    return this.options.keep;
  }

  get warnings(): readonly string[] {
    if (this.beyond === 0) return [];
    return [`${this.name}: ${this.beyond} numbers are beyond the range of a double: they became infinite`];
  }

  async *batches(): AsyncGenerator<Batch> {
    const { keep, nulls, type } = this.options;
    const missing: number[] = [];
    let batch: RowBatch | undefined;
    const range = shareOf(this.input, this.options.shard);
    let line = 0;
    try {
      for await (const { text, offset } of this.lines()) {
        line++;
        if (text.trim() === "" || offset < range.from) continue;
        if (offset >= range.to) break;
        const where = `${this.name}: line ${line} (byte ${offset})`;
        const record = parse(text, where);
        const list = this.listOf(record, where);
        const row = this.rowOf(list, where, missing);
        if (batch !== undefined && (batch.isFull || batch.length !== row.length)) {
          yield batch.done();
          batch = undefined;
        }
        batch ??= await RowBatch.of(this.buffers, type, row.length, keep);
        const kept = keep.map((name) => unmarked((record as { [name: string]: unknown })[name]));
        batch.values.set(row, batch.at);
        batch.add(missing, nulls, kept);
      }
    } catch (error) {
      batch?.drop();
      throw error;
    }
    if (batch !== undefined) yield batch.done();
  }

  private async *lines(): AsyncGenerator<{ text: string; offset: number }> {
    const chunks = new Chunks(this.input);
    const decoder = new TextDecoder();
    let used = 0;
    for (let isLast = false; !isLast; ) {
      const { bytes, offset, isLast: last } = await chunks.next(used);
      isLast = last;
      used = 0;
      for (;;) {
        const end = bytes.indexOf(LINE_FEED, used);
        if (end < 0) break;
        yield { text: decoder.decode(bytes.subarray(used, end)), offset: offset + used };
        used = end + 1;
      }
      if (isLast && used < bytes.length) {
        yield { text: decoder.decode(bytes.subarray(used)), offset: offset + used };
      }
    }
  }

  private listOf(record: unknown, where: string): readonly unknown[] {
    const { field } = this.options;
    if (field === undefined) {
      if (Array.isArray(record)) return record;
      const lists = Object.entries(record ?? {}).filter(([, value]) => Array.isArray(value));
      const isObject = typeof record === "object" && record !== null;
      const advice = isObject
        ? `: name the field of the logits, as in --field ${lists[0]?.[0] ?? "logits"}`
        : "";
      throw new DataError(`${where}: must be an array of numbers, got ${shown(record)}${advice}`);
    }
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      throw new DataError(`${where}: must be an object with the field ${field}, got ${shown(record)}`);
    }
    const list = (record as { [name: string]: unknown })[field];
    if (Array.isArray(list)) return list;
    throw new DataError(
      `${where}: field ${field} must be an array of numbers, got ${list === undefined ? `no such field; fields are ${Object.keys(record).slice(0, 10).join(", ")}` : shown(list)}`,
    );
  }

  private rowOf(list: readonly unknown[], where: string, missing: number[]): FloatArray {
    const row = this.type === "float64" ? new Float64Array(list.length) : new Float32Array(list.length);
    missing.length = 0;
    for (let k = 0; k < row.length; k++) {
      const value = list[k];
      if (typeof value === "number") {
        if (!Number.isFinite(value)) this.beyond++;
        row[k] = value;
      } else if (value === null) {
        checkMissing(this.options.nulls, `${where}, element ${k}`);
        missing.push(k);
        row[k] = Number.NaN;
      } else if (typeof value === "string" && value.startsWith(MARK)) {
        row[k] = Number(value.slice(1));
      } else {
        const advice = Array.isArray(value) ? ": write each row on a line of its own" : "";
        throw new DataError(`${where}, element ${k}: must be a number, got ${shown(value)}${advice}`);
      }
    }
    return row;
  }
}

/** JSON, or else JSON with bare NaN, Infinity and -Infinity. */
function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const marked = text.replace(BARE, (token) =>
      token.startsWith('"') ? token : JSON.stringify(MARK + token),
    );
    try {
      return JSON.parse(marked);
    } catch {
      throw new DataError(`${where}: not JSON: ${(error as Error).message}`, { cause: error });
    }
  }
}

function unmarked(value: unknown): unknown {
  return typeof value === "string" && value.startsWith(MARK) ? Number(value.slice(1)) : value;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 40);
}
