#!/usr/bin/env bash
# Surprise: apache-arrow and flechette write Float16 with the exponent wrapped around: 65536 becomes 2, the mask -1e9
#   becomes -3.72 (a likely class), 2.9e-8 becomes -Infinity; ties go up, not to even: 2049 becomes 2050.
# Met by: whoever stores masked logits or small probabilities in half precision.
# The guess: as Float16Array: Infinity, -Infinity, 0, 2048.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  apache-arrow@21.2.0 @uwdata/flechette@2.6.0 @petamoriken/float16@3.9.3
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { f16round } from "@petamoriken/float16";
import { columnFromArray, float16 } from "@uwdata/flechette";
import { Float16, vectorFromArray } from "apache-arrow";

const numbers = [65504, 65536, -1e9, 2.9e-8, 2049];
const nearest = numbers.map(f16round);
const arrow = [...vectorFromArray(numbers, new Float16())];
const flechette = [...columnFromArray(numbers, float16())];
console.table(numbers.map((number, i) => ({ number, nearest: nearest[i], "apache-arrow": arrow[i], flechette: flechette[i] })));
assert.deepEqual(nearest, [65504, Infinity, -Infinity, 0, 2048]);
assert.deepEqual(arrow, [65504, 2, -3.724609375, -Infinity, 2050]);
assert.deepEqual(flechette, arrow);
EOF
node see.mjs
