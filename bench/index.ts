/**
 * npm run bench                           everything
 * npm run bench -- --quick                a rough idea of everything
 * npm run bench -- softmax f32 1024x32000 only the rows of which these are words
 * npm run bench -- --json file            where to write the numbers (build/bench.json)
 *
 * Relaxed SIMD on Node 20: npx tsx --experimental-wasm-relaxed-simd bench/index.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { runTable } from "./run.js";
import { type Row, type Table, tables } from "./tables.js";
import { seed } from "./workload.js";

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string", default: "build/bench.json" },
  },
});

const machine = {
  processor: cpus()[0]?.model ?? process.arch,
  cores: cpus().length,
  node: process.versions.node,
  v8: process.versions.v8,
  flags: process.execArgv.filter((argument) => argument.startsWith("--experimental")),
};

console.log(`${machine.processor}, ${machine.cores} cores · Node ${machine.node} · V8 ${machine.v8}`);
console.log("Medians in nanoseconds, and how many times as fast as the naive loop with Math.exp.");
console.log("▸ the fastest, ties within 3 % included · copy: the same bytes moved once, the floor");

const results = [];
for (const table of tables) {
  const labels = table.rows.filter((row) => isWanted(table, row)).map(({ label }) => label);
  if (labels.length === 0) continue;
  const { name, title, unit } = table;
  results.push({
    name,
    title,
    unit,
    nanoseconds: await runTable({ table: name, labels, quick: options.quick }),
  });
}

if (results.length === 0) throw new Error(`No row has all of these words: ${words.join(" ")}`);
const report = { date: new Date().toISOString(), machine, seed, quick: options.quick, tables: results };
mkdirSync(dirname(options.json), { recursive: true });
writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
console.log(`\nWritten to ${options.json}`);

/** Every word asked for is a word of the table's name or of the row's label: softmax, f32, 1024x32000. */
function isWanted(table: Table, row: Row): boolean {
  const known = `${table.name} ${row.label}`
    .replaceAll(",", "")
    .replaceAll(/ ?× ?/g, "x")
    .toLowerCase()
    .split(" ");
  return words.every((word) => known.includes(word.toLowerCase()));
}
