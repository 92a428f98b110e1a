#!/usr/bin/env bash
# Surprise: in onnxruntime a NaN's effect depends on its place. ReduceMax gives NaN only if it comes first, ArgMax goes
#   past one or stops at it, and TopK may leave out the largest number of the row.
# Met by: whoever takes the class from logits in the graph and relies on a NaN being seen in the result.
# The guess: NaN wins everywhere (NumPy's and PyTorch's rule), or is ignored everywhere.
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

const FLOAT = 1;
const INT64 = 7;
const value = (name, elemType) => ({ name, type: { tensorType: { elemType, shape: { dim: [{ dimParam: "n" }, { dimParam: "m" }] } } } });
const axis = { name: "axis", type: 2, i: 1 };
const axes = { name: "axes", type: 7, ints: [1] };
const node = [
  { opType: "ReduceMax", input: ["x"], output: ["max"], attribute: [axes] },
  { opType: "ArgMax", input: ["x"], output: ["argmax"], attribute: [axis] },
  { opType: "TopK", input: ["x", "k"], output: ["top", "places"], attribute: [axis] },
];
const k = { name: "k", dataType: INT64, dims: [1], int64Data: [2] };
const output = [value("max", FLOAT), value("argmax", INT64), value("top", FLOAT), value("places", INT64)];
const graph = { name: "g", node, initializer: [k], input: [value("x", FLOAT)], output };
const model = proto.onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 13 }], graph }).finish();
const session = await ort.InferenceSession.create(model);

const seen = [];
for (const row of [[NaN, 1, 2], [1, NaN, 2], [2, 1, NaN]]) {
  const r = await session.run({ x: new ort.Tensor("float32", Float32Array.from(row), [1, 3]) });
  seen.push([r.max.data[0], Number(r.argmax.data[0]), [...r.top.data]]);
  console.log(row, "max", r.max.data[0], "argmax", Number(r.argmax.data[0]), "top 2", [...r.top.data]);
}
assert.deepEqual(seen, [
  [NaN, 0, [NaN, 2]],
  [2, 2, [1, NaN]],
  [2, 0, [2, 1]],
]);
EOF
node see.mjs
