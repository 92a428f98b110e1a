import { Bench } from "tinybench";
import type { FloatArray } from "../src/backend/backend.js";

/** Computes once and gives the result, or the `out` that it filled. */
export type Run = () => number | FloatArray;
/** Ways to compute the same result, by name; `loop` is the one that the others are compared with. */
export type Candidates = Record<string, Run>;

/** Candidates that do less than the others, to show what the rest costs: they do not compete. */
export const references: readonly string[] = ["copy", "unmasked", "unchecked"];

export type Budget = { readonly rounds: number; readonly milliseconds: number };

export const thorough: Budget = { rounds: 5, milliseconds: 60 };
export const quick: Budget = { rounds: 1, milliseconds: 20 };

/** The clock is read once per this many elements or more, so that its own cost and grain do not show. */
const ELEMENTS_PER_SAMPLE = 32_768;

/**
 * Median nanoseconds per call of each candidate. The candidates take turns for several rounds, so that a slow
 * moment of the machine hits all of them, and the median over the rounds is taken.
 */
export function measure(candidates: Candidates, elements: number, budget: Budget): Record<string, number> {
  const calls = Math.ceil(ELEMENTS_PER_SAMPLE / elements);
  const medians = new Map<string, number[]>(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round < budget.rounds; round++) {
    for (const task of runRound(candidates, calls, budget.milliseconds, round === 0)) {
      if (task.result.state !== "completed") throw new Error(`${task.name} did not complete`);
      medians.get(task.name)?.push((task.result.latency.p50 * 1e6) / calls);
    }
  }
  return Object.fromEntries([...medians].map(([name, values]) => [name, median(values)]));
}

/** The first round warms up: WebAssembly starts in a baseline tier and JavaScript in an interpreter. */
function runRound(candidates: Candidates, calls: number, time: number, warmup: boolean) {
  const bench = new Bench({
    time,
    iterations: 1,
    warmup,
    warmupTime: time,
    warmupIterations: 1,
    throws: true,
  });
  for (const [name, run] of Object.entries(candidates)) {
    const sample = () => {
      for (let call = 0; call < calls; call++) run();
    };
    bench.add(name, sample, { async: false });
  }
  return bench.runSync();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
