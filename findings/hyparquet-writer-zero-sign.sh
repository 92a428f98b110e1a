#!/usr/bin/env bash
# Surprise: hyparquet-writer gives all zeros of a column the sign of the first one, 0 or -0, if values repeat often enough for a
#   dictionary: its Map takes 0 and -0 for one key. A column in which few values repeat keeps every sign.
# Met by: whoever stores log-probabilities, in which a certain token is -0 and a rounded one 0, and compares files or bits,
#   or divides by them: the limit of 1 / x changes its sign with the order of the rows.
# The guess: floats come back with their bits.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline hyparquet@1.33.0 hyparquet-writer@0.17.0
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

async function through(...values) {
  const file = parquetWriteBuffer({ columnData: [{ name: "x", data: Float32Array.from(values), type: "FLOAT" }] });
  const rows = await parquetReadObjects({ file });
  const signed = rows.map(({ x }) => (Object.is(x, -0) ? "-0" : String(x))).join(" ");
  console.log(values.map((x) => (Object.is(x, -0) ? "-0" : x)).join(" "), "->", signed);
  return signed;
}
assert.equal(await through(0, -0, 1, -0, 0, 0, -0, 1), "0 0 1 0 0 0 0 1");
assert.equal(await through(-0, 0, 1, 0, -0, -0, 0, 1), "-0 -0 1 -0 -0 -0 -0 1");
assert.equal(await through(0, -0, 1, 2), "0 -0 1 2");
EOF
node see.mjs
