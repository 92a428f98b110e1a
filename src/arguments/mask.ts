import { describe, typedArrayName } from "../describe.js";
import type { Layout } from "../types.js";
import { checkAttached } from "./arrays.js";

/** Which elements count: those where it is not 0 or false. */
export type Mask = Uint8Array | readonly boolean[] | readonly number[];

/**
 * A mask for lanes of x: a Uint8Array as long as x or as one lane. Undefined if there is none. A list must be `settled`
 * before.
 */
export function readMask(
  caller: string,
  mask: unknown,
  x: { readonly length: number },
  { length }: Pick<Layout, "length">,
  reason?: string,
): Uint8Array | undefined {
  if (mask === undefined) return undefined;
  const isArray = typedArrayName.call(mask) === "Uint8Array";
  const isList = Array.isArray(mask);
  const array = mask as Uint8Array;
  if (isArray && array.length === 0) checkAttached(caller, "mask", array);
  if ((isArray || isList) && (array.length === x.length || array.length === length)) {
    return isList ? bytesOf(caller, mask) : array;
  }
  const message = `${caller}: mask must be a Uint8Array or a list of booleans, of length ${x.length} (${reason ?? asXOrLane(length)}), got ${describe(mask)}`;
  throw isArray || isList ? new RangeError(message) : new TypeError(message);
}

/** 1 for true and for numbers other than 0. */
function bytesOf(caller: string, list: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(list.length);
  for (let k = 0; k < bytes.length; k++) {
    const element = list[k];
    if (typeof element !== "boolean" && typeof element !== "number") {
      throw new TypeError(`${caller}: mask[${k}] must be a boolean or a number, got ${describe(element)}`);
    }
    bytes[k] = element === false || element === 0 ? 0 : 1;
  }
  return bytes;
}

/** The reason in errors for an array that is as long as x but may also be as long as one lane. */
export function asXOrLane(length: number): string {
  return `as x is, or ${length}, as one lane is`;
}
