import type { FloatArray } from "./backend/backend.js";
import { type Arrangement, gather, type Offsets, scatter } from "./layout.js";

/** The lanes of `x` one after another, in double precision. */
export function toLanes(x: FloatArray, arrangement: Arrangement): Float64Array {
  const lanes = new Float64Array(x.length);
  const offsets = offsetsOf(arrangement);
  if (offsets === undefined) lanes.set(x);
  else gather(x, offsets, lanes);
  return lanes;
}

/** The inverse of `toLanes`. */
export function fromLanes(lanes: Float64Array, arrangement: Arrangement, out: FloatArray): void {
  const offsets = offsetsOf(arrangement);
  if (offsets === undefined) out.set(lanes);
  else scatter(lanes, offsets, out);
}

/** Undefined for lanes that lie one after another. */
function offsetsOf({ outer, length, inner, offsets }: Arrangement): Offsets | undefined {
  if (offsets !== undefined || inner === 1) return offsets;
  const lanes = new Float64Array(outer * inner);
  for (let k = 0; k < lanes.length; k++) lanes[k] = Math.floor(k / inner) * length * inner + (k % inner);
  const elements = new Float64Array(length);
  for (let k = 0; k < length; k++) elements[k] = k * inner;
  return { lanes, elements };
}
