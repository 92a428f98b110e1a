/**
 * npm run bench:docs               measures, and writes docs/speed.json and what is made from it: the page and the pictures
 * npm run bench:docs -- --quick    the same, roughly
 * npm run bench:docs -- --pages    measures nothing: the page and the pictures from docs/speed.json as it is
 *
 * Runs the newest and the oldest supported Node by npx, whichever runs this.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Engine, engineOf, runTable } from "../run.js";
import { firstCalls } from "./firstCall.js";
import { page } from "./page.js";
import { drawPictures } from "./pictures.js";
import type { Report, Run, ThreadsRun } from "./report.js";
import { newestParts, type Part, softmaxParts } from "./selection.js";

const NEWEST = "26";
const OLDEST = "20";
const DATA = "docs/speed.json";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, pages: { type: "boolean", default: false } },
});

if (!options.pages) writeFileSync(DATA, `${JSON.stringify(await measured(), null, 1)}\n`);
const report: Report = JSON.parse(readFileSync(DATA, "utf8"));
writeFileSync("docs/speed.md", page(report));
drawPictures();

async function measured(): Promise<Report> {
  const newest = engineOf(NEWEST);
  const oldest = engineOf(OLDEST);
  // The tables last: they take most of the time, and what fails before them loses little.
  const first = await firstCalls(
    { [`Node ${NEWEST}`]: newest.execPath, [`Node ${OLDEST}`]: oldest.execPath },
    options.quick ? 3 : 9,
  );
  return {
    processor: cpus()[0]?.model ?? process.arch,
    cores: cpus().length,
    date: new Date().toISOString().slice(0, 10),
    notes: options.quick ? ["This was a quick run: the numbers are rough."] : [],
    firstCalls: first,
    threads: threadsOn(newest),
    newest: await run(newest, newestParts),
    oldest: await run(oldest, softmaxParts),
  };
}

async function run(engine: Engine, parts: readonly Part[]): Promise<Run> {
  const tables = [];
  for (const { table, labels } of parts) {
    const timings = await runTable({ table, labels, quick: options.quick }, engine);
    const rows = Object.entries(timings).map(([label, times]) => [label, rounded(times)]);
    tables.push({ name: table, rows: Object.fromEntries(rows) });
  }
  const node = execFileSync(engine.execPath, ["--print", "process.versions.node"], { encoding: "utf8" });
  return { node: node.trim(), tables };
}

/** Three digits: the medians repeat no better. */
function rounded(times: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, Number(time.toPrecision(3))]));
}

/** How a pool of two threads, or of as many as there are cores, compares with no pool. */
function threadsOn({ execPath, execArgv }: Engine): ThreadsRun {
  const json = "build/threads.json";
  const quick = options.quick ? ["--quick"] : [];
  execFileSync(execPath, [...execArgv, "bench/threads.ts", "--json", json, ...quick], { stdio: "inherit" });
  const { machine, tables } = JSON.parse(readFileSync(json, "utf8"));
  const threads = Math.max(machine.cores, 2);
  const rows: Record<string, Record<string, [number, number]>> = {};
  for (const [title, measuredRows] of Object.entries<Record<string, Record<string, number>>>(tables)) {
    const [, operation, kind] = /^(\w+) of (\w+) Float32Arrays$/.exec(title) ?? [];
    if (operation === undefined) continue;
    for (const [label, { single, sync, ...times }] of Object.entries(measuredRows)) {
      const most =
        Object.keys(times)
          .filter((name) => name.endsWith(" thr."))
          .at(-1) ?? "";
      const name = `${operation}, ${label}`;
      rows[name] ??= {};
      rows[name][kind] = [round(single / times[most]), round(single / sync)];
    }
  }
  return { node: machine.node, backend: machine.backend, threads, rows };
}

function round(ratio: number): number {
  return Number(ratio.toFixed(2));
}
