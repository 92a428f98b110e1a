import { bytesOf } from "../../src/backend/wasm/modules.js";
import {
  type AsyncFunctions,
  asyncFunctionsOn,
  type Functions,
  functionsOn,
} from "../../src/functions/instance.js";
import { laterBackend, nowBackend } from "../../src/threads/caller/backend.js";
import { SHARED_FROM } from "../../src/threads/caller/prepare.js";
import { Scheduler } from "../../src/threads/caller/scheduler.js";
import { sharedModuleBytes } from "../../src/threads/caller/sharedMemory.js";
import { spawn as spawnWorker, type Thread, type ThreadEvents } from "../../src/threads/caller/spawn.js";
import { createPool, type Pool, type PoolOptions } from "../../src/threads/index.js";
import { type Job, readJob } from "../../src/threads/shared/job.js";
import { Queue } from "../../src/threads/shared/queue.js";
import type { BackendName } from "../../src/types.js";

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

const { submit } = Queue.prototype;
let jobs: Job[] | undefined;

Queue.prototype.submit = function (...args) {
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
): Promise<AsyncFunctions & { readonly sync: Functions; readonly scheduler: Scheduler }> {
  const module =
    backend === "js" ? undefined : await WebAssembly.compile(sharedModuleBytes(bytesOf(backend)));
  const scheduler = new Scheduler(threads, { memory, module, spawn });
  await scheduler.start();
  const sync = functionsOn(() => (mayWait ? nowBackend(scheduler) : scheduler.local));
  return { ...asyncFunctionsOn(() => laterBackend(scheduler)), sync, scheduler };
}

interface PoolOnOptions {
  readonly threads: number;
  readonly backend?: BackendName;
  readonly spawn?: (events: ThreadEvents) => Thread;
}
