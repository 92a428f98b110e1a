import type { BackendName } from "../../src/backend/backend.js";
import { bytesOf } from "../../src/backend/modules.js";
import { bindFunctions, bindLater, type Functions } from "../../src/operations.js";
import { laterBackend, nowBackend } from "../../src/threads/backend.js";
import { Board } from "../../src/threads/board.js";
import { createPool, type Pool, type PoolOptions } from "../../src/threads/index.js";
import { type Job, readJob } from "../../src/threads/job.js";
import { SHARED_FROM } from "../../src/threads/prepare.js";
import { Scheduler } from "../../src/threads/scheduler.js";
import { sharedModuleBytes } from "../../src/threads/sharedMemory.js";
import { spawn as spawnWorker, type Thread, type ThreadEvents } from "../../src/threads/spawn.js";

// So that calls that take a moment only go through the threads, whatever their arrays.
SHARED_FROM.staged = SHARED_FROM.shared;
SHARED_FROM.stagedNow = SHARED_FROM.shared;

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
 * What threads are given from now on, until called again. The calling thread takes part in that, but for most blocks of
 * a promise it does not: where there are no jobs, a test of a pool is one of the plain functions.
 */
export function recordJobs(): readonly Job[] {
  jobs = [];
  return jobs;
}

/** A pool on this memory, and of these workers. */
export async function poolOn(
  memory: WebAssembly.Memory,
  { threads, backend = "simd", spawn = (events) => spawnWorker(events, WORKER.href) }: PoolOnOptions,
): Promise<Functions<"later"> & { readonly sync: Functions; readonly scheduler: Scheduler }> {
  const module =
    backend === "js" ? undefined : await WebAssembly.compile(sharedModuleBytes(bytesOf(backend)));
  const scheduler = new Scheduler(threads, { memory, module, spawn });
  await scheduler.start();
  const sync = bindFunctions(() => (mayWait ? nowBackend(scheduler) : scheduler.local));
  return { ...bindLater(() => laterBackend(scheduler)), sync, scheduler };
}

interface PoolOnOptions {
  readonly threads: number;
  readonly backend?: BackendName;
  readonly spawn?: (events: ThreadEvents) => Thread;
}
