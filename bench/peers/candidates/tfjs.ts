import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { type Candidate, lacks, numbers, type Way } from "../candidate.js";
import type { Workload } from "../workload.js";

tf.env().set("IS_TEST", true); // no banner
setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm")))}/`);

export const tfjs: readonly Candidate[] = [
  {
    name: "tfjs wasm",
    includes: "tensors kept; the result is disposed of unread",
    make: (workload) => kept("wasm", workload),
  },
  {
    name: "tfjs wasm, arrays in and out",
    includes: "a tensor is made of the array, the result read and disposed of",
    make: (workload) => throughArrays("wasm", workload),
  },
  {
    name: "tfjs cpu",
    includes: "tensors kept; the result is disposed of unread",
    make: (workload) => {
      if (workload.type === "f64") lacks("f64");
      if (workload.x.length > 1e6) throw new Error("left out: some seconds a call");
      return kept("cpu", workload);
    },
  },
];

type Input = Pick<Workload, "operation" | "labels" | "shape">;

/** The operation on a tensor. The classes of cross-entropy are one-hot, and kept. */
async function operationOn(backend: string, { operation, labels, shape }: Input) {
  await tf.setBackend(backend);
  const oneHot =
    operation === "crossEntropy"
      ? tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), shape[1]), "float32"))
      : undefined;
  const compute = (x: tf.Tensor): tf.Tensor => {
    switch (operation) {
      case "softmax":
        return tf.softmax(x);
      case "logSoftmax":
        return tf.logSoftmax(x);
      case "logSumExp":
        return tf.logSumExp(x, -1);
      case "sigmoid":
        return tf.sigmoid(x);
      case "crossEntropy":
        return tf.losses.softmaxCrossEntropy(oneHot as tf.Tensor, x);
    }
  };
  return { compute, free: () => oneHot?.dispose() };
}

async function kept(backend: string, workload: Workload): Promise<Way> {
  if (workload.type === "f64") lacks("f64");
  const { compute, free } = await operationOn(backend, workload);
  const x = tf.tensor(workload.x as Float32Array, [...workload.shape]);
  return onBackend(backend, {
    run: () => tf.dispose(tf.tidy(() => compute(x))),
    read: () =>
      numbers(
        workload,
        taken(() => compute(x)),
      ),
    free: () => {
      x.dispose();
      free();
    },
  });
}

async function throughArrays(backend: string, workload: Workload): Promise<Way> {
  if (workload.type === "f64") lacks("f64");
  const { compute, free } = await operationOn(backend, workload);
  const run = () => taken(() => compute(tf.tensor(workload.x as Float32Array, [...workload.shape])));
  return onBackend(backend, { run, read: () => numbers(workload, run()), free });
}

/** The numbers of a tensor. They are not read inside `tidy`, which would look for tensors in each of them. */
function taken(compute: () => tf.Tensor): ArrayLike<number> {
  const y = tf.tidy(compute);
  const values = y.dataSync();
  y.dispose();
  return values;
}

/** Several backends take turns: each call says whose it is, which costs nothing that shows. */
function onBackend(backend: string, way: Way): Way {
  const chosen = <T>(act: () => T) => {
    if (tf.getBackend() !== backend) void tf.setBackend(backend);
    return act();
  };
  return { run: () => chosen(way.run), read: () => chosen(way.read), free: () => chosen(() => way.free?.()) };
}
