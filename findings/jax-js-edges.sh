#!/usr/bin/env bash
# Surprise: jax-js has JAX's names but not its edges. argmax of a row with a NaN is the length of the row, one past the
#   end; oneHot of -1 (the label to ignore) is all ones; logsumexp of nothing but -Infinity is NaN.
# Met by: whoever brings a loss or a metric over from Python.
# The guess, and JAX: the NaN's index; all zeros; -Infinity.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline @jax-js/jax@0.1.25
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";

globalThis.navigator ??= {}; // jax-js asks it for a GPU, and Node 20 has none
const { defaultDevice, init, nn, numpy } = await import("@jax-js/jax");
await init();
for (const device of ["cpu", "wasm"]) {
  defaultDevice(device);
  const seen = {
    "argmax of [1, NaN, 2]": await numpy.argmax(numpy.array([1, NaN, 2])).jsAsync(),
    "oneHot of -1 and 0": await nn.oneHot(numpy.array([-1, 0], { dtype: numpy.int32 }), 3).jsAsync(),
    "logsumexp of [-Infinity, -Infinity]": await nn.logsumexp(numpy.array([-Infinity, -Infinity])).jsAsync(),
  };
  console.log(device, seen);
  assert.deepEqual(Object.values(seen), [3, [[1, 1, 1], [1, 0, 0]], NaN]);
}
EOF
node see.mjs
