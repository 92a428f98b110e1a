import { beforeAll, describe, expect, test } from "vitest";
import { softmaxStream } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import { describeBackends } from "../support/backends.js";
import { pool, recordJobs, scaled } from "../support/pool.js";
import { NAMES } from "./calls.js";

const x = new Float32Array(scaled(2 ** 20));
const rows = { shape: [x.length / 2 ** 10, 2 ** 10] };

describeBackends(({ backend }) => {
  const start = () => pool({ backend, threads: 2 });

  test("pending calls end first, later ones reject", async () => {
    const each = await start();
    const jobs = recordJobs();
    const order: string[] = [];
    const pending = [1, 2, 3].map(async (k) => {
      const p = await each.softmax(x, rows);
      expect(p.every((value) => value === 2 ** -10)).toBe(true);
      order.push(`call ${k}`);
    });
    expect(jobs.length).toBeGreaterThan(0);
    const closing = each.close().then(() => order.push("closed"));
    await expect(each.softmax(x, rows)).rejects.toThrow(/closed/);
    await Promise.all([...pending, closing]);
    expect(order.at(-1)).toBe("closed");
    expect(order.length).toBe(4);
  });

  test("between the two steps of a call, which ends", async () => {
    const each = await start();
    const weights = new Float64Array(x.length).fill(1e308);
    const pending = each.logSumExp(new Float64Array(x.length).fill(1), { ...rows, weights });
    await each.close();
    const expected = 1 + Math.log(1e308) + Math.log(2 ** 10);
    for (const value of await pending) expect(Math.abs(value - expected)).toBeLessThan(1e-12);
  });

  describe("after it has been closed", () => {
    let each: Pool;
    beforeAll(async () => {
      each = await start();
      await each.close();
    });

    test.each(NAMES)("%s rejects", async (name) => {
      for (const length of [scaled(2 ** 18), 3, 0]) {
        const call = each[name] as (...args: unknown[]) => Promise<unknown>;
        await expect(call(new Float32Array(length), new Float32Array(length))).rejects.toThrow(/closed/);
        const sync = each.sync[name] as (...args: unknown[]) => unknown;
        expect(() => sync(new Float32Array(length), new Float32Array(length))).toThrow(/closed/);
      }
    });

    test("resident arrays stay, and there are no new ones", async () => {
      const each = await start();
      const resident = each.allocate("f64", 1000);
      resident.view.fill(3);
      await each.close();
      expect(() => each.allocate("f64", 1000)).toThrow(/closed/);
      expect(resident.view.every((value) => value === 3)).toBe(true);
      resident.free();
    });

    test("a stream on it is an error at once", () => {
      expect(() => softmaxStream({ length: 3, pool: each })).toThrow("the pool is closed");
    });

    test("it closes again", async () => {
      const each = await start();
      expect(each.close()).toBe(each.close());
      await each.close();
      await each.close();
    });
  });

  test("await using", async () => {
    const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
    const each = await start();
    const pending = each.softmax(x, rows);
    await each[asyncDispose]();
    expect((await pending)[0]).toBe(2 ** -10);
    await expect(each.softmax(x, rows)).rejects.toThrow(/closed/);
  });

  test("a closed pool leaves others alone", async () => {
    const [first, second] = [await start(), await start()];
    await first.close();
    expect((await second.softmax(x, rows))[x.length / 2]).toBe(2 ** -10);
    await second.close();
  });
});
