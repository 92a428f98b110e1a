import type { Layout } from "../../types.js";
import type { Call } from "./call.js";
import type { LinearMemory, Span } from "./memory.js";
import { type Columns, copy, heapOf, type Operand, pitchOf, TILE_COLUMNS } from "./tiles.js";

/** Of each lane: two numbers, and up to four results. */
const NUMBER_BYTES = 16;
const RESULT_BYTES = 32;

/** What a room takes for those of its lanes. */
const LANES_BYTES = TILE_COLUMNS * (NUMBER_BYTES + RESULT_BYTES);

/** The bytes of a room for `elements` elements of each of some columns. */
export function roomBytes(call: Call, columns: number, elements: number): number {
  return LANES_BYTES + elements * columns * bytesPerElement(call);
}

/** How many columns of a piece a room holds, up to TILE_COLUMNS: whole vectors. */
export function roomColumns(call: Call, piece: number, bytes: number, vector: number): number {
  const most = Math.floor((bytes - LANES_BYTES) / (piece * bytesPerElement(call) * vector)) * vector;
  return Math.min(most, TILE_COLUMNS);
}

/** Of all that a room holds of an element. */
function bytesPerElement({ xs, ys, ms }: Call): number {
  const each = xs.array.BYTES_PER_ELEMENT;
  return each + (ys ? each : 0) + (ms ? 1 : 0);
}

/**
 * Where pieces of long lanes lie in linear memory. As many of the first elements as there is room for have places of their own,
 * where they are held from phase to phase; all others pass through the place behind these.
 */
export class Room {
  /** The addresses of the numbers and of the results of the lanes. */
  readonly numbers: number;
  readonly results: number;
  /** Elements from one of a lane to its next: of the arrays themselves where lanes side by side are resident. */
  readonly pitch: number;
  private readonly x: number;
  private readonly y: number;
  private readonly mask: number;
  private readonly held: number;
  private readonly isRow: boolean;

  /** `piece` is the length of a piece. */
  constructor(
    private readonly memory: LinearMemory,
    private readonly call: Call,
    private readonly layout: Layout,
    private readonly slice: number,
    private readonly columns: Columns,
    { offset, bytes }: Span,
    piece: number,
    mayHold: boolean,
  ) {
    const { xs, ys } = call;
    const { length, inner } = layout;
    const each = xs.array.BYTES_PER_ELEMENT;
    const isWhole = inner === 1 || xs.base !== undefined;
    this.isRow = inner === 1;
    this.pitch = isWhole ? inner : pitchOf(columns.count, 16 / each);
    const width = isWhole ? 1 : this.pitch;
    const room = (bytes - LANES_BYTES) / (width * bytesPerElement(call));
    // Whole vectors, so that all places begin with one.
    this.held = mayHold ? Math.min(length, Math.floor((room - piece) / 256) * 256) : 0;
    this.numbers = offset;
    this.results = offset + TILE_COLUMNS * NUMBER_BYTES;
    this.x = offset + LANES_BYTES;
    const places = (Math.ceil(this.held / 256) * 256 + piece) * width;
    this.y = this.x + places * each;
    this.mask = this.y + (ys ? places * each : 0);
  }

  /** Whether `count` elements from element `first` on have a place of their own. */
  holds(first: number, count: number): boolean {
    return first + count <= this.held;
  }

  placeOfX(first: number, count: number): number {
    return this.placeOf(this.x, this.call.xs, first, count);
  }

  placeOfY(first: number, count: number): number {
    return this.placeOf(this.y, this.call.xs, first, count);
  }

  placeOfMask(first: number, count: number): number {
    return this.placeOf(this.mask, this.call.ms as Operand, first, count);
  }

  private placeOf(place: number, { array }: Operand, first: number, count: number): number {
    const from = this.holds(first, count) ? first : Math.ceil(this.held / 256) * 256;
    return place + from * (this.isRow ? 1 : this.pitch) * array.BYTES_PER_ELEMENT;
  }

  /** The address of element `first` of a resident operand. */
  addressOf({ base = 0, array }: Operand, first: number): number {
    return base + this.indexOf(first) * array.BYTES_PER_ELEMENT;
  }

  /** The index of element `first` of the first lane. */
  indexOf(first: number): number {
    const { length, inner } = this.layout;
    return (this.slice * length + first) * inner + this.columns.first;
  }

  copyIn(operand: Operand, address: number, first: number, count: number): void {
    const { array } = operand;
    const heap = heapOf(this.memory, operand);
    const at = address / array.BYTES_PER_ELEMENT;
    if (this.isRow) {
      copy(array, this.indexOf(first), heap, at, count);
      return;
    }
    const { pitch, columns, layout } = this;
    for (let k = 0, from = this.indexOf(first); k < count; k++, from += layout.inner) {
      copy(array, from, heap, at + k * pitch, columns.count);
    }
  }

  copyOut(operand: Operand, address: number, first: number, count: number): void {
    const { array } = operand;
    const heap = heapOf(this.memory, operand);
    const at = address / array.BYTES_PER_ELEMENT;
    if (this.isRow) {
      copy(heap, at, array, this.indexOf(first), count);
      return;
    }
    const { pitch, columns, layout } = this;
    for (let k = 0, to = this.indexOf(first); k < count; k++, to += layout.inner) {
      copy(heap, at + k * pitch, array, to, columns.count);
    }
  }

  enterNumbers(): void {
    const { ns, xs } = this.call;
    if (ns === undefined) return;
    const { first, count } = this.columns;
    const { f64 } = this.memory;
    const at = this.numbers / 8;
    copy(ns.array, (this.slice * this.layout.inner + first) * ns.width, f64, at, count * ns.width);
    // Of the lanes that fill the last vector: 0, with which they have no label.
    const lanes = pitchOf(count, 16 / xs.array.BYTES_PER_ELEMENT);
    f64.fill(0, at + count * ns.width, at + lanes * ns.width);
  }

  /** One or some numbers for each lane. */
  leaveResults(): void {
    const { out } = this.call;
    const { first, count } = this.columns;
    const to = (this.slice * this.layout.inner + first) * out.width;
    const from = this.results / out.array.BYTES_PER_ELEMENT;
    copy(heapOf(this.memory, out), from, out.array, to, count * out.width);
  }

  /** The results at the labels of the lanes that have one. */
  leaveLabels(): void {
    const { ns, out } = this.call;
    const heap = heapOf(this.memory, out);
    const results = this.results / out.array.BYTES_PER_ELEMENT;
    const lane = this.slice * this.layout.inner + this.columns.first;
    for (let k = 0; k < this.columns.count; k++) {
      const [coefficient, label] = (ns as Operand).array.subarray(2 * (lane + k), 2 * (lane + k) + 2);
      if (coefficient !== 0) out.array[this.indexOf(label) + k] = heap[results + k];
    }
  }
}
