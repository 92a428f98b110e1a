import { Board } from "../../src/threads/board.js";
import { createPool, type Pool, type PoolOptions } from "../../src/threads/index.js";
import { type Job, readJob } from "../../src/threads/job.js";

/** The worker that `npm run build:worker` makes of the source. */
export const WORKER = new URL("../../build/worker.js", import.meta.url);

export function pool(options: PoolOptions = {}): Promise<Pool> {
  return createPool({ worker: WORKER, ...options });
}

/** Whether this thread may sleep, and so helps and waits in the functions of `pool.sync`: not in a window. */
export const mayWait = typeof window === "undefined";

const { submit } = Board.prototype;
let jobs: Job[] | undefined;

Board.prototype.submit = function (...args) {
  const ticket = submit.apply(this, args);
  jobs?.push(readJob(this.numbersOf(ticket)));
  return ticket;
};

/**
 * What threads are given from now on, until called again. Only they compute it, and with them in `pool.sync` the calling
 * thread: so where there are no jobs a test of a pool is one of the plain functions.
 */
export function recordJobs(): readonly Job[] {
  jobs = [];
  return jobs;
}
