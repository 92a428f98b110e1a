import { compensatedSum, twoSum } from "../../math/sums.js";
import { elementMaps } from "./elementwise.js";
import type { JsOperation, Lanes } from "./loops.js";

const NO_NUMBERS = /* @__PURE__ */ new Float64Array(0);

/** log(p / r), where r is the number of the lane. */
export const runAlr: JsOperation = (_, __, lanes, { numbers = NO_NUMBERS }) => {
  const { outer, length, inner } = lanes.layout;
  const compare = comparison(lanes, false);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) compare(o * length * inner + i, numbers[o * inner + i]);
  }
};

/**
 * log(p / max) less its mean over the lane, in f64 for either type.
 *
 * Bound: f32 js 0.51 ulp, f64 js 4 ulp
 * of the result, or of the mean if it is larger.
 */
export const runClr: JsOperation = (_, __, lanes) => {
  const { x, layout } = lanes;
  const { outer, length, inner } = layout;
  const compare = comparison(lanes, true);
  const maximum = x.BYTES_PER_ELEMENT === 4 ? maximumF32 : maximumF64;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      compare(start, maximum(x as Float32Array & Float64Array, start, length, inner));
    }
  }
};

/** Writes the logarithms of a lane, from its start, relative to a reference; less their mean if it `centres` them. */
function comparison(
  { x, out, layout, scratch }: Lanes,
  centres: boolean,
): (start: number, reference: number) => void {
  const { length, inner } = layout;
  const logs = scratch.values;
  const { f32, f64 } = elementMaps();
  // The bits of x, once for a call: a view costs more than a short lane.
  const words = new Int32Array(x.buffer, x.byteOffset, x.byteLength / 4);
  if (length > logs.length) {
    return (start, reference) => {
      compareLongLane({ x, out, layout, scratch }, words, start, reference, centres);
    };
  }
  if (x.BYTES_PER_ELEMENT === 4) {
    const from = x as Float32Array;
    const to = out as Float32Array;
    return (start, reference) => {
      f32.ratios(from, words, start, inner, length, reference, logs);
      f32.storeLess(logs, centres ? sumOf(logs, length) / length : 0, to, start, inner, length);
    };
  }
  const from = x as Float64Array;
  const to = out as Float64Array;
  return (start, reference) => {
    f64.ratios(from, words, start, inner, length, reference, logs);
    f64.storeLess(logs, centres ? meanOf(logs, length) : 0, to, start, inner, length);
  };
}

/** The same for a lane that is longer than scratch memory, piece by piece: the logarithms are taken twice, if they are centred. */
function compareLongLane(
  { x, out, layout, scratch }: Pick<Lanes, "x" | "out" | "layout" | "scratch">,
  words: Int32Array,
  start: number,
  reference: number,
  centres: boolean,
): void {
  const { length, inner } = layout;
  const logs = scratch.values;
  const { f32, f64 } = elementMaps();
  const isSingle = x.BYTES_PER_ELEMENT === 4;
  const each = (visit: (first: number, count: number) => void): void => {
    for (let from = 0; from < length; from += logs.length) {
      const first = start + from * inner;
      const count = Math.min(logs.length, length - from);
      if (isSingle) f32.ratios(x as Float32Array, words, first, inner, count, reference, logs);
      else f64.ratios(x as Float64Array, words, first, inner, count, reference, logs);
      visit(first, count);
    }
  };
  let high = 0;
  let low = 0;
  if (centres) {
    each((_, count) => {
      const sum = compensatedSum(logs, 0, count);
      const next = twoSum(high, sum.high);
      high = next.high;
      low += next.low + sum.low;
    });
  }
  const mean = (high === Number.NEGATIVE_INFINITY ? high : high + low) / length;
  each((first, count) => {
    if (isSingle) f32.storeLess(logs, mean, out as Float32Array, first, inner, count);
    else f64.storeLess(logs, mean, out as Float64Array, first, inner, count);
  });
}

function meanOf(logs: Float64Array, length: number): number {
  const { high, low } = compensatedSum(logs, 0, length);
  // Beside -Infinity the low part is NaN.
  return high === Number.NEGATIVE_INFINITY ? high : (high + low) / length;
}

/** For results of f32: four sums, each of a quarter of the terms, none of which is positive. */
function sumOf(logs: Float64Array, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    a += logs[k];
    b += logs[k + 1];
    c += logs[k + 2];
    d += logs[k + 3];
  }
  for (; k < length; k++) a += logs[k];
  return a + b + (c + d);
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
