import { PER_LANE, SOFTMAX } from "../../../assembly/abi.js";
import type { FloatArray, Layout, Operands } from "../../types.js";
import { runLongCore } from "./longCore.js";
import { isLong, type Lanes, type Loops } from "./loops.js";

/** softmax, logSoftmax or logSumExp, of the elements that the mask keeps if there is one. */
export function runMasked(loops: Loops, code: number, lanes: Lanes, { mask }: Operands): void {
  if (isLong(lanes)) runLongCore(loops, code, lanes, mask);
  else if (mask === undefined) loops.run(code, lanes);
  else runPacked(code, lanes, mask, code === SOFTMAX ? 0 : Number.NEGATIVE_INFINITY, loops.run);
}

/**
 * Packs the elements that the mask keeps, lane by lane, for `compute` to replace them by their results; `nothing` is the
 * result elsewhere. So the loops never see a masked element, and the others get the bits of a lane without it.
 */
export function runPacked(
  code: number,
  lanes: Lanes,
  mask: Uint8Array,
  nothing: number,
  compute: (code: number, lanes: Lanes) => void,
): void {
  const { x, out, layout, scratch } = lanes;
  const { outer, length, inner } = layout;
  const { packed } = scratch;
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
      if (count > 0) {
        compute(code, { ...lanes, x: packed, out: packed, layout: { outer: 1, length: count, inner: 1 } });
      }
      if (code & PER_LANE) {
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

/** Writes `value` in the place of masked elements. */
export function fillMasked(
  out: FloatArray,
  { outer, length, inner }: Layout,
  mask: Uint8Array,
  value: number,
): void {
  const isWhole = mask.length === out.length;
  for (let row = 0, at = 0; row < outer * length; row++) {
    for (let i = 0; i < inner; i++, at++) if (mask[isWhole ? at : row % length] === 0) out[at] = value;
  }
}
