#!/usr/bin/env bash
# Surprise: DuckDB writes a missing FLOAT[3] into Parquet in such a way that hyparquet gives null for every row after
#   it, without an error. The same rows cast to FLOAT[] are read rightly, and DuckDB reads both of its own files.
# Met by: whoever keeps a row of logits as a fixed-size array, has one row missing, and reads the file in a browser.
# The guess: [1, 2, 3], null, [7, 8, 9], [10, 11, 12], as was written.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  @duckdb/node-api@1.5.6-r.1 hyparquet@1.33.0
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";

const db = await (await DuckDBInstance.create()).connect();
await db.run(`CREATE TABLE t AS SELECT x::FLOAT[3] AS x FROM
  (VALUES ([1, 2, 3]), (NULL), ([7, 8, 9]), ([10, 11, 12])) v(x)`);
const rows = {};
for (const type of ["FLOAT[3]", "FLOAT[]"]) {
  await db.run(`COPY (SELECT x::${type} AS x FROM t) TO 'x.parquet' (COMPRESSION uncompressed)`);
  const read = await parquetReadObjects({ file: await asyncBufferFromFile("x.parquet") });
  rows[type] = read.map(({ x }) => x && [...x]);
  const own = await db.runAndReadAll("SELECT count(x) FROM 'x.parquet'");
  console.log(type, "hyparquet:", JSON.stringify(rows[type]), "| not null in DuckDB:", Number(own.getRows()[0][0]));
  assert.equal(Number(own.getRows()[0][0]), 3);
}
assert.deepEqual(rows["FLOAT[]"], [[1, 2, 3], null, [7, 8, 9], [10, 11, 12]]);
assert.deepEqual(rows["FLOAT[3]"], [[1, 2, 3], null, null, null]);
EOF
node see.mjs
