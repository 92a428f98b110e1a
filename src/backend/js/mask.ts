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
  const { x, out, layout, temperature, scratch } = lanes;
  const { outer, length, inner } = layout;
  const { packed } = scratch;
  const isWhole = mask.length === x.length;
  const stride = isWhole ? inner : 1;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      const first = isWhole ? start : 0;
      const count =
        x.BYTES_PER_ELEMENT === 4
          ? packF32(x as Float32Array, start, length, inner, mask, first, stride, packed as Float32Array)
          : packF64(x as Float64Array, start, length, inner, mask, first, stride, packed as Float64Array);
      if (count > 0) {
        const row = { outer: 1, length: count, inner: 1 };
        // Not by spreading: that costs each lane 1 µs on Node 20.
        compute(code, { x: packed, out: packed, layout: row, temperature, scratch });
      }
      if (code & PER_LANE) {
        out[o * inner + i] = count > 0 ? packed[0] : nothing;
        continue;
      }
      let next = 0;
      either[0] = nothing;
      for (let k = 0; k < length; k++) {
        const kept = (mask[first + k * stride] + 255) >> 8;
        either[1] = packed[next];
        out[start + k * inner] = either[kept];
        next += kept;
      }
    }
  }
}

/** What a masked and what another element becomes: to look up takes two thirds of the time of a branch that cannot be predicted. */
const either = /* @__PURE__ */ new Float64Array(2);

// Once for each element type: a loop that has seen both becomes slower code in V8. No branch has to be predicted in them.

/** Packs the elements of a lane, and gives how many the mask keeps. */
function packF32(
  x: Float32Array,
  start: number,
  length: number,
  inner: number,
  mask: Uint8Array,
  first: number,
  stride: number,
  packed: Float32Array,
): number {
  let count = 0;
  for (let k = 0, at = start, bit = first; k < length; k++, at += inner, bit += stride) {
    packed[count] = x[at];
    count += (mask[bit] + 255) >> 8;
  }
  return count;
}

function packF64(
  x: Float64Array,
  start: number,
  length: number,
  inner: number,
  mask: Uint8Array,
  first: number,
  stride: number,
  packed: Float64Array,
): number {
  let count = 0;
  for (let k = 0, at = start, bit = first; k < length; k++, at += inner, bit += stride) {
    packed[count] = x[at];
    count += (mask[bit] + 255) >> 8;
  }
  return count;
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
