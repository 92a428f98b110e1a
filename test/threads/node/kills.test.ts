import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSharedMemory } from "../../../src/threads/caller/sharedMemory.js";
import { spawn } from "../../../src/threads/caller/spawn.js";
import type { Pool } from "../../../src/threads/index.js";
import { describeBackends } from "../../support/backends.js";
import { FULL } from "../../support/extent.js";
import { pool, poolOn, recordJobs, scaled } from "../../support/pool.js";
import { WORKER } from "../../support/worker.js";

/** The number of a thread that has ended. */
const NO_THREAD = -1;

/** The workers that a test starts, in order. */
let workers: Worker[];
const note = (worker: Worker) => workers.push(worker);
beforeEach(() => {
  workers = [];
  process.on("worker", note);
});
afterEach(() => {
  process.off("worker", note);
  // Closing leaves none.
  expect(workers.map(({ threadId }) => threadId)).toEqual(workers.map(() => NO_THREAD));
});

const x = new Float32Array(scaled(2 ** 20));
/** Computed for long enough that a death comes in the middle. */
const big = new Float32Array(scaled(2 ** 23) * (FULL ? 1 : 4));
const rowsOf = ({ length }: Float32Array) => ({ shape: [length / 2 ** 10, 2 ** 10] });
const isRight = (p: Float32Array) => p.every((value) => value === 2 ** -10);

const DIED =
  /a worker has ended: exit code 1; the pending calls have failed, and new threads have been started/;

/** True if the call ends right although a worker dies, false if with the error that says so. */
async function survives(call: Promise<Float32Array>): Promise<boolean> {
  try {
    expect(isRight(await call)).toBe(true);
    return true;
  } catch (error) {
    expect((error as Error).message).toMatch(DIED);
    return false;
  }
}

/** A call right after a death may fail. The next one may not. */
async function expectWorking(each: Pool): Promise<void> {
  await survives(each.softmax(x, rowsOf(x)));
  const jobs = recordJobs();
  expect(isRight(await each.softmax(x, rowsOf(x)))).toBe(true);
  expect(jobs.length).toBeGreaterThan(0);
  expect(isRight(each.sync.softmax(x, rowsOf(x)))).toBe(true);
}

describeBackends(({ backend }) => {
  test.each([1, 3])("a worker of %d that dies while the pool is idle", async (threads) => {
    const each = await pool({ backend, threads });
    for (let k = 0; k < threads; k++) {
      const alive = workers.filter(({ threadId }) => threadId !== NO_THREAD);
      expect(alive.length).toBe(threads);
      await alive[k].terminate();
      await expectWorking(each);
    }
    expect(workers.length).toBe(threads * (threads + 1));
    await each.close();
  });

  test("a worker that dies in the middle of calls", async () => {
    const each = await pool({ backend, threads: 2 });
    const resident = each.allocate("f32", big.length);
    const shared = new Float32Array(new SharedArrayBuffer(big.byteLength));
    const start = () => [
      each.softmax(big, rowsOf(big)),
      each.softmax(resident.view, rowsOf(big)),
      each.softmax(shared, { ...rowsOf(big), out: shared }),
      each.softmax(big, { shape: [2 ** 10, big.length / 2 ** 10], axis: 0 }),
    ];
    for (const round of FULL ? [0, 1, 2, 3] : [0, 3]) {
      // The worker dies at once in the first rounds, and after some results in the others. On a busy machine the calls may
      // end before it has died: then another dies.
      let survived: boolean[] = [];
      for (let attempt = 0; attempt < 10; attempt++) {
        shared.fill(0);
        const calls = start();
        if (round > 1) await each.softmax(x, rowsOf(x));
        const dying = workers.at(round % 2 === 0 ? -1 : -2) as Worker;
        const death = dying.terminate();
        survived = await Promise.all(calls.map(survives));
        await death;
        if (round > 1 || survived.includes(false)) break;
        await expectWorking(each);
      }
      if (round < 2) expect(survived).toContain(false);
      await expectWorking(each);
    }
    resident.free();
    await each.close();
  });

  test("a worker that dies while the pool is closing", async () => {
    for (const isBusy of [false, true]) {
      const each = await pool({ backend, threads: 2 });
      const call = isBusy ? each.softmax(big, rowsOf(big)) : undefined;
      const closing = each.close();
      workers.at(-1)?.terminate();
      if (call) await survives(call);
      await closing;
      await expect(each.softmax(x, rowsOf(x))).rejects.toThrow(/closed/);
    }
  });
});

test("a worker that dies in a chain of short calls, in which the calling thread takes part", async () => {
  const each = await pool({ backend: "simd", threads: 2, blocktime: 1 });
  for (const which of [-1, -2, -1]) {
    const death = workers.at(which)?.terminate();
    for (let k = 0; k < 20; k++) await survives(each.softmax(x, rowsOf(x)));
    await death;
    await expectWorking(each);
  }
  expect(workers.length).toBe(8);
  await each.close();
});

test("a long row, whose tasks wait for each other", async () => {
  const each = await pool({ backend: "simd", threads: 3 });
  for (let k = 0; k < (FULL ? 6 : 3); k++) {
    const calls = Array.from({ length: 3 }, () => each.logSumExp(big));
    const death = workers.at(-1 - (k % 3))?.terminate();
    for (const result of await Promise.allSettled(calls)) {
      if (result.status === "rejected") expect(result.reason.message).toMatch(DIED);
      else expect(result.value).toBe(Math.fround(Math.log2(big.length) * Math.LN2));
    }
    await death;
    await expectWorking(each);
  }
  await each.close();
});

test("all of them at once, again and again", async () => {
  const each = await pool({ backend: "simd", threads: 2 });
  for (let k = 0; k < (FULL ? 5 : 2); k++) {
    const calls = [each.softmax(big, rowsOf(big)), each.softmax(x, rowsOf(x))];
    const deaths = workers.map((worker) => worker.terminate());
    await Promise.all(calls.map(survives));
    await Promise.all(deaths);
    await expectWorking(each);
  }
  await each.close();
});

describe("a worker that dies while it starts", () => {
  test.each(["at once", "when it runs"])("%s: there is no pool", async (when) => {
    const creating = pool({ backend: "simd", threads: 3 });
    const settled = creating.then(
      () => "started",
      (error: Error) => error.message,
    );
    while (workers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    if (when === "when it runs") await new Promise((resolve) => workers[1].once("online", resolve));
    await workers[1].terminate();
    expect(await settled).toMatch(/^the worker .*\/worker\.js could not be started: exit code [01]$/);
    await Promise.all(workers.map((worker) => worker.terminate()));
  });

  test("in the place of another: the pool is closed, and says why", async () => {
    const each = await pool({ backend: "simd", threads: 2 });
    const kill = (worker: Worker) => setImmediate(() => worker.terminate());
    process.on("worker", kill);
    try {
      await workers[0].terminate();
      const calls = [each.softmax(x, rowsOf(x)), each.softmax(x, rowsOf(x))];
      for (const call of calls) await expect(call).rejects.toThrow(/could not be started|a worker has ended/);
      while (workers.length < 4) await new Promise((resolve) => setImmediate(resolve));
      await expect(each.softmax(x, rowsOf(x))).rejects.toThrow(/could not be started: exit code [01]$/);
      await expect(each.softmax(x, rowsOf(x))).rejects.toThrow(/^the pool is closed: .*exit code [01]$/);
    } finally {
      process.off("worker", kill);
    }
    await each.close();
  });

  test("when it is ready, and others are not", async () => {
    const memory = createSharedMemory(2 ** 20);
    let hold = () => {};
    const held = new Promise<void>((resolve) => {
      hold = resolve;
    });
    let started = 0;
    const starting = poolOn(memory, {
      threads: 2,
      spawn(events) {
        const isHeld = started++ === 1;
        const message = async (data: unknown) => {
          if (isHeld) await held;
          else workers[0].terminate().then(hold);
          events.message(data);
        };
        return spawn({ ...events, message }, WORKER.href);
      },
    });
    await expect(starting).rejects.toThrow(/exit code 1/);
  });
});
