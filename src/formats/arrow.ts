/** Arrow's IPC format, files and streams, by apache-arrow: a record batch of the file is in memory at a time. */
import type * as Arrow from "apache-arrow";
import { registerCodecs } from "./arrowCodecs.js";
import { ArrowColumns } from "./arrowColumns.js";
import { ArrowSource, damaged } from "./arrowSource.js";
import type { Buffers } from "./buffers.js";
import { DataError, saysWhat } from "./errors.js";
import type { Batch } from "./format.js";
import type { Input } from "./input.js";
import { peer } from "./peer.js";
import { type Selection, selectLanes, type TableOptions } from "./table.js";
import { type Block, batchesOf } from "./tableBatches.js";
import type { KeptType } from "./tableKept.js";
import { TableReader } from "./tableReader.js";

export function loadArrow(): Promise<typeof Arrow> {
  return peer("apache-arrow", () => import("apache-arrow"), "Arrow's format");
}

export async function openArrow(input: Input, options: TableOptions, buffers: Buffers): Promise<ArrowReader> {
  const arrow = await loadArrow();
  await registerCodecs(arrow);
  const source = await ArrowSource.open(input, options.shard);
  const streams = streamsOf(arrow, source);
  const first = await readable(input.name, () => streams.next());
  if (first.done) throw damaged(input.name, "it has no schema");
  const columns = new ArrowColumns(arrow);
  return readable(
    input.name,
    async () => new ArrowReader(input, columns, source, streams, first.value, options, buffers),
  );
}

/** All streams that follow each other. apache-arrow reads by what is private in its AsyncByteStream, which is exact here. */
export function streamsOf(arrow: typeof Arrow, source: ArrowSource): AsyncGenerator<Arrow.RecordBatchReader> {
  const bytes = new arrow.AsyncByteStream();
  const done = async () => ({ done: true, value: undefined });
  // It looks at the first bytes only to tell a file.
  const peek = async () => new Uint8Array(8);
  Object.assign(bytes, { source: { read: source.read.bind(source), peek, return: done, throw: done } });
  return arrow.RecordBatchReader.readAll(
    bytes as never,
  ) as unknown as AsyncGenerator<Arrow.RecordBatchReader>;
}

/** What apache-arrow throws, where it cannot read on, becomes an error of the file. */
async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (saysWhat(error)) throw error;
    throw damaged(name, (error as Error).message, error);
  }
}

export class ArrowReader extends TableReader {
  readonly listSize: number | undefined;
  readonly warnings: string[] = [];
  private schema: Arrow.Schema;
  private row = 0;

  constructor(
    input: Input,
    private readonly own: ArrowColumns,
    private readonly source: ArrowSource,
    private readonly streams: AsyncGenerator<Arrow.RecordBatchReader>,
    private stream: Arrow.RecordBatchReader,
    options: TableOptions,
    private readonly buffers: Buffers,
  ) {
    super(input, own.describeAll(stream.schema), options);
    this.schema = stream.schema;
    const { lane, isList } = this.selection;
    this.listSize = isList ? (this.schema.fields[lane[0]].type as { listSize?: number }).listSize : undefined;
  }

  async *batches(): AsyncGenerator<Batch> {
    const { name, type, buffers, options } = this;
    const lanes = { file: name, type, nulls: options.nulls, buffers };
    for (;;) {
      const batches = this.stream[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await readable(name, async () => batches.next());
        if (done) break;
        const block = await readable(name, async () => this.block(value));
        yield* batchesOf(block, this.row, lanes);
        this.row += block.rows;
      }
      const next = await readable(name, () => this.streams.next());
      if (next.done) break;
      this.stream = next.value;
    }
    if (this.source.isEnded) return;
    this.warnings.push(
      `${name}: the stream has no end mark: if its writer was stopped, rows after row ${this.row} are missing`,
    );
  }

  /** Another stream has begun: it has to have the same columns. */
  private follow(schema: Arrow.Schema): void {
    if (schema === this.schema) return;
    const selection = selectLanes(this.name, this.own.describeAll(schema), this.options);
    const namesOf = ({ type, lane, keep }: Selection, { fields }: Arrow.Schema) =>
      JSON.stringify([type, ...[...lane, ...keep].map((at) => [fields[at].name, String(fields[at].type)])]);
    if (namesOf(selection, schema) !== namesOf(this.selection, this.schema)) {
      throw new DataError(
        `${this.name}: after row ${this.row} another stream begins, with other columns: score them one by one`,
      );
    }
    this.selection = selection;
    this.schema = schema;
  }

  private block({ numRows: rows, data }: Arrow.RecordBatch): Block {
    this.follow(this.stream.schema);
    const { lane, isList, keep } = this.selection;
    const { fields } = this.schema;
    const what = (at: number) => `${this.name}: after row ${this.row}, column "${fields[at].name}"`;
    const kept = new Map<string, unknown[]>();
    for (const at of keep) {
      const type = this.own.keptType(fields[at].type) as KeptType;
      kept.set(fields[at].name, this.own.kept(data.children[at], rows, type, what(at)));
    }
    if (isList) {
      const [at] = lane;
      return { rows, kept, lanes: this.own.lists(data.children[at], fields[at].name, rows, what(at)) };
    }
    const columns = lane.map((at) => ({
      name: fields[at].name,
      ...this.own.floats(data.children[at], rows, what(at)),
    }));
    return { rows, kept, lanes: { columns } };
  }
}
