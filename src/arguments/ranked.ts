import { describe } from "../describe.js";
import type { FloatArray, Layout } from "../types.js";
import { checkOverlap } from "./out.js";

/** What is given for results: not yet checked. */
export function readRankedOut(
  caller: string,
  out: unknown,
): { readonly values: unknown; readonly indices: unknown } | undefined {
  if (out === undefined) return undefined;
  if (typeof out !== "object" || out === null) {
    throw new TypeError(`${caller}: out must be an object with values and indices, got ${describe(out)}`);
  }
  const { values, indices } = out as { readonly values?: unknown; readonly indices?: unknown };
  return { values, indices };
}

/** Throws if indices overlap x or its mask. */
export function checkBeside(
  caller: string,
  indices: Int32Array,
  x: FloatArray,
  mask: Uint8Array | undefined,
  outName: string,
): void {
  checkOverlap(caller, "x", x, indices, outName, false);
  if (mask !== undefined) checkOverlap(caller, "mask", mask, indices, outName, false);
}

/** How many elements of a lane are asked for. */
export function readCount(caller: string, k: unknown): number {
  if (typeof k === "number" && Number.isSafeInteger(k) && k >= 0) return k;
  const message = `${caller}: k must be a non-negative integer, got ${describe(k)}`;
  throw typeof k === "number" ? new RangeError(message) : new TypeError(message);
}

/** Throws a RangeError for lanes whose indices an Int32Array cannot hold. */
export function checkIndexable(caller: string, { length }: Layout): void {
  if (length <= 2 ** 31) return;
  throw new RangeError(`${caller}: a lane must have at most 2147483648 elements, got ${length}`);
}

export function manyIndices(caller: string): RangeError {
  return new RangeError(
    `${caller}: axis [] gives one index per element of x: pass { shape } to get an array`,
  );
}
