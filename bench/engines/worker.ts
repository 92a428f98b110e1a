/** Measures rows of the benchmark in a browser: gets the name of a table, and sends the ratios of its rows. */
import { median } from "../measure.js";
import { type Row, tables } from "../tables.js";

/** By row and backend: its time over that of the loop. And of the loop the nanoseconds per element. */
export type Ratios = Record<string, Record<string, number>>;

/** Of a table with lanes of many lengths, the row with about as many elements is measured. */
const ELEMENTS = 150_000;
const BACKENDS = ["relaxed", "simd", "js"];
const ROUNDS = 5;
/** In ms. Clocks of pages have a grain of up to one. */
const TURN = 10;

self.onmessage = ({ data: name }) => {
  const rows = tables.find((table) => table.name === name)?.rows ?? [];
  const off = ({ elements }: Row) => Math.abs(Math.log(elements / ELEMENTS));
  const least = Math.min(...rows.map(off));
  const some = rows.filter((row) => off(row) === least);
  self.postMessage(Object.fromEntries(some.map((row) => [row.label, ratiosOf(row)])) satisfies Ratios);
};

/** The candidates take turns, and a ratio is of two turns beside each other: a slow moment hits both. */
function ratiosOf({ candidates, elements }: Row): Record<string, number> {
  const runs = Object.entries(candidates()).filter(([name]) => [...BACKENDS, "naive"].includes(name));
  const calls = new Map(runs.map(([name, run]) => [name, callsPerTurn(run)]));
  const times = Object.fromEntries(runs.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of runs) {
      const count = calls.get(name) ?? 1;
      const start = performance.now();
      for (let call = 0; call < count; call++) run();
      times[name].push((performance.now() - start) / count);
    }
  }
  const ratios = runs
    .filter(([name]) => name !== "naive")
    .map(([name]) => [name, median(times[name].map((time, round) => time / times.naive[round]))]);
  return { ...Object.fromEntries(ratios), loop: (median(times.naive) * 1e6) / elements };
}

/** Warms up: WebAssembly starts in a baseline tier and JavaScript in an interpreter. */
function callsPerTurn(run: () => unknown): number {
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now();
    for (let call = 0; call < calls; call++) run();
    const took = performance.now() - start;
    if (took >= TURN) return Math.max(1, Math.round((calls * TURN) / took));
  }
}
