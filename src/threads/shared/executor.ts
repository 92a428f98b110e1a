import {
  type ElementOperation,
  type LaneOperation,
  partsOf,
  type SyncBackend,
} from "../../backend/backend.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import type { WasmBackend } from "../../backend/wasm/wasm.js";
import type { FloatArray, Operands } from "../../types.js";
import { columnsOf, split } from "../caller/plan.js";
import { type Job, MEMORY, type Place, readJob } from "./job.js";
import type { Queue } from "./queue.js";

/** The arrays of a job. */
interface Arrays {
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly y?: FloatArray;
  readonly numbers?: Float64Array;
  readonly mask?: Uint8Array;
}

const NO_ARRAYS: Arrays = { x: new Float64Array(0), out: new Float64Array(0) };

/** Computes tasks of jobs, on one thread. */
export class Executor {
  private ticket = Number.NaN;
  private job!: Job;
  private arrays = NO_ARRAYS;

  constructor(
    private readonly queue: Queue,
    private readonly memory: LinearMemory,
    private readonly backend: SyncBackend,
    /** The buffer of a number from 1 on. */
    private readonly bufferOf: (buffer: number) => ArrayBufferLike,
  ) {}

  /** Computes a task that has been claimed, and tells whether the job is over. Throws nothing. */
  execute(ticket: number, task: number): boolean {
    const { queue } = this;
    const tasks = queue.tasksOf(ticket);
    if (ticket !== this.ticket) {
      this.ticket = ticket;
      this.job = readJob(queue.numbersOf(ticket));
      this.attempt(() => this.open());
    }
    const isRow = this.job.kind === "row";
    this.attempt(() => (isRow ? this.computeChunk(task) : this.compute(task, tasks)));
    const done = queue.countDone(ticket);
    if (isRow) this.endPhase(done);
    return done === tasks;
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

  /** Whatever happens, the task will be counted: nobody waits for it in vain. */
  private attempt(step: () => void): void {
    try {
      step();
    } catch {
      this.queue.fail(this.ticket);
    }
  }

  private open(): void {
    const { isSingle, operation, x, out, y, numbers, mask } = this.job;
    this.arrays = NO_ARRAYS;
    this.arrays = {
      x: this.floats(isSingle, x),
      out: this.floats(isSingle && partsOf(operation.code) === 0, out),
      y: y && this.floats(isSingle, y),
      numbers: numbers && (this.floats(false, numbers) as Float64Array),
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

  private compute(task: number, tasks: number): void {
    const { kind, layout } = this.job;
    if (kind === "elements") this.map(split(layout.outer, task, tasks), split(layout.outer, task + 1, tasks));
    else if (kind === "slices")
      this.run(split(layout.outer, task, tasks), split(layout.outer, task + 1, tasks));
    else this.runColumns(task, tasks / layout.outer);
  }

  private map(from: number, to: number): void {
    const { x, y, out } = this.arrays;
    const operation = this.job.operation as ElementOperation;
    this.backend.map(operation, x.subarray(from, to), y?.subarray(from, to), out.subarray(from, to));
  }

  private run(from: number, to: number): void {
    const { operation, layout, temperature } = this.job;
    const { x, out, operands } = this.slices(from, to);
    this.backend.run(
      operation as LaneOperation,
      x,
      out,
      { ...layout, outer: to - from },
      temperature,
      operands,
    );
  }

  /** Columns of one slice: `parts` tasks are a slice. */
  private runColumns(task: number, parts: number): void {
    const { operation, layout, temperature } = this.job;
    const slice = Math.floor(task / parts);
    const { x, out, operands } = this.slices(slice, slice + 1);
    const columns = columnsOf(layout.inner, task % parts, parts);
    const kernels = this.backend as WasmBackend;
    const one = { ...layout, outer: 1 };
    if (!kernels.runPart(operation as LaneOperation, x, out, one, columns, temperature, operands)) {
      throw new RangeError("there is no room for columns");
    }
  }

  /** The arrays of some slices. */
  private slices(from: number, to: number): { x: FloatArray; out: FloatArray; operands?: Operands } {
    const { layout, js } = this.job;
    const { x, y, out, numbers, mask } = this.arrays;
    const part = <T extends FloatArray | Uint8Array>(array: T): T => {
      const each = array.length / layout.outer;
      return array.subarray(from * each, to * each) as T;
    };
    if (!y && !numbers && !mask && !js) return { x: part(x), out: part(out) };
    const operands = { y: y && part(y), numbers: numbers && part(numbers), mask: mask && part(mask), js };
    return { x: part(x), out: part(out), operands };
  }

  /** A chunk of a row in the first, second or last phase: the maximum, the sum, the results. */
  private computeChunk(task: number): void {
    const { layout, src, dst } = this.job;
    const { length } = layout;
    const { x, out } = this.arrays;
    const { kernels } = this.backend as WasmBackend;
    const chunks = kernels.rowChunks(length);
    const chunk = task % chunks;
    const phase = Math.floor(task / chunks);
    const from = chunk * kernels.rowChunkLength(length);
    const to = Math.min(from + kernels.rowChunkLength(length), length);
    if (phase > 0 && !this.queue.awaitPhase(this.ticket, phase)) throw new Error("a thread has died");
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
    this.queue.openPhase(this.ticket, done / chunks);
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
    kernel(frame, phase, chunk, operation.code, src, dst, layout.length, temperature, records);
  }
}
