import type { Worker } from "node:worker_threads";
import fc from "fast-check";
import { createSoftmax } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import { backends, type Library } from "../support/backends.js";
import { mayWait, pool, scaled } from "../support/pool.js";
import { random } from "../support/random.js";
import { Prepared } from "./orders.js";
import { type Order, orders } from "./recipes.js";

/** What stress has done so far. */
export interface Progress {
  calls: number;
  kills: number;
  pools: number;
  /** Whether a pool is open. */
  isOpen: boolean;
  /** Bytes of the memory of the largest pool. */
  memory: number;
}

/** How many calls are pending at the same time, at most. */
const MOST_CALLS = 6;

/** The error of calls when a worker has been killed. */
const DEATH = /a worker has ended: exit code 1; the pending calls have failed/;

/** Their error when a worker that was started instead has been killed too. */
const CLOSED = /could not be started: exit code [01]$/;

/** A pool, and its workers as they come and go: none in a window, which could not kill them. */
interface WatchedPool {
  readonly pool: Pool;
  readonly workers: Set<Worker>;
}

/**
 * Makes calls of all kinds, several at a time, on pools that it closes and replaces and whose workers it kills, as a seed has
 * it, for as long as it `goesOn`. Throws if a result differs from that of the function without a pool, or for an error that
 * no kill explains.
 */
export async function stress(seed: number, goesOn: (progress: Progress) => boolean): Promise<Progress> {
  const next = random(seed);
  const upTo = (most: number) => 1 + Math.floor(next() * most);
  const progress: Progress = { calls: 0, kills: 0, pools: 0, isOpen: false, memory: 0 };
  const sample = fc.sample(orders, { seed, numRuns: 1000 });
  const draw = () => sample[upTo(sample.length) - 1];
  const libraries = backends.map((backend) => createSoftmax({ backend }));

  while (goesOn(progress)) {
    const library = libraries[upTo(libraries.length) - 1];
    const watched = await start(library, 1 + upTo(3));
    progress.pools++;
    progress.isOpen = true;
    let isAlive = true;
    for (let rounds = upTo(12); rounds > 0 && isAlive && goesOn(progress); rounds--) {
      const chosen = Array.from({ length: upTo(MOST_CALLS) }, draw);
      if (watched.workers.size > 0 && next() < 0.2) {
        const dying = [...watched.workers][upTo(watched.workers.size) - 1];
        progress.kills++;
        await makeCallsAndKill(watched.pool, library, chosen, dying);
        if (next() < 0.2 && watched.workers.size > 0) await kill([...watched.workers][0]);
        isAlive = await hasRecovered(watched.pool);
      } else {
        await makeCalls(watched.pool, library, chosen);
      }
      progress.calls += chosen.length;
    }
    if (isAlive) {
      progress.memory = Math.max(progress.memory, memoryOf(watched.pool));
      // While a call is pending, or idle.
      const last = upTo(2) === 1 ? [{ ...draw(), isSync: false }] : [];
      await Promise.all([makeCalls(watched.pool, library, last), Promise.resolve().then(watched.pool.close)]);
    }
    await watched.pool.close();
    progress.isOpen = false;
  }
  return progress;
}

async function makeCalls(pool: Pool, library: Library, chosen: readonly Order[]): Promise<void> {
  const prepared = chosen.map((order) => new Prepared(pool, library, order));
  await Promise.all(prepared.map((one) => one.run()));
  for (const one of prepared) one.free();
}

/** Makes calls while a worker dies, for which they may fail. */
async function makeCallsAndKill(
  pool: Pool,
  library: Library,
  chosen: readonly Order[],
  dying: Worker,
): Promise<void> {
  // A synchronous call would wait long for a worker that has died.
  const prepared = chosen.map((order) => new Prepared(pool, library, { ...order, isSync: false }));
  const calls = prepared.map((one) => one.run());
  const results = await Promise.allSettled([...calls, kill(dying)]);
  for (const result of results) {
    if (result.status === "rejected" && !DEATH.test(result.reason.message)) throw result.reason;
  }
  for (const one of prepared) one.free();
}

/** Holds the process meanwhile, which a dying worker of an idle pool does not. */
async function kill(worker: Worker): Promise<void> {
  const held = setInterval(() => {}, 1000);
  await worker.terminate();
  clearInterval(held);
}

/** False if the pool says that no workers could start instead of those that died. */
async function hasRecovered(pool: Pool): Promise<boolean> {
  const x = new Float32Array(scaled(2 ** 18));
  for (let deaths = 0; ; deaths++) {
    try {
      const p = await pool.softmax(x, { shape: [x.length / 2 ** 10, 2 ** 10] });
      if (p.every((value) => value === 2 ** -10)) return true;
      throw new Error("softmax is wrong after a worker has died");
    } catch (error) {
      const { message } = error as Error;
      if (CLOSED.test(message)) return false;
      if (!DEATH.test(message) || deaths > 2) throw error;
    }
  }
}

function memoryOf(pool: Pool): number {
  const resident = pool.allocate("f32", 1);
  const { byteLength } = resident.view.buffer;
  resident.free();
  return byteLength;
}

async function start({ backend }: Library, threads: number): Promise<WatchedPool> {
  if (!mayWait) return { pool: await pool({ backend, threads }), workers: new Set() };
  const workers = new Set<Worker>();
  const note = (worker: Worker) => {
    workers.add(worker);
    worker.once("exit", () => workers.delete(worker));
  };
  process.on("worker", note);
  const each = await pool({ backend, threads });
  const close = () => {
    process.off("worker", note);
    return each.close();
  };
  return { pool: { ...each, close }, workers };
}
