import { argumentArray, readPackable, settled } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import { LANES, MASK } from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions } from "../arguments/options.js";
import { checkApart, checkIndices, checkOut, checkOverlap } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { checkBeside, checkIndexable, manyIndices, readCount, readRankedOut } from "../arguments/ranked.js";
import { resolve } from "../arguments/shape.js";
import type { Backend } from "../backend/backend.js";
import { top } from "../backend/gather.js";
import { newArray, newIndices } from "../dtype.js";
import { type MaybePromise, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import type { LaneOptions, MaskOption } from "./parameters.js";
import { reducedWhenDone } from "./perLane.js";
import type { IndexFunction, Ranked, RankingFunction } from "./signatures.js";

export interface TopKOptions extends LaneOptions, MaskOption {}

/**
 * The k largest elements of each lane of x, and where they are: in order, value descending, then index ascending.
 *
 * Returns `{ values, indices }`: min(k, n) of each for a lane of n elements, in its place in `shape` and in the order of
 * its dimensions, as torch.topk does. Values are those of x, unchanged, in an array of its type. Indices count within the lane,
 * in row-major order where `axis` names several dimensions. `out` is `{ values, indices }` too, an Int32Array the second.
 *
 * Of equal elements the lower index comes first, so results are the same on every backend; 0 and -0 are equal. Infinities
 * are ordinary values. What `mask` leaves out is not taken: where it leaves less than k elements, -Infinity and index -1 fill
 * the rest. A lane with NaN, where the mask keeps it, has no order: its values are NaN and its indices -1.
 *
 * @example
 * topK([1, 5, 3, 5], 3); // { values: [5, 5, 3], indices: [1, 3, 2] }
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for a k that is no non-negative integer, a shape that does not fit `x`, an axis out of range, a mask of the
 * wrong length, or an `out` of the wrong length or overlapping x, the mask or itself.
 */
export const topK: RankingFunction<TopKOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, k: unknown, options: unknown) => ranked(backend(), x, k, options),
);

/**
 * The index of the largest element of each lane of x, the lowest one of equals.
 *
 * Returns a number for a vector; with `shape` or `out` an Int32Array of one index per lane, in row-major order of the
 * dimensions that remain. An index counts within the lane, in row-major order where `axis` names several dimensions.
 *
 * It is -1 for a lane with NaN where the mask keeps it, and for one of which nothing is kept.
 *
 * @example
 * argmax([1, 5, 3, 5]); // 1
 *
 * @throws TypeError, RangeError as topK does.
 */
export const argmax: IndexFunction<TopKOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => indexOfLargest(backend(), x, options),
);

function ranked(
  backend: Backend,
  x: unknown,
  k: unknown,
  options: unknown,
): MaybePromise<Ranked<FloatArray>> {
  const caller = "topK";
  const { shape, axis, out } = readOptions(caller, options, LANES | MASK, x);
  const { mask } = (options ?? NO_OPTIONS) as { readonly mask?: unknown };
  const given = readRankedOut(caller, out);
  const list = settled(mask);
  const source = readPackable(caller, x, "x", options);
  if (source === PACKED) {
    return withFloats(ranked, { caller, name: "x", args: [backend, x, k, options], at: 1 });
  }
  const wanted = readCount(caller, k);
  const layout = resolve(caller, shape, axis, source.length);
  checkIndexable(caller, layout);
  const kept = readMask(caller, list, source, layout);
  const count = Math.min(wanted, layout.length);
  const length = layout.outer * layout.inner * count;
  const values = given
    ? checkOut(caller, given.values, source, length, "x", REASON, "out.values")
    : undefined;
  const indices = given ? checkIndices(caller, given.indices, length, REASON, "out.indices") : undefined;
  if (values && indices) {
    checkApart(caller, "mask", kept, values, "out.values");
    checkBeside(caller, indices, source, kept, "out.indices");
    checkOverlap(caller, "out.values", values, indices, "out.indices", false);
  }
  const result = {
    values: values ?? newArray(caller, source, length),
    indices: indices ?? newIndices(caller, length),
  };
  const pending = top(backend, caller, source, layout, kept, { k: count, ...result });
  return whenDone(pending, () => (out === undefined ? result : (out as Ranked<FloatArray>)));
}

const REASON = "min(k, n) per lane";

function indexOfLargest(backend: Backend, x: unknown, options: unknown): MaybePromise<number | Int32Array> {
  const caller = "argmax";
  const { shape, axis, out } = readOptions(caller, options, LANES | MASK, x);
  const { mask } = (options ?? NO_OPTIONS) as { readonly mask?: unknown };
  const list = settled(mask);
  const source = readPackable(caller, x, "x", options);
  if (source === PACKED) {
    return withFloats(indexOfLargest, {
      caller,
      name: "x",
      args: [backend, x, options],
      at: 1,
      rounds: false,
    });
  }
  const layout = resolve(caller, shape, axis, source.length);
  const lanes = layout.outer * layout.inner;
  const isOneNumber = shape === undefined && out === undefined;
  if (isOneNumber && lanes !== 1) throw manyIndices(caller);
  checkIndexable(caller, layout);
  const kept = readMask(caller, list, source, layout);
  const indices =
    out === undefined ? newIndices(caller, lanes) : checkIndices(caller, out, lanes, "one per lane", "out");
  if (out !== undefined) checkBeside(caller, indices, source, kept, "out");
  const values = argumentArray(caller, source.BYTES_PER_ELEMENT === 4, lanes);
  // Lanes of no elements have no first one.
  if (layout.length === 0) indices.fill(-1);
  const pending = top(backend, caller, source, layout, kept, {
    k: Math.min(1, layout.length),
    values,
    indices,
  });
  return reducedWhenDone(pending, indices, isOneNumber);
}
