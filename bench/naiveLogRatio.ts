/** What one writes without a library for maps and derivatives of probability vectors, rows of `length` elements. */
import type { FloatArray } from "../src/index.js";
import { maximum } from "./naive.js";

/** The first component is the reference. */
export function alr(p: FloatArray, out: FloatArray, length: number): FloatArray {
  let target = 0;
  for (let start = 0; start < p.length; start += length) {
    const reference = p[start];
    for (let k = start + 1; k < start + length; k++) out[target++] = Math.log(p[k] / reference);
  }
  return out;
}

/** Rows of `out` have `length` elements, those of `y` one less: the reference is the first. */
export function alrInverse(y: FloatArray, out: FloatArray, length: number): FloatArray {
  let source = 0;
  for (let start = 0; start < out.length; start += length) {
    const end = start + length;
    const max = Math.max(0, maximum(y, source, source + length - 1, 1));
    let sum = Math.exp(-max);
    out[start] = sum;
    for (let k = start + 1; k < end; k++) sum += out[k] = Math.exp(y[source++] - max);
    const scale = 1 / sum;
    for (let k = start; k < end; k++) out[k] *= scale;
  }
  return out;
}

export function clr(p: FloatArray, out: FloatArray, length: number): FloatArray {
  for (let start = 0; start < p.length; start += length) {
    const end = start + length;
    let sum = 0;
    for (let k = start; k < end; k++) sum += out[k] = Math.log(p[k]);
    const mean = sum / length;
    for (let k = start; k < end; k++) out[k] -= mean;
  }
  return out;
}

export function softmaxJacobian(p: FloatArray, out: FloatArray, length: number): FloatArray {
  let target = 0;
  for (let start = 0; start < p.length; start += length) {
    const end = start + length;
    for (let i = start; i < end; i++) {
      const own = p[i];
      for (let j = start; j < end; j++) out[target++] = own * ((i === j ? 1 : 0) - p[j]);
    }
  }
  return out;
}
