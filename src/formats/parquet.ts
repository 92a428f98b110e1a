/** Parquet files, by row groups, each in parts of some 2 MiB: hyparquet reads the metadata and the values of pages. */
import type { FileMetaData, RowGroup, SchemaTree } from "hyparquet";
import { rangeOf } from "./arrays.js";
import { type Buffers, MOST_BYTES } from "./buffers.js";
import { DataError, saysWhat, UsageError } from "./errors.js";
import type { Batch } from "./format.js";
import type { Input } from "./input.js";
import { FlatColumn, ListColumn } from "./parquetColumns.js";
import { loadPageCodec, type PageCodec, PageReader } from "./parquetPages.js";
import { describeParquet, type Leaf, type ParquetColumn } from "./parquetSchema.js";
import { peer } from "./peer.js";
import type { TableOptions } from "./table.js";
import { type Block, batchesOf, rowsPerBatch } from "./tableBatches.js";
import type { KeptType } from "./tableKept.js";
import { TableReader } from "./tableReader.js";

/** The index at the end of a file, and the tree of its columns. */
export async function readMetadata(input: Input): Promise<{ metadata: FileMetaData; root: SchemaTree }> {
  const { name, size, readAt } = input;
  if (readAt === undefined || size === undefined) {
    throw new UsageError(`${name}: Parquet has its index at its end: read it as a file, not from a pipe`);
  }
  const start = new Uint8Array(4);
  await readAt.call(input, start, 0);
  const magic = new TextDecoder("latin1").decode(start);
  if (magic === "PARE") throw new DataError(`${name}: it is encrypted, which is not read`);
  if (magic !== "PAR1") {
    throw new DataError(`${name}: a Parquet file begins with PAR1, got ${JSON.stringify(magic)}`);
  }
  const hyparquet = await peer("hyparquet", () => import("hyparquet"), "Reading Parquet");
  const slice = async (from: number, to = size) => {
    const bytes = new Uint8Array(to - from);
    if ((await readAt.call(input, bytes, from)) < bytes.length) throw new RangeError("truncated");
    return bytes.buffer;
  };
  return readable(name, async () => {
    const metadata = await hyparquet.parquetMetadataAsync({ byteLength: size, slice }, { geoparquet: false });
    return { metadata, root: hyparquet.parquetSchema(metadata) };
  });
}

export async function openParquet(
  input: Input,
  options: TableOptions,
  buffers: Buffers,
): Promise<ParquetReader> {
  const { metadata, root } = await readMetadata(input);
  const codec = await loadPageCodec();
  return readable(input.name, async () => {
    const all = root.children.map((node) => describeParquet(root, node));
    return new ParquetReader(input, metadata, all, codec, options, buffers);
  });
}

/** What hyparquet and the pages find damaged becomes an error of the file. */
async function readable<T>(name: string, read: () => Promise<T>, where = ""): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (saysWhat(error)) throw error;
    // A TypeError is hyparquet's, of an index that does not say what it should.
    const what = error instanceof TypeError ? "its index is damaged" : (error as Error).message;
    throw new DataError(`${name}: not a readable Parquet file: ${where}${what}`, { cause: error });
  }
}

export class ParquetReader extends TableReader {
  private row = 0;

  constructor(
    input: Input,
    private readonly metadata: FileMetaData,
    private readonly all: readonly ParquetColumn[],
    private readonly codec: PageCodec,
    options: TableOptions,
    private readonly buffers: Buffers,
  ) {
    super(input, all, options);
    const rows = metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
    if (rows === Number(metadata.num_rows)) return;
    throw new RangeError(`row groups have ${rows} rows, and the file says ${metadata.num_rows}`);
  }

  async *batches(): AsyncGenerator<Batch> {
    const { name, type, buffers, metadata } = this;
    const lanes = { file: name, type, nulls: this.options.nulls, buffers };
    const { from, to } = rangeOf(metadata.row_groups.length, this.options.shard);
    for (const [k, group] of metadata.row_groups.entries()) {
      if (k < from) this.row += Number(group.num_rows);
      if (k < from || k >= to) continue;
      const blocks = this.blocks(group);
      for (;;) {
        const { value: block, done } = await readable(name, () => blocks.next(), `row group ${k + 1}: `);
        if (done) break;
        yield* batchesOf(block, this.row, lanes);
        this.row += block.rows;
      }
    }
  }

  private async *blocks(group: RowGroup): AsyncGenerator<Block> {
    const { lane, isList, keep } = this.selection;
    const rows = Number(group.num_rows);
    if (!(rows >= 0)) throw new RangeError(`${rows} rows`);
    // pyarrow writes a group for a table of no rows, whose columns are nowhere.
    if (rows === 0) return;
    const flat = (at: number) => ({ ...this.all[at], column: new FlatColumn(...this.pages(group, at)) });
    const kept = keep.map(flat);
    const floats = isList ? [] : lane.map(flat);
    const [field] = lane.map((at) => this.all[at].name);
    const lists = isList ? new ListColumn(...this.pages(group, lane[0])) : undefined;
    const mean = isList ? Number(this.chunk(group, lane[0]).num_values) / Math.max(1, rows) : lane.length;
    const most = rowsPerBatch(mean, this.type);
    for (let done = 0; done < rows; done += most) {
      const part = Math.min(most, rows - done);
      const others = new Map<string, unknown[]>();
      for (const { name, column, kept: type } of kept)
        others.set(name, await column.kept(part, type as KeptType));
      if (lists !== undefined) {
        const found = await inLists(field, () => lists.lists(part));
        yield { rows: part, kept: others, lanes: { field, ...found } };
        continue;
      }
      const columns = [];
      for (const { name, column } of floats) columns.push({ name, ...(await column.floats(part)) });
      yield { rows: part, kept: others, lanes: { columns } };
    }
    for (const { column } of [...kept, ...floats]) await column.end();
    await inLists(field, async () => lists?.end());
  }

  private chunk({ columns }: RowGroup, at: number) {
    const { path } = this.all[at].leaf as Leaf;
    const wanted = path.slice(1).map(({ element }) => element.name);
    const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema.join("\0") === wanted.join("\0"));
    if (chunk?.meta_data === undefined) throw new RangeError(`it has no column "${wanted.join(".")}"`);
    if (chunk.file_path) throw new RangeError(`column "${wanted.join(".")}" is in another file`);
    return chunk.meta_data;
  }

  private pages(group: RowGroup, at: number): [PageReader, Leaf] {
    const { input, selection } = this;
    const leaf = this.all[at].leaf as Leaf;
    const chunk = this.chunk(group, at);
    const readAt = async (bytes: Uint8Array, position: number) =>
      (await input.readAt?.(bytes, position)) ?? 0;
    const share = Math.floor(MOST_BYTES / (selection.lane.length + selection.keep.length));
    const step = Math.min(2 ** 22, Math.max(2 ** 16, share));
    if (leaf.mostRepetition === 0 && chunk.num_values !== group.num_rows) {
      throw new RangeError(
        `column "${this.all[at].name}" has ${chunk.num_values} values of ${group.num_rows}`,
      );
    }
    return [new PageReader(readAt, chunk, leaf, this.codec, step, input.size ?? 0), leaf];
  }
}

/** Lists whose levels do not give as many rows as there are. */
async function inLists<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const hint = "DuckDB writes FLOAT[n] with a NULL so: cast it to FLOAT[]";
    throw new RangeError(`column "${name}": ${error.message} (${hint})`, { cause: error });
  }
}
