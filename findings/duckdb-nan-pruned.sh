#!/usr/bin/env bash
# Surprise: DuckDB's NaN is equal to itself and above every number, in a table and in its own Parquet files. In a file
#   that hyparquet-writer wrote, whose statistics leave NaN out as the format wants, `p = 'NaN'` and `p > 0.9` find
#   nothing, since the row group is skipped; isnan(p) finds the row, and so does `p > 0.6`, which another row meets.
# Met by: whoever looks for broken probabilities in a file with a comparison.
# The guess: a filter's answer depends on the rows, not on who wrote the file or on what else is in the row group.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  @duckdb/node-api@1.5.6-r.1 hyparquet-writer@0.17.0
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetWriteBuffer } from "hyparquet-writer";

const columnData = [{ name: "p", data: [0.5, NaN, 0.75], type: "FLOAT" }];
writeFileSync("hyparquet.parquet", new Uint8Array(parquetWriteBuffer({ columnData })));
const db = await (await DuckDBInstance.create()).connect();
await db.run("CREATE TABLE t AS SELECT p::FLOAT AS p FROM (VALUES ('0.5'), ('nan'), ('0.75')) v(p)");
await db.run("COPY t TO 'duckdb.parquet'");
const found = {};
for (const source of ["t", "'duckdb.parquet'", "'hyparquet.parquet'"]) {
  found[source] = {};
  for (const filter of ["p = 'NaN'", "p > 0.9", "p > 0.6", "isnan(p)"]) {
    const rows = await db.runAndReadAll(`SELECT p FROM ${source} WHERE ${filter}`);
    found[source][filter] = rows.getRows().flat().join(", ");
  }
}
console.table(found);
const right = { "p = 'NaN'": "NaN", "p > 0.9": "NaN", "p > 0.6": "NaN, 0.75", "isnan(p)": "NaN" };
assert.deepEqual(found.t, right);
assert.deepEqual(found["'duckdb.parquet'"], right);
assert.deepEqual(found["'hyparquet.parquet'"], { ...right, "p = 'NaN'": "", "p > 0.9": "" });
EOF
node see.mjs
