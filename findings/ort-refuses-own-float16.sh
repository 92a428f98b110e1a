#!/usr/bin/env bash
# Surprise: where Float16Array exists (Node 24), onnxruntime-node refuses its own float16 output as an input: "not
#   enough space: expected 8, got 0". On Node 20 and 22 the same loop runs, with bits in a Uint16Array.
# Met by: whoever feeds one half-precision model's output to the next, or a cache back, after an upgrade of Node.
# The guess: a newer Node that has the type can only make it easier.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline onnxruntime-node@1.30.0 onnx-proto@8.0.1
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import proto from "onnx-proto";
import ort from "onnxruntime-node";

const value = (name) => ({ name, type: { tensorType: { elemType: 10, shape: { dim: [{ dimParam: "n" }] } } } });
const graph = { name: "g", node: [{ opType: "Softmax", input: ["x"], output: ["y"] }], input: [value("x")], output: [value("y")] };
const model = proto.onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 17 }], graph }).finish();
const session = await ort.InferenceSession.create(model);

// The first input is made so that both take it: the bits of four ones, put in after construction.
const x = new ort.Tensor("float16", new Uint16Array(4).fill(0x3c00), [4]);
x.cpuData = new Uint16Array(4).fill(0x3c00);
const { y } = await session.run({ x });
const again = await session.run({ x: y }).then(() => "runs", (error) => error.message);
console.log(process.version, "output:", y.data.constructor.name, [...y.data].join(" "), "| fed back:", again);
if (typeof Float16Array === "undefined") {
  assert.equal(y.data.constructor, Uint16Array);
  assert.equal(again, "runs");
} else {
  assert.equal(y.data.constructor, Float16Array);
  assert.match(again, /not enough space: expected 8, got 0/);
}
EOF
node see.mjs
npx --yes --prefer-offline node@24.21.0 see.mjs
