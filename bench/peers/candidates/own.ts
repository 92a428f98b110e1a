import { availableParallelism } from "node:os";
import type { AsyncFunctions, BackendName, FloatArray, Instance, Resident } from "../../../src/index.js";
import { type Candidate, emptyResults, numbers, type Way } from "../candidate.js";
import { resultLength, type Workload } from "../workload.js";

// The package as it is published.
const { createSoftmax } = (await import(
  "../../../dist/index.js" as string
)) as typeof import("../../../src/index.js");
const { createPool } = (await import(
  "../../../dist/threads.js" as string
)) as typeof import("../../../src/threads/index.js");

export const threads = Math.max(2, availableParallelism());
const plain = "arrays of JavaScript, `out` given";
const resident = "arrays that `allocate` gave: nothing is copied";

export const own: readonly Candidate[] = [
  ...(["relaxed", "simd", "js"] as const).map((backend) => ({
    name: `softmax-wasm ${backend}`,
    includes: plain,
    make: (workload: Workload) => onArrays(instance(backend), workload),
  })),
  {
    name: "softmax-wasm relaxed, resident",
    includes: resident,
    make: (workload) => onResidents(instance("relaxed"), workload),
  },
  {
    name: `softmax-wasm pool of ${threads}`,
    includes: `${plain}, as promises`,
    make: async (workload) => onArrays(await pool(), workload),
  },
  {
    name: `softmax-wasm pool of ${threads}, resident`,
    includes: `${resident}, as promises`,
    make: async (workload) => onResidents(await pool(), workload),
  },
];

const instances = new Map<BackendName, Instance>();

export function instance(backend: BackendName): Instance {
  const made = instances.get(backend) ?? createSoftmax({ backend });
  instances.set(backend, made);
  return made;
}

let made: ReturnType<typeof createPool> | undefined;

export function pool() {
  made ??= createPool({ threads });
  return made;
}

type Library = Pick<Instance | AsyncFunctions, Workload["operation"]>;

function onArrays(library: Library, workload: Workload): Way {
  return wayOf(library, workload, workload.x, emptyResults(workload));
}

function wayOf(library: Library, workload: Workload, x: FloatArray, out: FloatArray): Way {
  const call = caller(library, workload);
  const { labels } = workload;
  const run = () => call(x, out, labels);
  return {
    run,
    read: async () => numbers(workload, await run()),
  };
}

function onResidents(library: Library & Pick<Instance, "allocate">, workload: Workload): Way {
  const allocated: Resident[] = [];
  const hold = (length: number) => {
    const array = library.allocate(workload.type, length);
    allocated.push(array);
    return array;
  };
  const x = hold(workload.x.length);
  const out = hold(resultLength(workload));
  x.view.set(workload.x);
  const call = caller(library, workload);
  // Views are read for each call: the memory may grow.
  const run = () => call(x.view, out.view, workload.labels);
  return {
    run,
    read: async () => numbers(workload, await run()),
    free: () => {
      for (const array of allocated) array.free();
    },
  };
}

type Result = FloatArray | number | Promise<FloatArray | number>;

function caller(library: Library, { operation, shape }: Workload) {
  // biome-ignore lint/suspicious/noExplicitAny: one signature for functions and promises of both types
  const compute = library[operation] as (...args: any[]) => Result;
  if (operation === "crossEntropy") {
    return (x: FloatArray, _out: FloatArray, labels: Int32Array) => compute(x, labels, { shape });
  }
  if (operation === "sigmoid") return (x: FloatArray, out: FloatArray) => compute(x, { out });
  return (x: FloatArray, out: FloatArray) => compute(x, { shape, out });
}
