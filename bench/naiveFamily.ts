/**
 * What one writes without a library for the rest of the family, on rows of `length` elements: into `out`, in as few
 * passes as come naturally, in the doubles of JavaScript.
 */
import type { FloatArray } from "../src/index.js";
import { logSumExp, maximum } from "./naive.js";

export function softmaxVjp(p: FloatArray, dy: FloatArray, out: FloatArray, length: number): FloatArray {
  for (let start = 0; start < p.length; start += length) {
    const end = start + length;
    let dot = 0;
    for (let k = start; k < end; k++) dot += p[k] * dy[k];
    for (let k = start; k < end; k++) out[k] = p[k] * (dy[k] - dot);
  }
  return out;
}

export function logSoftmaxVjp(logp: FloatArray, dy: FloatArray, out: FloatArray, length: number): FloatArray {
  for (let start = 0; start < logp.length; start += length) {
    const end = start + length;
    let sum = 0;
    for (let k = start; k < end; k++) sum += dy[k];
    for (let k = start; k < end; k++) out[k] = dy[k] - Math.exp(logp[k]) * sum;
  }
  return out;
}

/** By p log p, one number per row. */
export function entropy(x: FloatArray, out: FloatArray, length: number): FloatArray {
  for (let row = 0, start = 0; start < x.length; row++, start += length) {
    const end = start + length;
    const normalizer = logSumExp(x, start, end, 1);
    let sum = 0;
    for (let k = start; k < end; k++) sum += Math.exp(x[k] - normalizer) * (normalizer - x[k]);
    out[row] = sum;
  }
  return out;
}

/** `dy` has one element per row. */
export function logSumExpVjp(x: FloatArray, dy: FloatArray, out: FloatArray, length: number): FloatArray {
  for (let row = 0, start = 0; start < x.length; row++, start += length) {
    scaledSoftmax(x, out, start, start + length, dy[row]);
  }
  return out;
}

/** The mean over the rows. */
export function crossEntropy(logits: FloatArray, labels: Int32Array, length: number): number {
  let total = 0;
  for (let row = 0, start = 0; start < logits.length; row++, start += length) {
    total += logSumExp(logits, start, start + length, 1) - logits[start + labels[row]];
  }
  return total / labels.length;
}

/** Newton's method on 1 / T from below, without safeguards. */
export function fitTemperature(logits: FloatArray, labels: Int32Array, length: number): number {
  let inverse = 1e-3;
  for (let change = 1; change > 1e-7 * inverse; inverse += change) {
    let slope = 0;
    let curvature = 0;
    for (let row = 0, start = 0; start < logits.length; row++, start += length) {
      const max = maximum(logits, start, start + length, 1);
      let [total, first, second] = [0, 0, 0];
      for (let k = start; k < start + length; k++) {
        const z = logits[k] - max;
        const e = Math.exp(inverse * z);
        total += e;
        first += e * z;
        second += e * z * z;
      }
      const mean = first / total;
      slope += mean - (logits[start + labels[row]] - max);
      curvature += second / total - mean * mean;
    }
    change = -slope / curvature;
  }
  return 1 / inverse;
}

/** In 15 bins. */
export function calibrationError(logits: FloatArray, labels: Int32Array, length: number): number {
  const gaps = new Float64Array(15);
  for (let row = 0, start = 0; start < logits.length; row++, start += length) {
    const max = maximum(logits, start, start + length, 1);
    let total = 0;
    for (let k = start; k < start + length; k++) total += Math.exp(logits[k] - max);
    const bin = Math.ceil(15 / total) - 1;
    gaps[bin] += (logits[start + labels[row]] === max ? 1 : 0) - 1 / total;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / labels.length;
}

export function crossEntropyGrad(
  logits: FloatArray,
  labels: Int32Array,
  out: FloatArray,
  length: number,
): FloatArray {
  const share = 1 / labels.length;
  for (let row = 0, start = 0; start < logits.length; row++, start += length) {
    scaledSoftmax(logits, out, start, start + length, share);
    out[start + labels[row]] -= share;
  }
  return out;
}

/** The targets of a row sum to 1. */
export function crossEntropyTargetsGrad(
  logits: FloatArray,
  targets: FloatArray,
  out: FloatArray,
  length: number,
): FloatArray {
  const share = length / logits.length;
  for (let start = 0; start < logits.length; start += length) {
    const end = start + length;
    const scale = 1 / exponentials(logits, out, start, end);
    for (let k = start; k < end; k++) out[k] = share * (out[k] * scale - targets[k]);
  }
  return out;
}

function scaledSoftmax(x: FloatArray, out: FloatArray, start: number, end: number, factor: number): void {
  const scale = factor / exponentials(x, out, start, end);
  for (let k = start; k < end; k++) out[k] *= scale;
}

/** Relative to the maximum; gives their sum. */
function exponentials(x: FloatArray, out: FloatArray, start: number, end: number): number {
  const max = maximum(x, start, end, 1);
  let sum = 0;
  for (let k = start; k < end; k++) sum += out[k] = Math.exp(x[k] - max);
  return sum;
}

/** `mask` is as long as x, or as one row. */
export function maskedSoftmax(x: FloatArray, mask: Uint8Array, out: FloatArray, length: number): FloatArray {
  for (let start = 0; start < x.length; start += length) {
    const end = start + length;
    const shift = mask.length === x.length ? 0 : start;
    let max = Number.NEGATIVE_INFINITY;
    for (let k = start; k < end; k++) if (mask[k - shift] !== 0 && x[k] > max) max = x[k];
    let sum = 0;
    for (let k = start; k < end; k++) {
      sum += out[k] = mask[k - shift] === 0 ? 0 : Math.exp(x[k] - max);
    }
    const scale = 1 / sum;
    for (let k = start; k < end; k++) out[k] *= scale;
  }
  return out;
}

/** A copy of `x` with -Infinity where it is masked: what a softmax without masks needs. */
export function fillMasked(x: FloatArray, mask: Uint8Array, copy: FloatArray, length: number): FloatArray {
  for (let start = 0; start < x.length; start += length) {
    const shift = mask.length === x.length ? 0 : start;
    for (let k = start; k < start + length; k++) {
      copy[k] = mask[k - shift] === 0 ? Number.NEGATIVE_INFINITY : x[k];
    }
  }
  return copy;
}

/** `normalizer` has one element per row: its log-sum-exp. */
export function normalizedSoftmax(
  x: FloatArray,
  normalizer: FloatArray,
  out: FloatArray,
  length: number,
): FloatArray {
  for (let row = 0, start = 0; start < x.length; row++, start += length) {
    const shift = normalizer[row];
    for (let k = start; k < start + length; k++) out[k] = Math.exp(x[k] - shift);
  }
  return out;
}

export function weightedLogSumExp(
  x: FloatArray,
  weights: FloatArray,
  out: FloatArray,
  length: number,
): FloatArray {
  for (let row = 0, start = 0; start < x.length; row++, start += length) {
    const end = start + length;
    const max = maximum(x, start, end, 1);
    let sum = 0;
    for (let k = start; k < end; k++) sum += weights[k] * Math.exp(x[k] - max);
    out[row] = max + Math.log(sum);
  }
  return out;
}

export function logSumExpOfChunks(chunks: readonly FloatArray[]): number {
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const chunk of chunks) {
    const largest = maximum(chunk, 0, chunk.length, 1);
    if (largest > max) {
      sum *= Math.exp(max - largest);
      max = largest;
    }
    for (let k = 0; k < chunk.length; k++) sum += Math.exp(chunk[k] - max);
  }
  return max + Math.log(sum);
}
