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

/** Calls the kernel for so many slices of so many columns, at the addresses of the streams. */
export type Compute = (slices: number, columns: number) => void;

/** What a call reads and writes. */
export interface Streams {
  readonly inputs: readonly Stream[];
  readonly out: Stream;
  /** Whether a staged `out` has the place of a staged `inputs[0]`. */
  readonly inPlace: boolean;
}

/** Bytes of a tile of so many columns. */
export function tileBytes({ inputs, out, inPlace }: Streams, columns: number): number {
  let bytes = SLACK;
  for (const stream of inputs) if (stream.base === undefined) bytes += stream.bytes(columns);
  if (out.base === undefined && !inPlace) bytes += out.bytes(columns);
  return bytes;
}

/** Computes as many whole slices of length · inner elements at a time as `block` holds, at least one. */
export function runSlices(
  memory: LinearMemory,
  streams: Streams,
  { outer, inner }: Layout,
  block: Block,
  compute: Compute,
): void {
  const { inputs, out } = streams;
  const perSlice = tileBytes(streams, inner) - SLACK;
  const most = Math.min(outer, perSlice === 0 ? outer : Math.floor((block.bytes - SLACK) / perSlice));
  place(streams, block, most * inner);
  for (let first = 0; first < outer; first += most) {
    const slices = Math.min(most, outer - first);
    for (const stream of inputs) enter(memory, stream, first, slices, inner);
    if (out.base !== undefined) out.address = out.base + first * out.bytes(inner);
    compute(slices, inner);
    if (out.base === undefined) {
      const slice = out.rows * out.width * inner;
      copy(heapOf(memory, out), indexOf(out), out.array, first * slice, slices * slice);
    }
  }
}

/** Makes slices part of the tile, where they are not resident by copying them. */
function enter(memory: LinearMemory, stream: Stream, first: number, slices: number, inner: number): void {
  if (stream.base !== undefined) {
    stream.address = stream.base + first * stream.bytes(inner);
    return;
  }
  const slice = stream.rows * stream.width * inner;
  copy(stream.array, first * slice, heapOf(memory, stream), indexOf(stream), slices * slice);
}

/**
 * Computes as many columns of a slice at a time as `block` holds, in rows filled up to whole vectors of `lanes`. No stream
 * is resident.
 */
export function runColumns(
  memory: LinearMemory,
  streams: Streams,
  { outer, inner }: Layout,
  block: Block,
  lanes: number,
  compute: Compute,
): void {
  const { inputs, out } = streams;
  const perVector = tileBytes(streams, lanes) - SLACK;
  const most = Math.floor((block.bytes - SLACK) / perVector) * lanes;
  place(streams, block, Math.min(most, Math.ceil(inner / lanes) * lanes));
  for (let slice = 0; slice < outer; slice++) {
    for (let column = 0; column < inner; column += most) {
      const columns = Math.min(most, inner - column);
      const pitch = Math.ceil(columns / lanes) * lanes;
      for (const stream of inputs) {
        const heap = heapOf(memory, stream);
        const { array, rows, width } = stream;
        for (let k = 0; k < rows; k++) {
          const from = ((slice * rows + k) * inner + column) * width;
          copy(array, from, heap, indexOf(stream) + k * pitch * width, columns * width);
        }
      }
      compute(1, pitch);
      const heap = heapOf(memory, out);
      const { array, rows, width } = out;
      for (let k = 0; k < rows; k++) {
        const to = ((slice * rows + k) * inner + column) * width;
        copy(heap, indexOf(out) + k * pitch * width, array, to, columns * width);
      }
    }
  }
}

/** Deals the block out to what is not resident. */
function place({ inputs, out, inPlace }: Streams, { offset }: Block, columns: number): void {
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
