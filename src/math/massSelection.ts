import { partition } from "./ranking.js";
import { type MutablePair, plus } from "./runningSum.js";

/** Candidates: scores, and weights that are not negative. Their order is that of math/ranking.ts: score descending, then place. */
export interface Weighed {
  readonly scores: Float64Array;
  readonly weights: Float64Array;
  readonly count: number;
}

/** Memory for as many. */
export interface SelectionMemory {
  readonly keys: Float64Array;
  readonly places: Int32Array;
}

/** The last of the first candidates whose weights together reach some target. */
export interface Reached {
  /** Its score and place. */
  score: number;
  place: number;
  /** How many they are, and their sum: a double-double, so that it matters to no decision in which order it is formed. */
  count: number;
  readonly mass: MutablePair;
}

const BINS = 2048;
/** Fewer than this are parted at once. */
const FEW = 128;
/** How far sums of bins may be off, relative to the total of 2^31 terms at most. */
const SLACK = 2 ** -20;

const ALL = { first: 0, last: Number.POSITIVE_INFINITY };
const bins = /* @__PURE__ */ new Float64Array(BINS);

/**
 * Finds the fewest first candidates whose weights reach `target`, at least one: all if it is not reached. A histogram of the scores tells
 * between which of them the last one is; only these are parted.
 */
export function reach(
  { scores, weights, count }: Weighed,
  target: number,
  { keys, places }: SelectionMemory,
  reached: Reached,
): void {
  let top = Number.NEGATIVE_INFINITY;
  let bottom = Number.POSITIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    const score = scores[k];
    if (score > top) top = score;
    if (score < bottom) bottom = score;
  }
  const scale = BINS / (top - bottom);
  const isBinned = count >= FEW && scale > 0 && scale < Number.POSITIVE_INFINITY;
  // Of candidates between these depths each may be the last one. What is above them is summed.
  const around = isBinned ? binsAround(scores, weights, count, target, top, scale) : ALL;
  const { first, last } = around;
  let high = 0;
  let low = 0;
  let before = 0;
  let between = 0;
  for (let k = 0; k < count; k++) {
    const depth = isBinned ? (top - scores[k]) * scale : 0;
    if (depth < first) {
      const term = weights[k];
      const next = high + term;
      const added = next - high;
      low += high - (next - added) + (term - added);
      high = next;
      before++;
    } else if (depth < last) {
      keys[between] = scores[k];
      places[between++] = k;
    }
  }
  const { mass } = reached;
  mass.high = high;
  mass.low = low;
  const taken = select(keys, places, weights, between, target, mass);
  reached.score = keys[taken - 1];
  reached.place = places[taken - 1];
  reached.count = before + taken;
}

/** Depths below the top, in bins, between which the target is reached for certain. */
function binsAround(
  scores: Float64Array,
  weights: Float64Array,
  count: number,
  target: number,
  top: number,
  scale: number,
): { readonly first: number; readonly last: number } {
  bins.fill(0);
  for (let k = 0; k < count; k++) {
    const depth = (top - scores[k]) * scale;
    bins[depth < BINS ? depth | 0 : BINS - 1] += weights[k];
  }
  let total = 0;
  for (let k = 0; k < BINS; k++) total += bins[k];
  let sum = 0;
  let first = 0;
  while (first < BINS - 1 && sum + bins[first] < target - total * SLACK) sum += bins[first++];
  let last = first;
  while (last < BINS - 1 && sum + bins[last] < target + total * SLACK) sum += bins[last++];
  return { first, last: last < BINS - 1 ? last + 1 : Number.POSITIVE_INFINITY };
}

/**
 * Parts candidates, of which k weighs weights[places[k]], so that the first ones whose weights reach `target` together with `mass` come
 * before the others, the last of these at its end. Returns how many they are, and adds their weights to `mass`. Takes some
 * 3 n steps, as "Find" does (Hoare, 1961).
 */
function select(
  keys: Float64Array,
  places: Int32Array,
  weights: Float64Array,
  count: number,
  target: number,
  mass: MutablePair,
): number {
  let from = 0;
  let to = count;
  let { high, low } = mass;
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
