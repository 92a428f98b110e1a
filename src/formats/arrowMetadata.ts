/**
 * The metadata of Arrow's IPC format: FlatBuffers (format/Message.fbs, Schema.fbs, File.fbs). apache-arrow 21 takes the lengths in
 * them on trust: a vector of 2^31 fields, as one wrong byte makes it, is a loop that fills all memory. So they are checked before.
 */
import { DataError } from "./errors.js";

/** The vectors of a table, by field: of structs by their bytes, or of tables; or a table of its own. */
interface Shape {
  readonly [field: number]: number | { readonly vector: Shape } | { readonly table: Shape };
}

const PAIRS = { vector: { 0: 1, 1: 1 } };
const CHILDREN: { vector: Shape } = { vector: {} };
const FIELD: Shape = { 0: 1, 4: { table: {} }, 5: CHILDREN, 6: PAIRS };
CHILDREN.vector = FIELD;
const SCHEMA: Shape = { 1: { vector: FIELD }, 2: PAIRS, 3: 8 };
const BATCH: Shape = { 1: 16, 2: 16, 4: 8 };
const FOOTER: Shape = { 1: { table: SCHEMA }, 2: 24, 3: 24, 4: PAIRS };
/** By the type of a message. */
const MESSAGES: readonly Shape[] = [{}, SCHEMA, { 1: { table: BATCH } }, BATCH];

const MOST_TABLES = 1_000_000;
const MOST_DEPTH = 64;

class Metadata {
  readonly view: DataView;
  private tables = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where a field of the table at `at` is; 0 if it is not there. */
  field(at: number, field: number): number {
    const vtable = at - this.view.getInt32(at, true);
    const place = 4 + 2 * field;
    const offset = place < this.view.getUint16(vtable, true) ? this.view.getUint16(vtable + place, true) : 0;
    return offset === 0 ? 0 : at + offset;
  }

  follow(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  /** Where the elements of a vector begin, and how many there are. */
  vector(at: number, size: number): { start: number; count: number } {
    const start = this.follow(at) + 4;
    const count = this.view.getUint32(start - 4, true);
    if (start + count * size > this.view.byteLength)
      throw new RangeError(`${count} elements in ${this.view.byteLength} bytes`);
    return { start, count };
  }

  check(at: number, shape: Shape, depth = 0): void {
    if (++this.tables > MOST_TABLES || depth > MOST_DEPTH) throw new RangeError("it has no end");
    for (const [field, kind] of Object.entries(shape)) {
      const place = this.field(at, Number(field));
      if (place === 0) continue;
      if (typeof kind === "number") this.vector(place, kind);
      else if ("table" in kind) this.check(this.follow(place), kind.table, depth + 1);
      else {
        const { start, count } = this.vector(place, 4);
        for (let k = 0; k < count; k++) this.check(this.follow(start + 4 * k), kind.vector, depth + 1);
      }
    }
  }

  /** The first column has as many rows as the batch, or the reader makes up the rest; views have buffers that there are. */
  checkBatch(at: number): void {
    const length = this.field(at, 0);
    const rows = length === 0 ? 0n : this.view.getBigInt64(length, true);
    const vector = (field: number, size: number) => {
      const place = this.field(at, field);
      return place === 0 ? { start: 0, count: 0 } : this.vector(place, size);
    };
    const nodes = vector(1, 16);
    const first = nodes.count === 0 ? rows : this.view.getBigInt64(nodes.start, true);
    if (first !== rows || rows < 0n) throw new RangeError(`a batch of ${rows} rows has a column of ${first}`);
    const views = vector(4, 8);
    for (let k = 0; k < views.count; k++) {
      const count = this.view.getBigInt64(views.start + 8 * k, true);
      if (count < 0n || count > vector(2, 16).count) throw new RangeError(`a column of ${count} buffers`);
    }
  }

  checkSchema(at: number): void {
    const endianness = this.field(at, 0);
    if (endianness > 0 && this.view.getInt16(endianness, true) === 1) {
      throw new DataError("its numbers are big-endian: write it on another machine");
    }
  }
}

/** Checks a message. The result says how many bytes its body has, and whether these are a record batch. */
export function checkMessage(bytes: Uint8Array): { length: number; isBatch: boolean } {
  const metadata = new Metadata(bytes);
  const { view } = metadata;
  const root = metadata.follow(0);
  const type = metadata.field(root, 1);
  const header = metadata.field(root, 2);
  const body = metadata.field(root, 3);
  metadata.check(root, { 4: PAIRS });
  const kind = type === 0 ? 0 : view.getUint8(type);
  if (kind > 3 || header === 0) throw new RangeError(`a message of type ${kind}`);
  metadata.check(metadata.follow(header), MESSAGES[kind]);
  if (kind === 1) metadata.checkSchema(metadata.follow(header));
  if (kind === 3) metadata.checkBatch(metadata.follow(header));
  if (kind === 2) {
    const data = metadata.field(metadata.follow(header), 1);
    if (data > 0) metadata.checkBatch(metadata.follow(data));
  }
  const length = body === 0 ? 0 : Number(view.getBigInt64(body, true));
  if (length < 0) throw new RangeError(`a body of ${length} bytes`);
  return { length, isBatch: kind === 3 };
}

export interface Footer {
  /** A message of the schema, which some writers leave out at the beginning of the file. */
  readonly schema: Uint8Array;
  /** Where the messages are, dictionaries apart. */
  readonly dictionaries: readonly number[];
  readonly batches: readonly number[];
}

export function readFooter(bytes: Uint8Array): Footer {
  const footer = new Metadata(bytes);
  const root = footer.follow(0);
  footer.check(root, FOOTER);
  const schema = footer.field(root, 1);
  if (schema === 0) throw new RangeError("the footer has no schema");
  footer.checkSchema(footer.follow(schema));
  const blocks = (field: number) => {
    const at = footer.field(root, field);
    if (at === 0) return [];
    const { start, count } = footer.vector(at, 24);
    return Array.from({ length: count }, (_, k) => Number(footer.view.getBigInt64(start + 24 * k, true)));
  };
  return {
    schema: messageOf(bytes, footer.follow(schema)),
    dictionaries: blocks(2),
    batches: blocks(3),
  };
}

/** A message whose header is the table at `at` of the bytes, with these behind its own 40 bytes. */
function messageOf(bytes: Uint8Array, at: number): Uint8Array {
  const message = new Uint8Array(40 + bytes.length);
  message.set(bytes, 40);
  const view = new DataView(message.buffer);
  // The root; then its fields' places: a table of 16 bytes with a version, a type and a header; then the table.
  view.setUint32(0, 16, true);
  for (const [k, value] of [10, 12, 4, 6, 8].entries()) view.setUint16(4 + 2 * k, value, true);
  view.setInt32(16, 12, true);
  view.setInt16(20, 4, true);
  view.setUint8(22, 1);
  view.setUint32(24, 40 + at - 24, true);
  return message;
}
