import { describe, expect, test } from "vitest";
import type { Functions } from "../../src/functions/instance.js";
import { describeBackends } from "../support/backends.js";
import { pool, recordJobs } from "../support/pool.js";
import { NAMES } from "./calls.js";

const x = new Float32Array(2 ** 20);
const rows = { shape: [2 ** 10, 2 ** 10] };

describeBackends(({ backend }) => {
  const start = () => pool({ backend, threads: 2 });

  test("calls that are pending end first, later ones are rejected", async () => {
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

  test("between the two steps of a call, which ends all the same", async () => {
    const each = await start();
    const weights = new Float64Array(2 ** 20).fill(1e308);
    const pending = each.logSumExp(new Float64Array(2 ** 20).fill(1), { ...rows, weights });
    await each.close();
    const expected = 1 + Math.log(1e308) + Math.log(2 ** 10);
    for (const value of await pending) expect(Math.abs(value - expected)).toBeLessThan(1e-12);
  });

  describe("after it has been closed", () => {
    test.each(Object.keys(NAMES) as (keyof Functions)[])("%s is rejected", async (name) => {
      const each = await start();
      await each.close();
      for (const length of [2 ** 18, 3, 0]) {
        const call = each[name] as (...args: unknown[]) => Promise<unknown>;
        await expect(call(new Float32Array(length), new Float32Array(length))).rejects.toThrow(/closed/);
        const now = each.sync[name] as (...args: unknown[]) => unknown;
        expect(() => now(new Float32Array(length), new Float32Array(length))).toThrow(/closed/);
      }
    });

    test("arrays that are resident stay, and new ones are not to be had", async () => {
      const each = await start();
      const resident = each.allocate("f64", 1000);
      resident.view.fill(3);
      await each.close();
      expect(() => each.allocate("f64", 1000)).toThrow(/closed/);
      expect(resident.view.every((value) => value === 3)).toBe(true);
      resident.free();
    });

    test("it can be closed again", async () => {
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

  test("a pool that has been closed leaves others alone", async () => {
    const [first, second] = [await start(), await start()];
    await first.close();
    expect((await second.softmax(x, rows))[2 ** 19]).toBe(2 ** -10);
    await second.close();
  });
});
