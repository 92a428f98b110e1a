#!/usr/bin/env bash
# Surprise: ln(0) is NULL in SQLite, and avg() leaves NULL out: the mean cross-entropy of a right guess at 0.5 and a
#   class given probability 0 is 0.693, as if the worst row were not there. DuckDB, which divides by zero to Infinity
#   and gives exp(1000) as Infinity, ends the whole query with an error at ln(0).
# Met by: whoever computes a loss over stored probabilities in SQL.
# The guess: ln(0) is -Infinity and the mean is Infinity, as IEEE has it and as Polars and JavaScript give it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline sql.js@1.17.0 @duckdb/node-api@1.5.6-r.1
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import sqlJs from "sql.js";

const query = "SELECT avg(-ln(p)), exp(1000) FROM (SELECT 0.5 AS p UNION ALL SELECT 0.0) AS t";
const SQL = await sqlJs({ useOldExtensionFunctions: false });
const sqlite = new SQL.Database();
const [mean, exp] = sqlite.exec(query)[0].values[0];
const version = sqlite.exec("SELECT sqlite_version()")[0].values[0][0];
const nothing = sqlite.exec("SELECT ln(0), ln(exp(-800))")[0].values[0];
console.log(`SQLite ${version}: mean`, mean, "exp(1000)", exp, "ln(0), ln(exp(-800))", nothing);
assert.ok(Math.abs(mean - Math.LN2) < 1e-12);
assert.equal(exp, Infinity);
assert.deepEqual(nothing, [null, null]);

const duckdb = await (await DuckDBInstance.create()).connect();
const one = (await duckdb.runAndReadAll("SELECT exp(1000), 1.0 / 0")).getRows()[0];
const error = await duckdb.run(query).then(() => "none", ({ message }) => message);
console.log("DuckDB: exp(1000), 1.0 / 0", one, "mean:", error);
assert.deepEqual(one, [Infinity, Infinity]);
assert.match(error, /cannot take logarithm of zero/);
EOF
node see.mjs
