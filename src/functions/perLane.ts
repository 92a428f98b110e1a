/** Functions that give one number per lane: what logSumExp and entropy share. */
import type { Settings } from "../arguments/options.js";
import { checkApart, checkOut } from "../arguments/out.js";
import { resolve } from "../arguments/shape.js";
import { type MaybePromise, type Pending, resultWhenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";

/** Without `shape` and `out` the result is a number. */
export function isOneNumber({ shape, out }: Settings): boolean {
  return shape === undefined && out === undefined;
}

/** The lanes of `x`, which errors call `name`. */
export function lanesOf(caller: string, settings: Settings, x: FloatArray, name: string): Layout {
  const layout = resolve(caller, settings.shape, settings.axis, x.length, name);
  if (layout.outer * layout.inner !== 1 && isOneNumber(settings)) {
    throw new RangeError(
      `${caller}: axis [] gives one value per element of ${name}: pass { shape } to get an array`,
    );
  }
  return layout;
}

/** `out`, whose name is `outName`, as the array for one result per lane. It lies apart from the mask and weights. */
export function checkPerLane(
  caller: string,
  out: unknown,
  outName: string,
  x: FloatArray,
  name: string,
  { outer, inner }: Layout,
  mask: Uint8Array | undefined,
  weights?: FloatArray,
): FloatArray {
  const result = checkOut(caller, out, x, outer * inner, name, "one element per lane", outName);
  if (mask !== undefined) checkApart(caller, "mask", mask, result, outName);
  if (weights !== undefined) checkApart(caller, "weights", weights, result, outName);
  return result;
}

/** `value`, or its one number, once nothing is pending. */
export function reducedWhenDone<A extends FloatArray | Int32Array>(
  pending: Pending,
  value: A,
  isNumber: boolean,
): MaybePromise<number | A> {
  if (!isNumber) return resultWhenDone(pending, value);
  return pending === undefined ? value[0] : firstLater(pending, value);
}

/** A function of its own, so that `reducedWhenDone` has no closure: see `resultWhenDone`. */
async function firstLater(pending: Promise<void>, value: FloatArray | Int32Array): Promise<number> {
  await pending;
  return value[0];
}
