import { CROSS_ENTROPY_TARGETS_GRAD, LOG_SOFTMAX, PER_LANE } from "../../../assembly/abi.js";
import type { FloatArray, Layout, Operands } from "../../types.js";
import { numbersOf, partsOf } from "../backend.js";
import { wholeMask } from "../lanes.js";
import type { LinearMemory } from "./memory.js";
import { type CallOperands, Operand } from "./tiles.js";

/** The arrays of a call, by what the kernels take them for. */
export interface Call extends CallOperands {
  readonly xs: Operand;
  readonly ys?: Operand;
  readonly ns?: Operand;
  readonly ms?: Operand;
  /** Whether `ys` lies where `out` does, and would be read after terms have been written there: as targets are. */
  readonly overwrites: boolean;
}

/** The arrays of a call. Resident ones stay where they are if they `may`. */
export function callOf(
  memory: LinearMemory,
  code: number,
  x: FloatArray,
  out: FloatArray,
  layout: Layout,
  operands: Operands | undefined,
  may: boolean,
): Call {
  const { length } = layout;
  const { y, numbers, mask }: Operands = operands ?? {};
  // A masked x is filled first, and not in place.
  const xs = operandOf(memory, x, length, 1, may && mask === undefined);
  const overwrites = code === CROSS_ENTROPY_TARGETS_GRAD && y !== undefined && isSamePlace(memory, y, out);
  const ys = y && operandOf(memory, y, length, 1, may && !overwrites);
  const ns = numbers && operandOf(memory, numbers, 1, numbersOf(code), may);
  const ms = mask && new Operand(wholeMask(mask, layout, x.length), length, 1);
  const parts = partsOf(code);
  const os = operandOf(memory, out, code & PER_LANE ? 1 : length, parts || 1, may);
  const inputs = [xs];
  for (const input of [ys, ns, ms]) if (input !== undefined) inputs.push(input);
  return { inputs, out: os, inPlace: xs.base === undefined && !parts, xs, ys, ns, ms, overwrites };
}

/** An array as an operand, in its place if it is resident and `may` stay there. */
export function operandOf(
  memory: LinearMemory,
  array: FloatArray,
  rows: number,
  width: number,
  may: boolean,
): Operand {
  return new Operand(array, rows, width, may && memory.holds(array) ? array.byteOffset : undefined);
}

/** A shared memory that has grown has several buffers. */
function isSamePlace(memory: LinearMemory, a: FloatArray, b: FloatArray): boolean {
  if (a.byteOffset !== b.byteOffset) return false;
  return a.buffer === b.buffer || (memory.holds(a) && memory.holds(b));
}

/** Whether the kernels read and write all elements where they lie. Numbers and results of lanes may be elsewhere. */
export function isInPlace(code: number, { xs, ys, out }: Call): boolean {
  return (
    xs.base !== undefined &&
    (ys === undefined || ys.base !== undefined) &&
    (out.base !== undefined || (code & PER_LANE) !== 0)
  );
}

/** What results of left out elements are. */
export function leftOut(code: number): number {
  return code === LOG_SOFTMAX ? Number.NEGATIVE_INFINITY : 0;
}
