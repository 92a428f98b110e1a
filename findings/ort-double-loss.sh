#!/usr/bin/env bash
# Surprise: SoftmaxCrossEntropyLoss of float64 logits with a NaN among them is a finite number in onnxruntime; the same
#   model in float32 gives NaN.
# Met by: whoever watches a loss for NaN to notice that training or calibration has gone wrong, and computes in doubles.
# The guess: NaN in either type.
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

const value = (name, elemType, ...dims) => ({
  name,
  type: { tensorType: { elemType, shape: { dim: dims.map((dimParam) => ({ dimParam })) } } },
});
async function loss(type, elemType, logits) {
  const graph = {
    name: "g",
    node: [{ opType: "SoftmaxCrossEntropyLoss", input: ["x", "labels"], output: ["y"] }],
    input: [value("x", elemType, "n", "m"), value("labels", 7, "n")],
    output: [value("y", elemType)],
  };
  const model = { irVersion: 8, opsetImport: [{ version: 13 }], graph };
  const session = await ort.InferenceSession.create(proto.onnx.ModelProto.encode(model).finish());
  const x = new ort.Tensor(type, (type === "float64" ? Float64Array : Float32Array).from(logits), [1, logits.length]);
  const labels = new ort.Tensor("int64", BigInt64Array.of(0n), [1]);
  return (await session.run({ x, labels })).y.data[0];
}
const place = Number(process.argv[2] ?? 5);
const logits = Array.from({ length: 16 }, (_, k) => k / 4);
const plain = await loss("float64", 11, logits);
const logSumExp = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
assert.ok(Math.abs(plain - logSumExp) < 1e-12);
logits[place] = NaN;
const seen = { float64: await loss("float64", 11, logits), float32: await loss("float32", 1, logits) };
console.log("without NaN:", plain, " with NaN as logit", place, seen);
assert.ok(Number.isFinite(seen.float64));
assert.ok(Number.isNaN(seen.float32));
EOF
node see.mjs
