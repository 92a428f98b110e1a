import type { Block, LinearMemory } from "../memory.js";
import type { FloatArray, Layout } from "./backend.js";

type Elements = FloatArray | Uint8Array;

/** Up to this many elements a loop copies faster than `set` and a `subarray` (measured: 20 on Node 20, 36 on Node 26). */
const SHORT_COPY = 24;

/** What aligning the streams may add to a tile. */
export const SLACK = 128;

/**
 * An array of a call, seen as [outer, rows, inner, width]: an operand per element has as many rows as a lane elements, and
 * width 1; what has numbers per lane has one row, as wide as there are numbers.
 */
export class Stream {
  /** Bytes from the start of linear memory to the tile in work. */
  address = 0;

  constructor(
    readonly array: Elements,
    readonly rows: number,
    readonly width: number,
    /** The address of a resident array, which is computed on in place; otherwise tiles are copied. */
    readonly base?: number,
  ) {}

  /** Bytes of so many columns of a slice. */
  bytes(columns: number): number {
    return this.rows * this.width * columns * this.array.BYTES_PER_ELEMENT;
  }
}

/** Which columns of each slice are computed. */
export interface Columns {
  readonly first: number;
  readonly count: number;
}

/** Calls the kernel for some columns of so many slices, whose rows have `pitch` elements, at the addresses of the streams. */
export type Compute = (slices: number, pitch: number, columns: Columns) => void;

/** What a call reads and writes. */
export interface Streams {
  readonly inputs: readonly Stream[];
  readonly out: Stream;
  /** Whether a staged `out` has the place of a staged `inputs[0]`. */
  readonly inPlace: boolean;
}

/** Bytes of a tile of so many columns. */
export function tileBytes(streams: Streams, columns: number): number {
  return SLACK + stagedBytes(streams, columns);
}

/** Bytes of what is copied, of so many columns. */
export function stagedBytes({ inputs, out, inPlace }: Streams, columns: number): number {
  let bytes = 0;
  for (const stream of inputs) if (stream.base === undefined) bytes += stream.bytes(columns);
  if (out.base === undefined && !inPlace) bytes += out.bytes(columns);
  return bytes;
}

/** Computes as many whole slices of length · inner elements at a time as `block` holds, at least one. */
export function runSlices(
  memory: LinearMemory,
  streams: Streams,
  { outer, inner }: Layout,
  columns: Columns,
  block: Block,
  compute: Compute,
): void {
  const perSlice = stagedBytes(streams, inner);
  const most = Math.min(outer, perSlice === 0 ? outer : Math.floor((block.bytes - SLACK) / perSlice));
  place(streams, block, most * inner);
  for (let first = 0; first < outer; ) {
    const slices = slicesOf(outer - first, most);
    enterSlices(memory, streams, first, slices, inner);
    compute(slices, inner, columns);
    leaveSlices(memory, streams, first, slices, inner);
    first += slices;
  }
}

/** The next so many of `left` slices, at most `most`: never one that is left over, which as a lone row has other bits. */
export function slicesOf(left: number, most: number): number {
  return left === most + 1 && most > 1 ? most - 1 : Math.min(left, most);
}

/** Makes slices the tile: copies what is not resident of the inputs. */
export function enterSlices(
  memory: LinearMemory,
  { inputs, out }: Streams,
  first: number,
  slices: number,
  inner: number,
): void {
  for (const stream of inputs) {
    const slice = stream.rows * stream.width * inner;
    if (stream.base !== undefined) stream.address = stream.base + first * stream.bytes(inner);
    else copy(stream.array, first * slice, heapOf(memory, stream), indexOf(stream), slices * slice);
  }
  if (out.base !== undefined) out.address = out.base + first * out.bytes(inner);
}

/** Copies results, unless they are resident. */
export function leaveSlices(
  memory: LinearMemory,
  { out }: Streams,
  first: number,
  slices: number,
  inner: number,
): void {
  if (out.base !== undefined) return;
  const slice = out.rows * out.width * inner;
  copy(heapOf(memory, out), indexOf(out), out.array, first * slice, slices * slice);
}

/**
 * Computes as many columns of a slice at a time as `block` holds, in rows filled up to whole vectors of `lanes`. No stream
 * is resident.
 */
export function runColumns(
  memory: LinearMemory,
  streams: Streams,
  { outer, inner }: Layout,
  { first, count }: Columns,
  block: Block,
  lanes: number,
  compute: Compute,
): void {
  const most = Math.floor((block.bytes - SLACK) / stagedBytes(streams, lanes)) * lanes;
  place(streams, block, Math.min(most, pitchOf(count, lanes)));
  for (let slice = 0; slice < outer; slice++) {
    for (let column = first; column < first + count; column += most) {
      const columns = Math.min(most, first + count - column);
      const pitch = pitchOf(columns, lanes);
      enterColumns(memory, streams, slice, column, columns, inner, pitch);
      compute(1, pitch, { first: 0, count: pitch });
      leaveColumns(memory, streams, slice, column, columns, inner, pitch);
    }
  }
}

/** The length of a row of so many columns that is filled up to whole vectors. */
export function pitchOf(columns: number, lanes: number): number {
  return Math.ceil(columns / lanes) * lanes;
}

/** Makes columns of a slice the tile, in rows of `pitch` elements. No stream is resident. */
export function enterColumns(
  memory: LinearMemory,
  { inputs }: Streams,
  slice: number,
  column: number,
  columns: number,
  inner: number,
  pitch: number,
): void {
  for (const stream of inputs) {
    const heap = heapOf(memory, stream);
    const { array, rows, width } = stream;
    for (let k = 0; k < rows; k++) {
      const from = ((slice * rows + k) * inner + column) * width;
      copy(array, from, heap, indexOf(stream) + k * pitch * width, columns * width);
    }
  }
}

/** Copies the results of columns of a slice. */
export function leaveColumns(
  memory: LinearMemory,
  { out }: Streams,
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

/** Deals the block out to what is not resident. */
export function place({ inputs, out, inPlace }: Streams, { offset }: Block, columns: number): void {
  let address = offset;
  for (const stream of inputs) {
    if (stream.base !== undefined) continue;
    stream.address = address;
    address = Math.ceil((address + stream.bytes(columns)) / 16) * 16;
  }
  if (out.base === undefined) out.address = inPlace ? inputs[0].address : address;
}

function heapOf(memory: LinearMemory, { array }: Stream): Elements {
  const bytes = array.BYTES_PER_ELEMENT;
  return bytes === 4 ? memory.f32 : bytes === 8 ? memory.f64 : memory.u8;
}

function indexOf({ address, array }: Stream): number {
  return address / array.BYTES_PER_ELEMENT;
}

/** `count` elements of `from`, from `start` on, to `to` at `at`. */
export function copy(from: Elements, start: number, to: Elements, at: number, count: number): void {
  if (count <= SHORT_COPY) {
    for (let k = 0; k < count; k++) to[at + k] = from[start + k];
  } else {
    to.set(count === from.length ? from : from.subarray(start, start + count), at);
  }
}
