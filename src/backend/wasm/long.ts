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
import { Room, roomBytes, roomColumns } from "./room.js";
import { type Columns, type Compute, type Operand, pitchOf, runSlices, SLACK, stagedBytes } from "./tiles.js";

/** What long lanes take beside themselves, at most: the more of a lane is held, the less is copied once more for each phase. */
const MOST_BYTES = 3 * 2 ** 24;

/** What long lanes are computed with. */
export interface Means {
  readonly memory: LinearMemory;
  readonly kernels: Kernels;
  readonly frame: number;
  /** The address of the records of long lanes. */
  readonly records: number;
  /** Where pieces lie if there is no other room. */
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
 * Computes long lanes, some columns of each slice. A row for which there is room is copied as a whole, for `compute`: in one piece
 * it is copied 0.1 ns an element faster. All else goes piece by piece. Of rows resident arrays are used in place; of lanes side by
 * side either all arrays are resident, or none is.
 */
export function runLong(
  means: Means,
  code: number,
  call: Call,
  layout: Layout,
  columns: Columns,
  temperature: number,
  compute: Compute,
): void {
  const { memory, window, kernels } = means;
  const { length, inner } = layout;
  if (inner === 1) {
    const wanted = SLACK + stagedBytes(call, 1);
    const span = spanFor(means, wanted);
    if (wanted <= span.bytes) runSlices(memory, call, layout, columns, span, compute);
    else runPieces({ ...means, window: span }, code, call, layout, columns, 1, temperature);
    if (span !== window) memory.give(span);
    return;
  }
  const piece = kernels.longPieceLength(length, inner);
  const vector = 16 / call.xs.array.BYTES_PER_ELEMENT;
  const most = Math.min(roomColumns(call, piece, window.bytes, vector), pitchOf(columns.count, vector));
  const span = spanFor(means, roomBytes(call, most, length + piece));
  runPieces({ ...means, window: span }, code, call, layout, columns, most, temperature);
  if (span !== window) memory.give(span);
}

/** Some columns of each slice, `most` at a time. */
function runPieces(
  means: Means,
  code: number,
  call: Call,
  layout: Layout,
  { first, count }: Columns,
  most: number,
  temperature: number,
): void {
  const { outer } = layout;
  for (let slice = 0; slice < outer; slice++) {
    for (let column = first; column < first + count; column += most) {
      const columns = { first: column, count: Math.min(most, first + count - column) };
      new LongLanes(means, code, call, layout, slice, columns, temperature, true).run();
    }
  }
}

/** Of `wanted` bytes, or as many as there may be. Growing would detach the views that callers hold of resident arrays. */
function spanFor({ memory, window }: Means, wanted: number): Span {
  if (wanted <= window.bytes || !memory.mayGrow) return window;
  try {
    return memory.take(Math.min(wanted, MOST_BYTES));
  } catch {
    // The engine refuses.
    return window;
  }
}

/** One row, or some lanes of a slice side by side. */
export class LongLanes {
  private readonly room: Room;
  private readonly isSingle: boolean;
  private readonly isRow: boolean;
  /** Whether phase 2 leaves terms for phase 4 in the place of the results. */
  private readonly keeps: boolean;
  /** Whether results pass through the room. */
  private readonly isInRoom: boolean;
  private readonly firstPhase: number;

  /** Pieces are held from phase to phase if they `mayBe`: if all phases of a piece are on one thread. */
  constructor(
    private readonly means: Means,
    private readonly code: number,
    private readonly call: Call,
    private readonly layout: Layout,
    slice: number,
    private readonly columns: Columns,
    private readonly temperature: number,
    mayHold: boolean,
  ) {
    const { memory, kernels, window } = means;
    const { xs, out, overwrites } = call;
    const bytes = xs.array.BYTES_PER_ELEMENT;
    const piece = kernels.longPieceLength(layout.length, layout.inner);
    this.room = new Room(memory, call, layout, slice, columns, window, piece, mayHold);
    this.isSingle = bytes === 4;
    this.isRow = layout.inner === 1;
    this.keeps = keepsTerms(code, bytes);
    this.isInRoom = out.base === undefined || overwrites;
    this.firstPhase = hasPhase(kernels, code, 0) ? 0 : 4;
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
    const { code, room } = this;
    if (!hasPhase(this.means.kernels, code, phase)) return;
    if (phase === 1) room.enterNumbers();
    this.kernel(phase, 0, 0, 0, 0, room.results);
    if (phase === 3 && code & PER_LANE) room.leaveResults();
    if (phase === 5) room.leaveLabels();
  }

  /** `count` elements of each lane, from element `first` on. */
  private runPiece(phase: number, chunk: number, piece: number, first: number, count: number): void {
    const { code, room, keeps, isInRoom } = this;
    const { xs, ys, ms, out, overwrites } = this.call;
    const isLast = phase === 4;
    const isHeld = room.holds(first, count);
    const isNew = !isHeld || phase === this.firstPhase;
    // Terms that would overwrite targets have no place where they are not held: they are computed once more.
    const repeats = overwrites && !isHeld;
    const takesTerms = isLast && keeps && !repeats;
    const gives = isInRoom && (isLast || (phase === 2 && keeps && !isHeld && !overwrites));
    const takesX = !takesTerms && !(phase === 0 && code === LOG_SOFTMAX_VJP);
    const takesY = ys !== undefined && (phase !== 2 || code === WEIGHTED_PARTS);
    const place = room.placeOfX(first, count);

    let src = place;
    if (takesX && xs.base !== undefined) src = room.addressOf(xs, first);
    else if (takesX && (isNew || code === LOG_SOFTMAX_VJP)) room.copyIn(xs, place, first, count);
    const mask = ms && room.placeOfMask(first, count);
    if (mask !== undefined && isNew) room.copyIn(ms as Operand, mask, first, count);
    if (mask !== undefined && isNew && takesX) this.fill(place, mask, count);

    const dst = isInRoom ? place : room.addressOf(out, first);
    if (takesTerms && isInRoom && !isHeld) room.copyIn(out, dst, first, count);
    if (isLast && repeats) this.kernel(2, chunk, piece, src, 0, dst);
    let other = 0;
    if (takesY && ys.base !== undefined) other = room.addressOf(ys, first);
    else if (takesY) {
      other = room.placeOfY(first, count);
      if (isNew) room.copyIn(ys, other, first, count);
    }
    this.kernel(phase, chunk, piece, src, other, dst);
    if (mask !== undefined && isLast) this.mend(dst, mask, count);
    if (gives) room.copyOut(out, dst, first, count);
  }

  /** One call of the kernels. */
  private kernel(phase: number, chunk: number, piece: number, src: number, other: number, dst: number): void {
    const { frame, kernels, records } = this.means;
    const { code, layout, columns, room, temperature, isSingle } = this;
    const long = isSingle ? kernels.longF32 : kernels.longF64;
    const count = this.isRow ? 1 : pitchOf(columns.count, isSingle ? 4 : 2);
    const { length } = layout;
    const { pitch, numbers } = room;
    long(
      frame,
      phase,
      chunk,
      piece,
      code,
      src,
      other,
      dst,
      length,
      pitch,
      count,
      temperature,
      numbers,
      records,
    );
  }

  /** Puts -Infinity in the place of what the mask leaves out. */
  private fill(at: number, mask: number, count: number): void {
    const { kernels } = this.means;
    const fill = this.isSingle ? kernels.fillF32 : kernels.fillF64;
    fill(at, mask, count * this.room.pitch, Number.NEGATIVE_INFINITY);
  }

  private mend(at: number, mask: number, count: number): void {
    const { kernels } = this.means;
    const mend = this.isSingle ? kernels.mendF32 : kernels.mendF64;
    mend(at, mask, 1, count, this.room.pitch, leftOut(this.code));
  }
}

/** Whether phase 2 leaves in `dst` what phase 4 takes from there. */
function keepsTerms(code: number, bytes: number): boolean {
  return code === CLR ? bytes === 8 : (code & PROBABILITIES) !== 0 && code !== NORMALIZED_SOFTMAX;
}
