import {
  type Elementwise,
  type FloatArray,
  type Operands,
  type Operation,
  partsOf,
  type SyncBackend,
} from "../backend/backend.js";
import { mapElements } from "../backend/elementwise.js";
import { NUMBER } from "../backend/kernels.js";
import { PLAIN } from "../backend/plain.js";
import type { WasmBackend } from "../backend/wasm.js";
import type { LinearMemory } from "../memory.js";
import type { Board } from "./board.js";
import { type Job, MEMORY, type Place, readJob } from "./job.js";
import { columnsOf, split } from "./plan.js";

/** The arrays of a job. */
interface Arrays {
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly y?: FloatArray;
  readonly lanes?: Float64Array;
  readonly mask?: Uint8Array;
}

const NO_ARRAYS: Arrays = { x: new Float64Array(0), out: new Float64Array(0) };

/** Computes blocks of jobs, on one thread. */
export class Performer {
  private ticket = Number.NaN;
  private job!: Job;
  private arrays = NO_ARRAYS;

  constructor(
    private readonly board: Board,
    private readonly memory: LinearMemory,
    private readonly backend: SyncBackend,
    /** The buffer of a number from 1 on. */
    private readonly bufferOf: (buffer: number) => ArrayBufferLike,
  ) {}

  /** Computes a block that has been claimed, and tells whether the job is over. Throws nothing. */
  perform(ticket: number, block: number): boolean {
    const { board } = this;
    const blocks = board.blocksOf(ticket);
    if (ticket !== this.ticket) {
      this.ticket = ticket;
      this.job = readJob(board.numbersOf(ticket));
      this.attempt(() => this.open());
    }
    const isRow = this.job.kind === "row";
    this.attempt(() => (isRow ? this.computeChunk(block) : this.compute(block, blocks)));
    const done = board.countDone(ticket);
    if (isRow) this.endPhase(done);
    return done === blocks;
  }

  /** Whether the calling thread copies arrays of the job in work. */
  get isStaged(): boolean {
    return this.job.isStaged;
  }

  /** To be called when tickets begin anew. */
  forget(): void {
    this.ticket = Number.NaN;
    this.arrays = NO_ARRAYS;
  }

  /** Whatever happens, the block will be counted: nobody waits for it in vain. */
  private attempt(step: () => void): void {
    try {
      step();
    } catch {
      this.board.fail(this.ticket);
    }
  }

  private open(): void {
    const { isSingle, operation, x, out, y, lanes, mask } = this.job;
    this.arrays = NO_ARRAYS;
    this.arrays = {
      x: this.floats(isSingle, x),
      out: this.floats(isSingle && partsOf(operation) === 0, out),
      y: y && this.floats(isSingle, y),
      lanes: lanes && (this.floats(false, lanes) as Float64Array),
      mask: mask && new Uint8Array(this.bufferAt(mask, 1), mask.offset, mask.length),
    };
  }

  private floats(isSingle: boolean, place: Place): FloatArray {
    const { offset, length } = place;
    return isSingle
      ? new Float32Array(this.bufferAt(place, 4), offset, length)
      : new Float64Array(this.bufferAt(place, 8), offset, length);
  }

  private bufferAt({ buffer, offset, length }: Place, bytes: number): ArrayBufferLike {
    if (buffer !== MEMORY) return this.bufferOf(buffer);
    if (offset + length * bytes > this.memory.u8.length) this.memory.renew();
    return this.memory.u8.buffer;
  }

  private compute(block: number, blocks: number): void {
    const { kind, layout } = this.job;
    if (kind === "elements")
      this.map(split(layout.outer, block, blocks), split(layout.outer, block + 1, blocks));
    else if (kind === "slices")
      this.run(split(layout.outer, block, blocks), split(layout.outer, block + 1, blocks));
    else this.runColumns(block, blocks / layout.outer);
  }

  private map(from: number, to: number): void {
    const { x, y, out } = this.arrays;
    const operation = this.job.operation as Elementwise;
    this.backend.map(
      operation,
      x.subarray(from, to),
      y?.subarray(from, to),
      out.subarray(from, to),
      mapElements,
    );
  }

  private run(from: number, to: number): void {
    const { operation, layout, temperature } = this.job;
    const { x, out, operands } = this.slices(from, to);
    this.backend.run(operation as Operation, x, out, { ...layout, outer: to - from }, temperature, operands);
  }

  /** Columns of one slice: `parts` blocks are a slice. */
  private runColumns(block: number, parts: number): void {
    const { operation, layout, temperature } = this.job;
    const slice = Math.floor(block / parts);
    const { x, out, operands } = this.slices(slice, slice + 1);
    const columns = columnsOf(layout.inner, block % parts, parts);
    const kernels = this.backend as WasmBackend;
    const one = { ...layout, outer: 1 };
    if (!kernels.runPart(operation as Operation, x, out, one, columns, temperature, operands)) {
      throw new RangeError("there is no room for columns");
    }
  }

  /** The arrays of some slices. */
  private slices(from: number, to: number): { x: FloatArray; out: FloatArray; operands?: Operands } {
    const { operation, layout, plainly } = this.job;
    const { x, y, out, lanes, mask } = this.arrays;
    const part = <T extends FloatArray | Uint8Array>(array: T): T => {
      const each = array.length / layout.outer;
      return array.subarray(from * each, to * each) as T;
    };
    const plain = PLAIN[operation as Operation];
    const hasOperands = y !== undefined || lanes !== undefined || mask !== undefined;
    const operands = hasOperands &&
      plain && { plain, plainly, y: y && part(y), lanes: lanes && part(lanes), mask: mask && part(mask) };
    return { x: part(x), out: part(out), ...(operands && { operands }) };
  }

  /** A chunk of a row in the first, second or last phase: the maximum, the sum, the results. */
  private computeChunk(block: number): void {
    const { layout, src, dst } = this.job;
    const { length } = layout;
    const { x, out } = this.arrays;
    const { kernels } = this.backend as WasmBackend;
    const chunks = kernels.rowChunks(length);
    const chunk = block % chunks;
    const phase = Math.floor(block / chunks);
    const from = chunk * kernels.rowChunkLength(length);
    const to = Math.min(from + kernels.rowChunkLength(length), length);
    if (phase > 0 && !this.board.awaitPhase(this.ticket, phase)) throw new Error("a thread has died");
    if (phase === 0 && this.job.x.buffer !== MEMORY) {
      this.at(src, x, length).set(x.subarray(from, to), from);
    }
    this.row(phase === 2 ? 3 : phase, chunk);
    if (phase === 2 && this.job.out.buffer !== MEMORY) {
      out.subarray(from, to).set(this.at(dst, out, length).subarray(from, to));
    }
  }

  /** What the last thread of a phase has to do before the next can begin: to join the sums after the second one. */
  private endPhase(done: number): void {
    const { layout } = this.job;
    const { kernels } = this.backend as WasmBackend;
    const chunks = kernels.rowChunks(layout.length);
    if (done % chunks !== 0) return;
    if (done === 2 * chunks) this.attempt(() => this.join());
    this.board.openPhase(this.ticket, done / chunks);
  }

  private join(): void {
    const { layout, dst } = this.job;
    const { out } = this.arrays;
    this.row(2, 0);
    if (out.length < layout.length && this.job.out.buffer !== MEMORY) out.set(this.at(dst, out, out.length));
  }

  /** So many elements of the type of x, or of the results, at an address. */
  private at(address: number, like: FloatArray, length: number): FloatArray {
    return this.floats(like.BYTES_PER_ELEMENT === 4, { buffer: MEMORY, offset: address, length });
  }

  private row(phase: number, chunk: number): void {
    const { operation, isSingle, layout, temperature, src, dst, records } = this.job;
    const { frame, kernels } = this.backend as WasmBackend;
    const kernel = isSingle ? kernels.rowF32 : kernels.rowF64;
    const number = NUMBER[operation];
    kernel(frame, phase, chunk, number, src, dst, layout.length, temperature, records);
  }
}
