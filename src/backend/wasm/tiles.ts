import type { FloatArray, Layout } from "../../types.js";
import type { LinearMemory, Span } from "./memory.js";

type Elements = FloatArray | Uint16Array | Int8Array | Uint8Array;

/** Up to this many elements a loop copies faster than `set` and a `subarray` (measured: 20 on Node 20, 36 on Node 26). */
export const SHORT_COPY = 24;

/** What is copied in, computed in place and copied out at a time, where a lane is not longer. */
export const TILE_BYTES = 131072;

/** A tile on a strided axis has at least this many columns if there is room, as each of its rows is copied by itself. */
export const TILE_COLUMNS = 128;

/** How many bytes aligning the operands may add to a tile. */
export const SLACK = 128;

/**
 * An array of a call, seen as [outer, rows, inner, width]. With one number per element, it has as many rows as a lane has
 * elements, and width 1. With numbers per lane it has one row, and its width is their count.
 */
export class Operand {
  /** The address of the current tile. */
  address = 0;

  constructor(
    readonly array: Elements,
    readonly rows: number,
    readonly width: number,
    /** The address of a resident array, which is used in place. Tiles of other arrays are copied. */
    readonly base?: number,
  ) {}

  /** The bytes of some columns of a slice. */
  bytes(columns: number): number {
    return this.rows * this.width * columns * this.array.BYTES_PER_ELEMENT;
  }
}

/** Which columns of each slice are computed. */
export interface Columns {
  readonly first: number;
  readonly count: number;
}

/** Calls the kernel for some columns of the tile, at the addresses of the operands. Rows have `pitch` elements. */
export type Compute = (slices: number, pitch: number, columns: Columns) => void;

/** The arrays that a call reads and writes. */
export interface CallOperands {
  readonly inputs: readonly Operand[];
  readonly out: Operand;
  /** Whether a copied `out` takes the place of a copied `inputs[0]`. */
  readonly inPlace: boolean;
}

/** The bytes of a tile of some columns. */
export function tileBytes(operands: CallOperands, columns: number): number {
  return SLACK + stagedBytes(operands, columns);
}

/** The bytes of what is copied, for some columns. */
export function stagedBytes({ inputs, out, inPlace }: CallOperands, columns: number): number {
  let bytes = 0;
  for (const operand of inputs) if (operand.base === undefined) bytes += operand.bytes(columns);
  if (out.base === undefined && !inPlace) bytes += out.bytes(columns);
  return bytes;
}

/** Computes whole slices of length · inner elements, as many at a time as a tile holds, at least one. */
export function runSlices(
  memory: LinearMemory,
  operands: CallOperands,
  { outer, inner }: Layout,
  columns: Columns,
  span: Span,
  compute: Compute,
): void {
  const perSlice = stagedBytes(operands, inner);
  const most = Math.min(outer, perSlice === 0 ? outer : Math.max(1, Math.floor(TILE_BYTES / perSlice)));
  place(operands, span, most * inner);
  for (let first = 0; first < outer; ) {
    const slices = Math.min(outer - first, most);
    enterSlices(memory, operands, first, slices, inner);
    compute(slices, inner, columns);
    leaveSlices(memory, operands, first, slices, inner);
    first += slices;
  }
}

/** Makes slices the current tile: copies the inputs that are not resident. */
export function enterSlices(
  memory: LinearMemory,
  { inputs, out }: CallOperands,
  first: number,
  slices: number,
  inner: number,
): void {
  for (const operand of inputs) {
    const slice = operand.rows * operand.width * inner;
    if (operand.base !== undefined) operand.address = operand.base + first * operand.bytes(inner);
    else copy(operand.array, first * slice, heapOf(memory, operand), indexOf(operand), slices * slice);
  }
  if (out.base !== undefined) out.address = out.base + first * out.bytes(inner);
}

/** Copies the results out, except resident ones. */
export function leaveSlices(
  memory: LinearMemory,
  { out }: CallOperands,
  first: number,
  slices: number,
  inner: number,
): void {
  if (out.base !== undefined) return;
  const slice = out.rows * out.width * inner;
  copy(heapOf(memory, out), indexOf(out), out.array, first * slice, slices * slice);
}

/**
 * Computes columns of one slice after another, in rows padded to whole vectors: as many at a time as a tile holds, or
 * TILE_COLUMNS if those fit the span. No operand is resident.
 */
export function runColumns(
  memory: LinearMemory,
  operands: CallOperands,
  { outer, inner }: Layout,
  { first, count }: Columns,
  span: Span,
  vector: number,
  compute: Compute,
): void {
  const perVector = stagedBytes(operands, vector);
  const fitting = (bytes: number) => Math.floor(bytes / perVector) * vector;
  const most = Math.min(Math.max(fitting(TILE_BYTES), TILE_COLUMNS), fitting(span.bytes - SLACK));
  place(operands, span, Math.min(most, pitchOf(count, vector)));
  for (let slice = 0; slice < outer; slice++) {
    for (let column = first; column < first + count; column += most) {
      const columns = Math.min(most, first + count - column);
      const pitch = pitchOf(columns, vector);
      enterColumns(memory, operands, slice, column, columns, inner, pitch);
      compute(1, pitch, { first: 0, count: pitch });
      leaveColumns(memory, operands, slice, column, columns, inner, pitch);
    }
  }
}

/** The length of a row of `columns` elements after padding to whole vectors. */
export function pitchOf(columns: number, vector: number): number {
  return Math.ceil(columns / vector) * vector;
}

/** Makes columns of a slice the current tile, in rows of `pitch` elements. No operand is resident. */
export function enterColumns(
  memory: LinearMemory,
  { inputs }: CallOperands,
  slice: number,
  column: number,
  columns: number,
  inner: number,
  pitch: number,
): void {
  for (const operand of inputs) {
    const heap = heapOf(memory, operand);
    const { array, rows, width } = operand;
    for (let k = 0; k < rows; k++) {
      const from = ((slice * rows + k) * inner + column) * width;
      copy(array, from, heap, indexOf(operand) + k * pitch * width, columns * width);
    }
  }
}

/** Copies the results of columns of a slice out. */
export function leaveColumns(
  memory: LinearMemory,
  { out }: CallOperands,
  slice: number,
  column: number,
  columns: number,
  inner: number,
  pitch: number,
): void {
  const heap = heapOf(memory, out);
  const { array, rows, width } = out;
  for (let k = 0; k < rows; k++) {
    const to = ((slice * rows + k) * inner + column) * width;
    copy(heap, indexOf(out) + k * pitch * width, array, to, columns * width);
  }
}

/** Deals the span out to the operands that are not resident. */
export function place({ inputs, out, inPlace }: CallOperands, { offset }: Span, columns: number): void {
  let address = offset;
  for (const operand of inputs) {
    if (operand.base !== undefined) continue;
    operand.address = address;
    address = Math.ceil((address + operand.bytes(columns)) / 16) * 16;
  }
  if (out.base === undefined) out.address = inPlace ? inputs[0].address : address;
}

/** The memory as elements of an operand's type. */
export function heapOf(memory: LinearMemory, { array }: Operand): Elements {
  const bytes = array.BYTES_PER_ELEMENT;
  return bytes === 4 ? memory.f32 : bytes === 8 ? memory.f64 : memory.u8;
}

function indexOf({ address, array }: Operand): number {
  return address / array.BYTES_PER_ELEMENT;
}

/** Copies `count` elements of `from`, from `start` on, into `to` at `at`. */
export function copy(from: Elements, start: number, to: Elements, at: number, count: number): void {
  if (count <= SHORT_COPY) {
    for (let k = 0; k < count; k++) to[at + k] = from[start + k];
  } else {
    to.set(count === from.length ? from : from.subarray(start, start + count), at);
  }
}
