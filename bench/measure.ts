import { Bench, type Task } from "tinybench";
import type { FloatArray } from "../src/index.js";

/** Computes once and gives the result, or the `out` that it filled. */
export type Run = () => number | FloatArray;
/** Ways to compute the same result, by name; `naive` is the one that the others are compared with. */
export type Candidates = Record<string, Run>;

/** Candidates that do less than the others, to show what the rest costs, or round their results: they do not compete. */
export const references: readonly string[] = [
  "copy",
  "unmasked",
  "unchecked",
  "maximum",
  "logSumExp",
  "float16",
  "bfloat16",
];

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
  const rounds: Task[][] = [];
  for (let round = 0; round < budget.rounds; round++) {
    const bench = newBench(budget, round === 0);
    for (const [name, run] of Object.entries(candidates)) {
      const sample = () => {
        for (let call = 0; call < calls; call++) run();
      };
      bench.add(name, sample, { async: false });
    }
    rounds.push(bench.runSync());
  }
  return medians(rounds, calls);
}

/** The same for candidates that may promise their results: one call after the other, each awaited. */
export async function measureLater(
  candidates: Record<string, () => unknown>,
  elements: number,
  budget: Budget,
): Promise<Record<string, number>> {
  const calls = Math.ceil(ELEMENTS_PER_SAMPLE / elements);
  const rounds: Task[][] = [];
  for (let round = 0; round < budget.rounds; round++) {
    const bench = newBench(budget, round === 0);
    for (const [name, run] of Object.entries(candidates)) {
      const sample = async () => {
        for (let call = 0; call < calls; call++) await run();
      };
      bench.add(name, sample, { async: true });
    }
    rounds.push(await bench.run());
  }
  return medians(rounds, calls);
}

/** The first round warms up: WebAssembly starts in a baseline tier and JavaScript in an interpreter. */
function newBench({ milliseconds: time }: Budget, warmup: boolean): Bench {
  return new Bench({ time, iterations: 1, warmup, warmupTime: time, warmupIterations: 1, throws: true });
}

/** Nanoseconds per call by candidate. */
function medians(rounds: readonly Task[][], calls: number): Record<string, number> {
  const times: Record<string, number[]> = {};
  for (const task of rounds.flat()) {
    if (task.result.state !== "completed") throw new Error(`${task.name} did not complete`);
    times[task.name] ??= [];
    times[task.name].push((task.result.latency.p50 * 1e6) / calls);
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
