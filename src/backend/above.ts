import type { FloatArray } from "../types.js";
import type { Found } from "./backend.js";

/** See `Backend.above`. */
export function aboveInTypeScript(x: FloatArray, limit: number, found: Found): void {
  const { length } = x;
  let count = 0;
  let { values, indices } = found;
  for (let k = 0; k < length; k++) {
    const value = x[k];
    if (value <= limit) continue;
    if (count === values.length) {
      found.reserve(count + 1);
      ({ values, indices } = found);
    }
    values[count] = value;
    indices[count++] = k;
  }
  found.count = count;
}
