import { PER_LANE } from "../../../assembly/abi.js";
import { type ElementOperation, type LaneOperation, numbersOf, partsOf } from "../../backend/backend.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import { type CallOperands, Operand } from "../../backend/wasm/tiles.js";
import type { FloatArray, Layout } from "../../types.js";
import { MEMORY } from "../shared/job.js";
import type { Buffers } from "./buffers.js";

/** A call of an operation, after validation; that on elements has lanes of one of them. */
export interface Request {
  readonly operation: LaneOperation | ElementOperation;
  readonly isElementwise: boolean;
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly layout: Layout;
  readonly temperature: number;
  readonly y?: FloatArray;
  readonly numbers?: Float64Array;
  /** As long as x. */
  readonly mask?: Uint8Array;
  readonly js: boolean;
}

/** The arrays of a request as operands; the base of one that is shared is its place in its buffer. */
export interface Located extends CallOperands {
  readonly xs: Operand;
  readonly ys?: Operand;
  readonly ns?: Operand;
  readonly ms?: Operand;
  /** The number of the buffer of a shared array, MEMORY of a staged one. */
  bufferOf(operand: Operand): number;
  /** Whether some are shared, but not in the memory of the pool. */
  readonly isForeign: boolean;
}

/** Which arrays are staged: those that are not shared, those that are not resident either, or all. */
export type Staged = "private" | "foreign" | "all";

export function locate(request: Request, memory: LinearMemory, buffers: Buffers, staged: Staged): Located {
  const { operation, x, out, layout, y, numbers, mask } = request;
  const { length } = layout;
  const homes = new Map<Operand, number>();
  const operand = (array: FloatArray | Uint8Array, rows: number, width: number): Operand => {
    let home: number | undefined;
    if (staged !== "all" && memory.holds(array)) home = MEMORY;
    else if (staged === "private") home = buffers.numberOf(array);
    const located = new Operand(array, rows, width, home === undefined ? undefined : array.byteOffset);
    homes.set(located, home ?? MEMORY);
    return located;
  };
  const xs = operand(x, length, 1);
  const ys = y && operand(y, length, 1);
  const ns = numbers && operand(numbers, 1, numbersOf(operation.code));
  const ms = mask && operand(mask, length, 1);
  const parts = partsOf(operation.code);
  const isReduced = (operation.code & PER_LANE) !== 0;
  const inputs = [xs];
  for (const input of [ys, ns, ms]) if (input !== undefined) inputs.push(input);
  return {
    inputs,
    out: operand(out, isReduced ? 1 : length, parts || 1),
    // Results of lanes would lie where other threads still read.
    inPlace: xs.base === undefined && !isReduced,
    xs,
    ys,
    ns,
    ms,
    bufferOf: (of) => homes.get(of) ?? MEMORY,
    isForeign: [...homes.values()].some((home) => home !== MEMORY),
  };
}
