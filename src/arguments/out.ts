import { describe } from "../describe.js";
import { newArray } from "../dtype.js";
import type { FloatArray } from "../types.js";
import { adviceOn } from "./advice.js";
import { arrayType, checkAttached, checkMemory } from "./arrays.js";

/** Inputs by the names that errors give them. */
export interface Inputs {
  readonly [name: string]: FloatArray | Uint8Array | undefined;
}

/** The array for `length` results of `x`: `out`, checked as `checkOut` does, or a new one. */
export function outFor(
  caller: string,
  out: unknown,
  x: FloatArray,
  length: number,
  reason: string,
  name: string,
  others?: Inputs,
): FloatArray {
  if (out === undefined) return newArray(caller, x, length);
  return checkOut(caller, out, x, length, reason, name, others);
}

/**
 * `out` if it can take `length` results of `x`, whose count `reason` explains. It must not overlap `x`, which errors
 * call `name`, nor one of the `others`. It may be the very memory of one, as an array of the same type.
 */
export function checkOut(
  caller: string,
  out: unknown,
  x: FloatArray,
  length: number,
  reason: string,
  name: string,
  others?: Inputs,
  outName = "out",
): FloatArray {
  const type = arrayType(x);
  const array = out as FloatArray;
  if (arrayType(out) !== type || array.length !== length) {
    if (arrayType(out) !== undefined) checkAttached(caller, outName, array);
    const message = `${caller}: ${outName} must be a ${type?.name} of length ${length} (${reason}), got ${describe(out)}${adviceOn(outName, out, { type: type?.name, isOut: true })}`;
    throw arrayType(out) === type ? new RangeError(message) : new TypeError(message);
  }
  checkMemory(caller, outName, array);
  if (array !== x) checkOverlap(caller, name, x, array, outName, true);
  if (others === undefined) return array;
  for (const other in others) {
    const input = others[other];
    if (input === undefined || input === array) continue;
    checkOverlap(caller, other, input, array, outName, arrayType(input) === type);
  }
  return array;
}

/** Throws if `out` overlaps `x`. They may be the same memory if they `mayCoincide`, being of one type. */
export function checkOverlap(
  caller: string,
  name: string,
  x: FloatArray | Uint8Array,
  out: FloatArray,
  outName: string,
  mayCoincide: boolean,
): void {
  // Equal places mean the same memory or two buffers. Reading `buffer` takes longest (15 ns).
  if (mayCoincide && out.byteOffset === x.byteOffset && out.length === x.length) return;
  if (out.buffer !== x.buffer) return;
  if (out.byteOffset + out.byteLength <= x.byteOffset || x.byteOffset + x.byteLength <= out.byteOffset)
    return;
  throw new RangeError(
    `${caller}: ${outName} must ${mayCoincide ? `be ${name} itself or ` : ""}not overlap ${name}, got bytes ${range(out)} beside ${name} at bytes ${range(x)} of one buffer`,
  );
}

function range(array: FloatArray | Uint8Array): string {
  return `${array.byteOffset} to ${array.byteOffset + array.byteLength}`;
}
