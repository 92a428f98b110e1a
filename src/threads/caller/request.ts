import { PER_LANE } from "../../../assembly/abi.js";
import { type ElementOperation, type LaneOperation, numbersOf, partsOf } from "../../backend/backend.js";
import type { Kernels } from "../../backend/wasm/kernels.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import { type CallOperands, Operand } from "../../backend/wasm/tiles.js";
import type { FloatArray, Layout, Operands } from "../../types.js";
import { MEMORY } from "../shared/job.js";
import type { Buffers } from "./buffers.js";
import type { Limits } from "./limits.js";

/** A call of an operation, after validation. One on elements has lanes of one element. */
export interface Request extends Operands {
  readonly operation: LaneOperation | ElementOperation;
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly layout: Layout;
  readonly temperature: number;
  /** How many candidates TOP finds in a lane: `out` has a pair of f64 for each. */
  readonly count?: number;
}

/** What a pool computes with. */
export interface Means {
  readonly threads: number;
  readonly limits: Limits;
  readonly memory: LinearMemory;
  readonly buffers: Buffers;
  readonly kernels: Kernels | undefined;
}

/** An array of a call. If it is shared, its base is its place in its buffer; else the calling thread copies it. */
export class Argument extends Operand {
  constructor(
    array: FloatArray | Uint8Array,
    rows: number,
    width: number,
    /** The number of its buffer, if it is shared. */
    readonly buffer: number | undefined,
  ) {
    super(array, rows, width, buffer === undefined ? undefined : array.byteOffset);
  }

  /** Whether threads read and write it where it lies. */
  get isResident(): boolean {
    return this.buffer === MEMORY;
  }

  /** Whether it is shared, but not in the memory of the pool. Threads copy it through their windows. */
  get isForeign(): boolean {
    return this.buffer !== undefined && this.buffer !== MEMORY;
  }
}

/** The arrays of a call, by the names that a job has for them. */
export interface Arguments extends CallOperands {
  readonly x: Argument;
  readonly out: Argument;
  readonly y?: Argument;
  readonly numbers?: Argument;
  readonly mask?: Argument;
  /** Whether some are foreign. */
  readonly isForeign: boolean;
}

/** Which arrays the calling thread copies: those that are not shared, those that are not resident either, or all. */
export type Staged = "private" | "foreign" | "all";

/** Finds out where the arrays of a request lie. Its mask is as long as x. */
export function locate(request: Request, { memory, buffers }: Means, staged: Staged): Arguments {
  const { operation, layout } = request;
  const bufferOf = (array: FloatArray | Uint8Array): number | undefined => {
    if (staged !== "all" && memory.holds(array)) return MEMORY;
    return staged === "private" ? buffers.numberOf(array) : undefined;
  };
  const argument = (array: FloatArray | Uint8Array, rows: number, width = 1): Argument =>
    new Argument(array, rows, width, bufferOf(array));
  const { length } = layout;
  const isReduced = (operation.code & PER_LANE) !== 0;
  const x = argument(request.x, length);
  const y = request.y && argument(request.y, length);
  const numbers = request.numbers && argument(request.numbers, 1, numbersOf(operation.code));
  const mask = request.mask && argument(request.mask, length);
  const { count = 0 } = request;
  const out = argument(request.out, isReduced ? 1 : length, partsOf(operation.code) || 2 * count || 1);
  const inputs = [x, y, numbers, mask].filter((input) => input !== undefined);
  return {
    inputs,
    out,
    // One result per lane would lie where other threads still read.
    inPlace: x.base === undefined && !isReduced,
    x,
    y,
    numbers,
    mask,
    isForeign: [...inputs, out].some(({ isForeign }) => isForeign),
  };
}
