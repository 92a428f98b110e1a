import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../../src/threads/index.js";
import { describeBackends } from "../support/backends.js";
import { FULL } from "../support/extent.js";
import { pool, recordJobs } from "../support/pool.js";
import { Prepared } from "./orders.js";
import { orders } from "./recipes.js";

const RUNS = FULL ? 120 : 100;

describeBackends((library) => {
  let pools: Pool[];
  beforeAll(async () => {
    pools = await Promise.all([2, 3, 5].map((threads) => pool({ backend: library.backend, threads })));
  });
  afterAll(async () => {
    for (const each of pools) await each.close();
  });

  test("any call, wherever its arrays lie, gives the bits of the function without a pool", async () => {
    let shared = 0;
    const property = fc.asyncProperty(fc.constantFrom(0, 1, 2), orders, async (k, order) => {
      const prepared = new Prepared(pools[k], library, order);
      const jobs = recordJobs();
      await prepared.run();
      prepared.free();
      if (jobs.length > 0) shared++;
    });
    await fc.assert(property, { seed: 4, numRuns: RUNS });
    // Threads do not share single lanes without kernels, nor synchronous calls of a window.
    expect(shared / RUNS).toBeGreaterThan(0.3);
  });

  test("calls that are pending at the same time do not disturb each other", async () => {
    const batches = fc.array(orders, { minLength: 6, maxLength: 12 });
    const property = fc.asyncProperty(fc.constantFrom(0, 1, 2), batches, async (k, batch) => {
      const prepared = batch.map((order) => new Prepared(pools[k], library, order));
      await Promise.all(prepared.map((each) => each.run()));
      for (const each of prepared) each.free();
    });
    await fc.assert(property, { seed: 5, numRuns: FULL ? 6 : 3 });
  });
});
