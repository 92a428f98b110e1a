import { CHUNKED, CROSS_ENTROPY_TARGETS_GRAD } from "../../../assembly/abi.js";
import { wholeMask } from "../../backend/lanes.js";
import type { Kernels } from "../../backend/wasm/kernels.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import type { Buffers } from "./buffers.js";
import { type Plan, planElements, planLanes } from "./plan.js";
import { type Located, locate, type Request, type Staged } from "./request.js";
import { Staging } from "./staging.js";

/**
 * Bytes of x from which the threads are asked: below, the calling thread is done before they have woken up, and when it is
 * promised the results, before it has heard of them (measured: 20 to 70 µs each way). Arrays that it has to copy
 * first make it later. One thread gains nothing, so that all of it must be small beside the call. Tests lower them.
 */
export const SHARED_FROM = { shared: 2 ** 19, staged: 2 ** 21, stagedNow: 2 ** 20, alone: 2 ** 22 };

/** What there is to compute with. */
interface Means {
  readonly threads: number;
  readonly memory: LinearMemory;
  readonly buffers: Buffers;
  readonly kernels: Kernels | undefined;
}

/** Cuts a request in tiles; undefined if threads are of no use. */
export function prepare(request: Request, means: Means, isNow: boolean): Staging | undefined {
  const { threads, memory, buffers, kernels } = means;
  const { operation, layout, x, y, out, isElementwise, mask } = request;
  if (x.byteLength < (threads > 1 ? SHARED_FROM.shared : SHARED_FROM.alone) || out.length === 0)
    return undefined;
  const whole = mask ? { ...request, mask: wholeMask(mask, layout, x.length) } : request;
  const located = (staged: Staged): Located => locate(whole, memory, buffers, staged);
  const planned = (operands: Located): Plan | undefined =>
    planLanes(layout, {
      operands,
      isForeign: operands.isForeign,
      // What is masked is filled first, and targets are read when p has been written.
      isCopied:
        mask !== undefined ||
        (operation.code === CROSS_ENTROPY_TARGETS_GRAD &&
          y?.buffer === out.buffer &&
          y.byteOffset === out.byteOffset),
      isCompiled: kernels !== undefined && !request.js,
      bytes: x.BYTES_PER_ELEMENT,
    });
  let operands = located("private");
  let plan: Plan | undefined;
  if (isElementwise) plan = planElements(layout.outer, operands);
  else if (isLongRow(request, kernels)) plan = { tile: "row", tiles: layout.outer };
  else plan = planned(operands);
  if (plan === undefined && operands.isForeign) {
    operands = located("foreign");
    plan = planned(operands);
  }
  if (plan?.tile === "columns") operands = located("all");
  const staging = plan && new Staging(whole, operands, plan, memory, kernels);
  const stagedFrom = isNow ? SHARED_FROM.stagedNow : SHARED_FROM.staged;
  return staging?.isStaged && x.byteLength < stagedFrom ? undefined : staging;
}

function isLongRow({ operation, layout, mask, js }: Request, kernels: Kernels | undefined): boolean {
  const isForRows = (operation.code & CHUNKED) !== 0 && !mask && !js && layout.inner === 1;
  return isForRows && kernels !== undefined && kernels.rowChunks(layout.length) > 0;
}
