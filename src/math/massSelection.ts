import { partition } from "./ranking.js";
import { type MutablePair, plus } from "./runningSum.js";

/**
 * Parts the `count` candidates of keys and places, in the order of math/ranking.ts, so that the smallest number of first ones
 * whose weights together reach `target` come before the others, the last of these at its end. Candidate k weighs
 * weights[places[k]]. Returns how many they are, at least one; all if `target` is not reached. Their sum is left in `mass`.
 *
 * Takes some 3 n steps, as "Find" does (Hoare, 1961). Sums are double-doubles, so that it matters to no decision in which order
 * they are formed.
 */
export function selectMass(
  keys: Float64Array,
  places: Int32Array,
  weights: Float64Array,
  count: number,
  target: number,
  mass: MutablePair,
): number {
  let from = 0;
  let to = count;
  let { high, low } = { high: 0, low: 0 };
  while (to - from > 1) {
    const middle = partition(keys, places, from, to);
    mass.high = high;
    mass.low = low;
    for (let k = from; k < middle; k++) plus(mass, weights[places[k]]);
    if (middle > from && mass.high + mass.low >= target) {
      to = middle;
      continue;
    }
    plus(mass, weights[places[middle]]);
    if (mass.high + mass.low >= target) return middle + 1;
    ({ high, low } = mass);
    from = middle + 1;
  }
  mass.high = high;
  mass.low = low;
  if (from < to) plus(mass, weights[places[from]]);
  return to;
}
