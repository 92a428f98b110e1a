import { newArray } from "./arguments.js";
import type { Backend, FloatArray, Operands, Operation, Pending } from "./backend/backend.js";
import { type Arrangement, gather, type Offsets, scatter } from "./layout.js";
import { after } from "./when.js";

/**
 * Runs an operation in an arrangement: at once, or on copies if its lanes lie at no single stride. The result has one
 * number per element if `out` is as long as `x` is and `reduces` is false.
 */
export function run(
  backend: Pick<Backend, "run">,
  operation: Operation,
  x: FloatArray,
  out: FloatArray,
  arrangement: Arrangement,
  temperature: number,
  operands?: Operands,
  reduces = false,
): Pending {
  // There may be no lanes, and these too long for any scratch memory.
  if (out.length === 0) return undefined;
  const { offsets } = arrangement;
  if (offsets === undefined) return backend.run(operation, x, out, arrangement, temperature, operands);
  const copy = newArray(operation, x, x.length);
  gather(x, offsets, copy);
  const gathered = operands && gatherOperands(operation, x, operands, offsets);
  if (reduces) return backend.run(operation, copy, out, arrangement, temperature, gathered);
  const pending = backend.run(operation, copy, copy, arrangement, temperature, gathered);
  return scatterAfter(pending, copy, offsets, out);
}

/** A function of its own lest `run` has a closure: see `give`. */
function scatterAfter(pending: Pending, copy: FloatArray, offsets: Offsets, out: FloatArray): Pending {
  return after(pending, () => {
    scatter(copy, offsets, out);
  });
}

function gatherOperands(operation: Operation, x: FloatArray, operands: Operands, offsets: Offsets): Operands {
  let { y, mask } = operands;
  if (y !== undefined) {
    const copy = newArray(operation, x, x.length);
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
