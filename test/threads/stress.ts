import type { Worker } from "node:worker_threads";
import fc from "fast-check";
import { createSoftmax } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import { backends, type Library } from "../support/backends.js";
import { mayWait, pool } from "../support/pool.js";
import { random } from "../support/random.js";
import { Prepared } from "./orders.js";
import { type Order, orders } from "./recipes.js";

/** What has been done so far. */
export interface Progress {
  calls: number;
  kills: number;
  pools: number;
  /** Bytes of the memory of the largest pool. */
  memory: number;
}

/** Calls that are pending at the same time, at most. */
const MOST_CALLS = 6;

/** What calls may fail with when a worker has been killed. */
const DEATH = /a worker has ended: exit code 1; the calls that were pending have failed/;

/** What they may fail with when one of those has been killed, too, that were started instead. */
const CLOSED = /could not be started: exit code [01]$/;

/** A pool, and its workers as they come and go: none where nobody could kill them. */
interface Crew {
  readonly pool: Pool;
  readonly workers: Set<Worker>;
}

/**
 * Calls of all kinds, several at a time, on pools that are closed and made anew and whose workers are killed, as a seed has
 * it, until told to stop. Throws if a result differs from that of the plain function, or for an error without a cause.
 */
export async function stress(seed: number, goesOn: (progress: Progress) => boolean): Promise<Progress> {
  const next = random(seed);
  const upTo = (most: number) => 1 + Math.floor(next() * most);
  const progress: Progress = { calls: 0, kills: 0, pools: 0, memory: 0 };
  const sample = fc.sample(orders, { seed, numRuns: 1000 });
  const draw = () => sample[upTo(sample.length) - 1];
  const libraries = backends.map((backend) => createSoftmax({ backend }));

  while (goesOn(progress)) {
    const library = libraries[upTo(libraries.length) - 1];
    const crew = await start(library, 1 + upTo(3));
    progress.pools++;
    let isAlive = true;
    for (let rounds = upTo(12); rounds > 0 && isAlive && goesOn(progress); rounds--) {
      const chosen = Array.from({ length: upTo(MOST_CALLS) }, draw);
      if (crew.workers.size > 0 && next() < 0.2) {
        const dying = [...crew.workers][upTo(crew.workers.size) - 1];
        progress.kills++;
        await makeCallsAndKill(crew.pool, library, chosen, dying);
        if (next() < 0.2 && crew.workers.size > 0) await kill([...crew.workers][0]);
        isAlive = await hasRecovered(crew.pool);
      } else {
        await makeCalls(crew.pool, library, chosen);
      }
      progress.calls += chosen.length;
    }
    if (isAlive) {
      progress.memory = Math.max(progress.memory, memoryOf(crew.pool));
      // While a call is pending, or idle.
      const last = upTo(2) === 1 ? [{ ...draw(), isSync: false }] : [];
      await Promise.all([makeCalls(crew.pool, library, last), Promise.resolve().then(crew.pool.close)]);
    }
    await crew.pool.close();
  }
  return progress;
}

async function makeCalls(pool: Pool, library: Library, chosen: readonly Order[]): Promise<void> {
  const prepared = chosen.map((order) => new Prepared(pool, library, order));
  await Promise.all(prepared.map((one) => one.run()));
  for (const one of prepared) one.free();
}

/** The same, with a worker that dies: then calls may fail for that reason. */
async function makeCallsAndKill(
  pool: Pool,
  library: Library,
  chosen: readonly Order[],
  dying: Worker,
): Promise<void> {
  // Who waits, instead of being promised something, waits long for a worker that has died.
  const prepared = chosen.map((order) => new Prepared(pool, library, { ...order, isSync: false }));
  const calls = prepared.map((one) => one.run());
  const results = await Promise.allSettled([...calls, kill(dying)]);
  for (const result of results) {
    if (result.status === "rejected" && !DEATH.test(result.reason.message)) throw result.reason;
  }
  for (const one of prepared) one.free();
}

/** An idle pool does not keep the process from ending, nor then does a worker that is dying. */
async function kill(worker: Worker): Promise<void> {
  const held = setInterval(() => {}, 1000);
  await worker.terminate();
  clearInterval(held);
}

/** False if no workers could be started instead of those that died, which the pool has to say. */
async function hasRecovered(pool: Pool): Promise<boolean> {
  const x = new Float32Array(2 ** 18);
  for (let deaths = 0; ; deaths++) {
    try {
      const p = await pool.softmax(x, { shape: [2 ** 8, 2 ** 10] });
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

async function start({ backend }: Library, threads: number): Promise<Crew> {
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
