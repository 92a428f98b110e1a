import { compensatedSum } from "../../math/sums.js";
import type { FloatArray } from "../../types.js";
import { mapElements } from "./elementwise.js";
import type { JsOperation } from "./loops.js";

const NO_NUMBERS = /* @__PURE__ */ new Float64Array(0);

/** log(p / r), where r is the number of the lane. */
export const runAlr: JsOperation = (_, __, { x, out, layout }, { numbers = NO_NUMBERS }) => {
  const { outer, length, inner } = layout;
  const references = x.slice();
  for (let o = 0, at = 0; o < outer; o++) {
    const end = at + length * inner;
    if (inner === 1) references.fill(numbers[o], at, end);
    else for (let k = at; k < end; k++) references[k] = numbers[o * inner + ((k - at) % inner)];
    at = end;
  }
  mapElements("logRatio", x, references, out);
};

/**
 * log(p / max) less its mean over the lane, in f64 for either type.
 *
 * Bound: f32 js 0.51 ulp, f64 js 4 ulp
 * of the result, or of the mean if it is larger.
 */
export const runClr: JsOperation = (_, __, { x, out, layout }) => {
  const { outer, length, inner } = layout;
  const lane = new Float64Array(length);
  const references = new Float64Array(length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let max = 0;
      for (let k = 0; k < length; k++) {
        lane[k] = x[start + k * inner];
        if (lane[k] > max) max = lane[k];
      }
      mapElements("logRatio", lane, references.fill(max), lane);
      centre(lane, out, start, inner);
    }
  }
};

/** Writes the numbers, none of them positive, less their mean. */
function centre(numbers: Float64Array, out: FloatArray, start: number, stride: number): void {
  const { high, low } = compensatedSum(numbers);
  // Beside -Infinity the low part is NaN.
  const mean = high === Number.NEGATIVE_INFINITY ? high : (high + low) / numbers.length;
  for (let k = 0; k < numbers.length; k++) {
    const value = numbers[k];
    const isNothing = value === Number.NEGATIVE_INFINITY && mean === value;
    out[start + k * stride] = isNothing ? value : value - mean;
  }
}
