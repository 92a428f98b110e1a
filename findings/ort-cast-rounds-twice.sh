#!/usr/bin/env bash
# Surprise: ONNX's Cast from double to float16 goes through float32 in onnxruntime and so rounds twice: values just
#   beyond the middle of two halves go the wrong way, and 65519.999999 becomes infinite.
# Met by: whoever compares half-precision logits with those of Float16Array or NumPy, which round once.
# The guess: one rounding, to nearest even.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  onnxruntime-node@1.30.0 onnx-proto@8.0.1 @petamoriken/float16@3.9.3
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { Float16Array } from "@petamoriken/float16";
import proto from "onnx-proto";
import ort from "onnxruntime-node";

const DOUBLE = 11;
const FLOAT16 = 10;
const value = (name, elemType) => ({ name, type: { tensorType: { elemType, shape: { dim: [{ dimParam: "n" }] } } } });
const node = [{ opType: "Cast", input: ["x"], output: ["y"], attribute: [{ name: "to", type: 2, i: FLOAT16 }] }];
const graph = { name: "g", node, input: [value("x", DOUBLE)], output: [value("y", FLOAT16)] };
const model = proto.onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 17 }], graph }).finish();
const session = await ort.InferenceSession.create(model);

// Each lies just on one side of the middle between two halves, by less than float32 can hold.
const doubles = Float64Array.of(1 + 2 ** -11 + 2 ** -40, 2 ** -25 + 2 ** -60, 65519.999999);
const { y } = await session.run({ x: new ort.Tensor("float64", doubles, [3]) });
const bits = new Uint16Array(y.data.buffer, y.data.byteOffset, 3);
const cast = [...new Float16Array(bits.slice().buffer)];
const once = [...new Float16Array(doubles)];
console.table(Array.from(doubles, (x, i) => ({ double: x, "rounded once": once[i], onnxruntime: cast[i] })));
assert.deepEqual(once, [1 + 2 ** -10, 2 ** -24, 65504]);
assert.deepEqual(cast, [1, 0, Infinity]);
EOF
node see.mjs
