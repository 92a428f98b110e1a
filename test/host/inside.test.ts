import { describe, expect, test } from "vitest";
import { createSoftmax } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { INPUTS } from "../support/inputs.js";
import { realms } from "../support/inRealm.js";
import { expectSame } from "../support/same.js";
import { collect, streamOf } from "../support/streams.js";
import { WORKER } from "../support/worker.js";

/** A page without shared memory has none, and computes by itself. */
const THREADS = typeof SharedArrayBuffer === "undefined" ? 0 : 2;

type Untyped = Record<string, (...args: unknown[]) => unknown>;
type Name = keyof typeof INPUTS;

/** Numbers, arrays, or a pair of them. */
function expectAlike(actual: unknown, expected: unknown): void {
  if (ArrayBuffer.isView(expected)) expectSame(actual as Float64Array, expected as Float64Array);
  else if (typeof expected === "number") expect(actual).toBe(expected);
  else
    for (const [key, value] of Object.entries(expected as object)) expectAlike((actual as never)[key], value);
}

describe.each(realms)("the package inside %s", async (_, load) => {
  const { core, threads, Float32Array: InnerArray, TypeError: InnerError } = await load();

  test("is in another realm", () => {
    expect(InnerArray).not.toBe(Float32Array);
    expect(core.softmax(Float32Array.of(1))).toBeInstanceOf(InnerArray);
    expect(() => core.softmax("1" as never)).toThrow(InnerError);
  });

  test.each(backends)("all functions, %s", (backend) => {
    const inner = core.createSoftmax({ backend }) as unknown as Untyped;
    const outer = createSoftmax({ backend }) as unknown as Untyped;
    for (const name of Object.keys(INPUTS) as Name[]) {
      for (const args of INPUTS[name]("f32")) {
        const expected = outer[name](...structuredClone(args));
        expectAlike(inner[name](...args), expected);
      }
    }
  });

  test.each(backends)("resident arrays survive growth, and are not copied, %s", (backend) => {
    const { allocate, softmax } = core.createSoftmax({ backend });
    const first = allocate("f32", 4);
    first.view.set([1, 2, 3, 4]);
    const second = allocate("f32", 2 ** 18);
    expect(Array.from(first.view)).toEqual([1, 2, 3, 4]);
    const expected = createSoftmax({ backend }).softmax(Float32Array.of(1, 2, 3, 4));
    expect(softmax(first.view, { out: first.view })).toBe(first.view);
    expectSame(first.view, expected);
    second.view.fill(1);
    expect(softmax(second.view)[2 ** 17]).toBe(2 ** -18);
    first.free();
    expect(() => first.view).toThrow(InnerError);
  });

  test("a pool", async () => {
    const pool = await threads.createPool({ threads: 2, backend: "simd", worker: WORKER });
    try {
      expect(pool.threads).toBe(THREADS);
      const resident = pool.allocate("f32", 2 ** 20);
      resident.view.fill(1);
      const shape = [2 ** 10, 2 ** 10];
      const p = await pool.softmax(resident.view, { shape, out: resident.view });
      expect(p).toBe(resident.view);
      expect(p.every((value) => value === 2 ** -10)).toBe(true);
      expect((await pool.softmax(new Float32Array(2 ** 20), { shape }))[7]).toBe(2 ** -10);
      await expect(pool.softmax("1" as never)).rejects.toBeInstanceOf(InnerError);
    } finally {
      await pool.close();
    }
  });

  test("a stream, and accumulators of two realms", async () => {
    const stream = core.softmaxStream({ length: 2 });
    expect(await collect(streamOf([new Float32Array(4)]).pipeThrough(stream as never))).toHaveLength(1);
    const sum = new core.LogSumExp().push([1, 2]).merge(new (createSoftmax().LogSumExp)().push(3));
    expect(sum.value).toBeCloseTo(3.4076, 4);
  });
});
