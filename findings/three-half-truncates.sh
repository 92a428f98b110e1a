#!/usr/bin/env bash
# Surprise: three's DataUtils.toHalfFloat cuts digits off instead of rounding, so that half of the results are not
#   nearest and none is above its number; and -Infinity becomes -65504.
# Met by: whoever puts logits or a mask into a half-float texture: the masked class is finite, sums come out low.
# The guess: round to nearest even, infinities kept; a clamp at most for finite numbers.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline three@0.187.0 @petamoriken/float16@3.9.3
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { f16round } from "@petamoriken/float16";
import { DataUtils } from "three";

console.warn = () => {}; // "out of range"
const half = (x) => DataUtils.fromHalfFloat(DataUtils.toHalfFloat(x));
assert.equal(half(-Infinity), -65504);
const probabilities = Float32Array.from({ length: 1000 }, (_, k) => (k + 1) / 1001);
const off = probabilities.filter((p) => half(p) !== f16round(p));
const above = probabilities.filter((p) => half(p) > p);
const mean = (f) => probabilities.reduce((s, p) => s + (f(p) / p - 1), 0) / 1000;
console.log("-Infinity ->", half(-Infinity), "|", off.length, "of 1000 not nearest,", above.length, "above their number");
console.log("mean relative error", mean(half).toExponential(2), "rounded to nearest", mean(f16round).toExponential(2));
assert.equal(above.length, 0);
assert.ok(off.length > 400);
assert.ok(mean(half) < -2e-4 && Math.abs(mean(f16round)) < 1e-5);
EOF
node see.mjs
