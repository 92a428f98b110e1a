import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import type { Entrant } from "./entrant.js";
import { softmaxModel } from "./onnxModel.js";

// One thread, as all the others but the pool have.
env.wasm.numThreads = 1;
env.wasm.wasmPaths = { wasm };
env.logLevel = "error";

export const onnxruntime: Entrant = {
  name: "onnxruntime-web",
  of: "others",
  includes: "a model of one node; a tensor that is kept, copied in; the result copied out",
  async make({ shape, x }) {
    const session = await InferenceSession.create(softmaxModel(), { executionProviders: ["wasm"] });
    const feeds = { x: new Tensor("float32", x, [...shape]) };
    return {
      run: () => session.run(feeds),
      read: async () => (await session.run(feeds)).y.data as Float32Array,
    };
  },
};
