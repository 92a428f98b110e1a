import type { FloatArray } from "../../src/index.js";
import { random } from "./random.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
export const HOSTILE = [NAN, INF, -INF, 3e38, -3e38];

/** About half of a lane is kept; of every fifth lane nothing, of another fifth one element. Kept is all but 0. */
export function maskOf(lanes: number[][], size: number, seed: number): Uint8Array {
  const next = random(seed);
  const mask = new Uint8Array(size);
  for (const [number, lane] of lanes.entries()) {
    if (number % 5 === 4) continue;
    if (number % 5 !== 3)
      for (const index of lane) mask[index] = next() < 0.5 ? 0 : 1 + Math.floor(255 * next());
    mask[lane[Math.floor(next() * lane.length)]] = 128;
  }
  return mask;
}

/** A copy with what must not matter in the place of what is left out. */
export function poisoned(x: FloatArray, mask: Uint8Array): FloatArray {
  return x.map((value, k) => (mask[k] === 0 ? HOSTILE[k % HOSTILE.length] : value));
}
