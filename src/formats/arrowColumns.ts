/** Arrow's columns, as apache-arrow has them: what they are good for, and their values. Lengths of buffers are checked here. */
import type * as Arrow from "apache-arrow";
import { widenHalf } from "../math/halfFloats.js";
import { DataError } from "./errors.js";
import type { TableColumn } from "./table.js";
import { checkOffsets, type Lists, type Values } from "./tableBatches.js";
import { type KeptType, Moment, type TimeUnit } from "./tableKept.js";

type Library = typeof Arrow;
type Data = Arrow.Data;

export class ArrowColumns {
  constructor(private readonly arrow: Library) {}

  describeAll({ fields }: Arrow.Schema): TableColumn[] {
    return fields.map((field) => this.describe(field));
  }

  private describe({ name, type }: Arrow.Field): TableColumn {
    const { DataType } = this.arrow;
    const { isDouble, text: described } = this.nameOf(type);
    const kept = this.keptType(type);
    if (this.floatOf(type) !== undefined) return { name, shape: "floats", isDouble, described, kept };
    const isList = DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type);
    if (!isList) return { name, shape: "other", isDouble, described, kept };
    const child = type.children[0]?.type;
    const shape = child !== undefined && this.floatOf(child) !== undefined ? "lists" : "other";
    const of = child === undefined ? { isDouble: false, text: "nothing" } : this.nameOf(child);
    return { name, shape, isDouble: of.isDouble, described: `lists of ${of.text}`, kept: undefined };
  }

  /** The type of the floats of a column, which may be those of a dictionary. */
  private floatOf(type: Arrow.DataType): Arrow.Float | undefined {
    const { DataType } = this.arrow;
    const plain: Arrow.DataType = DataType.isDictionary(type) ? type.dictionary : type;
    return DataType.isFloat(plain) ? plain : undefined;
  }

  private nameOf(type: Arrow.DataType): { isDouble: boolean; text: string } {
    const float = this.floatOf(type);
    const isDouble = float?.precision === this.arrow.Precision.DOUBLE;
    return { isDouble, text: String(float ?? type).toLowerCase() };
  }

  keptType(type: Arrow.DataType): KeptType | undefined {
    const { DataType, Precision } = this.arrow;
    if (DataType.isDictionary(type)) return this.keptType(type.dictionary);
    if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type))
      return { kind: "utf8" };
    if (DataType.isBool(type)) return { kind: "bool" };
    if (DataType.isInt(type)) return { kind: "int", bits: type.bitWidth, isSigned: type.isSigned };
    if (DataType.isFloat(type)) return { kind: "float", bits: type.precision === Precision.DOUBLE ? 64 : 32 };
    if (DataType.isDate(type)) return { kind: "moment", unit: type.unit === 0 ? "d" : "ms" };
    if (!DataType.isTimestamp(type)) return undefined;
    const unit = (["s", "ms", "us", "ns"] as const)[type.unit];
    return { kind: "moment", unit, zone: type.timezone ?? undefined };
  }

  floats(data: Data, count: number, what: string): Values {
    const valid = validOf(data, count, what);
    const { values, type, length } = data;
    if (length < count) throw new DataError(`${what}: ${length} values of ${count}`);
    if (this.arrow.DataType.isDictionary(type)) return this.looked(data, count, valid, what);
    need(values, count, what);
    const own = values.subarray(0, count);
    if (!(own instanceof Uint16Array)) return { values: own, valid };
    const wide = new Float32Array(count);
    widenHalf("f16", own, wide);
    return { values: wide, valid };
  }

  /** Floats by indices of a dictionary, which may be missing in it too. */
  private looked(data: Data, count: number, valid: Uint8Array | undefined, what: string): Values {
    need(data.values, count, what);
    const vector = new this.arrow.Vector([data]);
    const missing = valid ?? new Uint8Array(count).fill(1);
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      const value = missing[row] === 0 ? null : vector.get(row);
      if (typeof value === "number") values[row] = value;
      else missing[row] = 0;
    }
    return { values, valid: missing.includes(0) ? missing : undefined };
  }

  lists(data: Data, field: string, rows: number, what: string): Lists {
    const { type, valueOffsets, children } = data;
    const present = validOf(data, rows, what);
    const [child] = children;
    if (this.arrow.DataType.isFixedSizeList(type)) {
      const { listSize: offsets } = type;
      if (!(offsets > 0)) throw new DataError(`${what}: lists of ${offsets}`);
      return { field, offsets, present, ...this.floats(child, rows * offsets, what) };
    }
    // Those of a list are not sliced with it, and those of a LargeList are bigint.
    if (rows === 0) return { field, offsets: [0], present, values: [], valid: undefined };
    need(valueOffsets, rows + 1, what);
    const all = valueOffsets.subarray(0, rows + 1) as Int32Array | BigInt64Array;
    const offsets = all instanceof BigInt64Array ? Float64Array.from(all, Number) : all;
    checkOffsets(offsets, child.length, what);
    return { field, offsets, present, ...this.floats(child, offsets[rows], what) };
  }

  /** Values that pass through: null where one is missing. */
  kept(data: Data, rows: number, type: KeptType, what: string): unknown[] {
    const { DataType } = this.arrow;
    const { values, valueOffsets } = data;
    const valid = validOf(data, rows, what);
    const isText = DataType.isUtf8(data.type) || DataType.isLargeUtf8(data.type);
    if (isText && rows > 0) {
      need(valueOffsets, rows + 1, what);
      checkOffsets(Array.from(valueOffsets.subarray(0, rows + 1), Number), values.length, what);
    } else if (!DataType.isUtf8View(data.type)) {
      need(values, DataType.isBool(data.type) ? Math.ceil(rows / 8) : rows, what);
    }
    const vector = new this.arrow.Vector([data]);
    return Array.from({ length: rows }, (_, row) => {
      if (valid?.[row] === 0) return null;
      if (type.kind !== "moment" || DataType.isDictionary(data.type)) return vector.get(row) ?? null;
      // By get() they are numbers of milliseconds, whatever their unit is.
      return momentOf(values[row], type.unit, type.zone !== undefined);
    });
  }
}

function momentOf(count: number | bigint, unit: TimeUnit, isUtc: boolean): Moment {
  return new Moment(BigInt(count), unit, isUtc);
}

function need(values: ArrayLike<unknown> | undefined, count: number, what: string): void {
  const length = values?.length ?? 0;
  if (length < count) throw new DataError(`${what}: ${count} values, and memory for ${length}`);
}

/** A byte for each bit of the validity bitmap: undefined if nothing is missing. */
function validOf(data: Data, count: number, what: string): Uint8Array | undefined {
  const { nullBitmap, offset } = data;
  if (data.nullCount === 0) return undefined;
  need(nullBitmap, Math.ceil((offset + count) / 8), what);
  const flags = new Uint8Array(count);
  let ones = 0;
  for (let k = 0, at = offset; k < count; k++, at++) ones += flags[k] = (nullBitmap[at >> 3] >> (at & 7)) & 1;
  return ones === count ? undefined : flags;
}
