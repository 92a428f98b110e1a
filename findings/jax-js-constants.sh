#!/usr/bin/env bash
# Surprise: jax-js keeps an array of equal numbers as a constant and computes with it in doubles, before any kernel.
#   softplus of [100, 100] is [100, 100]; of [100, 99] it is [Infinity, Infinity], as exp(100) overflows float32.
# Met by: whoever tests a loss on a constant array, sees it right, and gets infinite losses from data.
# The guess: an element's result depends on that element; and softplus does not overflow at all.
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
    "softplus of [100, 100]": await nn.softplus(numpy.array([100, 100])).jsAsync(),
    "softplus of [100, 99]": await nn.softplus(numpy.array([100, 99])).jsAsync(),
    "logSigmoid of [-104, -104]": await nn.logSigmoid(numpy.array([-104, -104])).jsAsync(),
    "logSigmoid of [-104, -103]": await nn.logSigmoid(numpy.array([-104, -103])).jsAsync(),
  };
  console.log(device, seen);
  assert.deepEqual(Object.values(seen), [
    [100, 100],
    [Infinity, Infinity],
    [-104, -104],
    [-Infinity, -Infinity],
  ]);
}
EOF
node see.mjs
