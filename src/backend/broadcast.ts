import type { FloatArray, Layout } from "./backend.js";

/** The elements of one lane, repeated for every lane of a layout. */
export function broadcast<T extends FloatArray | Uint8Array>(
  lane: T,
  { outer, length, inner }: Layout,
  full: T,
): T {
  const slice = length * inner;
  for (let k = 0; k < length; k++) full.fill(lane[k], k * inner, (k + 1) * inner);
  // Each copy is twice as long as the one before.
  for (let done = slice; done > 0 && done < outer * slice; done *= 2) full.copyWithin(done, 0, done);
  return full;
}

/** A mask as long as the array that it is for. */
export function wholeMask(mask: Uint8Array, layout: Layout, length: number): Uint8Array {
  return mask.length === length ? mask : broadcast(mask, layout, new Uint8Array(length));
}
