import { afterAll, beforeAll, expect, test } from "vitest";
import { createSoftmax } from "../../src/index.js";
import { createPool, type Pool } from "../../src/threads/index.js";
import { INPUTS } from "../support/inputs.js";
import { expectSame } from "../support/same.js";

type Untyped = Record<string, (...args: unknown[]) => unknown>;

/** A page without shared memory has none, and computes by itself. */
const THREADS = typeof SharedArrayBuffer === "undefined" ? 0 : 2;

let pool: Pool;
beforeAll(async () => {
  const worker = new URL("../../build/worker.js", import.meta.url);
  pool = await createPool({ threads: 2, backend: "simd", worker });
});
afterAll(() => pool.close());

const functions = createSoftmax({ backend: "simd" }) as unknown as Untyped;

/** Numbers, arrays, or a pair of them. */
function expectAlike(actual: unknown, expected: unknown): void {
  if (ArrayBuffer.isView(expected)) expectSame(actual as Float64Array, expected as Float64Array);
  else if (typeof expected === "number") expect(actual).toBe(expected);
  else
    for (const [key, value] of Object.entries(expected as object)) expectAlike((actual as never)[key], value);
}

test.each(Object.keys(INPUTS) as (keyof typeof INPUTS)[])(
  `a pool of ${THREADS} threads: %s`,
  async (name) => {
    expect(pool.threads).toBe(THREADS);
    for (const type of ["f32", "f64"] as const) {
      for (const args of INPUTS[name](type)) {
        const expected = functions[name](...structuredClone(args));
        expectAlike(await (pool as unknown as Untyped)[name](...args), expected);
      }
    }
  },
);
