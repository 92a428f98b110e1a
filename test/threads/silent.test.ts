import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pool, recordJobs, scaled } from "../support/pool.js";
import { WORKER } from "../support/worker.js";

/** A browser that runs out of memory ends workers and tells nobody, as `terminate` behind the pool's back does. */
describe.runIf(typeof window !== "undefined")("a worker that ends without a word", () => {
  const { Worker: BrowserWorker } = globalThis;
  let workers: Worker[];

  beforeEach(() => {
    workers = [];
    globalThis.Worker = class extends BrowserWorker {
      constructor(...args: ConstructorParameters<typeof BrowserWorker>) {
        super(...args);
        workers.push(this);
      }
    };
  });
  afterEach(() => {
    globalThis.Worker = BrowserWorker;
  });

  const x = new Float32Array(scaled(2 ** 20));
  const rowsOf = ({ length }: Float32Array) => ({ shape: [length / 2 ** 10, 2 ** 10] });
  const isRight = (p: Float32Array) => p.every((value) => value === 2 ** -10);
  const whenStarted = async (count: number) => {
    while (workers.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  // Of one thread: of several that sleep, Chromium 156 at times ends none for minutes.
  test("is noticed in an idle pool, and another starts", async () => {
    const each = await pool({ threads: 1 });
    workers[0].terminate();
    await whenStarted(2);
    const jobs = recordJobs();
    // As new ones start, the call waits for them.
    expect(isRight(await each.softmax(x, rowsOf(x)))).toBe(true);
    expect(jobs.length).toBeGreaterThan(0);
    await each.close();
  });

  test("makes pending calls reject, and later ones succeed", async () => {
    const each = await pool({ threads: 1 });
    const big = new Float32Array(2 ** 24);
    const pending = each.softmax(big, rowsOf(big));
    workers[0].terminate();
    await expect(pending).rejects.toThrow(/a worker has ended: .*the pending calls have failed/);
    expect(isRight(await each.softmax(x, rowsOf(x)))).toBe(true);
    expect(workers.length).toBe(2);
    await each.close();
  });

  test("because the pool has closed starts no other, and gives its lock back", async () => {
    // Of this pool: other frames of the page may have locks too.
    const request = vi.spyOn(navigator.locks, "request");
    const each = await pool({ threads: 1 });
    const names = request.mock.calls.map(([name]) => name);
    const held = async () => {
      const locks = (await navigator.locks.query()).held ?? [];
      return locks.filter(({ name }) => names.includes(name ?? "")).length;
    };
    expect(await held()).toBe(1);
    await each.close();
    // Chromium takes two seconds to end a thread that sleeps.
    while ((await held()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(workers.length).toBe(1);
  });

  test("of a data: URL, which has no locks, computes all the same", async () => {
    const code = await (await fetch(WORKER)).text();
    const each = await pool({ threads: 2, worker: `data:text/javascript,${encodeURIComponent(code)}` });
    expect(isRight(await each.softmax(x, rowsOf(x)))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(workers.length).toBe(2);
    await each.close();
  });
});
