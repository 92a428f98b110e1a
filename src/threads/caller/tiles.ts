import { piecePhasesOf } from "../../backend/wasm/long.js";
import type { LinearMemory, Span } from "../../backend/wasm/memory.js";
import {
  enterColumns,
  enterSlices,
  leaveColumns,
  leaveSlices,
  pitchOf,
  place,
  stagedBytes,
  tileBytes,
} from "../../backend/wasm/tiles.js";
import type { Layout } from "../../types.js";
import { type Job, type Kind, MEMORY, type Place, TOP } from "../shared/job.js";
import { columnsOf, split } from "../shared/split.js";
import { type Plan, tasksOf } from "./plan.js";
import type { Argument, Means, Request } from "./request.js";

/** Part of a call, ready for the threads. */
export interface Tile {
  readonly job: Job;
  readonly tasks: number;
  /** Copies the results of private arrays out. */
  collect(): void;
  /** Gives the memory back. */
  release(): void;
}

/** What a tile is, once it is in memory. */
interface Entered extends Partial<Pick<Job, "records">> {
  readonly layout: Layout;
  readonly kind: Kind;
  readonly tasks: number;
  /** Copies the results out. */
  leave(): void;
}

/** There is no memory to stage a tile in. */
export class OutOfMemory extends Error {}

/** Where a tile lies that stages nothing. */
const NOWHERE: Span = { offset: 0, bytes: 0 };

/** Makes the tiles of a call. Copies the arrays that are not shared to memory taken for the purpose. */
export class Tiles {
  private readonly memory: LinearMemory;

  constructor(
    private readonly request: Request,
    readonly plan: Plan,
    private readonly means: Means,
  ) {
    this.memory = means.memory;
  }

  /** Makes tile number `k`. Throws OutOfMemory, or a TypeError as checkArrays does. */
  make(k: number): Tile {
    this.checkArrays();
    if (this.plan.kind === "row") return this.row(k);
    return this.plan.kind === "columns" ? this.columns(k) : this.slices(k);
  }

  /** Throws a TypeError if an array is not what it was: its buffer has been detached, or shrunk. */
  private checkArrays(): void {
    const { inputs, out } = this.plan.args;
    const { outer, inner } = this.request.layout;
    const isAsItWas = ({ array, rows, width }: (typeof inputs)[number]): boolean =>
      array.length === outer * rows * inner * width;
    if (inputs.every(isAsItWas) && isAsItWas(out)) return;
    throw new TypeError("an argument was detached, or changed its length, while the call was pending");
  }

  private slices(k: number): Tile {
    const { memory } = this;
    const { args, kind, tiles } = this.plan;
    const { limits, kernels } = this.means;
    const { operation } = this.request;
    const { outer, length, inner } = this.request.layout;
    const first = split(outer, k, tiles);
    const count = split(outer, k + 1, tiles) - first;
    const columns = count * inner;
    return this.staged(stagedBytes(args, columns) > 0 ? tileBytes(args, columns) : 0, (span) => {
      place(args, span, columns);
      enterSlices(memory, args, first, count, inner);
      const layout = { outer: count, length, inner };
      const shared =
        kind === "elements"
          ? { kind, tasks: Math.ceil(count / limits.taskElements) }
          : tasksOf(layout, kernels !== undefined && !this.request.js && operation !== TOP, limits);
      return { layout, ...shared, leave: () => leaveSlices(memory, args, first, count, inner) };
    });
  }

  /** Columns of one slice, in rows padded to whole vectors. All arrays are staged. */
  private columns(k: number): Tile {
    const { memory } = this;
    const { args, width = 1 } = this.plan;
    const { layout, x } = this.request;
    const { length, inner } = layout;
    const perSlice = Math.ceil(inner / width);
    const slice = Math.floor(k / perSlice);
    const { first, count } = columnsOf(inner, k % perSlice, perSlice);
    const pitch = pitchOf(count, 16 / x.BYTES_PER_ELEMENT);
    return this.staged(tileBytes(args, pitch), (span) => {
      place(args, span, pitch);
      enterColumns(memory, args, slice, first, count, inner, pitch);
      const layout = { outer: 1, length, inner: pitch };
      const leave = () => leaveColumns(memory, args, slice, first, count, inner, pitch);
      return { layout, ...tasksOf(layout, true, this.means.limits), leave };
    });
  }

  /** One long row, behind its records. */
  private row(k: number): Tile {
    const { memory } = this;
    const { args } = this.plan;
    const { kernels } = this.means;
    if (kernels === undefined) throw new Error("only kernels compute rows in chunks");
    const { length } = this.request.layout;
    const { code } = this.request.operation;
    const recordBytes = kernels.longBytes();
    return this.staged(recordBytes + tileBytes(args, 1), ({ offset: records, bytes }) => {
      place(args, { offset: records + recordBytes, bytes: bytes - recordBytes }, 1);
      enterSlices(memory, args, k, 1, 1);
      return {
        layout: { outer: 1, length, inner: 1 },
        kind: "row",
        tasks: kernels.longChunks(length, 1) * piecePhasesOf(kernels, code).length,
        records,
        leave: () => leaveSlices(memory, args, k, 1, 1),
      };
    });
  }

  /** Takes memory for a tile, and lets `enter` fill it. */
  private staged(bytes: number, enter: (span: Span) => Entered): Tile {
    const { memory } = this;
    const { x, out, y, numbers, mask } = this.plan.args;
    const { operation, temperature, js = false, count = 0 } = this.request;
    const span = this.take(bytes);
    try {
      const { leave, tasks, ...entered } = enter(span);
      const { outer, inner } = entered.layout;
      const at = ({ buffer = MEMORY, address, rows, width }: Argument): Place => {
        return { buffer, offset: address, length: outer * rows * inner * width };
      };
      const { address } = out;
      return {
        job: {
          records: 0,
          ...entered,
          operation,
          isSingle: x.array.BYTES_PER_ELEMENT === 4,
          js,
          isStaged: this.plan.isStaged,
          temperature,
          count,
          x: at(x),
          out: at(out),
          y: y && at(y),
          numbers: numbers && at(numbers),
          mask: mask && at(mask),
        },
        tasks,
        collect: () => {
          this.checkArrays();
          // Other tiles have moved it.
          out.address = address;
          leave();
        },
        release: () => memory.give(span),
      };
    } catch (error) {
      memory.give(span);
      throw error;
    }
  }

  private take(bytes: number): Span {
    if (bytes === 0) return NOWHERE;
    try {
      return this.memory.take(bytes);
    } catch (cause) {
      throw new OutOfMemory("the memory cannot grow", { cause });
    }
  }
}
