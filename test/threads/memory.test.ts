import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/threads/caller/limits.js";
import { SPAN_BYTES } from "../../src/threads/caller/workers.js";
import { mayWait, poolOn, recordJobs } from "../support/pool.js";

const THREADS = 2;

/** Those of the package: what there is room for depends on the size of its tiles. */
const limits = { ...LIMITS, staged: LIMITS.shared, stagedSync: LIMITS.shared };

/** A memory with `bytes` bytes besides what the threads need. */
function memoryWith(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(((THREADS + 2) * SPAN_BYTES + bytes) / 65536);
  return new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true });
}

const x = new Float32Array(2 ** 21);
const rows = { shape: [2 ** 11, 2 ** 10] };
const isRight = (p: { every(test: (value: number) => boolean): boolean }) =>
  p.every((value) => value === 2 ** -10);

describe("without memory to stage arguments in", () => {
  test("calls are refused, or computed on the calling thread, and the pool lives on", async () => {
    const memory = memoryWith(2 ** 20);
    const pool = await poolOn(memory, { threads: THREADS, limits });
    const { scheduler } = pool;
    // Takes all that is left.
    const residents = [];
    for (let length = 2 ** 20; length >= 2 ** 10; ) {
      try {
        residents.push(scheduler.local.allocate("f32", length));
      } catch {
        length /= 2;
      }
    }
    const jobs = recordJobs();
    const calls = [
      () => pool.softmax(x, rows),
      () => pool.softmax(x, { shape: [2, 2 ** 20] }),
      () => pool.softmax(x, { shape: [2 ** 10, 2 ** 11], axis: 0 }),
      () => pool.logSumExp(x),
      () => pool.sigmoid(x),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toBeInstanceOf(RangeError);
      await expect(call()).rejects.toThrow(/^\w+: .*memory.*no room to stage/);
    }
    if (mayWait) expect(() => pool.sync.softmax(x, rows)).toThrow(RangeError);
    expect(jobs.length).toBe(0);
    await expect(Promise.all(calls.map((call) => call()))).rejects.toThrow(RangeError);

    // Shared arrays need no room, nor do small ones.
    const shared = new Float32Array(new SharedArrayBuffer(x.byteLength));
    expect(isRight(await pool.softmax(shared, { ...rows, out: shared }))).toBe(true);
    expect(jobs.length).toBeGreaterThan(0);
    expect(isRight(await pool.softmax(x.subarray(0, 2 ** 10)))).toBe(true);

    for (const resident of residents) resident.free();
    expect(isRight(await pool.softmax(x.subarray(0, 2 ** 18), { shape: [2 ** 8, 2 ** 10] }))).toBe(true);
    await scheduler.close();
  });
});

test("with room for one tile at a time all calls end", async () => {
  const memory = memoryWith(2 ** 20 + 2 ** 17);
  const pool = await poolOn(memory, { threads: THREADS, limits });
  const jobs = recordJobs();
  const results = await Promise.all(Array.from({ length: 10 }, () => pool.softmax(x, rows)));
  expect(results.every(isRight)).toBe(true);
  expect(jobs.length).toBeGreaterThanOrEqual(80);
  if (mayWait) expect(isRight(pool.sync.softmax(x, rows))).toBe(true);
  const resident = pool.scheduler.local.allocate("f32", 2 ** 18);
  await pool.softmax(resident.view, { shape: [2 ** 8, 2 ** 10], out: resident.view });
  expect(isRight(resident.view)).toBe(true);
  await pool.scheduler.close();
});

test("a call that is too large fails, beside others that are not", async () => {
  const pool = await poolOn(memoryWith(2 ** 21), { threads: THREADS, limits });
  const tooLarge = pool.logSumExp(x);
  const others = [pool.softmax(x, rows), pool.softmax(x, rows)];
  await expect(tooLarge).rejects.toThrow(RangeError);
  for (const p of await Promise.all(others)) expect(isRight(p)).toBe(true);
  await pool.scheduler.close();
});
