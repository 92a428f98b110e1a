#!/usr/bin/env bash
# Surprise: tf.cast(x, "bool") on the WebAssembly backend is a conversion to a byte, not a test for zero: 0.3 and
#   NaN become false, 256 becomes false, -1 becomes 255. The CPU backend gives 1 for all of them.
# Met by: whoever makes a mask of classes from weights or probabilities and changes the backend.
# The guess: anything but zero is true.
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
const weights = [0, 0.3, 1.9, 256, -1, NaN];
const masks = {};
const kept = {};
for (const backend of ["cpu", "wasm"]) {
  await tf.setBackend(backend);
  const mask = tf.cast(tf.tensor1d(weights), "bool");
  masks[backend] = [...mask.dataSync()];
  kept[backend] = [...tf.where(mask, tf.ones([6]), tf.zeros([6])).dataSync()];
  console.log(backend, weights, "->", masks[backend], "where:", kept[backend]);
}
assert.deepEqual(masks, { cpu: [0, 1, 1, 1, 1, 1], wasm: [0, 0, 1, 0, 255, 0] });
assert.deepEqual(kept, { cpu: [0, 1, 1, 1, 1, 1], wasm: [0, 0, 1, 0, 1, 0] });
EOF
node see.mjs
