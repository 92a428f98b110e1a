import type { SyncBackend } from "../../backend/backend.js";
import { binariesFor, precompile, readOptions, select } from "../../backend/select.js";
import { bytesOf } from "../../backend/wasm/modules.js";
import type { BackendName } from "../../types.js";
import { MOST_THREADS } from "../shared/signals.js";
import { whyNoAddressSpace } from "./addressSpace.js";
import { poolAlone } from "./alone.js";
import { asyncBackend, syncBackend } from "./backend.js";
import { holdIn } from "./held.js";
import { makePool, type Pool } from "./make.js";
import { type PoolOptions, readPoolOptions } from "./options.js";
import { Scheduler, type SchedulerSettings } from "./scheduler.js";
import { createSharedMemory, sharedModuleBytes } from "./sharedMemory.js";
import { defaultThreads, spawn, type ThreadEvents, whyNoThreads } from "./spawn.js";
import { NoThreads } from "./workers.js";

export type { Pool } from "./make.js";
export type { PoolOptions } from "./options.js";

/** Settings that only tests change. */
export type Tuning = Pick<SchedulerSettings, "limits" | "onJob">;

/** What `createPool` does. */
export async function startPool(options: PoolOptions, tuning: Tuning = {}): Promise<Pool> {
  const settings = readPoolOptions(options);
  const { threads = Math.min(defaultThreads(), MOST_THREADS), worker, blocktime } = settings;
  const { choice } = readOptions({ backend: options.backend }, "createPool");
  const reason = whyNoThreads() ?? whyNoAddressSpace(threads);
  if (reason !== undefined) return poolAlone(reason, options);
  let memory: WebAssembly.Memory;
  try {
    memory = createSharedMemory(2 ** 20);
  } catch (error) {
    return poolAlone(String(error), options);
  }
  const names: BackendName[] = [...binariesFor(choice)];
  if (choice === "auto" || choice === "js") names.push("js");
  const spawnWorker = (events: ThreadEvents) => spawn(events, worker);
  let refusal: unknown;
  for (const name of names) {
    let scheduler: Scheduler;
    let apart: SyncBackend | undefined;
    try {
      const module = name === "js" ? undefined : await WebAssembly.compile(sharedModuleBytes(bytesOf(name)));
      apart = await backendApart(name);
      scheduler = new Scheduler(threads, {
        ...tuning,
        memory,
        module,
        blocktime,
        spawn: spawnWorker,
        apart,
      });
    } catch (error) {
      // No SIMD, a policy against compiling, or no room for the memory.
      refusal = error;
      continue;
    }
    try {
      await scheduler.start();
    } catch (error) {
      // A file that was named is an error if it is the wrong one.
      if (worker !== undefined && !(error instanceof NoThreads)) throw error;
      return poolAlone((error as Error).message, options, apart);
    }
    return poolOf(scheduler);
  }
  return poolAlone(String(refusal), options);
}

/** A backend on a memory of its own. Undefined if there is no address space for another memory. */
async function backendApart(backend: BackendName): Promise<SyncBackend | undefined> {
  await precompile({ backend });
  try {
    return select({ backend }, "createPool");
  } catch {
    return undefined;
  }
}

function poolOf(scheduler: Scheduler): Pool {
  const { threads, local, memory } = scheduler;
  return makePool({
    threads,
    local,
    async: asyncBackend(scheduler),
    sync: syncBackend(scheduler),
    check: () => scheduler.checkOpen(),
    close: () => scheduler.close(),
    hold: holdIn(memory),
  });
}
