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

  test("is noticed in a pool of two at work, and others start", async () => {
    const each = await pool({ threads: 2 });
    workers[0].terminate();
    while (workers.length < 4) {
      // A message of a buffer wakes the workers for their event loops, where they end.
      const shared = new Float32Array(new SharedArrayBuffer(x.byteLength));
      await each.softmax(shared, rowsOf(shared)).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(isRight(await each.softmax(x, rowsOf(x)))).toBe(true);
    await each.close();
    expect(workers.length).toBe(4);
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

  describe("because the pool has closed", () => {
    /** How many of the locks of a pool its workers hold. Other frames of the page may have locks too. */
    const start = async (threads: number) => {
      const request = vi.spyOn(navigator.locks, "request");
      const each = await pool({ threads });
      const names = request.mock.calls.map(([name]) => name);
      request.mockRestore();
      const held = async () => {
        const locks = (await navigator.locks.query()).held ?? [];
        return locks.filter(({ name }) => names.includes(name ?? "")).length;
      };
      const whenGivenBack = async () => {
        while ((await held()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      return { each, held, whenGivenBack };
    };

    test.each([1, 2, 4])("starts no other, and gives its lock back, of %d", async (threads) => {
      const { each, held, whenGivenBack } = await start(threads);
      expect(await held()).toBe(threads);
      await each.close();
      await whenGivenBack();
      expect(workers.length).toBe(threads);
    });

    test("gives its lock back when the pending call has ended", async () => {
      const { each, whenGivenBack } = await start(2);
      const big = new Float32Array(2 ** 22);
      const pending = each.softmax(big, rowsOf(big));
      await each.close();
      expect(isRight(await pending)).toBe(true);
      await whenGivenBack();
    });

    test("and had died before", async () => {
      const { each, whenGivenBack } = await start(2);
      workers[0].terminate();
      await each.close();
      await whenGivenBack();
      expect(workers.length).toBe(2);
    });
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
