#!/usr/bin/env bash
# Surprise: on Node 20 and 22, Tensor.to("float16") of transformers.js writes the integer part of each number as bits:
#   1.5 becomes the pattern 0x0001, which is 6e-8. Nothing fails. On Node 24 the same line is right.
# Met by: whoever prepares half-precision input for a model, in any host without Float16Array.
# The guess: a conversion, or an error where the host has no half floats.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  @huggingface/transformers@4.3.2 @petamoriken/float16@3.9.3
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { Tensor } from "@huggingface/transformers";
import { Float16Array as Half } from "@petamoriken/float16";

const { data } = new Tensor("float32", [1.5, 0.75, -2.25, 3], [4]).to("float16");
const seen = data instanceof Uint16Array ? [...new Half(data.slice().buffer)] : [...data];
console.log(process.version, data.constructor.name, [...data].join(" "), "as half floats:", seen.join(" "));
if (typeof Float16Array === "undefined") {
  assert.deepEqual([...data], [1, 0, 65534, 3]);
} else {
  assert.deepEqual(seen, [1.5, 0.75, -2.25, 3]);
}
EOF
node see.mjs
npx --yes --prefer-offline node@24.21.0 see.mjs
