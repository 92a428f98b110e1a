/** Functions that give one number per lane: what logSumExp and entropy share. */
import { readPackable } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import type { Settings } from "../arguments/options.js";
import { checkApart, checkOut } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import { newArray } from "../dtype.js";
import { type MaybePromise, type Pending, resultWhenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";

/** The checked arguments, except `out`. */
export interface Reduction {
  readonly caller: string;
  /** What errors call x. */
  readonly name: string;
  readonly x: FloatArray;
  readonly layout: Layout;
  readonly temperature: number;
  readonly mask: Uint8Array | undefined;
  /** Without `shape` and `out` the result is a number. */
  readonly isOneNumber: boolean;
}

/** Undefined if x is packed. */
export function readReduction(
  caller: string,
  name: string,
  x: unknown,
  { shape, axis, temperature, out }: Settings,
  mask: unknown,
  options: unknown,
): Reduction | undefined {
  const source = readPackable(caller, x, name, options);
  if (source === PACKED) return undefined;
  const layout = resolve(caller, shape, axis, source.length, name);
  const isOneNumber = shape === undefined && out === undefined;
  if (isOneNumber && layout.outer * layout.inner !== 1) {
    throw new RangeError(
      `${caller}: axis [] gives one value per element of ${name}: pass { shape } to get an array`,
    );
  }
  const kept = readMask(caller, mask, source, layout);
  return { caller, name, x: source, layout, temperature, mask: kept, isOneNumber };
}

/** The array for the results: `out`, or a new one where nothing `isGiven`. */
export function resultFor(
  { caller, name, x, layout, mask }: Reduction,
  out: unknown,
  outName = "out",
  isGiven = out !== undefined,
  weights?: FloatArray,
): FloatArray {
  const lanes = layout.outer * layout.inner;
  if (!isGiven) return newArray(caller, x, lanes);
  const result = checkOut(caller, out, x, lanes, name, "one element per lane", outName);
  if (mask !== undefined) checkApart(caller, "mask", mask, result, outName);
  if (weights !== undefined) checkApart(caller, "weights", weights, result, outName);
  return result;
}

/** `value`, or its one number, once nothing is pending. */
export function reducedWhenDone(
  pending: Pending,
  value: FloatArray,
  isOneNumber: boolean,
): MaybePromise<number | FloatArray> {
  if (!isOneNumber) return resultWhenDone(pending, value);
  return pending === undefined ? value[0] : firstLater(pending, value);
}

/** A function of its own, so that `reducedWhenDone` has no closure: see `resultWhenDone`. */
async function firstLater(pending: Promise<void>, value: FloatArray): Promise<number> {
  await pending;
  return value[0];
}
