import { selectFirst, sortFirst } from "../math/ranking.js";
import type { FloatArray, Layout } from "../types.js";
import { startOf } from "./lanes.js";
import type { Kernels } from "./wasm/kernels.js";
import type { LinearMemory, Span } from "./wasm/memory.js";

/** The k first candidates of a lane, or of each: see math/ranking.ts. Where there are less, (-Infinity, -1) stands. */
export interface Top {
  readonly k: number;
  /** Row-major [outer, k, inner]. Of the type of x. */
  readonly values: FloatArray;
  readonly indices: Int32Array;
  readonly ranking: Ranking;
}

/** Finds candidates on one backend. */
export interface Ranker {
  top(x: FloatArray, layout: Layout, mask: Uint8Array | undefined, top: Top): void;
}

/** How backends find candidates. It travels with a call, so a bundle leaves it out where nothing ranks. */
export interface Ranking {
  readonly js: Ranker["top"];
  readonly ByKernels: new (kernels: Kernels, memory: LinearMemory, window: Span) => Ranker;
}

/** How many candidates are held before all but the first k are dropped: k to 64 more make the work of that a few per cent. */
export function capacityFor(k: number): number {
  return k + Math.max(64, k);
}

/** Memory for the candidates of a lane. */
export interface Held {
  readonly values: Float64Array;
  readonly indices: Int32Array;
}

/** Memory for more candidates is not kept: 24 KiB. */
const KEPT = 1024;

let kept: Held | undefined;

/** Kept for the next call, as new arrays take four times as long as the first 5 of 10 elements. */
function heldFor(k: number): Held {
  const capacity = capacityFor(k);
  if (kept?.values.length === capacity) return kept;
  const held = { values: new Float64Array(capacity), indices: new Int32Array(capacity) };
  if (k <= KEPT) kept = held;
  return held;
}

/** Writes the first k candidates of each lane. A lane with NaN among what the mask keeps gives (NaN, -1). */
export function topInTypeScript(
  x: FloatArray,
  layout: Layout,
  mask: Uint8Array | undefined,
  top: Top,
): undefined {
  const lanes = layout.outer * layout.inner;
  if (top.k === 1) {
    for (let lane = 0; lane < lanes; lane++) writeLargest(x, layout, lane, mask, top);
    return;
  }
  const held = heldFor(top.k);
  for (let lane = 0; lane < lanes; lane++) {
    writeTop(held, collectLane(x, layout, lane, mask, top.k, held), layout, lane, top);
  }
}

/** The same of the first candidate of one lane. */
function writeLargest(
  x: FloatArray,
  layout: Layout,
  lane: number,
  mask: Uint8Array | undefined,
  { values, indices }: Top,
): void {
  const { length, inner } = layout;
  const start = startOf(layout, lane);
  const at = placeOfLargest(x, start, start + length * inner, inner, mask);
  values[lane] = at >= 0 ? x[at] : at === NONE ? Number.NEGATIVE_INFINITY : Number.NaN;
  indices[lane] = at >= 0 ? (at - start) / inner : -1;
}

const NONE = -1;
const BESIDE_NAN = -2;

/** Of equals the first. NONE where the mask keeps nothing. */
function placeOfLargest(
  x: FloatArray,
  start: number,
  end: number,
  step: number,
  mask: Uint8Array | undefined,
): number {
  let best = NONE;
  // Nothing is below it or equal to it.
  let max = Number.NaN;
  const third = 3 * step;
  const last = end - third;
  for (let at = start; at < end; at += step) {
    // Nearly all end here: in fours, which takes half the time. The comparisons are false for NaN.
    while (
      at < last &&
      x[at] <= max &&
      x[at + step] <= max &&
      x[at + 2 * step] <= max &&
      x[at + third] <= max
    ) {
      at += 4 * step;
    }
    if (at >= end) break;
    const value = x[at];
    if (value <= max || (mask !== undefined && mask[at] === 0)) continue;
    if (Number.isNaN(value)) return BESIDE_NAN;
    max = value;
    best = at;
  }
  return best;
}

/** Writes the first `count` that are held, in order, as the result of a lane. A negative count says NaN. */
export function writeTop(
  held: Held,
  count: number,
  { inner }: Layout,
  lane: number,
  { k, values, indices }: Omit<Top, "ranking">,
): void {
  const rest = count < 0 ? Number.NaN : Number.NEGATIVE_INFINITY;
  const column = lane % inner;
  for (let place = 0, at = (lane - column) * k + column; place < k; place++, at += inner) {
    values[at] = place < count ? held.values[place] : rest;
    indices[at] = place < count ? held.indices[place] : -1;
  }
}

/** Holds the first k candidates of a lane, in order. Returns how many there are, or -1 beside NaN. */
export function collectLane(
  x: FloatArray,
  layout: Layout,
  lane: number,
  mask: Uint8Array | undefined,
  k: number,
  { values, indices }: Held,
): number {
  const { length, inner } = layout;
  const capacity = capacityFor(k);
  const start = startOf(layout, lane);
  // Nothing is below it or equal to it.
  let limit = Number.NaN;
  let count = 0;
  const end = start + length * inner;
  for (let at = start; ; at += inner) {
    // All but a few hundred of a hundred thousand end here. A loop of its own: 0.6 ns an element, with the rest in it 1.4 to 2.6. The
    // comparison is false for NaN.
    while (at < end && x[at] <= limit) at += inner;
    if (at >= end) break;
    const value = x[at];
    if (mask !== undefined && mask[at] === 0) continue;
    if (Number.isNaN(value)) return -1;
    values[count] = value;
    indices[count++] = (at - start) / inner;
    if (count < capacity) continue;
    selectFirst(values, indices, 0, count, k);
    count = k;
    limit = values[k - 1];
  }
  sortFirst(values, indices, 0, count, Math.min(count, k));
  return Math.min(count, k);
}
