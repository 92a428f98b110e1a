import {
  type ElementOperation,
  type LaneOperation,
  partsOf,
  type SyncBackend,
} from "../../backend/backend.js";
import { jsBackend } from "../../backend/js/js.js";
import { RANKING } from "../../backend/ranking.js";
import { type LongLanes, piecePhasesOf } from "../../backend/wasm/long.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import { WasmBackend } from "../../backend/wasm/wasm.js";
import { newArray, newIndices } from "../../dtype.js";
import type { FloatArray, Layout, Operands } from "../../types.js";
import { type Job, MEMORY, type Place, readJob, TOP } from "./job.js";
import { writePairs } from "./pairs.js";
import type { Queue } from "./queue.js";
import { columnsOf, split } from "./split.js";

/** The arrays of a job, or of some of its slices. */
interface Arrays {
  readonly x: FloatArray;
  readonly out: FloatArray;
  /** Undefined if there are none, which backends compute faster. */
  readonly operands?: Operands;
}

const NO_ARRAYS: Arrays = { x: new Float64Array(0), out: new Float64Array(0) };

/** Computes tasks of jobs, on one thread. */
export class Executor {
  private ticket = Number.NaN;
  private job!: Job;
  private arrays = NO_ARRAYS;
  /** Computes slices of the job, where nothing is copied (measured: a microsecond a task less than by arrays of it). */
  private part: ((from: number, to: number) => void) | undefined;
  /** The long row of the job. */
  private row: LongLanes | undefined;
  private readonly backend: SyncBackend;

  constructor(
    private readonly queue: Queue,
    private readonly memory: LinearMemory,
    /** The kernels. Without them it computes in TypeScript. */
    module: WebAssembly.Module | undefined,
    /** The buffer of a number from 1 on. */
    private readonly bufferOf: (buffer: number) => ArrayBufferLike,
  ) {
    const js = jsBackend();
    this.backend = module ? new WasmBackend(module, memory, js) : js;
  }

  /** Computes a task that this thread has claimed, and tells whether the job is over. Throws nothing. */
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

  /** Forgets the job in work: tickets begin again. */
  forget(): void {
    this.ticket = Number.NaN;
    this.arrays = NO_ARRAYS;
    this.part = undefined;
    this.row = undefined;
  }

  /** Notes a failure, and goes on. The task counts as done all the same, so nobody waits for it in vain. */
  private attempt(step: () => void): void {
    try {
      step();
    } catch {
      this.queue.fail(this.ticket);
    }
  }

  private open(): void {
    const { kind, isSingle, operation, layout, temperature, js, x, out, y, numbers, mask } = this.job;
    this.arrays = NO_ARRAYS;
    this.part = undefined;
    this.row = undefined;
    const operands = {
      y: y && this.floats(isSingle, y),
      numbers: numbers && (this.floats(false, numbers) as Float64Array),
      mask: mask && new Uint8Array(this.bufferAt(mask, 1), mask.offset, mask.length),
      js,
    };
    this.arrays = {
      x: this.floats(isSingle, x),
      out: this.floats(isSingle && partsOf(operation.code) === 0 && operation !== TOP, out),
      operands: y || numbers || mask || js ? operands : undefined,
    };
    if (!(this.backend instanceof WasmBackend) || operation === TOP) return;
    const { arrays, backend } = this;
    const lanes = operation as LaneOperation;
    if (kind === "row") {
      const { x, out, operands } = arrays;
      this.row = backend.longRow(lanes, x, out, layout, temperature, operands, this.job.records);
    } else if (kind === "slices") {
      this.part = backend.partsOf(lanes, arrays.x, arrays.out, layout, temperature, arrays.operands);
    }
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
    const { kind, operation, layout, temperature } = this.job;
    if (kind === "columns") {
      this.computeColumns(task, tasks / layout.outer);
      return;
    }
    const [from, to] = [split(layout.outer, task, tasks), split(layout.outer, task + 1, tasks)];
    if (this.part !== undefined) {
      this.part(from, to);
      return;
    }
    const { x, out, operands } = this.slices(from, to);
    if (operation === TOP) this.computeTop(x, { ...layout, outer: to - from }, operands?.mask, out);
    else if (kind === "elements") this.backend.map(operation as ElementOperation, x, operands?.y, out);
    else {
      const some = { ...layout, outer: to - from };
      this.backend.run(operation as LaneOperation, x, out, some, temperature, operands);
    }
  }

  private computeTop(x: FloatArray, layout: Layout, mask: Uint8Array | undefined, out: FloatArray): void {
    const { count: k } = this.job;
    const candidates = out.length / 2;
    const values = newArray(TOP.name, x, candidates);
    const top = { k, values, indices: newIndices(TOP.name, candidates), ranking: RANKING };
    this.backend.top(x, layout, mask, top);
    writePairs(top, layout, out);
  }

  /** Computes columns of one slice. Each slice is `parts` tasks. */
  private computeColumns(task: number, parts: number): void {
    const { operation, layout, temperature } = this.job;
    const slice = Math.floor(task / parts);
    const { x, out, operands } = this.slices(slice, slice + 1);
    const columns = columnsOf(layout.inner, task % parts, parts);
    const one = { ...layout, outer: 1 };
    this.wasm.runPart(operation as LaneOperation, x, out, one, columns, temperature, operands);
  }

  private slices(from: number, to: number): Arrays {
    const { outer } = this.job.layout;
    const { x, out, operands } = this.arrays;
    const part = <T extends FloatArray | Uint8Array>(array: T): T => {
      const each = array.length / outer;
      return array.subarray(from * each, to * each) as T;
    };
    if (operands === undefined) return { x: part(x), out: part(out) };
    const { y, numbers, mask, js } = operands;
    return {
      x: part(x),
      out: part(out),
      operands: { y: y && part(y), numbers: numbers && part(numbers), mask: mask && part(mask), js },
    };
  }

  /** Computes a chunk of a long row, in each of the phases on pieces after the others. */
  private computeChunk(task: number): void {
    const { chunks, phases } = this;
    const turn = Math.floor(task / chunks);
    if (turn > 0 && !this.queue.awaitPhase(this.ticket, turn)) throw new Error("a thread has died");
    this.row?.runChunk(phases[turn], task % chunks);
  }

  /** The last thread of a phase joins what the chunks have left, and opens the next one. */
  private endPhase(done: number): void {
    const { chunks, phases } = this;
    if (done % chunks !== 0) return;
    const turn = done / chunks;
    this.attempt(() => this.row?.join(phases[turn - 1] + 1));
    this.queue.openPhase(this.ticket, turn);
  }

  /** The chunks of the row of the job. */
  private get chunks(): number {
    return this.wasm.kernels.longChunks(this.job.layout.length, 1);
  }

  /** The phases on pieces of the operation of the job. */
  private get phases(): readonly number[] {
    return piecePhasesOf(this.wasm.kernels, this.job.operation.code);
  }

  /** The backend where there are kernels. Only with these are columns and rows shared. */
  private get wasm(): WasmBackend {
    return this.backend as WasmBackend;
  }
}
