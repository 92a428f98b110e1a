import { describe, typedArrayName } from "../describe.js";
import type { FloatArray, Layout } from "../types.js";
import { checkAttached } from "./arrays.js";

/** A mask for lanes of x: a Uint8Array as long as x or as one lane. Undefined if there is none. */
export function readMask(
  caller: string,
  mask: unknown,
  x: FloatArray,
  { length }: Layout,
): Uint8Array | undefined {
  if (mask === undefined) return undefined;
  const isMask = typedArrayName.call(mask) === "Uint8Array";
  const array = mask as Uint8Array;
  if (isMask && array.length === 0) checkAttached(caller, "mask", array);
  if (isMask && (array.length === x.length || array.length === length)) return array;
  const message = `${caller}: mask must be a Uint8Array of length ${x.length} (${asXOrLane(length)}), got ${describe(mask)}`;
  throw isMask ? new RangeError(message) : new TypeError(message);
}

/** The reason in errors for an array that is as long as x but may also be as long as one lane. */
export function asXOrLane(length: number): string {
  return `as x is, or ${length}, as one lane is`;
}
