/** Writes Parquet by hyparquet-writer, a row group at a time. */
import type { ByteWriter, ColumnSource, ParquetWriter, SchemaElement } from "hyparquet-writer";
import type { Header, Target, Writer } from "./format.js";
import { peer } from "./peer.js";
import { type KeptType, Moment, textOf } from "./tableKept.js";
import {
  type Group,
  type KeptColumn,
  type ResultColumn,
  resultColumns,
  type TableFormat,
  TableWriter,
} from "./tableWriter.js";

/** The index at the end has an entry for each column of each group: groups of many columns are larger. */
const GROUP_BYTES = 16 * 2 ** 20;
const COLUMN_BYTES = 2 ** 16;
/** Of lists hyparquet-writer makes plain arrays, and levels of each element: 100 bytes for 4. */
const LIST_BYTES = 4 * 2 ** 20;

export async function writeParquet(header: Header, target: Target): Promise<Writer> {
  const library = await peer("hyparquet-writer", () => import("hyparquet-writer"), "Writing Parquet");
  const columns = resultColumns(header);
  const isList = columns.some(({ list }) => list !== undefined);
  const most = isList ? LIST_BYTES : Math.max(GROUP_BYTES, columns.length * COLUMN_BYTES);
  return new TableWriter(header, new ParquetFormat(target, library), most);
}

class ParquetFormat implements TableFormat {
  private readonly bytes: ByteWriter;
  private writer: ParquetWriter | undefined;
  private results: readonly ResultColumn[] = [];
  private kept: readonly KeptColumn[] = [];

  constructor(
    private readonly target: Target,
    private readonly library: typeof import("hyparquet-writer"),
  ) {
    this.bytes = new library.ByteWriter();
  }

  async begin(results: readonly ResultColumn[], kept: readonly KeptColumn[]): Promise<void> {
    this.results = results;
    this.kept = kept;
    const columns = [...kept.map((column) => [keptElement(column)]), ...results.map(resultElements)];
    this.writer = new this.library.ParquetWriter({
      writer: this.bytes,
      schema: [{ name: "root", num_children: columns.length }, ...columns.flat()],
      // Probabilities do not compress.
      codec: "UNCOMPRESSED",
      // They would say nothing of NaN: a filter p = NaN then skips row groups that have some.
      statistics: false,
      createdBy: "softmax-wasm",
    });
  }

  async group({ rows, results, kept }: Group): Promise<void> {
    const columnData: ColumnSource[] = [
      ...this.kept.map(({ name, type }, k) => ({
        name,
        data: kept[k].map((value) => keptValue(value, type)),
      })),
      // By a dictionary -0 would be 0.
      ...this.results.map(({ name }, k) => ({ name, data: rowsOf(results[k]), encoding: "PLAIN" as const })),
    ];
    await this.writer?.write({
      columnData: columnData.map((column) => ({ ...column, offsetIndex: false })),
      rowGroupSize: rows,
    });
    await this.flush();
  }

  async end(): Promise<void> {
    await this.writer?.finish();
    await this.flush();
  }

  private async flush(): Promise<void> {
    await this.target.write(this.bytes.getBytes());
    this.bytes.index = 0;
  }
}

/** Lists as plain arrays, which hyparquet-writer takes alone. */
function rowsOf({ values, offsets }: Group["results"][number]): ColumnSource["data"] {
  if (offsets === undefined) return values;
  return Array.from({ length: offsets.length - 1 }, (_, row) =>
    Array.from(values.subarray(offsets[row], offsets[row + 1])),
  );
}

function resultElements({ name, type, list }: ResultColumn): SchemaElement[] {
  const leaf: SchemaElement = {
    name: list === undefined ? name : "element",
    type: type === "int32" ? "INT32" : type === "float64" ? "DOUBLE" : "FLOAT",
    repetition_type: "REQUIRED",
  };
  if (list === undefined) return [leaf];
  const logical = { converted_type: "LIST", logical_type: { type: "LIST" } } as const;
  return [
    { name, repetition_type: "REQUIRED", num_children: 1, ...logical },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    leaf,
  ];
}

const UNITS = { s: "MILLIS", ms: "MILLIS", us: "MICROS", ns: "NANOS" } as const;

function keptElement({ name, type }: KeptColumn): SchemaElement {
  const element = (rest: Partial<SchemaElement>) => ({ name, repetition_type: "OPTIONAL", ...rest }) as const;
  switch (type.kind) {
    case "bool":
      return element({ type: "BOOLEAN" });
    case "utf8":
      return element({ type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } });
    case "float":
      return element({ type: type.bits === 64 ? "DOUBLE" : "FLOAT" });
    case "int":
      // Not as a logical type: hyparquet-writer 0.17 writes its width as an i32, and Arrow refuses the file.
      return element({
        type: type.bits === 64 ? "INT64" : "INT32",
        converted_type: `${type.isSigned ? "INT" : "UINT"}_${type.bits}`,
      });
    default: {
      const { unit, zone } = type;
      if (unit === "d")
        return element({ type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } });
      const logical = { type: "TIMESTAMP", isAdjustedToUTC: zone !== undefined, unit: UNITS[unit] } as const;
      return element({ type: "INT64", logical_type: logical });
    }
  }
}

function keptValue(value: unknown, { kind }: KeptType): unknown {
  if (value === null || value === undefined) return null;
  if (kind === "utf8") return textOf(value);
  if (!(value instanceof Moment)) return value;
  if (value.unit === "d") return Number(value.count);
  return value.unit === "s" ? value.count * 1000n : value.count;
}
