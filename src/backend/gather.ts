import { PER_LANE } from "../../assembly/abi.js";
import { newArray } from "../dtype.js";
import { type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout, Offsets, Operands } from "../types.js";
import type { Backend, LaneOperation } from "./backend.js";
import { gather, scatter, wholeMask } from "./lanes.js";
import { RANKING } from "./ranking.js";
import type { Top } from "./top.js";

/** Runs an operation on a backend: at once, or on gathered copies where lanes have no single stride. */
export function run(
  backend: Backend,
  operation: LaneOperation,
  x: FloatArray,
  out: FloatArray,
  layout: Layout,
  temperature: number,
  operands?: Operands,
): Pending {
  // Without lanes there is nothing to do, and their length may exceed any scratch memory.
  if (out.length === 0) return undefined;
  const { offsets } = layout;
  if (offsets === undefined) return backend.run(operation, x, out, layout, temperature, operands);
  return runGathered(backend, operation, x, out, layout, offsets, temperature, operands);
}

function runGathered(
  backend: Backend,
  operation: LaneOperation,
  x: FloatArray,
  out: FloatArray,
  { outer, length, inner }: Layout,
  offsets: Offsets,
  temperature: number,
  operands: Operands | undefined,
): Pending {
  const copy = newArray(operation.name, x, x.length);
  gather(x, offsets, copy);
  const gathered = operands && gatherOperands(operation.name, x, operands, offsets);
  const rows = { outer, length, inner };
  if (operation.code & PER_LANE) return backend.run(operation, copy, out, rows, temperature, gathered);
  const pending = backend.run(operation, copy, copy, rows, temperature, gathered);
  return scatterWhenDone(pending, copy, offsets, out);
}

/** A function of its own, so that `run` has no closure: see `resultWhenDone`. */
function scatterWhenDone(pending: Pending, copy: FloatArray, offsets: Offsets, out: FloatArray): Pending {
  return whenDone(pending, () => {
    scatter(copy, offsets, out);
  });
}

function gatherOperands(caller: string, x: FloatArray, operands: Operands, offsets: Offsets): Operands {
  let { y, mask } = operands;
  if (y !== undefined) {
    const copy = newArray(caller, x, x.length);
    gather(y, offsets, copy);
    y = copy;
  }
  if (mask !== undefined && mask.length === x.length) {
    const copy = new Uint8Array(x.length);
    gather(mask, offsets, copy);
    mask = copy;
  }
  return { ...operands, y, mask };
}

/** `Backend.top`, also for lanes without a single stride. */
export function top(
  backend: Backend,
  caller: string,
  x: FloatArray,
  layout: Layout,
  mask: Uint8Array | undefined,
  result: Omit<Top, "ranking">,
): Pending {
  if (result.indices.length === 0) return undefined;
  const whole = mask && wholeMask(mask, layout, x.length);
  const { outer, length, inner, offsets } = layout;
  // Not by spreading: that costs a small call 1 µs on Node 20.
  const { k, values, indices } = result;
  const ranked = { k, values, indices, ranking: RANKING };
  if (offsets === undefined) return backend.top(x, layout, whole, ranked);
  const copy = newArray(caller, x, x.length);
  gather(x, offsets, copy);
  const kept = whole && new Uint8Array(whole.length);
  if (kept) gather(whole, offsets, kept);
  return backend.top(copy, { outer, length, inner }, kept, ranked);
}
