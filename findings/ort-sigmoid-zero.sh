#!/usr/bin/env bash
# Surprise: onnxruntime's float32 Sigmoid is exactly 0 from -18 down, where the true value is 1.5e-8, and off by more
#   than a quarter at -17. Its own two-class Softmax of the same logit is right to the last digits.
# Met by: whoever scores labels one by one and takes a log: the loss of a label at -18 is infinite.
# The guess: an error of a few ulp, down to the subnormals.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline onnxruntime-node@1.30.0 onnx-proto@8.0.1
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import proto from "onnx-proto";
import ort from "onnxruntime-node";

const value = (name) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "n" }, { dimParam: "m" }] } } } });
async function run(opType, data, dims) {
  const graph = { name: "g", node: [{ opType, input: ["x"], output: ["y"] }], input: [value("x")], output: [value("y")] };
  const model = { irVersion: 8, opsetImport: [{ version: 17 }], graph };
  const session = await ort.InferenceSession.create(proto.onnx.ModelProto.encode(model).finish());
  return (await session.run({ x: new ort.Tensor("float32", Float32Array.from(data), dims) })).y.data;
}

const logits = [-10, -17, -18, -20, -50];
const sigmoid = await run("Sigmoid", logits, [1, 5]);
const softmax = await run("Softmax", logits.flatMap((x) => [x, 0]), [5, 2]);
console.log("logit   true        Sigmoid     Softmax of (x, 0)");
const error = logits.map((x, i) => {
  const truth = 1 / (1 + Math.exp(-x));
  const shown = [truth, sigmoid[i], softmax[2 * i]].map((v) => v.toExponential(3).padEnd(11));
  console.log(String(x).padEnd(7), ...shown);
  return [sigmoid[i], softmax[2 * i]].map((v) => Math.abs(v / truth - 1));
});
assert.ok(error[0][0] < 1e-3);
assert.ok(error[1][0] > 0.25);
assert.deepEqual([...sigmoid.slice(2)], [0, 0, 0]);
assert.ok(error.every(([, softmaxError]) => softmaxError < 1e-6));
EOF
node see.mjs
