/** Measures rows of the benchmark in a browser: gets the name of a table, and sends the ratios of its rows. */
import { type Row, tables } from "../tables.js";

/** By row and backend: its time over that of the loop. And of the loop the nanoseconds per element. */
export type Ratios = Record<string, Record<string, number>>;

/** Of a table with lanes of many lengths, the row with about as many elements is measured. */
const ELEMENTS = 150_000;
const BACKENDS = ["relaxed", "simd", "js"];
const ROUNDS = 15;
/** In ms. Isolated pages have clocks with a grain of 20 µs or less. */
const TURN = 2;
/** In ms: a candidate that has used up as much is left out of further rounds, but for the first two. */
const MOST = 100;

self.onmessage = ({ data: name }) => {
  const rows = tables.find((table) => table.name === name)?.rows ?? [];
  const off = ({ elements }: Row) => Math.abs(Math.log(elements / ELEMENTS));
  const least = Math.min(...rows.map(off));
  const some = rows.filter((row) => off(row) === least);
  self.postMessage(Object.fromEntries(some.map((row) => [row.label, ratiosOf(row)])) satisfies Ratios);
};

/** The candidates take turns, and the least time counts: what else the machine does can only add to it. */
function ratiosOf({ candidates, elements }: Row): Record<string, number> {
  const runs = Object.entries(candidates()).filter(([name]) => [...BACKENDS, "naive"].includes(name));
  const states = runs.map(([name, run]) => ({
    name,
    run,
    calls: callsPerTurn(run),
    least: Infinity,
    used: 0,
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const state of states) {
      if (round > 1 && state.used > MOST) continue;
      const took = time(state.run, state.calls);
      state.used += took;
      state.least = Math.min(state.least, took / state.calls);
    }
  }
  const least = Object.fromEntries(states.map((state) => [state.name, state.least]));
  const ratios = BACKENDS.filter((name) => name in least).map((name) => [name, least[name] / least.naive]);
  return { ...Object.fromEntries(ratios), loop: (least.naive * 1e6) / elements };
}

/** In ms. WebAssembly starts in a baseline tier and JavaScript in an interpreter; WebKit takes 0.3 s to its last tier. */
const WARM = 400;

function callsPerTurn(run: () => unknown): number {
  for (const start = performance.now(); performance.now() - start < WARM; ) run();
  for (let calls = 1; ; calls *= 2) {
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < 5 && least >= TURN; k++) least = Math.min(least, time(run, calls));
    if (least >= TURN) return calls;
  }
}

function time(run: () => unknown, calls: number): number {
  const start = performance.now();
  for (let call = 0; call < calls; call++) run();
  return performance.now() - start;
}
