/**
 * Measures one table and prints it. `bench/index.ts` starts this in a process of its own, so that no table runs
 * on the heap or on the type feedback that another one left behind.
 */

import { progress } from "../examples/terminal.js";
import { checkAgreement } from "./check.js";
import { measure, quick, thorough } from "./measure.js";
import { heading, line, losses, type Timings } from "./report.js";
import { type Row, tables } from "./tables.js";

export interface Task {
  readonly table: string;
  readonly labels: readonly string[];
  readonly quick: boolean;
}

const task: Task = JSON.parse(process.argv[2]);
const table = tables.find(({ name }) => name === task.table);
if (!table) throw new Error(`There is no table ${task.table}`);

const results = new Map<Row, Timings>();
for (const row of table.rows.filter(({ label }) => task.labels.includes(label))) {
  progress(`measuring ${table.name} ${row.label} …`);
  const candidates = row.candidates();
  checkAgreement(candidates);
  const timings = measure(candidates, row.elements, task.quick ? quick : thorough);
  const units = table.unit === "element" ? row.elements : 1;
  for (const name of Object.keys(timings)) timings[name] /= units;
  progress("");
  if (results.size === 0) console.log(heading(table, Object.keys(timings)));
  console.log(line(table, row, timings));
  results.set(row, timings);
}
for (const loss of losses(results)) console.log(loss);
process.send?.(Object.fromEntries([...results].map(([{ label }, timings]) => [label, timings])));
