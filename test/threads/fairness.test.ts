import { describe, expect, test } from "vitest";
import { createSharedMemory } from "../../src/threads/caller/sharedMemory.js";
import { backends, describeBackends } from "../support/backends.js";
import { FULL } from "../support/extent.js";
import { mayWait, pool, poolOn, recordJobs, scaled } from "../support/pool.js";
import { normal } from "../support/random.js";
import { expectSame } from "../support/same.js";

const rowsOf = (elements: number) => ({ shape: [elements / 2 ** 10, 2 ** 10] });

test.each([1, 2])(
  "calls take turns: a huge one does not hold up later ones (%d threads)",
  async (threads) => {
    const each = await pool({ backend: "simd", threads });
    const small = new Float32Array(scaled(2 ** 20));
    const [huge, out, long] = [scaled(2 ** 24), scaled(2 ** 24), FULL ? 2 ** 23 : 2 ** 19].map(
      (length) => new Float32Array(length),
    );
    const ended: string[] = [];
    const jobs = recordJobs();
    const calls = {
      huge: each.softmax(huge, { ...rowsOf(huge.length), out }),
      "long rows": each.softmax(long, { shape: [FULL ? 8 : 4, FULL ? 2 ** 20 : 2 ** 17] }),
      small: each.softmax(small, rowsOf(small.length)),
      "small too": each.logSumExp(small, rowsOf(small.length)),
    };
    await Promise.all(Object.entries(calls).map(([name, call]) => call.then(() => ended.push(name))));
    expect(new Set(jobs.map(({ kind }) => kind))).toEqual(new Set(["slices", "row"]));
    expect(ended.at(-1)).toBe("huge");
    await each.close();
  },
);

describeBackends((library) => {
  test("a hundred calls at once all end, and are right", async () => {
    const each = await pool({ backend: library.backend, threads: 3 });
    const inputs = Array.from({ length: 100 }, (_, k) =>
      normal("f32", scaled(2 ** 17) + 1024 * (k % 7), 3, k),
    );
    const jobs = recordJobs();
    const calls = inputs.map((x) => each.softmax(x, rowsOf(x.length)));
    for (const [k, p] of (await Promise.all(calls)).entries()) {
      expectSame(p, library.softmax(inputs[k], rowsOf(inputs[k].length)));
    }
    expect(jobs.length).toBeGreaterThanOrEqual(100);
    await each.close();
  });
});

test("a synchronous call comes before pending ones", async () => {
  const each = await pool({ backend: "simd", threads: 2 });
  const huge = new Float32Array(scaled(2 ** 24));
  let isOver = false;
  const pending = each.softmax(huge, rowsOf(huge.length)).then((p) => {
    isOver = true;
    return p;
  });
  for (const elements of [scaled(2 ** 18), scaled(2 ** 20)]) {
    const jobs = recordJobs();
    expect(each.sync.logSumExp(new Float32Array(elements), rowsOf(elements))[7]).toBe(
      Math.fround(10 * Math.LN2),
    );
    if (mayWait) expect(jobs[0].operation.name).toBe("logSumExp");
  }
  await Promise.resolve();
  expect(isOver).toBe(false);
  expect((await pending).every((value) => value === 2 ** -10)).toBe(true);
  await each.close();
});

describe.each(backends)("the memory of a pool: %s", (backend) => {
  test("does not grow with the number of calls", async () => {
    const memory = createSharedMemory(2 ** 20);
    const each = await poolOn(memory, { threads: 2, backend });
    const round = async () => {
      const x = new Float32Array(scaled(2 ** 19));
      const calls = [
        ...Array.from({ length: 8 }, () => each.softmax(x, rowsOf(x.length))),
        each.logSumExp(x),
        each.softmax(x, { shape: [2, x.length / 2] }),
        each.softmax(x, { shape: [4, x.length / 4], axis: 0 }),
        each.softmaxVjp(x, x, rowsOf(x.length)),
        each.sigmoid(x),
      ];
      await Promise.all(calls);
      if (mayWait) each.sync.softmax(x, rowsOf(x.length));
    };
    await round();
    const { byteLength } = memory.buffer;
    for (let k = 0; k < (FULL ? 10 : 5); k++) await round();
    // Which tiles lie there at the same time differs from round to round.
    expect(memory.buffer.byteLength).toBeLessThan(byteLength + scaled(2 ** 23) + 2 ** 16);
    await each.scheduler.close();
  });
});

describe("promised calls that are short", () => {
  const short = new Float32Array(scaled(2 ** 18)).fill(1);

  test("leave the event loop turns, where each follows the one before", async () => {
    const each = await pool({ backend: "simd", threads: 2 });
    let turns = 0;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      turns++;
      port2.postMessage(0);
    };
    port2.postMessage(0);
    for (let k = 0; k < 5000 && turns < 10; k++) await each.softmax(short, rowsOf(short.length));
    expect(turns).toBeGreaterThanOrEqual(10);
    port1.close();
    await each.close();
  });

  test("all end where many begin at once, and where the pool is closed meanwhile", async () => {
    const each = await pool({ backend: "simd", threads: 2 });
    const calls = Array.from({ length: 20 }, () => each.softmax(short, rowsOf(short.length)));
    const closing = each.close();
    for (const p of await Promise.all(calls)) expect(p.every((value) => value === 2 ** -10)).toBe(true);
    await closing;
  });

  test.each([0, 0.2, 20])("are right at a blocktime of %d", async (blocktime) => {
    const each = await pool({ backend: "simd", threads: 3, blocktime });
    const jobs = recordJobs();
    for (let k = 0; k < 30; k++) {
      const p =
        k % 3 === 0
          ? each.sync.softmax(short, rowsOf(short.length))
          : each.softmax(short, rowsOf(short.length));
      expect((await p).every((value) => value === 2 ** -10)).toBe(true);
      if (k % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (mayWait) expect(jobs.length).toBeGreaterThanOrEqual(30);
    await each.close();
  });
});
