/** What one writes without a library, element by element, without overflow. */
import type { FloatArray } from "../src/index.js";

export function sigmoid(x: FloatArray, out: FloatArray): FloatArray {
  for (let k = 0; k < x.length; k++) out[k] = 1 / (1 + Math.exp(-x[k]));
  return out;
}

export function logSigmoid(x: FloatArray, out: FloatArray): FloatArray {
  for (let k = 0; k < x.length; k++) out[k] = Math.min(x[k], 0) - Math.log1p(Math.exp(-Math.abs(x[k])));
  return out;
}

export function softplus(x: FloatArray, out: FloatArray): FloatArray {
  for (let k = 0; k < x.length; k++) out[k] = Math.max(x[k], 0) + Math.log1p(Math.exp(-Math.abs(x[k])));
  return out;
}

export function logit(p: FloatArray, out: FloatArray): FloatArray {
  for (let k = 0; k < p.length; k++) out[k] = Math.log(p[k] / (1 - p[k]));
  return out;
}

export function logDiffExp(a: FloatArray, b: FloatArray, out: FloatArray): FloatArray {
  for (let k = 0; k < a.length; k++) {
    const d = b[k] - a[k];
    out[k] = a[k] + (d > -Math.LN2 ? Math.log(-Math.expm1(d)) : Math.log1p(-Math.exp(d)));
  }
  return out;
}

export function logAddExp(a: FloatArray, b: FloatArray, out: FloatArray): FloatArray {
  for (let k = 0; k < a.length; k++) {
    out[k] = Math.max(a[k], b[k]) + Math.log1p(Math.exp(-Math.abs(a[k] - b[k])));
  }
  return out;
}
