import type { CoreOperation, FloatArray, Layout } from "./backend.js";

/**
 * Packs the elements that `mask` keeps, lane by lane, for `compute` to replace the first `count` of `packed` by their
 * results: what is left out is never seen, and the others get the bits that they get without it.
 */
export function runMasked(
  operation: CoreOperation,
  x: FloatArray,
  out: FloatArray,
  { outer, length, inner }: Layout,
  mask: Uint8Array,
  packed: FloatArray,
  compute: (count: number) => void,
): void {
  const nothing = operation === "softmax" ? 0 : Number.NEGATIVE_INFINITY;
  const isWhole = mask.length === x.length;
  const stride = isWhole ? inner : 1;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      const first = isWhole ? start : 0;
      let count = 0;
      for (let k = 0; k < length; k++) {
        packed[count] = x[start + k * inner];
        if (mask[first + k * stride] !== 0) count++;
      }
      if (count > 0) compute(count);
      if (operation === "logSumExp") {
        out[o * inner + i] = count > 0 ? packed[0] : nothing;
        continue;
      }
      let next = 0;
      for (let k = 0; k < length; k++) {
        out[start + k * inner] = mask[first + k * stride] !== 0 ? packed[next++] : nothing;
      }
    }
  }
}

/** Writes 0 where `mask` leaves out. */
export function clearMasked(out: FloatArray, { outer, length, inner }: Layout, mask: Uint8Array): void {
  const isWhole = mask.length === out.length;
  for (let row = 0, at = 0; row < outer * length; row++) {
    for (let i = 0; i < inner; i++, at++) if (mask[isWhole ? at : row % length] === 0) out[at] = 0;
  }
}
