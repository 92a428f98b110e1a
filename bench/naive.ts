import type { FloatArray } from "../src/index.js";
import type { CoreOperation, Layout } from "./workload.js";

type Compute = (x: FloatArray, out: FloatArray, layout: Layout) => FloatArray;

/** What one writes without a library: the textbook loop over typed arrays, with `Math.exp`, into `out`. */
export const naive: Record<CoreOperation, Compute> = {
  softmax: eachLane((x, out, start, end, step) => {
    const max = maximum(x, start, end, step);
    let sum = 0;
    for (let k = start; k < end; k += step) sum += out[k] = Math.exp(x[k] - max);
    const scale = 1 / sum;
    for (let k = start; k < end; k += step) out[k] *= scale;
  }),
  logSoftmax: eachLane((x, out, start, end, step) => {
    const shift = logSumExp(x, start, end, step);
    for (let k = start; k < end; k += step) out[k] = x[k] - shift;
  }),
  logSumExp: eachLane((x, out, start, end, step, lane) => {
    out[lane] = logSumExp(x, start, end, step);
  }),
};

type Lane = (x: FloatArray, out: FloatArray, start: number, end: number, step: number, lane: number) => void;

function eachLane(compute: Lane): Compute {
  return (x, out, { outer, length, inner }) => {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        compute(x, out, start, start + length * inner, inner, o * inner + i);
      }
    }
    return out;
  };
}

export function maximum(x: FloatArray, start: number, end: number, step: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let k = start; k < end; k += step) if (x[k] > max) max = x[k];
  return max;
}

export function logSumExp(x: FloatArray, start: number, end: number, step: number): number {
  const max = maximum(x, start, end, step);
  let sum = 0;
  for (let k = start; k < end; k += step) sum += Math.exp(x[k] - max);
  return max + Math.log(sum);
}

/**
 * The one-liner that many codebases have, row after row (inner is 1). It allocates, and it does not subtract
 * the maximum, so large logits overflow; it is measured because people use it.
 */
export const oneLiner: Record<CoreOperation, Compute> = {
  softmax: eachRow((row) => normalised(row.map(Math.exp))),
  logSoftmax: eachRow((row) => normalised(row.map(Math.exp)).map(Math.log)),
  logSumExp: eachRow((row) => [Math.log(total(row.map(Math.exp)))]),
};

function eachRow(compute: (row: FloatArray) => ArrayLike<number>): Compute {
  return (x, out, { outer, length }) => {
    for (let o = 0; o < outer; o++) {
      const result = compute(x.subarray(o * length, (o + 1) * length));
      out.set(result, o * result.length);
    }
    return out;
  };
}

function normalised(exponentials: FloatArray): FloatArray {
  const sum = total(exponentials);
  return exponentials.map((value) => value / sum);
}

function total(values: FloatArray): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
