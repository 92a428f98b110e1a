import { compensatedSum } from "../../math/sums.js";
import type { FloatArray } from "../../types.js";
import { elementMaps } from "./elementwise.js";
import type { JsOperation, Lanes } from "./loops.js";

const NO_NUMBERS = /* @__PURE__ */ new Float64Array(0);

/** log(p / r), where r is the number of the lane. */
export const runAlr: JsOperation = (_, __, { x, out, layout }, { numbers = NO_NUMBERS }) => {
  const { outer, length, inner } = layout;
  const { f32, f64 } = elementMaps();
  const words = wordsOf(x);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      const reference = numbers[o * inner + i];
      if (x.BYTES_PER_ELEMENT === 4) {
        f32.compare(x as Float32Array, words, out as Float32Array, start, inner, length, reference);
      } else {
        f64.compare(x as Float64Array, words, out as Float64Array, start, inner, length, reference);
      }
    }
  }
};

/**
 * log p, or where that would lose digits log(p / max), less its mean over the lane, in f64 for either type.
 *
 * Bound: f32 js 0.51 ulp, f64 js 4 ulp
 * of the result, or of the mean if it is larger: of log(p / max).
 */
export const runClr: JsOperation = (_, __, lanes) => {
  const { x, out, layout, scratch } = lanes;
  const { outer, length, inner } = layout;
  const { f32 } = elementMaps();
  const words = wordsOf(x);
  const logs = scratch.values;
  const isShort = x.BYTES_PER_ELEMENT === 4 && length <= logs.length;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      if (isShort && f32.centre(words, out as Float32Array, start, inner, length, logs)) continue;
      centre(lanes, words, start);
    }
  }
};

/** The bits of x, once for a call: a view costs more than a short lane. */
function wordsOf({ buffer, byteOffset, byteLength }: FloatArray): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** A lane that is longer than scratch memory goes piece by piece, and its logarithms are taken twice. */
function centre({ x, out, layout, scratch }: Lanes, words: Int32Array, start: number): void {
  const { length, inner } = layout;
  const logs = scratch.values;
  const most = logs.length;
  const { f32, f64 } = elementMaps();
  const isSingle = x.BYTES_PER_ELEMENT === 4;
  const max = isSingle
    ? maximumF32(x as Float32Array, start, length, inner)
    : maximumF64(x as Float64Array, start, length, inner);
  let high = 0;
  let low = 0;
  for (let from = 0; from < length; from += most) {
    const count = Math.min(most, length - from);
    const first = start + from * inner;
    if (isSingle) f32.ratios(x as Float32Array, words, first, inner, count, max, logs);
    else f64.ratios(x as Float64Array, words, first, inner, count, max, logs);
    const sum = compensatedSum(logs, 0, count);
    const next = high + sum.high;
    const taken = next - high;
    low += high - (next - taken) + (sum.high - taken) + sum.low; // as twoSum
    high = next;
  }
  // Beside -Infinity the low part is NaN.
  const mean = (high === Number.NEGATIVE_INFINITY ? high : high + low) / length;
  for (let from = 0; from < length; from += most) {
    const first = start + from * inner;
    const count = Math.min(most, length - from);
    if (isSingle) {
      if (length > most) f32.ratios(x as Float32Array, words, first, inner, count, max, logs);
      f32.storeLess(logs, mean, out as Float32Array, first, inner, count);
    } else {
      if (length > most) f64.ratios(x as Float64Array, words, first, inner, count, max, logs);
      f64.storeLess(logs, mean, out as Float64Array, first, inner, count);
    }
  }
}

// Once for each element type: a loop that has seen both becomes slower code in V8.

function maximumF32(x: Float32Array, start: number, length: number, stride: number): number {
  let max = 0;
  for (let k = 0, at = start; k < length; k++, at += stride) if (x[at] > max) max = x[at];
  return max;
}

function maximumF64(x: Float64Array, start: number, length: number, stride: number): number {
  let max = 0;
  for (let k = 0, at = start; k < length; k++, at += stride) if (x[at] > max) max = x[at];
  return max;
}
