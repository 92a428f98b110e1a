import { newArray } from "./arguments.js";
import type { Backend, FloatArray, Operands, Operation } from "./backend/backend.js";
import { type Arrangement, gather, type Offsets, scatter } from "./layout.js";

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
): void {
  // There may be no lanes, and these too long for any scratch memory.
  if (out.length === 0) return;
  const { offsets } = arrangement;
  if (offsets === undefined) {
    backend.run(operation, x, out, arrangement, temperature, operands);
    return;
  }
  const copy = newArray(operation, x, x.length);
  gather(x, offsets, copy);
  const gathered = operands && gatherOperands(operation, x, operands, offsets);
  if (reduces) {
    backend.run(operation, copy, out, arrangement, temperature, gathered);
  } else {
    backend.run(operation, copy, copy, arrangement, temperature, gathered);
    scatter(copy, offsets, out);
  }
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
