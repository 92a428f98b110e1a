import { stripVTControlCharacters } from "node:util";
import { median } from "../measure.js";
import type { Way } from "./candidate.js";

export interface Budget {
  readonly rounds: number;
  /** Of one candidate in one round: as many calls as fit, at least one. */
  readonly milliseconds: number;
}

/** The order of `count` candidates in a round: each begins one further, so that each follows and precedes in every place. */
export function orderOf(count: number, round: number): number[] {
  return Array.from({ length: count }, (_, k) => (k + round) % count);
}

export type Outcome = number | { readonly error: string };

/**
 * Median nanoseconds per call of each way over the rounds. In each round every way has its turn once. What throws is out
 * from then on, with its message.
 */
export async function measure(ways: ReadonlyMap<string, Way>, budget: Budget): Promise<Map<string, Outcome>> {
  const names = [...ways.keys()];
  const calls = new Map<string, number>();
  const times = new Map<string, number[]>();
  const errors = new Map<string, string>();

  /** Runs a turn of a way that has not failed yet. */
  async function turn(name: string, act: (way: Way) => Promise<void>): Promise<void> {
    const way = ways.get(name);
    if (way === undefined || errors.has(name)) return;
    try {
      await act(way);
    } catch (error) {
      errors.set(name, messageOf(error));
    }
  }

  // WebAssembly starts in a baseline tier and JavaScript in an interpreter: what they take there says nothing.
  for (const name of names) {
    await turn(name, async (way) => {
      let per = await sample(way, 1);
      for (let spent = 0; spent < 4e6 * budget.milliseconds; ) {
        const more = fitting(per, budget.milliseconds);
        per = await sample(way, more);
        spent += per * more;
      }
      calls.set(name, fitting(per, budget.milliseconds));
      times.set(name, []);
    });
  }
  for (let round = 0; round < budget.rounds; round++) {
    for (const k of orderOf(names.length, round)) {
      await turn(names[k], async (way) => {
        // What others left behind is collected before the clock starts.
        globalThis.gc?.();
        times.get(names[k])?.push(await sample(way, calls.get(names[k]) ?? 1));
      });
    }
  }
  return new Map(
    names.map((name) => {
      const error = errors.get(name);
      return [name, error === undefined ? median(times.get(name) ?? []) : { error }];
    }),
  );
}

function fitting(nanoseconds: number, milliseconds: number): number {
  return Math.max(1, Math.round((1e6 * milliseconds) / Math.max(nanoseconds, 10)));
}

/** Nanoseconds per call. Only what gives promises pays for awaiting. */
async function sample(way: Way, calls: number): Promise<number> {
  if (way.time !== undefined) return (await way.time(calls)) / calls;
  const start = performance.now();
  const first = way.run();
  if (first instanceof Promise) {
    await first;
    for (let call = 1; call < calls; call++) await way.run();
  } else {
    for (let call = 1; call < calls; call++) way.run();
  }
  return ((performance.now() - start) * 1e6) / calls;
}

/** The first line, without colours. */
export function messageOf(error: unknown): string {
  const text = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  const [line] = text.trim().split("\n");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
