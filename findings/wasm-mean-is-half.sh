#!/usr/bin/env bash
# Surprise: the mean of 33,554,432 ones is 0.5 in three WebAssembly backends: tfjs-backend-wasm, onnxruntime-web and
#   jax-js. One float32 sum stops growing at 16,777,216. The CPU backends of tfjs and jax-js say 1.
# Met by: whoever averages losses or entropies over a large batch, or over batch x vocabulary.
# The guess: blocked or pairwise sums, as in NumPy, and the same answer from every backend of one library.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 \
  @jax-js/jax@0.1.25 onnxruntime-web@1.30.0 onnx-proto@8.0.1
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import proto from "onnx-proto";
import ort from "onnxruntime-web";

globalThis.navigator ??= {}; // jax-js asks it for a GPU, and Node 20 has none
const { defaultDevice, init, numpy } = await import("@jax-js/jax");

const n = 2 ** 25;
const means = {};
tf.ENV.set("IS_TEST", true); // no banner
setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm")))}/`);
for (const backend of ["cpu", "wasm"]) {
  await tf.setBackend(backend);
  means[`tfjs ${backend}`] = tf.tidy(() => tf.mean(tf.ones([n])).dataSync()[0]);
}
await init();
for (const device of ["cpu", "wasm"]) {
  defaultDevice(device);
  means[`jax-js ${device}`] = await numpy.mean(numpy.ones([n])).jsAsync();
}
ort.env.wasm.numThreads = 1;
const value = (name) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: name }] } } } });
const node = [{ opType: "ReduceMean", input: ["x"], output: ["y"] }];
const graph = { name: "g", node, input: [value("x")], output: [value("y")] };
const model = proto.onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 13 }], graph }).finish();
const session = await ort.InferenceSession.create(model);
const ones = new ort.Tensor("float32", new Float32Array(n).fill(1), [n]);
means["onnxruntime-web"] = (await session.run({ x: ones })).y.data[0];

console.log(means);
assert.deepEqual(means, { "tfjs cpu": 1, "tfjs wasm": 0.5, "jax-js cpu": 1, "jax-js wasm": 0.5, "onnxruntime-web": 0.5 });
EOF
node see.mjs
