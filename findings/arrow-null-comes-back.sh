#!/usr/bin/env bash
# Surprise: what stands under a null is not zero, and apache-arrow's toArray() shows it. Polars masks a logit with
#   when/otherwise(null) and writes the old number under the null: toArray() gives the masked logit back, and gives the
#   bias for a missing logit that a bias was added to. flechette's toArray() keeps the nulls.
# Met by: whoever masks or lacks logits in a data frame, and takes the column as a typed array for a softmax.
# The guess: null, NaN, or at worst 0.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
# npm leaves the binary package of Polars out on Node 20, where it runs as well, unless it is named.
binary=
if [ "$(uname -sm)" = "Linux x86_64" ]; then binary=nodejs-polars-linux-x64-gnu@0.26.1; fi
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  nodejs-polars@0.26.1 $binary apache-arrow@21.2.0 @uwdata/flechette@2.6.0
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import * as flechette from "@uwdata/flechette";
import { tableFromIPC } from "apache-arrow";
import pl from "nodejs-polars";

const logit = pl.col("logit").cast(pl.Float32);
const bytes = pl.DataFrame({ logit: [1.5, null, 3.5, 4.5] }).select(
  pl.when(logit.lt(4)).then(logit).otherwise(pl.lit(null)).alias("masked"),
  logit.add(10).alias("biased"),
).writeIPC();
const table = tableFromIPC(bytes);
const seen = {};
for (const name of ["masked", "biased"]) {
  const column = table.getChild(name);
  seen[name] = [...column.toArray()];
  console.log(name, "values", [...column], "toArray", seen[name]);
  assert.deepEqual([...flechette.tableFromIPC(bytes).getChild(name).toArray()], [...column]);
}
assert.deepEqual([...table.getChild("masked")], [1.5, null, 3.5, null]);
assert.deepEqual(seen, { masked: [1.5, 0, 3.5, 4.5], biased: [11.5, 10, 13.5, 14.5] });
EOF
node see.mjs
