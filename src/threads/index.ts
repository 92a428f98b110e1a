import type { Backend, SyncBackend } from "../backend/backend.js";
import { type BackendOptions, binariesFor, precompile, readOptions, select } from "../backend/select.js";
import { bytesOf } from "../backend/wasm/modules.js";
import { describe } from "../describe.js";
import {
  type AsyncFunctions,
  asyncFunctionsOn,
  type Functions,
  functionsOn,
  type Instance,
  memoryOn,
} from "../functions/instance.js";
import type { BackendName } from "../types.js";
import { laterBackend, nowBackend } from "./caller/backend.js";
import { Scheduler } from "./caller/scheduler.js";
import { createSharedMemory, sharedModuleBytes } from "./caller/sharedMemory.js";
import { defaultThreads, spawn, whyNoThreads } from "./caller/spawn.js";
import { MOST_THREADS } from "./shared/queue.js";

export type { AsyncFunctions, Functions } from "../functions/instance.js";

export interface PoolOptions {
  /** How many workers, from 1 to 64; as many as this machine runs at the same time unless told. */
  threads?: number;
  /** As for createSoftmax. */
  backend?: BackendOptions["backend"];
  /**
   * Where the file "softmax-wasm/worker.js" is, if it is neither beside this module nor where the bundler has put it: a
   * URL, or in Node a path.
   */
  worker?: string | { readonly href: string };
}

/**
 * The operations, computed by several threads on one shared memory. Their promises fulfil with the same bits as the
 * plain functions give on the same backend (but for those of a NaN), whatever the number of threads; what those throw they
 * reject with. Until then the arrays of a call are the pool's: they must be neither written nor freed.
 */
export interface Pool extends AsyncFunctions {
  readonly backend: BackendName;
  /** How many workers there are: 0 where there can be none, and everything is computed on the calling thread. */
  readonly threads: number;
  /** The functions that give their results at once: the calling thread takes part, and waits. Where it may not wait, as in a window, it computes by itself. */
  readonly sync: Functions;
  /** As that of the core, on the calling thread. */
  readonly LogSumExp: Instance["LogSumExp"];
  /** An array in the shared memory: no thread copies it. Its view stays valid until it is freed, unless `threads` is 0. */
  readonly allocate: Instance["allocate"];
  /** Ends the workers when the calls that are pending have ended; others are rejected from then on. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts workers, which instantiate the kernels on one shared memory. Where there can be no threads (a page that is not
 * cross-origin isolated, no SharedArrayBuffer, no address space) a warning says why, once, and the calling thread computes.
 *
 * @throws TypeError, RangeError for options of the wrong type or out of range.
 * @throws Error if the backend asked for is refused by the engine, or the worker's file cannot be loaded.
 */
export async function createPool(options: PoolOptions = {}): Promise<Pool> {
  const { threads, worker } = readPoolOptions(options);
  const { choice } = readOptions({ backend: options.backend });
  const reason = whyNoThreads();
  if (reason !== undefined) return withoutThreads(reason, options);
  let memory: WebAssembly.Memory;
  try {
    memory = createSharedMemory(2 ** 20);
  } catch (error) {
    return withoutThreads(String(error), options);
  }
  const spawnWorker = (events: Parameters<typeof spawn>[0]) => spawn(events, worker);
  let refusal: unknown;
  for (const name of [
    ...binariesFor(choice),
    ...(choice === "auto" || choice === "js" ? ["js" as const] : []),
  ]) {
    let scheduler: Scheduler;
    try {
      const module = name === "js" ? undefined : await WebAssembly.compile(sharedModuleBytes(bytesOf(name)));
      const apart = await ordinary(name);
      scheduler = new Scheduler(threads, { memory, module, spawn: spawnWorker }, apart);
    } catch (error) {
      refusal = error;
      continue;
    }
    await scheduler.start();
    return poolOf(scheduler);
  }
  throw new Error(`backend "${choice}" is refused by this engine: ${String(refusal)}`, { cause: refusal });
}

/** A backend on a memory of its own; undefined if there is no address space for another. */
async function ordinary(backend: BackendName): Promise<SyncBackend | undefined> {
  await precompile({ backend });
  try {
    return select({ backend });
  } catch {
    return undefined;
  }
}

function poolOf(scheduler: Scheduler): Pool {
  return poolWith(scheduler.threads, scheduler.local, laterBackend(scheduler), nowBackend(scheduler), {
    check: () => scheduler.checkOpen(),
    close: () => scheduler.close(),
  });
}

/** A pool of these backends: of those that share memory, or of one and the same. */
function poolWith(
  threads: number,
  local: SyncBackend,
  later: Backend,
  now: SyncBackend,
  { check, close }: { check(): void; close(): Promise<void> },
): Pool {
  const open =
    <B>(backend: B) =>
    (): B => {
      check();
      return backend;
    };
  return {
    ...asyncFunctionsOn(open(later)),
    sync: functionsOn(open(now)),
    backend: local.name,
    threads,
    ...memoryOn(open(local)),
    close,
    [ASYNC_DISPOSE]: close,
  };
}

/** Node 20 has no Symbol.asyncDispose of its own before 20.4, nor have all browsers. */
const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

let hasWarned = false;

function withoutThreads(reason: string, { backend }: PoolOptions): Pool {
  if (!hasWarned) {
    console.warn(`softmax-wasm: no threads, the calling thread computes: ${reason}`);
    hasWarned = true;
  }
  const local = select({ backend });
  let isClosed = false;
  return poolWith(0, local, local, local, {
    check() {
      if (isClosed) throw new Error("the pool is closed");
    },
    async close() {
      isClosed = true;
    },
  });
}

function readPoolOptions(options: unknown): { threads: number; worker: string | undefined } {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`createPool: options must be an object, got ${describe(options)}`);
  }
  const { threads = Math.min(defaultThreads(), MOST_THREADS), worker } = options as {
    [name: string]: unknown;
  };
  if (typeof threads !== "number") {
    throw new TypeError(`createPool: threads must be a number, got ${describe(threads)}`);
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new RangeError(`createPool: threads must be an integer from 1 to ${MOST_THREADS}, got ${threads}`);
  }
  const url = (worker as { readonly href?: unknown } | null | undefined)?.href ?? worker;
  if (url !== undefined && typeof url !== "string") {
    throw new TypeError(`createPool: worker must be a URL or a string, got ${describe(worker)}`);
  }
  return { threads, worker: url };
}
