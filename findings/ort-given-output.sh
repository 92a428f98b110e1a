#!/usr/bin/env bash
# Surprise: onnxruntime-web takes a tensor for an output, hands the same tensor back, and has not written into it.
#   onnxruntime-node writes into the memory given and hands back another tensor.
# Met by: whoever gives run() a preallocated output to spare an allocation for every batch.
# The guess: the tensor given is filled and returned, in both.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  onnxruntime-node@1.30.0 onnxruntime-web@1.30.0 onnx-proto@8.0.1
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import proto from "onnx-proto";
import native from "onnxruntime-node";
import web from "onnxruntime-web";

web.env.wasm.numThreads = 1;
const value = (name) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "n" }] } } } });
const graph = { name: "g", node: [{ opType: "Softmax", input: ["x"], output: ["y"] }], input: [value("x")], output: [value("y")] };
const model = proto.onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 17 }], graph }).finish();

async function given(name, ort) {
  const session = await ort.InferenceSession.create(model);
  const x = new ort.Tensor("float32", new Float32Array(4), [4]);
  const memory = new Float32Array(4).fill(-7);
  const output = new ort.Tensor("float32", memory, [4]);
  const { y } = await session.run({ x }, { y: output });
  const seen = { same: y === output, memory: [...memory], returned: [...y.data] };
  console.log(name, seen);
  return seen;
}

const quarter = [0.25, 0.25, 0.25, 0.25];
const untouched = [-7, -7, -7, -7];
assert.deepEqual(await given("onnxruntime-node", native), { same: false, memory: quarter, returned: quarter });
assert.deepEqual(await given("onnxruntime-web", web), { same: true, memory: untouched, returned: untouched });
EOF
node see.mjs
