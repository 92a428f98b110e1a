import { checkAttached, describe, typedArrayName } from "./arguments.js";
import type { FloatArray, Layout } from "./backend/backend.js";

/** A mask for lanes of x, checked: a Uint8Array as long as x or as one lane. Undefined if there is none. */
export function readMask(
  operation: string,
  mask: unknown,
  x: FloatArray,
  { length }: Layout,
): Uint8Array | undefined {
  if (mask === undefined) return undefined;
  const isMask = typedArrayName.call(mask) === "Uint8Array";
  const array = mask as Uint8Array;
  if (isMask && array.length === 0) checkAttached(operation, "mask", array);
  if (isMask && (array.length === x.length || array.length === length)) return array;
  const message = `${operation}: mask must be a Uint8Array of length ${x.length} (${asXOrLane(length)}), got ${describe(mask)}`;
  throw isMask ? new RangeError(message) : new TypeError(message);
}

/** Why an array that may be given for one lane has the length that x has. */
export function asXOrLane(length: number): string {
  return `as x is, or ${length}, as one lane is`;
}
