import type { FloatArray } from "../../src/index.js";

/** Rows, columns or a middle axis: x is the row-major array [outer, length, inner], its lanes lie along `length`. */
export interface Lanes {
  readonly x: FloatArray;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

export function vector(x: FloatArray): Lanes {
  return { x, outer: 1, length: x.length, inner: 1 };
}

export function rows(x: FloatArray, length: number): Lanes {
  return { x, outer: x.length / length, length, inner: 1 };
}

export function strided(x: FloatArray, length: number, inner: number): Lanes {
  return { x, outer: x.length / length / inner, length, inner };
}

/** The options that make the library see these lanes; a single vector is passed without any. */
export function laneOptions({ outer, length, inner }: Lanes): { shape?: number[]; axis?: number } {
  if (outer === 1 && inner === 1) return {};
  return inner === 1 ? { shape: [outer, length] } : { shape: [outer, length, inner], axis: 1 };
}

/** Calls `visit` with the number of each lane and the offset of its first element; elements are `inner` apart. */
export function forEachLane(
  { outer, length, inner }: Lanes,
  visit: (lane: number, offset: number) => void,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) visit(o * inner + i, o * length * inner + i);
  }
}

/** One lane, copied into an array of its own. */
export function gather<T extends FloatArray>(x: T, offset: number, length: number, stride: number): T {
  const lane = x.slice(0, length) as T;
  for (let k = 0; k < length; k++) lane[k] = x[offset + k * stride];
  return lane;
}
