import type * as Jax from "@jax-js/jax";
import { type Candidate, numbers, type Way } from "../candidate.js";
import type { Workload } from "../workload.js";

globalThis.navigator ??= {} as Navigator; // jax-js asks it for a GPU, and Node 20 has none
// onnxruntime-web defines a global Worker in Node. jax-js asks for one when it makes its memory and again for each kernel:
// it would start threads, or fail if the Worker came in between. Without one it has one thread, as the others have.
Object.defineProperty(globalThis, "Worker", { get: () => undefined, set: () => {}, configurable: true });
const { blockUntilReady, defaultDevice, init, jit, nn, numpy }: typeof Jax = await import("@jax-js/jax");

export const jax: readonly Candidate[] = [
  {
    name: "jax-js wasm",
    includes: "jit; arrays kept; the result is awaited and disposed of unread",
    make: kept,
  },
  {
    name: "jax-js wasm, arrays in and out",
    includes: "jit; an array is made of the typed array, the result read",
    make: throughArrays,
  },
];

type Operation = (x: Jax.Array) => Jax.Array;

async function compiled({ operation, labels, shape }: Workload): Promise<Operation> {
  await init();
  defaultDevice("wasm");
  switch (operation) {
    case "softmax":
      return jit((x: Jax.Array) => nn.softmax(x, -1)) as Operation;
    case "logSoftmax":
      return jit((x: Jax.Array) => nn.logSoftmax(x, -1)) as Operation;
    case "logSumExp":
      return jit((x: Jax.Array) => nn.logsumexp(x, -1)) as Operation;
    case "sigmoid":
      return jit((x: Jax.Array) => nn.sigmoid(x)) as Operation;
    case "crossEntropy": {
      const classes = numpy.array(labels as Int32Array<ArrayBuffer>, {
        shape: [shape[0], 1],
        dtype: numpy.int32,
      });
      const loss = jit((x: Jax.Array, at: Jax.Array) =>
        numpy.mean(numpy.takeAlongAxis(nn.logSoftmax(x, -1), at, -1)).neg(),
      ) as (x: Jax.Array, at: Jax.Array) => Jax.Array;
      return (x) => loss(x, classes.ref);
    }
  }
}

function arrayOf({ x, shape, type }: Workload): Jax.Array {
  return numpy.array(x as Float32Array<ArrayBuffer>, {
    shape: [...shape],
    dtype: type === "f32" ? numpy.float32 : numpy.float64,
  });
}

async function kept(workload: Workload): Promise<Way> {
  const compute = await compiled(workload);
  const x = arrayOf(workload);
  return {
    run: async () => {
      const y = await blockUntilReady(compute(x.ref));
      y.dispose();
    },
    read: async () => numbers(workload, (await compute(x.ref).data()) as Float32Array),
    free: () => x.dispose(),
  };
}

async function throughArrays(workload: Workload): Promise<Way> {
  const compute = await compiled(workload);
  const run = async () => (await compute(arrayOf(workload)).data()) as Float32Array;
  return { run, read: async () => numbers(workload, await run()) };
}
