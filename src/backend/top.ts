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

export function makeHeld(k: number): Held {
  const capacity = capacityFor(k);
  return { values: new Float64Array(capacity), indices: new Int32Array(capacity) };
}

/** Writes the first k candidates of each lane. A lane with NaN among what the mask keeps gives (NaN, -1). */
export function topInTypeScript(
  x: FloatArray,
  layout: Layout,
  mask: Uint8Array | undefined,
  top: Top,
): undefined {
  const held = makeHeld(top.k);
  const lanes = layout.outer * layout.inner;
  for (let lane = 0; lane < lanes; lane++) {
    writeTop(held, collectLane(x, layout, lane, mask, top.k, held), layout, lane, top);
  }
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
