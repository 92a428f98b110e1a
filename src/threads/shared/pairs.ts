/**
 * The candidates of a call as numbers of one array, as a job has one result: a pair of value and index for each, lane by lane. An
 * f64 holds either exactly.
 */
import type { Top } from "../../backend/top.js";
import type { FloatArray, Layout } from "../../types.js";

export function writePairs(
  { k, values, indices }: Omit<Top, "ranking">,
  { outer, inner }: Layout,
  pairs: FloatArray,
): void {
  for (let lane = 0, pair = 0; lane < outer * inner; lane++) {
    for (let place = 0; place < k; place++, pair += 2) {
      const at = placeOf(lane, place, k, inner);
      pairs[pair] = values[at];
      pairs[pair + 1] = indices[at];
    }
  }
}

/** The inverse of `writePairs`. */
export function readPairs(
  pairs: FloatArray,
  { outer, inner }: Layout,
  { k, values, indices }: Omit<Top, "ranking">,
): void {
  for (let lane = 0, pair = 0; lane < outer * inner; lane++) {
    for (let place = 0; place < k; place++, pair += 2) {
      const at = placeOf(lane, place, k, inner);
      values[at] = pairs[pair];
      indices[at] = pairs[pair + 1];
    }
  }
}

/** Where a candidate lies in arrays of [outer, k, inner]. */
function placeOf(lane: number, place: number, k: number, inner: number): number {
  const column = lane % inner;
  return (lane - column) * k + column + place * inner;
}
