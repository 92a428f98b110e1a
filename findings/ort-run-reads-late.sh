#!/usr/bin/env bash
# Surprise: onnxruntime-node's run() has not yet read its feeds when it returns its promise; onnxruntime-web's has.
#   Four rows put one after another through one buffer, awaited together, all give the result of the last row on Node.
# Met by: whoever reuses an input buffer and pipelines a batch, with code that was right in the browser.
# The guess: the feeds are read (or copied) during the call, in both, for the API is the same.
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

async function classes(ort) {
  const session = await ort.InferenceSession.create(model);
  const row = new Float32Array(4);
  const x = new ort.Tensor("float32", row, [4]);
  const pending = [0, 1, 2, 3].map((k) => {
    row.fill(0)[k] = 9;
    return session.run({ x });
  });
  return (await Promise.all(pending)).map(({ y }) => y.data.indexOf(Math.max(...y.data)));
}

const [onNode, onWeb] = [await classes(native), await classes(web)];
console.log("the largest entry of the four rows: 0, 1, 2, 3");
console.log("onnxruntime-web ", onWeb);
console.log("onnxruntime-node", onNode);
assert.deepEqual(onWeb, [0, 1, 2, 3]);
assert.deepEqual(onNode, [3, 3, 3, 3]);
EOF
node see.mjs
