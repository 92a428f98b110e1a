import {
  CLR,
  LOG_SOFTMAX_VJP,
  NORMALIZED_SOFTMAX,
  PER_LANE,
  PROBABILITIES,
  WEIGHTED_PARTS,
} from "../../../assembly/abi.js";
import type { Layout } from "../../types.js";
import { type Call, leftOut } from "./call.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";
import { type Columns, copy, heapOf, type Operand, pitchOf, TILE_COLUMNS } from "./tiles.js";

/** What long lanes are computed with. */
export interface Means {
  readonly memory: LinearMemory;
  readonly kernels: Kernels;
  readonly frame: number;
  /** The address of the records of long lanes. */
  readonly records: number;
  /** Where pieces lie. */
  readonly window: Span;
}

/** The phases of an operation that go piece by piece; the one after each, if there is one, joins what they leave. */
export function piecePhasesOf(kernels: Kernels, code: number): readonly number[] {
  return [0, 2, 4].filter((phase) => hasPhase(kernels, code, phase) || hasPhase(kernels, code, phase + 1));
}

function hasPhase(kernels: Kernels, code: number, phase: number): boolean {
  return ((kernels.longPhases(code) >> phase) & 1) === 1;
}

/**
 * Computes long lanes, some columns of each slice: piece by piece, which pass through the window once for each phase. Of rows
 * resident arrays are used in place. Of lanes side by side either all arrays are resident, or none is.
 */
export function runLong(
  means: Means,
  code: number,
  call: Call,
  layout: Layout,
  { first, count }: Columns,
  temperature: number,
): void {
  const { inner, outer } = layout;
  const vector = 16 / call.xs.array.BYTES_PER_ELEMENT;
  const piece = means.kernels.longPieceLength(layout.length, inner);
  const most = inner === 1 ? 1 : columnsFor(call, piece, means.window, vector);
  for (let slice = 0; slice < outer; slice++) {
    for (let column = first; column < first + count; column += most) {
      const columns = { first: column, count: Math.min(most, first + count - column) };
      new LongLanes(means, code, call, layout, slice, columns, temperature).run();
    }
  }
}

/** How many columns of a piece the window holds, whole vectors. */
function columnsFor({ inputs }: Call, piece: number, { bytes }: Span, vector: number): number {
  const perVector = inputs.reduce((sum, { array }) => sum + piece * vector * array.BYTES_PER_ELEMENT, 0);
  const most = Math.floor((bytes - RESERVED) / perVector) * vector;
  return Math.min(most, TILE_COLUMNS);
}

/** Of each lane: two numbers, and up to four results. */
const NUMBER_BYTES = 16;
const RESULT_BYTES = 32;
/** Of the window, for those of the lanes of a tile. */
const RESERVED = TILE_COLUMNS * (NUMBER_BYTES + RESULT_BYTES);

/** One row, or some lanes of a slice side by side. */
export class LongLanes {
  private readonly numbers: number;
  private readonly results: number;
  private readonly x: number;
  private readonly y: number;
  private readonly mask: number;
  /** Elements of a row of a tile: those of the arrays if these are resident. */
  private readonly pitch: number;
  private readonly isSingle: boolean;
  private readonly isRow: boolean;
  /** Whether terms are left in the results for the last pass. */
  private readonly keeps: boolean;
  /** Whether results pass through the window. */
  private readonly isInWindow: boolean;
  /** Elements of a vector. */
  private readonly vector: number;

  constructor(
    private readonly means: Means,
    private readonly code: number,
    private readonly call: Call,
    private readonly layout: Layout,
    private readonly slice: number,
    private readonly columns: Columns,
    private readonly temperature: number,
  ) {
    const { xs, ys, out, overwrites } = call;
    const bytes = xs.array.BYTES_PER_ELEMENT;
    const isCopied = xs.base === undefined;
    this.isSingle = bytes === 4;
    this.isRow = layout.inner === 1;
    this.keeps = keepsTerms(code, bytes);
    this.isInWindow = out.base === undefined || overwrites;
    this.vector = 16 / bytes;
    this.pitch = this.isRow ? 1 : isCopied ? pitchOf(columns.count, this.vector) : layout.inner;
    const piece = means.kernels.longPieceLength(layout.length, layout.inner) * (isCopied ? this.pitch : 1);
    this.numbers = means.window.offset;
    this.results = this.numbers + TILE_COLUMNS * NUMBER_BYTES;
    this.x = this.results + TILE_COLUMNS * RESULT_BYTES;
    this.y = this.x + piece * bytes;
    this.mask = this.y + (ys ? piece * bytes : 0);
  }

  run(): void {
    const { kernels } = this.means;
    const chunks = kernels.longChunks(this.layout.length, this.layout.inner);
    for (const phase of piecePhasesOf(kernels, this.code)) {
      for (let chunk = 0; chunk < chunks; chunk++) this.runChunk(phase, chunk);
      this.join(phase + 1);
    }
  }

  /** The pieces of a chunk in phase 0, 2 or 4, if the operation has it. */
  runChunk(phase: number, chunk: number): void {
    const { kernels } = this.means;
    if (!hasPhase(kernels, this.code, phase)) return;
    const { length, inner } = this.layout;
    const elements = kernels.longChunkLength(length, inner);
    const most = kernels.longPieceLength(length, inner);
    const end = Math.min((chunk + 1) * elements, length);
    for (let first = chunk * elements, piece = 0; first < end; first += most, piece++) {
      this.runPiece(phase, chunk, piece, first, Math.min(most, end - first));
    }
  }

  /** Phase 1, 3 or 5, if the operation has it. */
  join(phase: number): void {
    const { code } = this;
    if (!hasPhase(this.means.kernels, code, phase)) return;
    if (phase === 1) this.enterNumbers();
    this.kernel(phase, 0, 0, 0, 0, this.results);
    if (phase === 3 && code & PER_LANE) this.leaveResults();
    if (phase === 5) this.leaveLabels();
  }

  /** `count` elements of each lane, from element `first` on. */
  private runPiece(phase: number, chunk: number, piece: number, first: number, count: number): void {
    const { code, keeps } = this;
    const { xs, ys, out, overwrites } = this.call;
    const isLast = phase === 4;
    const takesTerms = isLast && keeps && !overwrites;
    const takesX = !takesTerms && !(phase === 0 && code === LOG_SOFTMAX_VJP);
    const gives = isLast || (phase === 2 && keeps && !overwrites);
    const isMasked = this.call.ms !== undefined && (takesX || gives);
    const src = takesX ? this.enter(xs, this.x, first, count) : 0;
    if (isMasked) this.enterMask(takesX, first, count);
    const dst = this.isInWindow ? this.x : this.addressOf(out, first);
    if (takesTerms && this.isInWindow) this.copyIn(out, dst, first, count);
    // Once more, as they had no place.
    if (isLast && overwrites) this.kernel(2, chunk, piece, src, 0, dst);
    const takesY = ys !== undefined && (phase !== 2 || code === WEIGHTED_PARTS);
    const other = takesY ? this.enter(ys, this.y, first, count) : 0;
    this.kernel(phase, chunk, piece, src, other, dst);
    if (isMasked && isLast) this.mend(dst, count);
    if (gives && this.isInWindow) this.copyOut(out, dst, first, count);
  }

  /** One call of the kernels. */
  private kernel(phase: number, chunk: number, piece: number, src: number, other: number, dst: number): void {
    const { frame, kernels, records } = this.means;
    const { code, layout, columns, pitch, temperature, numbers } = this;
    const long = this.isSingle ? kernels.longF32 : kernels.longF64;
    const count = this.isRow ? 1 : pitchOf(columns.count, this.vector);
    long(
      frame,
      phase,
      chunk,
      piece,
      code,
      src,
      other,
      dst,
      layout.length,
      pitch,
      count,
      temperature,
      numbers,
      records,
    );
  }

  /** Where a piece of an operand is: at `address` in the window, unless it is resident. */
  private enter(operand: Operand, address: number, first: number, count: number): number {
    if (operand.base !== undefined) return this.addressOf(operand, first);
    this.copyIn(operand, address, first, count);
    return address;
  }

  /** The address of element `first` of a resident operand. */
  private addressOf({ base = 0, array }: Operand, first: number): number {
    return base + this.indexOf(first) * array.BYTES_PER_ELEMENT;
  }

  /** The place of element `first` of the first lane in its array. */
  private indexOf(first: number): number {
    const { length, inner } = this.layout;
    return (this.slice * length + first) * inner + this.columns.first;
  }

  private copyIn(operand: Operand, address: number, first: number, count: number): void {
    const { array } = operand;
    const heap = heapOf(this.means.memory, operand);
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

  private copyOut(operand: Operand, address: number, first: number, count: number): void {
    const { array } = operand;
    const heap = heapOf(this.means.memory, operand);
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

  /** Copies the mask, and leaves out of x in the window what it leaves out if that is to be read. */
  private enterMask(fills: boolean, first: number, count: number): void {
    this.copyIn(this.call.ms as Operand, this.mask, first, count);
    if (!fills) return;
    const { kernels } = this.means;
    const fill = this.isSingle ? kernels.fillF32 : kernels.fillF64;
    fill(this.x, this.mask, count * this.pitch, Number.NEGATIVE_INFINITY);
  }

  private mend(dst: number, count: number): void {
    const { kernels } = this.means;
    const mend = this.isSingle ? kernels.mendF32 : kernels.mendF64;
    mend(dst, this.mask, 1, count, this.pitch, leftOut(this.code));
  }

  private enterNumbers(): void {
    const { ns } = this.call;
    if (ns === undefined) return;
    const { first, count } = this.columns;
    const { inner } = this.layout;
    copy(
      ns.array,
      (this.slice * inner + first) * ns.width,
      this.means.memory.f64,
      this.numbers / 8,
      count * ns.width,
    );
    // Of the lanes that fill the last vector: no labels.
    this.means.memory.f64.fill(
      0,
      this.numbers / 8 + count * ns.width,
      this.numbers / 8 + pitchOf(count, this.vector) * ns.width,
    );
  }

  /** One or some numbers for each lane. */
  private leaveResults(): void {
    const { out } = this.call;
    const { first, count } = this.columns;
    const heap = heapOf(this.means.memory, out);
    const to = (this.slice * this.layout.inner + first) * out.width;
    copy(heap, this.results / out.array.BYTES_PER_ELEMENT, out.array, to, count * out.width);
  }

  /** To the labels of the lanes that have one. */
  private leaveLabels(): void {
    const { ns, out } = this.call;
    const heap = heapOf(this.means.memory, out);
    const results = this.results / out.array.BYTES_PER_ELEMENT;
    const lane = this.slice * this.layout.inner + this.columns.first;
    for (let k = 0; k < this.columns.count; k++) {
      const [coefficient, label] = (ns as Operand).array.subarray(2 * (lane + k), 2 * (lane + k) + 2);
      if (coefficient !== 0) out.array[this.indexOf(label) + k] = heap[results + k];
    }
  }
}

/** Whether phase 2 leaves in `dst` what phase 4 takes from there. */
function keepsTerms(code: number, bytes: number): boolean {
  return code === CLR ? bytes === 8 : (code & PROBABILITIES) !== 0 && code !== NORMALIZED_SOFTMAX;
}
