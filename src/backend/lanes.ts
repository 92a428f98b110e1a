import { newArray } from "../dtype.js";
import type { FloatArray, Layout, Offsets } from "../types.js";

/** The place of the first element of lane number `lane`. */
export function startOf({ length, inner, offsets }: Layout, lane: number): number {
  if (offsets !== undefined) return offsets.lanes[lane];
  const column = lane % inner;
  return (lane - column) * length + column;
}

/** The distance of element k of a lane from its first one. */
export function stepOf(k: number, inner: number, offsets: Offsets | undefined): number {
  return offsets === undefined ? k * inner : offsets.elements[k];
}

/** Copies the lanes of `x` one after another into `copy`. */
export function gather(
  x: FloatArray | Uint8Array,
  { lanes, elements }: Offsets,
  copy: FloatArray | Uint8Array,
): void {
  for (let lane = 0, to = 0; lane < lanes.length; lane++) {
    const start = lanes[lane];
    for (let k = 0; k < elements.length; k++) copy[to++] = x[start + elements[k]];
  }
}

/** The inverse of `gather`. */
export function scatter(copy: FloatArray, { lanes, elements }: Offsets, out: FloatArray): void {
  for (let lane = 0, from = 0; lane < lanes.length; lane++) {
    const start = lanes[lane];
    for (let k = 0; k < elements.length; k++) out[start + elements[k]] = copy[from++];
  }
}

/** The lanes of `x` one after another, in double precision. */
export function toLanes(x: FloatArray, layout: Layout): Float64Array {
  const lanes = new Float64Array(x.length);
  const offsets = offsetsOf(layout);
  if (offsets === undefined) lanes.set(x);
  else gather(x, offsets, lanes);
  return lanes;
}

/** Undefined for lanes that lie one after another. */
function offsetsOf({ outer, length, inner, offsets }: Layout): Offsets | undefined {
  if (offsets !== undefined || inner === 1) return offsets;
  const lanes = new Float64Array(outer * inner);
  for (let k = 0; k < lanes.length; k++) lanes[k] = Math.floor(k / inner) * length * inner + (k % inner);
  const elements = new Float64Array(length);
  for (let k = 0; k < length; k++) elements[k] = k * inner;
  return { lanes, elements };
}

/** The elements of one lane, repeated for every lane of a layout. */
export function broadcast<T extends FloatArray | Uint8Array>(
  lane: T,
  { outer, length, inner, offsets }: Layout,
  full: T,
): T {
  if (offsets !== undefined) {
    const { lanes, elements } = offsets;
    for (const start of lanes) for (let k = 0; k < length; k++) full[start + elements[k]] = lane[k];
    return full;
  }
  const slice = length * inner;
  for (let k = 0; k < length; k++) full.fill(lane[k], k * inner, (k + 1) * inner);
  // Each copy is twice as long as the one before.
  for (let done = slice; done > 0 && done < outer * slice; done *= 2) full.copyWithin(done, 0, done);
  return full;
}

/** A mask for an array of `length` elements, as long as that array. */
export function wholeMask(mask: Uint8Array, layout: Layout, length: number): Uint8Array {
  return mask.length === length ? mask : broadcast(mask, layout, new Uint8Array(length));
}

/** Puts `value` in the place of what a mask as long as `array` leaves out. */
export function fillLeftOut(array: FloatArray, mask: Uint8Array, value: number): void {
  for (let k = 0; k < mask.length; k++) if (mask[k] === 0) array[k] = value;
}

/** A copy with `value` in the place of what a mask as long as `x` leaves out. */
export function replaceLeftOut(caller: string, x: FloatArray, mask: Uint8Array, value: number): FloatArray {
  const copy = newArray(caller, x, x.length);
  copy.set(x);
  fillLeftOut(copy, mask, value);
  return copy;
}

/** Whether a mask as long as the array of the lanes keeps none of the elements of a lane. */
export function keepsNothing(mask: Uint8Array, layout: Layout, lane: number): boolean {
  const { length, inner, offsets } = layout;
  const start = startOf(layout, lane);
  for (let k = 0; k < length; k++) if (mask[start + stepOf(k, inner, offsets)] !== 0) return false;
  return true;
}
