#!/usr/bin/env bash
# Surprise: Math.exp is not one function for all of V8. In Node 20 to 26 (V8 11.3 to 14.6) a tenth of its results are not
#   the nearest double; in Deno 2.9 (V8 15.0) all 20,000 tried are.
# Met by: whoever compares a softmax bit by bit, by a hash or a snapshot, in two hosts "with the same engine".
# The guess: V8 carries its own port of fdlibm, so the bits are the same wherever V8 is.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --prefer-offline deno@2.9.6 node@26.10.0 2>/dev/null
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import process from "node:process";

// exp(x), correctly rounded: fixed point with 160 bits behind the point, Taylor's series on the reduced argument.
const ONE = 1n << 160n;
const LN2 = Array.from({ length: 200 }, (_, k) => (ONE >> BigInt(k + 1)) / BigInt(k + 1)).reduce((a, b) => a + b);
function exact(x) {
  const fixed = (BigInt(x * 2 ** 40) * ONE) >> 40n; // every x below is a multiple of 2^-40
  let power = fixed / LN2;
  const rest = fixed - power * LN2;
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term !== 0n && k < 80n; k++) {
    term = ((term * rest) >> 160n) / k;
    sum += term;
  }
  for (; sum < ONE; sum <<= 1n) power--;
  for (; sum >= 2n * ONE; sum >>= 1n) power++;
  return Number((sum + (1n << 107n)) >> 108n) * 2 ** (Number(power) - 52);
}

assert.equal(exact(1), Math.E);
let off = 0;
for (let k = 0; k < 20000; k++) {
  const x = Math.fround(((k * 7919) % 20011) / 500.275 - 20);
  if (Math.exp(x) !== exact(x)) off++;
}
const host = process.versions.deno ? `Deno ${process.versions.deno}` : `Node ${process.version}`;
console.log(`${host}, V8 ${process.versions.v8}: ${off} of 20000 results of Math.exp are not the nearest double`);
if (process.versions.deno) assert.equal(off, 0);
else assert.ok(off > 1000 && off < 4000);
EOF
node_modules/.bin/node see.mjs
node_modules/.bin/deno run see.mjs
