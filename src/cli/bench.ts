/** `softmax-wasm bench`: how fast this machine computes, beside the loop that one writes without a library. */
import { availableParallelism, cpus } from "node:os";
import { createSoftmax } from "../index.js";
import { startPool } from "./engine.js";
import { integer, parsed } from "./options.js";

const OPTIONS = {
  threads: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

const SHAPES = [
  [1, 10],
  [1, 1000],
  [1, 151_936],
  [1000, 10],
  [1024, 1000],
] as const;
const BACKENDS = ["relaxed", "simd", "js"] as const;

/** Rounds in which the candidates take turns, so that a slow moment hits all of them. */
const ROUNDS = 15;
/** Each sample repeats its call until it takes this long, in milliseconds: clocks are coarse. */
const SAMPLE = 4;
/** Milliseconds of calls before the first sample: the engine compiles what it finds to be hot. */
const WARM_UP = 150;

/** Computes `count` times. */
type Candidate = (count: number) => void | Promise<void>;

interface Row {
  readonly rows: number;
  readonly columns: number;
  /** Medians in nanoseconds per element. */
  readonly nanoseconds: { readonly [candidate: string]: number };
}

export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parsed(args, OPTIONS);
  const threads =
    values.threads === undefined ? availableParallelism() : integer("threads", values.threads, 1, 64);
  const pool = await startPool(threads);
  const rows: Row[] = [];
  try {
    if (!values.json) process.stdout.write(`${headOf(pool.threads)}\n`);
    for (const [count, columns] of SHAPES) {
      const row = { rows: count, columns, nanoseconds: await measure(count, columns, pool) };
      rows.push(row);
      if (!values.json) process.stdout.write(lineOf(row));
    }
  } finally {
    await pool.close();
  }
  const machine = {
    processor: cpus()[0]?.model ?? process.arch,
    node: process.versions.node,
    threads: pool.threads,
  };
  if (values.json) process.stdout.write(`${JSON.stringify({ command: "bench", machine, rows }, null, 2)}\n`);
}

async function measure(
  rows: number,
  columns: number,
  pool: Awaited<ReturnType<typeof startPool>>,
): Promise<Row["nanoseconds"]> {
  const shape = [rows, columns];
  // Logits spread by ±10, the same in every run.
  const x = Float32Array.from({ length: rows * columns }, (_, k) => 10 * Math.sin(k * k));
  const out = new Float32Array(x.length);
  const candidates = new Map<string, Candidate>();
  for (const backend of BACKENDS) {
    const found = softmaxOf(backend);
    if (found !== undefined)
      candidates.set(
        backend,
        repeated(() => found(x, { shape, out })),
      );
  }
  candidates.set("pool", async (count) => {
    for (let k = 0; k < count; k++) await pool.softmax(x, { shape, out });
  });
  candidates.set(
    "loop",
    repeated(() => loop(x, columns, out)),
  );
  const times = await inTurn([...candidates.values()]);
  return Object.fromEntries([...candidates.keys()].map((name, k) => [name, times[k] / x.length]));
}

/** Undefined where the engine lacks the instructions. */
function softmaxOf(backend: (typeof BACKENDS)[number]) {
  try {
    return createSoftmax({ backend }).softmax;
  } catch {
    return undefined;
  }
}

function repeated(call: () => unknown): Candidate {
  return (count) => {
    for (let k = 0; k < count; k++) call();
  };
}

/** What one writes without a library: the maximum, the exponentials and their sum, a division. */
function loop(x: Float32Array, length: number, out: Float32Array): void {
  for (let start = 0; start < x.length; start += length) {
    const end = start + length;
    let max = Number.NEGATIVE_INFINITY;
    for (let k = start; k < end; k++) if (x[k] > max) max = x[k];
    let sum = 0;
    for (let k = start; k < end; k++) sum += out[k] = Math.exp(x[k] - max);
    for (let k = start; k < end; k++) out[k] /= sum;
  }
}

/** The median time of a call of each candidate, in nanoseconds. */
async function inTurn(candidates: readonly Candidate[]): Promise<number[]> {
  const counts: number[] = [];
  for (const candidate of candidates) {
    const end = performance.now() + WARM_UP;
    let count = 1;
    for (let last = 0; last < SAMPLE || performance.now() < end; ) {
      if (last < SAMPLE) count *= 2;
      last = await timed(candidate, count);
    }
    counts.push(count);
  }
  const times = candidates.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [k, candidate] of candidates.entries()) {
      times[k].push(((await timed(candidate, counts[k])) * 1e6) / counts[k]);
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[all.length >> 1]);
}

/** Milliseconds. */
async function timed(candidate: Candidate, count: number): Promise<number> {
  const start = performance.now();
  await candidate(count);
  return performance.now() - start;
}

const WIDTH = 9;
const NAMES = [...BACKENDS, "pool", "loop"];

function headOf(threads: number): string {
  const { node } = process.versions;
  return [
    `softmax of a Float32Array, nanoseconds per element: medians of ${ROUNDS} rounds, Node ${node}`,
    `pool: the promise, ${threads} threads; loop: what one writes with Math.exp; the last column: loop / the fastest of the others`,
    "",
    `${"rows x columns".padEnd(16)}${NAMES.map((name) => name.padStart(WIDTH)).join("")}`,
  ].join("\n");
}

function lineOf({ rows, columns, nanoseconds }: Row): string {
  const numbers = NAMES.map((name) => (nanoseconds[name]?.toFixed(2) ?? "-").padStart(WIDTH));
  const best = Math.min(...NAMES.slice(0, -1).map((name) => nanoseconds[name] ?? Number.POSITIVE_INFINITY));
  const label = `${rows.toLocaleString("en-US")} x ${columns.toLocaleString("en-US")}`;
  return `${label.padEnd(16)}${numbers.join("")}${`${(nanoseconds.loop / best).toFixed(1)} x`.padStart(WIDTH)}\n`;
}
