#!/usr/bin/env bash
# Surprise: the first session of onnxruntime-web leaves a global Worker in Node. From then on a jax-js that was in use before
#   takes threads for possible and every new kernel fails, "memory import 0 has no maximum limit"; kernels compiled before
#   go on.
# Met by: whoever compares two engines in one process, or scores by one what the other has prepared.
# The guess: two libraries in one process leave each other alone.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline @jax-js/jax@0.1.25 onnxruntime-web@1.30.0 onnx-proto@8.0.1
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import proto from "onnx-proto";

globalThis.navigator ??= {}; // jax-js asks it for a GPU, and Node 20 has none
const { defaultDevice, init, nn, numpy } = await import("@jax-js/jax");
const ort = await import("onnxruntime-web");
await init();
defaultDevice("wasm");
const softmax = async (length) => {
  try {
    return (await nn.softmax(numpy.zeros([length])).jsAsync())[0];
  } catch (error) {
    return String(error.message ?? error);
  }
};
const before = { worker: typeof globalThis.Worker, four: await softmax(4) };
const value = (name) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } } });
const graph = { name: "g", node: [{ opType: "Softmax", input: ["x"], output: ["y"] }], input: [value("x")], output: [value("y")] };
const model = { irVersion: 8, opsetImport: [{ version: 13 }], graph };
ort.env.wasm.numThreads = 1;
await ort.InferenceSession.create(proto.onnx.ModelProto.encode(model).finish());
const after = { worker: typeof globalThis.Worker, four: await softmax(4), eight: await softmax(8) };
console.log({ before, after });
assert.deepEqual(before, { worker: "undefined", four: 0.25 });
assert.equal(after.worker, "function");
assert.equal(after.four, 0.25);
assert.match(String(after.eight), /memory import 0 has no maximum limit/);
process.exit(0);
EOF
node see.mjs
