import type { Timings } from "../report.js";

/** What one run of `npm run bench:docs` has measured: docs/speed.json, from which the page and the chart are made. */
export interface Report {
  readonly processor: string;
  readonly cores: number;
  /** Year, month and day. */
  readonly date: string;
  readonly newest: Run;
  readonly oldest: Run;
  readonly threads: ThreadsRun;
  /** Left out where it was not measured. */
  readonly firstCalls?: FirstCalls;
  /** What else has to be said of these numbers. */
  readonly notes: readonly string[];
}

/** The tables of one Node, with nanoseconds by row and candidate. */
export interface Run {
  readonly node: string;
  readonly tables: readonly Measured[];
}

export interface Measured {
  readonly name: string;
  readonly rows: Readonly<Record<string, Timings>>;
}

/** How many times as fast a pool is as the function without one: for the promise, and for `pool.sync`. */
export interface ThreadsRun {
  readonly node: string;
  readonly threads: number;
  readonly backend: string;
  readonly rows: Readonly<Record<string, Readonly<Record<string, readonly [promise: number, sync: number]>>>>;
}

/** Milliseconds by host, in a process or page that has called nothing yet. */
export type FirstCalls = Readonly<
  Record<
    string,
    {
      /** Of a call on three numbers. */
      readonly three: number;
      /** Of the call after it, on a thousand: the first one for the kernels. */
      readonly thousand: number;
      /** Of the same call again. */
      readonly again: number;
    }
  >
>;

export function rowOf(run: Run, table: string, label: string): Timings | undefined {
  return run.tables.find(({ name }) => name === table)?.rows[label];
}
