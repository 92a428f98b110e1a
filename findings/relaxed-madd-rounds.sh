#!/usr/bin/env bash
# Surprise: one .wasm file with relaxed multiply-adds gives three sets of answers on one machine with FMA. Node fuses
#   madd and nmadd; Bun accepts the instructions and rounds twice in both; Binaryen's interpreter (wasm-opt
#   --fuzz-exec) fuses madd and rounds twice in nmadd, though -(a*b)+c could be had from a fused madd.
# Met by: whoever takes "relaxed SIMD compiles" for "multiply-adds are fused", or an interpreter for the reference.
# The guess: an engine that accepts them uses the CPU's instruction, and the two instructions go together.
# Needs a CPU with FMA; says so and ends well elsewhere.
set -euo pipefail
if ! grep -qw fma /proc/cpuinfo 2>/dev/null; then
  echo "no x86 CPU with FMA: nothing to see"
  exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --prefer-offline binaryen@132.0.0 bun@1.4.5 node@26.10.0 2>/dev/null
cat >madd.wat <<'EOF'
;; a = 1 + 2^-23, a^2 = 1 + 2^-22 + 2^-46: what is left of a^2 - (1 + 2^-22) is 2^-46 if fused, else 0.
(module
  (func (export "madd") (result f32)
    (f32x4.extract_lane 0 (f32x4.relaxed_madd
      (v128.const f32x4 0x1.000002p0 0 0 0) (v128.const f32x4 0x1.000002p0 0 0 0) (v128.const f32x4 -0x1.000004p0 0 0 0))))
  (func (export "nmadd") (result f32)
    (f32x4.extract_lane 0 (f32x4.relaxed_nmadd
      (v128.const f32x4 0x1.000002p0 0 0 0) (v128.const f32x4 0x1.000002p0 0 0 0) (v128.const f32x4 0x1.000004p0 0 0 0)))))
EOF
node_modules/.bin/wasm-as --enable-simd --enable-relaxed-simd madd.wat -o madd.wasm
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync("madd.wasm")));
const seen = [exports.madd(), exports.nmadd()];
const [fused, twice] = [2 ** -46, 0];
if (process.versions.bun) {
  console.log("Bun", process.versions.bun, "madd, nmadd:", seen);
  assert.deepEqual(seen, [twice, twice]);
} else {
  console.log("Node", process.version, "madd, nmadd:", seen);
  assert.deepEqual(seen, [fused, -fused]);
  const flags = ["--enable-simd", "--enable-relaxed-simd", "--fuzz-exec", "madd.wasm", "-o", "out.wasm"];
  const text = execFileSync("node_modules/.bin/wasm-opt", flags, { encoding: "utf8", stdio: "pipe" });
  const [madd, nmadd] = ["madd", "nmadd"].map((name) => Number(new RegExp(`result: ${name} => (\\S+)`).exec(text)[1]));
  console.log("Binaryen 132 madd, nmadd:", [madd, nmadd]);
  assert.ok(Math.abs(madd / fused - 1) < 1e-3);
  assert.equal(nmadd, twice);
}
EOF
node_modules/.bin/node see.mjs
node_modules/.bin/bun see.mjs
