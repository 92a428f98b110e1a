import proto from "onnx-proto";
import type * as Ort from "onnxruntime-common";
import node from "onnxruntime-node";
import web from "onnxruntime-web";
import { type Candidate, type FloatArray, numbers, type Way } from "../candidate.js";
import type { Operation, Workload } from "../workload.js";

export type Library = Pick<typeof Ort, "InferenceSession" | "Tensor">;

export { node, web };

web.env.wasm.numThreads = 1;
web.env.logLevel = "error";

const includes = "a model of one node; the input tensor is kept, the output is new";

export const onnxruntime: readonly Candidate[] = [
  {
    name: "onnxruntime-web",
    includes: `${includes}; copies into and out of WebAssembly`,
    make: (workload) => way(web, 1, workload),
  },
  { name: "onnxruntime-node", includes, make: (workload) => way(node, 1, workload) },
  {
    name: "onnxruntime-node, all threads",
    includes,
    make: (workload) => way(node, 0, workload),
  },
];

async function way(library: Library, intraOpNumThreads: number, workload: Workload): Promise<Way> {
  const { operation, type, shape, x, labels } = workload;
  const session = await sessionOf(library, intraOpNumThreads, model(operation, type));
  const feeds: Record<string, Ort.Tensor> = {
    x: new library.Tensor(type === "f32" ? "float32" : "float64", x as never, shape),
  };
  if (operation === "crossEntropy") {
    feeds.labels = new library.Tensor("int64", BigInt64Array.from(labels, BigInt), [labels.length]);
  }
  return {
    run: () => session.run(feeds),
    read: async () => numbers(workload, (await session.run(feeds)).y.data as FloatArray),
    free: () => session.release(),
  };
}

export function sessionOf(library: Library, intraOpNumThreads: number, model: Uint8Array) {
  return library.InferenceSession.create(model, {
    intraOpNumThreads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    executionProviders: [library === web ? "wasm" : "cpu"],
  });
}

const NODES: Readonly<Record<Operation, object>> = {
  softmax: { opType: "Softmax" },
  logSoftmax: { opType: "LogSoftmax" },
  logSumExp: {
    opType: "ReduceLogSumExp",
    attribute: [
      { name: "axes", type: 7, ints: [-1] },
      { name: "keepdims", type: 2, i: 0 },
    ],
  },
  sigmoid: { opType: "Sigmoid" },
  crossEntropy: { opType: "SoftmaxCrossEntropyLoss", input: ["x", "labels"] },
};

/** The bytes of a model of one node, opset 13: Softmax and LogSoftmax take the last axis from there on. */
export function model(operation: Operation, type: Workload["type"]): Uint8Array {
  const elemType = type === "f32" ? 1 : 11;
  const value = (name: string, elemType: number, dims: readonly string[]) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: dims.map((dimParam) => ({ dimParam })) } } },
  });
  const rank = { logSumExp: 1, crossEntropy: 0 }[operation as "logSumExp"] ?? 2;
  return proto.onnx.ModelProto.encode({
    irVersion: 7,
    opsetImport: [{ domain: "", version: 13 }],
    graph: {
      name: operation,
      node: [{ input: ["x"], output: ["y"], ...NODES[operation] }],
      input: [
        value("x", elemType, ["rows", "columns"]),
        ...(operation === "crossEntropy" ? [value("labels", 7, ["rows"])] : []),
      ],
      output: [value("y", elemType, ["rows", "columns"].slice(0, rank))],
    },
  }).finish();
}
