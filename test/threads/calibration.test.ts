import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pool } from "../../src/threads/index.js";
import { describeBackends } from "../support/backends.js";
import { mayWait, pool, recordJobs, scaled } from "../support/pool.js";
import { drawn } from "../support/temperature.js";

describeBackends((library) => {
  let threads: Pool;
  beforeAll(async () => {
    threads = await pool({ backend: library.backend, threads: 2 });
  });
  afterAll(() => threads.close());

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    const { x, labels, shape } = drawn(type, 4 * scaled(15_000), 12, 2, 5);
    const expected = library.fitTemperature(x, labels, { shape });

    test("fitTemperature of two threads: a job for each temperature", async () => {
      const jobs = recordJobs();
      const promise = threads.fitTemperature(x, labels, { shape });
      expect(promise).toBeInstanceOf(Promise);
      expect(await promise).toEqual(expected);
      expect(jobs.length).toBeGreaterThanOrEqual(expected.iterations);
      const before = jobs.length;
      expect(threads.sync.fitTemperature(x, labels, { shape })).toEqual(expected);
      if (mayWait) expect(jobs.length).toBe(2 * before);
    });

    test("calibration of two threads", async () => {
      const options = { shape, temperature: expected.temperature };
      const jobs = recordJobs();
      expect(await threads.calibration(x, labels, options)).toEqual(library.calibration(x, labels, options));
      expect(jobs.length).toBeGreaterThanOrEqual(2);
    });

    test("on resident logits, along the middle and over several dimensions", async () => {
      using resident = threads.allocate(type as "f32", x.length);
      resident.view.set(x);
      const rows = shape[0];
      for (const options of [
        { shape: [rows / 4, 12, 4], axis: 1 },
        { shape: [3, rows, 4], axis: [0, 2] },
      ]) {
        const alone = library.fitTemperature(x, labels, options);
        expect(await threads.fitTemperature(resident.view, labels, options)).toEqual(alone);
      }
    });

    test("errors reject, and so do logits that are detached while the call is pending", async () => {
      await expect(
        threads.fitTemperature(
          x,
          labels.map(() => 12),
          { shape },
        ),
      ).rejects.toThrow(/labels\[0\]/);
      const own = x.slice();
      const pending = threads.fitTemperature(own, labels, { shape });
      structuredClone(own.buffer, { transfer: [own.buffer] });
      await expect(pending).rejects.toThrow(
        /^fitTemperature: logits was detached|^fitTemperature: logits were/,
      );
    });
  });
});
