import type { Kernels } from "../../backend/wasm/kernels.js";
import type { LinearMemory, Span } from "../../backend/wasm/memory.js";
import {
  copy,
  enterColumns,
  enterSlices,
  leaveColumns,
  leaveSlices,
  type Operand,
  pitchOf,
  place,
  stagedBytes,
  tileBytes,
} from "../../backend/wasm/tiles.js";
import type { Layout } from "../../types.js";
import { type Job, type Kind, MEMORY, type Place } from "../shared/job.js";
import { columnsOf, elementTasks, type Plan, split, tasksOf } from "./plan.js";
import type { Located, Request } from "./request.js";

/** Part of a call, ready for the threads. */
export interface Tile {
  readonly job: Job;
  readonly tasks: number;
  /** Takes the results when they are done. */
  collect(): void;
  /** Gives the memory back. */
  release(): void;
}

/** There is no memory to stage a tile in. */
export class OutOfMemory extends Error {}

/** Makes the tiles of a call, copying to memory taken for the purpose what is not shared. */
export class Staging {
  private readonly lengths: readonly number[];

  constructor(
    private readonly request: Request,
    private readonly located: Located,
    private readonly plan: Plan,
    private readonly memory: LinearMemory,
    private readonly kernels: Kernels | undefined,
  ) {
    this.lengths = this.arrays().map(({ length }) => length);
  }

  /** Throws a TypeError if an array is not what it was: its buffer has been detached, or shrunk. */
  checkArrays(): void {
    if (this.arrays().some(({ length }, k) => length !== this.lengths[k])) {
      throw new TypeError(
        "an argument has lost its memory, or changed its length, while the call was pending",
      );
    }
  }

  private arrays(): { readonly length: number }[] {
    const { inputs, out } = this.located;
    return [...inputs, out].map(({ array }) => array);
  }

  /** Whether the calling thread has much to copy: more than numbers per lane. */
  get isStaged(): boolean {
    return 8 * stagedBytes(this.located, 1) > this.located.xs.bytes(1);
  }

  get tiles(): number {
    return this.plan.tiles;
  }

  /** Tile number `k`. Throws OutOfMemory, or a TypeError as checkArrays does. */
  tile(k: number): Tile {
    this.checkArrays();
    if (this.plan.tile === "row") return this.row(k);
    if (this.plan.tile === "columns") return this.columns(k, this.plan.width);
    const { outer } = this.request.layout;
    const first = split(outer, k, this.plan.tiles);
    return this.slices(first, split(outer, k + 1, this.plan.tiles) - first);
  }

  private slices(first: number, slices: number): Tile {
    const { memory, located } = this;
    const { inner } = this.request.layout;
    const layout = { ...this.request.layout, outer: slices };
    return this.staged(slices * inner, () => {
      enterSlices(memory, located, first, slices, inner);
      const shared =
        this.plan.tile === "elements"
          ? { kind: "elements" as const, tasks: elementTasks(slices) }
          : tasksOf(layout, this.kernels !== undefined && !this.request.js);
      return { layout, ...shared, leave: () => leaveSlices(memory, located, first, slices, inner) };
    });
  }

  private columns(k: number, width: number): Tile {
    const { memory, located } = this;
    const { length, inner } = this.request.layout;
    const perSlice = Math.ceil(inner / width);
    const slice = Math.floor(k / perSlice);
    const { first, count } = columnsOf(inner, k % perSlice, perSlice);
    const pitch = pitchOf(count, 16 / this.request.x.BYTES_PER_ELEMENT);
    return this.staged(pitch, () => {
      enterColumns(memory, located, slice, first, count, inner, pitch);
      const layout = { outer: 1, length, inner: pitch };
      const leave = () => leaveColumns(memory, located, slice, first, count, inner, pitch);
      return { layout, ...tasksOf(layout, true), leave };
    });
  }

  /** Takes memory for so many columns of what is staged, and has it filled. */
  private staged(
    columns: number,
    enter: () => { layout: Layout; kind: Kind; tasks: number; leave: () => void },
  ): Tile {
    const { located, memory } = this;
    const { out } = located;
    const span = stagedBytes(located, columns) > 0 ? this.take(tileBytes(located, columns)) : undefined;
    try {
      if (span) place(located, span, columns);
      const { layout, kind, tasks, leave } = enter();
      const { address } = out;
      return {
        job: this.job(kind, layout, (operand) => ({
          buffer: located.bufferOf(operand),
          offset: operand.address,
          length: operand.rows * operand.width * layout.outer * layout.inner,
        })),
        tasks,
        collect: () => {
          this.checkArrays();
          // Other tiles have moved it.
          out.address = address;
          leave();
        },
        release: () => span && memory.give(span),
      };
    } catch (error) {
      if (span) memory.give(span);
      throw error;
    }
  }

  private take(bytes: number): Span {
    try {
      return this.memory.take(bytes);
    } catch (cause) {
      throw new OutOfMemory("the memory cannot grow", { cause });
    }
  }

  private job(kind: Kind, layout: Layout, placeOf: (operand: Operand) => Place): Job {
    const { operation, x, temperature, js } = this.request;
    const { xs, ys, ns, ms, out } = this.located;
    return {
      kind,
      operation,
      isSingle: x.BYTES_PER_ELEMENT === 4,
      js,
      layout,
      isStaged: this.isStaged,
      temperature,
      x: placeOf(xs),
      out: placeOf(out),
      y: ys && placeOf(ys),
      numbers: ns && placeOf(ns),
      mask: ms && placeOf(ms),
      src: 0,
      dst: 0,
      records: 0,
    };
  }

  /** One long row: its records, its result if that is a number, then the row itself unless it is resident. */
  private row(k: number): Tile {
    const { memory, located, kernels } = this;
    if (kernels === undefined) throw new Error("long rows are for kernels");
    const { length } = this.request.layout;
    const { xs, out } = located;
    const results = out.rows * out.width;
    const isResident = ({ base }: Operand, buffer: number) => base !== undefined && buffer === MEMORY;
    const hasX = isResident(xs, located.bufferOf(xs));
    const hasOut = isResident(out, located.bufferOf(out));
    const isStaged = !hasX || (!hasOut && out.rows > 1);
    const records = Math.ceil(kernels.rowBytes() / RESULT_BYTES) * RESULT_BYTES;
    const span = this.take(records + RESULT_BYTES + (isStaged ? xs.bytes(1) : 0));
    const stage = span.offset + records + RESULT_BYTES;
    const src = hasX ? (xs.base as number) + k * xs.bytes(1) : stage;
    const elsewhere = out.rows > 1 ? stage : span.offset + records;
    const dst = hasOut ? (out.base as number) + k * out.bytes(1) : elsewhere;
    const layout = { outer: 1, length, inner: 1 };
    const placeOf = (operand: Operand, address: number, count: number): Place =>
      operand.base === undefined
        ? { buffer: MEMORY, offset: address, length: count }
        : { buffer: located.bufferOf(operand), offset: operand.base + k * operand.bytes(1), length: count };
    try {
      const heap = xs.array.BYTES_PER_ELEMENT === 4 ? memory.f32 : memory.f64;
      if (xs.base === undefined) copy(xs.array, k * length, heap, src / xs.array.BYTES_PER_ELEMENT, length);
    } catch (error) {
      memory.give(span);
      throw error;
    }
    return {
      job: {
        ...this.job("row", layout, (operand) =>
          placeOf(operand, operand === xs ? src : dst, operand === xs ? length : results),
        ),
        src,
        dst,
        records: span.offset,
      },
      tasks: kernels.rowChunks(length) * (out.rows > 1 ? 3 : 2),
      collect: () => {
        this.checkArrays();
        if (out.base !== undefined) return;
        const { array } = out;
        const heap = array.BYTES_PER_ELEMENT === 4 ? memory.f32 : memory.f64;
        copy(heap, dst / array.BYTES_PER_ELEMENT, array, k * results, results);
      },
      release: () => memory.give(span),
    };
  }
}

/** A cache line, for what a lane is reduced to. */
const RESULT_BYTES = 64;
