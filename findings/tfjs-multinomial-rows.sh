#!/usr/bin/env bash
# Surprise: tf.multinomial on the CPU backend draws every row of a batch with the same random numbers: four prompts
#   with equal logits get the same twelve tokens. The WebAssembly backend's rows, through the same call, differ.
# Met by: whoever samples several continuations as a batch and averages over them: they are one continuation.
# The guess: rows are independent.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

tf.ENV.set("IS_TEST", true); // no banner
setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm")))}/`);
const distinct = {};
for (const backend of ["cpu", "wasm"]) {
  await tf.setBackend(backend);
  const rows = (await tf.multinomial(tf.zeros([4, 3]), 40, 7).array()).map((row) => row.join(""));
  console.log(backend, rows);
  distinct[backend] = new Set(rows).size;
}
assert.deepEqual(distinct, { cpu: 1, wasm: 4 });
EOF
node see.mjs
