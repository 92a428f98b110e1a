/** Packages whose functions take one row: called for each, with the results put into one array. */
import { log_softmax, softmax } from "@huggingface/transformers";
import softmaxFn from "softmax-fn";
import { type Candidate, emptyResults, type FloatArray, lacks, numbers, type Way } from "../candidate.js";
import type { Operation, Workload } from "../workload.js";

type Row = (row: FloatArray) => FloatArray;

export const rows: readonly Candidate[] = [
  {
    name: "transformers.js",
    includes: "its function for each row, which gives a new array; no copy where there is one row",
    make: (workload) => way({ softmax: softmax as Row, logSoftmax: log_softmax as Row }, workload),
  },
  {
    name: "softmax-fn",
    includes: "its function for each row, which gives a new array; no copy where there is one row",
    make: (workload) => way({ softmax: softmaxFn as Row }, workload),
  },
];

function way(functions: Partial<Record<Operation, Row>>, workload: Workload): Way {
  const { operation, x, shape } = workload;
  const compute = functions[operation] ?? lacks(operation);
  const [count, columns] = shape;
  const out = emptyResults(workload);
  const run = () => {
    if (count === 1) return compute(x);
    for (let start = 0; start < x.length; start += columns) {
      out.set(compute(x.subarray(start, start + columns)), start);
    }
    return out;
  };
  return { run, read: () => numbers(workload, run()) };
}
