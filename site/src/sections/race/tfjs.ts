import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";
import type { Entrant } from "./entrant.js";

tf.env().set("IS_TEST", true); // no banner
// One thread, as all the others but the pool have: the file for several is never asked for.
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
setWasmPaths({
  "tfjs-backend-wasm.wasm": plain,
  "tfjs-backend-wasm-simd.wasm": simd,
  "tfjs-backend-wasm-threaded-simd.wasm": simd,
});

export const tfjs: Entrant = {
  name: "tfjs wasm",
  of: "others",
  includes: "a tensor that is kept; the result is disposed of unread",
  async make({ shape: [rows, columns], x }) {
    if (!(await tf.setBackend("wasm"))) throw new Error("its backend did not start");
    const logits = tf.tensor2d(x, [rows, columns]);
    return {
      run: () => tf.softmax(logits).dispose(),
      read() {
        const p = tf.softmax(logits);
        const values = p.dataSync();
        p.dispose();
        return values;
      },
    };
  },
};
