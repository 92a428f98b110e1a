import { describe, typedArrayName } from "../describe.js";
import type { Layout } from "../types.js";
import { adviceOn, adviceOnNested } from "./advice.js";
import { checkMemory } from "./arrays.js";

/** Which elements count: those where it is not 0 or false. The numbers of a list are 0 and 1. */
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
  const isArray = typedArrayName(mask) === "Uint8Array";
  const isList = Array.isArray(mask);
  const array = mask as Uint8Array;
  if (isArray) checkMemory(caller, "mask", array);
  if ((isArray || isList) && (array.length === x.length || array.length === length)) {
    return isList ? bytesOf(caller, mask) : array;
  }
  const message = `${caller}: mask must be a Uint8Array, or a list of booleans or of 0 and 1, of length ${x.length} (${reason ?? asXOrLane(x.length, length)}), got ${describe(mask)}`;
  if (isArray || isList) throw new RangeError(message);
  const isAdded =
    /^Float/.test(typedArrayName(mask) ?? "") && (mask as Float32Array).some((value) => value < 0);
  const advice = isAdded
    ? `: ${ADDED} pass Uint8Array.from(mask, (value) => (value === 0 ? 1 : 0))`
    : adviceOn("mask", mask, { type: "Uint8Array" });
  throw new TypeError(message + advice);
}

/** Of 0, and -Infinity or large negative numbers. */
const ADDED = "for one that is added to logits";

/** 1 for true and 1, 0 for false and 0. */
function bytesOf(caller: string, list: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(list.length);
  for (let k = 0; k < bytes.length; k++) {
    const element = list[k];
    if (element === true || element === 1) bytes[k] = 1;
    else if (element !== false && element !== 0) throw wrongElement(caller, k, element);
  }
  return bytes;
}

function wrongElement(caller: string, k: number, element: unknown): TypeError {
  const isAdded = typeof element === "number" && element < 0;
  const advice = isAdded
    ? `: a mask says which elements count; ${ADDED} pass mask.map((value) => value === 0)`
    : adviceOnNested("mask", element, false);
  return new TypeError(
    `${caller}: mask[${k}] must be true or false, 1 or 0, got ${describe(element)}${advice}`,
  );
}

/** The reason in errors, in brackets, for an array that is as long as x but may also be as long as one lane. */
export function asXOrLane(size: number, length: number): string {
  return size === length ? "as x is" : `as x is) or ${length} (as one lane is`;
}
