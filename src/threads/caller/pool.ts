import { checkNames } from "../../arguments/optionNames.js";
import type { Backend, SyncBackend } from "../../backend/backend.js";
import { type BackendOptions, binariesFor, precompile, readOptions, select } from "../../backend/select.js";
import { bytesOf } from "../../backend/wasm/modules.js";
import { describe } from "../../describe.js";
import {
  type AsyncFunctions,
  asyncFunctionsOn,
  type Functions,
  functionsOn,
  type Instance,
  memoryOn,
} from "../../functions/instance.js";
import type { BackendName } from "../../types.js";
import { MOST_THREADS } from "../shared/queue.js";
import { asyncBackend, syncBackend } from "./backend.js";
import { Scheduler, type SchedulerSettings } from "./scheduler.js";
import { createSharedMemory, sharedModuleBytes } from "./sharedMemory.js";
import { defaultThreads, spawn, type ThreadEvents, whyNoThreads } from "./spawn.js";

/** The options of `createPool`. */
export interface PoolOptions {
  /** How many workers to start, from 1 to 64. Default: as many threads as this machine runs at the same time. */
  threads?: number;
  /** Which backend computes, as for createSoftmax. Default: "auto", the first of relaxed, simd and js that the engine takes. */
  backend?: BackendOptions["backend"];
  /**
   * Where the file "softmax-wasm/worker.js" is: a URL, or in Node a path. Default: beside this module, where the package has
   * it and bundlers put it.
   */
  worker?: string | { readonly href: string };
}

/**
 * The functions of the package, computed by several threads on one shared memory.
 *
 * Each returns a promise. It fulfils with the same bits as the function gives on the same backend without a pool (except the
 * bits of a NaN), whatever the number of threads, and rejects with what that function would throw. Until it settles, the
 * arrays of the call belong to the pool: neither write nor free them.
 *
 * The calling thread alone computes what is small, and the Jacobians and the Hessian.
 */
export interface Pool extends AsyncFunctions {
  /** The backend that was found. */
  readonly backend: BackendName;
  /** How many workers there are. 0 where there can be none: then the calling thread computes everything. */
  readonly threads: number;
  /**
   * The functions that return their results at once. The calling thread computes with the workers and waits for them. Where it
   * may not wait, as in a browser's window, it computes alone.
   */
  readonly sync: Functions;
  /** The accumulator of `createSoftmax`, on the calling thread. */
  readonly LogSumExp: Instance["LogSumExp"];
  /**
   * Makes an array in the shared memory: no thread copies it. Its view stays valid until it is freed, unless `threads` is 0.
   */
  readonly allocate: Instance["allocate"];
  /** Ends the workers when the pending calls have ended. Later calls reject with an Error. May be called again. */
  close(): Promise<void>;
  /** Closes the pool at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Settings that only tests change. */
export type Tuning = Pick<SchedulerSettings, "limits" | "onJob">;

/** What `createPool` does. */
export async function startPool(options: PoolOptions, tuning: Tuning = {}): Promise<Pool> {
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
  const names: BackendName[] = [...binariesFor(choice)];
  if (choice === "auto" || choice === "js") names.push("js");
  const spawnWorker = (events: ThreadEvents) => spawn(events, worker);
  let refusal: unknown;
  for (const name of names) {
    let scheduler: Scheduler;
    try {
      const module = name === "js" ? undefined : await WebAssembly.compile(sharedModuleBytes(bytesOf(name)));
      const apart = await backendApart(name);
      scheduler = new Scheduler(threads, { ...tuning, memory, module, spawn: spawnWorker, apart });
    } catch (error) {
      refusal = error;
      continue;
    }
    await scheduler.start();
    return poolOf(scheduler);
  }
  throw new Error(`backend "${choice}" is refused by this engine: ${String(refusal)}`, { cause: refusal });
}

/** A backend on a memory of its own. Undefined if there is no address space for another memory. */
async function backendApart(backend: BackendName): Promise<SyncBackend | undefined> {
  await precompile({ backend });
  try {
    return select({ backend });
  } catch {
    return undefined;
  }
}

function poolOf(scheduler: Scheduler): Pool {
  const { threads, local } = scheduler;
  return poolWith(threads, local, asyncBackend(scheduler), syncBackend(scheduler), {
    check: () => scheduler.checkOpen(),
    close: () => scheduler.close(),
  });
}

function poolWith(
  threads: number,
  local: SyncBackend,
  async: Backend,
  sync: SyncBackend,
  { check, close }: { check(): void; close(): Promise<void> },
): Pool {
  const open =
    <B>(backend: B) =>
    (): B => {
      check();
      return backend;
    };
  return {
    ...asyncFunctionsOn(open(async)),
    sync: functionsOn(open(sync)),
    backend: local.name,
    threads,
    ...memoryOn(open(local)),
    close,
    [ASYNC_DISPOSE]: close,
  };
}

/** Node before 20.4 has no Symbol.asyncDispose of its own, nor have some browsers. */
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

const OPTIONS = ["threads", "backend", "worker"];

function readPoolOptions(options: unknown): { threads: number; worker: string | undefined } {
  checkNames("createPool", options, OPTIONS);
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
