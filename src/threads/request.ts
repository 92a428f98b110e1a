import {
  type Elementwise,
  type FloatArray,
  type Layout,
  type Operation,
  partsOf,
} from "../backend/backend.js";
import { Stream, type Streams } from "../backend/tiles.js";
import type { LinearMemory } from "../memory.js";
import type { Buffers } from "./buffers.js";
import { MEMORY } from "./job.js";

/** A call of an operation, after validation; that on elements has lanes of one of them. */
export interface Request {
  readonly operation: Operation | Elementwise;
  readonly isElementwise: boolean;
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly layout: Layout;
  readonly temperature: number;
  readonly y?: FloatArray;
  readonly lanes?: Float64Array;
  /** As long as x. */
  readonly mask?: Uint8Array;
  readonly plainly: boolean;
}

/** The arrays of a request as streams; the base of one that is shared is its place in its buffer. */
export interface Located extends Streams {
  readonly xs: Stream;
  readonly ys?: Stream;
  readonly ns?: Stream;
  readonly ms?: Stream;
  /** The number of the buffer of a shared array, MEMORY of a staged one. */
  bufferOf(stream: Stream): number;
  /** Whether some are shared, but not in the memory of the pool. */
  readonly isForeign: boolean;
}

/** Which arrays are staged: those that are not shared, those that are not resident either, or all. */
export type Staged = "private" | "foreign" | "all";

export function locate(request: Request, memory: LinearMemory, buffers: Buffers, staged: Staged): Located {
  const { operation, x, out, layout, y, lanes, mask } = request;
  const { outer, length, inner } = layout;
  const homes = new Map<Stream, number>();
  const stream = (array: FloatArray | Uint8Array, rows: number, width: number): Stream => {
    let home: number | undefined;
    if (staged !== "all" && memory.holds(array)) home = MEMORY;
    else if (staged === "private") home = buffers.numberOf(array);
    const located = new Stream(array, rows, width, home === undefined ? undefined : array.byteOffset);
    homes.set(located, home ?? MEMORY);
    return located;
  };
  const xs = stream(x, length, 1);
  const ys = y && stream(y, length, 1);
  const ns = lanes && stream(lanes, 1, lanes.length / (outer * inner));
  const ms = mask && stream(mask, length, 1);
  const parts = partsOf(operation);
  const isReduced = parts > 0 || operation === "logSumExp";
  const inputs = [xs];
  for (const input of [ys, ns, ms]) if (input !== undefined) inputs.push(input);
  return {
    inputs,
    out: stream(out, isReduced ? 1 : length, parts || 1),
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
