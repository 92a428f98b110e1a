/** Writes Arrow's IPC format by apache-arrow, as a file or a stream: a record batch for each group of rows. */
import type * as Arrow from "apache-arrow";
import { loadArrow } from "./arrow.js";
import { BATCH_BYTES } from "./buffers.js";
import type { Header, Target, Writer } from "./format.js";
import { type KeptType, Moment, textOf } from "./tableKept.js";
import {
  type Group,
  type KeptColumn,
  type ResultColumn,
  type TableFormat,
  TableWriter,
} from "./tableWriter.js";

type Data = Arrow.Data;

export async function writeArrow(header: Header, target: Target, isStream: boolean): Promise<Writer> {
  const format = new ArrowFormat(await loadArrow(), target, isStream);
  // A batch that comes in is one that goes out, without a copy.
  return new TableWriter(header, format, BATCH_BYTES);
}

/** apache-arrow's writer, whose bytes have all been taken when a promise is fulfilled. */
export class ArrowSink {
  private readonly writer: Arrow.RecordBatchWriter;
  private readonly queue: Arrow.AsyncByteQueue;
  private parts: Uint8Array[] = [];
  private hasBegun = false;

  constructor(
    arrow: typeof Arrow,
    private readonly target: Target,
    isStream: boolean,
  ) {
    this.writer = isStream ? new arrow.RecordBatchStreamWriter() : new arrow.RecordBatchFileWriter();
    this.queue = new arrow.AsyncByteQueue();
    this.queue.write = (bytes) => void this.parts.push(bytes as Uint8Array);
  }

  async begin(schema: Arrow.Schema): Promise<void> {
    if (!this.hasBegun) this.writer.reset(this.queue, schema);
    this.hasBegun = true;
    await this.drain();
  }

  async write(batch: Arrow.RecordBatch): Promise<void> {
    this.writer.write(batch);
    await this.drain();
  }

  async end(): Promise<void> {
    this.writer.finish();
    await this.drain();
  }

  private async drain(): Promise<void> {
    const { parts } = this;
    this.parts = [];
    for (const part of gathered(parts)) await this.target.write(part);
  }
}

class ArrowFormat implements TableFormat {
  private readonly sink: ArrowSink;
  private schema: Arrow.Schema;
  private results: readonly ResultColumn[] = [];
  private kept: readonly KeptColumn[] = [];

  constructor(
    private readonly arrow: typeof Arrow,
    target: Target,
    isStream: boolean,
  ) {
    this.sink = new ArrowSink(arrow, target, isStream);
    this.schema = new arrow.Schema();
  }

  async begin(results: readonly ResultColumn[], kept: readonly KeptColumn[]): Promise<void> {
    const { Field, Schema } = this.arrow;
    this.results = results;
    this.kept = kept;
    this.schema = new Schema([
      ...kept.map(({ name, type }) => new Field(name, this.keptType(type), true)),
      ...results.map((column) => new Field(column.name, this.resultType(column), false)),
    ]);
    await this.sink.begin(this.schema);
  }

  async group({ rows, results, kept }: Group): Promise<void> {
    const { RecordBatch, Struct, makeData } = this.arrow;
    const children = [
      ...kept.map((values, k) => this.keptData(this.kept[k].type, values)),
      ...results.map(({ values, offsets }, k) => {
        const type = this.resultType(this.results[k]);
        if (this.results[k].list === undefined)
          return makeData({ type, length: rows, data: values } as never);
        const child = makeData({ type: type.children[0].type, length: values.length, data: values } as never);
        return makeData({ type, length: rows, child, valueOffsets: offsets } as never);
      }),
    ] as Data[];
    const type = new Struct(this.schema.fields);
    const data = makeData({ type, length: rows, nullCount: 0, children });
    await this.sink.write(new RecordBatch(this.schema, data));
  }

  end(): Promise<void> {
    return this.sink.end();
  }

  private resultType({ type, list }: ResultColumn): Arrow.DataType {
    const { Field, FixedSizeList, Float32, Float64, Int32, List } = this.arrow;
    const number = type === "int32" ? new Int32() : type === "float64" ? new Float64() : new Float32();
    if (list === undefined) return number;
    const item = new Field<Arrow.DataType>("item", number, false);
    return list === "any" ? new List(item) : new FixedSizeList(list, item);
  }

  private keptType(type: KeptType): Arrow.DataType {
    const { Bool, DateDay, Float32, Float64, Int, Timestamp, Utf8 } = this.arrow;
    switch (type.kind) {
      case "bool":
        return new Bool();
      case "int":
        return new Int(type.isSigned as true, type.bits as 32);
      case "float":
        return type.bits === 64 ? new Float64() : new Float32();
      case "moment":
        return type.unit === "d"
          ? new DateDay()
          : new Timestamp(["s", "ms", "us", "ns"].indexOf(type.unit), type.zone);
      default:
        return new Utf8();
    }
  }

  private keptData(kept: KeptType, values: readonly unknown[]): Data {
    const { makeData, util, vectorFromArray } = this.arrow;
    const type = this.keptType(kept);
    const texts =
      kept.kind === "utf8" ? values.map((value) => (value == null ? null : textOf(value))) : values;
    if (kept.kind === "utf8" || kept.kind === "bool")
      return vectorFromArray(texts as never, type).data[0] as Data;
    const numbers = values.map((value) => (value instanceof Moment ? value.count : value));
    const nulls = numbers.filter((value) => value == null).length;
    const make = type.ArrayType as unknown as { from(numbers: unknown[]): ArrayBufferView };
    const isBig = /^Big/.test((type.ArrayType as { name: string }).name);
    const data = make.from(
      numbers.map((value) => (isBig ? BigInt((value ?? 0) as bigint) : Number(value ?? 0))),
    );
    const nullBitmap = nulls === 0 ? undefined : util.packBools(numbers.map((value) => value != null));
    return makeData({ type, length: values.length, nullCount: nulls, nullBitmap, data } as never) as Data;
  }
}

/** Small buffers together, large ones as they are: a write for each of some bytes is slow. */
function* gathered(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  for (const part of parts) {
    if (part.length < 65536) small.push(part);
    else {
      if (small.length > 0) yield Buffer.concat(small);
      yield part;
      small = [];
    }
  }
  if (small.length > 0) yield Buffer.concat(small);
}
