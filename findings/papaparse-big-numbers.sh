#!/usr/bin/env bash
# Surprise: Papa Parse's dynamicTyping leaves every number beyond 2^53 a string. In a column of logits the mask -1e9 is
#   a number and the mask -3.4028234663852886e38, the smallest float32, is not; nor is a perplexity of 1e22.
# Met by: whoever reads a CSV of masked logits and sorts or compares: "-3.4e38" > "-2" as strings, and sums concatenate.
# The guess: a number is a number; only integers past 2^53 that would lose digits stay text.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline papaparse@5.7.1
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import Papa from "papaparse";

const text = "logit\n-2.5\n-1e9\n-3.4028234663852886e38\n1e22\n9007199254740990\n9007199254740992\n";
const { data } = Papa.parse(text, { header: true, dynamicTyping: true, skipEmptyLines: true });
const logits = data.map(({ logit }) => logit);
console.log(logits, "sum", logits.slice(0, 3).reduce((a, b) => a + b));
assert.deepEqual(logits, [-2.5, -1e9, "-3.4028234663852886e38", "1e22", 9007199254740990, "9007199254740992"]);
EOF
node see.mjs
