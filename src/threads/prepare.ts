import type { Kernels } from "../backend/kernels.js";
import type { LinearMemory } from "../memory.js";
import type { Buffers } from "./buffers.js";
import { type Plan, planElements, planLanes } from "./plan.js";
import { type Located, locate, type Request, type Staged } from "./request.js";
import { Staging } from "./staging.js";

/**
 * Inputs of fewer bytes are for the calling thread: it is done before others have woken up and said so (measured: 70 to
 * 100 µs there and back). One other thread gains nothing but the copies, and that beside longer calls.
 */
const SHARED_FROM_BYTES = 2 ** 19;
const SHARED_WITH_ONE_FROM_BYTES = 2 ** 22;

const LONG_ROWS: readonly string[] = ["softmax", "logSoftmax", "logSumExp", "logSumExpParts"];

/** What there is to compute with. */
interface Means {
  readonly threads: number;
  readonly memory: LinearMemory;
  readonly buffers: Buffers;
  readonly kernels: Kernels | undefined;
}

/** Cuts a request in tiles; undefined if threads are of no use. */
export function prepare(request: Request, { threads, memory, buffers, kernels }: Means): Staging | undefined {
  const { layout, x, out, isElementwise, mask } = request;
  const from = threads > 1 ? SHARED_FROM_BYTES : SHARED_WITH_ONE_FROM_BYTES;
  if (x.byteLength < from || out.length === 0) return undefined;
  const located = (staged: Staged): Located => locate(request, memory, buffers, staged);
  const planned = (streams: Located): Plan | undefined =>
    planLanes(layout, {
      streams,
      isForeign: streams.isForeign,
      isMasked: mask !== undefined,
      isCompiled: kernels !== undefined && !request.plainly,
      bytes: x.BYTES_PER_ELEMENT,
    });
  let streams = located("private");
  let plan: Plan | undefined;
  if (isElementwise) plan = planElements(layout.outer, streams);
  else if (isLongRow(request, kernels)) plan = { tile: "row", tiles: layout.outer };
  else plan = planned(streams);
  if (plan === undefined && streams.isForeign) {
    streams = located("foreign");
    plan = planned(streams);
  }
  if (plan?.tile === "columns") streams = located("all");
  return plan && new Staging(request, streams, plan, memory, kernels);
}

function isLongRow(
  { operation, layout, y, lanes, mask, plainly }: Request,
  kernels: Kernels | undefined,
): boolean {
  const isForRows = LONG_ROWS.includes(operation) && !y && !lanes && !mask && !plainly && layout.inner === 1;
  return isForRows && kernels !== undefined && kernels.rowChunks(layout.length) > 0;
}
