import { bytesOf } from "../../src/backend/wasm/modules.js";
import {
  type AsyncFunctions,
  asyncFunctionsOn,
  type Functions,
  functionsOn,
} from "../../src/functions/instance.js";
import { asyncBackend, syncBackend } from "../../src/threads/caller/backend.js";
import { LIMITS, type Limits } from "../../src/threads/caller/limits.js";
import { type Pool, type PoolOptions, startPool } from "../../src/threads/caller/pool.js";
import { Scheduler } from "../../src/threads/caller/scheduler.js";
import { sharedModuleBytes } from "../../src/threads/caller/sharedMemory.js";
import { spawn as spawnWorker, type Thread, type ThreadEvents } from "../../src/threads/caller/spawn.js";
import type { Job } from "../../src/threads/shared/job.js";
import type { BackendName } from "../../src/types.js";
import { FULL } from "./extent.js";
import { WORKER } from "./worker.js";

/** Tests take arrays this many times smaller than those that the package shares by default, and limits to match. */
const SCALE = FULL ? 1 : 32;

/** A number of elements, or of lanes, of a test at full extent; fewer otherwise. */
export function scaled(count: number): number {
  return Math.ceil(count / SCALE);
}

/** The limits of tests. Threads share private arrays from the same size on as shared ones. */
export const TEST_LIMITS: Limits = {
  shared: LIMITS.shared / SCALE,
  staged: LIMITS.shared / SCALE,
  stagedSync: LIMITS.shared / SCALE,
  alone: LIMITS.alone / SCALE,
  together: LIMITS.together / SCALE,
  stageBytes: LIMITS.stageBytes / SCALE,
  stageTiles: LIMITS.stageTiles,
  leastStageBytes: LIMITS.leastStageBytes / SCALE,
  mostStageBytes: LIMITS.mostStageBytes / SCALE,
  tileElements: LIMITS.tileElements / SCALE,
  taskElements: LIMITS.taskElements / SCALE,
  leastColumns: FULL ? LIMITS.leastColumns : 40,
  mostSeconds: LIMITS.mostSeconds,
  startSeconds: LIMITS.startSeconds,
};

let jobs: Job[] | undefined;
const onJob = (job: Job): void => {
  jobs?.push(job);
};

/**
 * The jobs that pools give their threads from now on, until the next call. The calling thread takes part in them, but computes
 * few tasks of a long promised one. A call without jobs does not test the pool.
 */
export function recordJobs(): readonly Job[] {
  jobs = [];
  return jobs;
}

/** A pool with the limits of tests, or others. */
export function pool(options: PoolOptions = {}, limits: Limits = TEST_LIMITS): Promise<Pool> {
  return startPool({ worker: WORKER, ...options }, { limits, onJob });
}

/** Whether this thread may sleep. Then it helps and waits in the functions of `pool.sync`. A window may not. */
export const mayWait = typeof window === "undefined";

/** A pool on this memory, and of these workers. */
export async function poolOn(
  memory: WebAssembly.Memory,
  {
    threads,
    backend = "simd",
    limits = TEST_LIMITS,
    spawn = (events) => spawnWorker(events, WORKER.href),
  }: PoolOnOptions,
): Promise<AsyncFunctions & { readonly sync: Functions; readonly scheduler: Scheduler }> {
  const module =
    backend === "js" ? undefined : await WebAssembly.compile(sharedModuleBytes(bytesOf(backend)));
  const scheduler = new Scheduler(threads, { memory, module, spawn, limits, blocktime: 0.2, onJob });
  await scheduler.start();
  const sync = functionsOn(() => (mayWait ? syncBackend(scheduler) : scheduler.local));
  return { ...asyncFunctionsOn(() => asyncBackend(scheduler)), sync, scheduler };
}

interface PoolOnOptions {
  readonly threads: number;
  readonly backend?: BackendName;
  readonly limits?: Limits;
  readonly spawn?: (events: ThreadEvents) => Thread;
}
