import { logSumExp, naive } from "../../naive.js";
import { type Candidate, emptyResults, type FloatArray, numbers, type Way } from "../candidate.js";
import type { Workload } from "../workload.js";

export const plain: readonly Candidate[] = [
  { name: "loop with Math.exp", includes: "the textbook's loop, into an array that is kept", make: loop },
  { name: "copy", includes: "TypedArray.set of the input: nothing is computed", make: copy },
];

function loop(workload: Workload): Way {
  const { operation, x, shape, labels } = workload;
  const [outer, length] = shape;
  const out = emptyResults(workload);
  if (operation === "sigmoid")
    return { run: () => sigmoid(x, out), read: () => numbers(workload, sigmoid(x, out)) };
  if (operation === "crossEntropy") {
    const run = () => crossEntropy(x, labels, length);
    return { run, read: () => numbers(workload, run()) };
  }
  const run = () => naive[operation](x, out, { outer, length, inner: 1 });
  return { run, read: () => numbers(workload, run()) };
}

function sigmoid(x: FloatArray, out: FloatArray): FloatArray {
  for (let k = 0; k < x.length; k++) out[k] = 1 / (1 + Math.exp(-x[k]));
  return out;
}

function crossEntropy(x: FloatArray, labels: Int32Array, length: number): number {
  let total = 0;
  for (let row = 0, start = 0; row < labels.length; row++, start += length) {
    total += logSumExp(x, start, start + length, 1) - x[start + labels[row]];
  }
  return total / labels.length;
}

function copy({ x }: Workload): Way {
  const target = x.slice();
  return { run: () => target.set(x), read: () => target };
}
