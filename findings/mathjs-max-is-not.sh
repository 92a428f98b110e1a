#!/usr/bin/env bash
# Surprise: mathjs compares with a tolerance inside max, min and sort: numbers below 1e-15 are all equal to it. The max
#   of [1e-20, 9e-16, 3e-17] is 1e-20, the min of [9e-16, 1e-20] is 9e-16, sort leaves the three as they are, and floor of
#   0.9999999999995 is 1.
# Met by: whoever ranks the small probabilities of a large vocabulary, or turns a random number into an index by floor.
# The guess: the tolerance is for equal() and its kin; max, min and floor are Math's.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline mathjs@15.2.0
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { floor, max, min, sort } from "mathjs";

const p = [1e-20, 9e-16, 3e-17];
const seen = [max(p), min([9e-16, 1e-20]), sort(p, "desc"), floor(0.9999999999995)];
console.log("mathjs: max", seen[0], "min", seen[1], "sort", seen[2], "floor", seen[3]);
console.log("Math:   max", Math.max(...p), "min", Math.min(9e-16, 1e-20), "floor", Math.floor(0.9999999999995));
assert.deepEqual(seen, [1e-20, 9e-16, p, 1]);
EOF
node see.mjs
