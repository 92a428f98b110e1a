import { expect, inject, test } from "vitest";
import { backend, createSoftmax } from "../../src/index.js";
import { createPool } from "../../src/threads/index.js";
import { hasRelaxedSimd } from "../support/backends.js";
import { WORKER } from "../support/worker.js";

// Other tests go by what an engine has. Here it says what that is, so that nothing is left out unnoticed.
const expected = inject("expected");

test("the page is the one that was meant", () => {
  expect(crossOriginIsolated).toBe(expected.isolated);
  expect(typeof SharedArrayBuffer !== "undefined").toBe(expected.threads);
});

test("the package takes the fastest backend of the engine", () => {
  expect(hasRelaxedSimd).toBe(expected.relaxed);
  expect(backend()).toBe(expected.relaxed ? "relaxed" : "simd");
  expect(() => createSoftmax({ backend: "simd" })).not.toThrow();
});

test("a pool has threads where there is shared memory, and computes without", async () => {
  const pool = await createPool({ threads: 2, worker: WORKER });
  try {
    expect(pool.threads).toBe(expected.threads ? 2 : 0);
    expect((await pool.softmax(new Float32Array(2 ** 20), { shape: [1024, 1024] }))[7]).toBe(2 ** -10);
  } finally {
    await pool.close();
  }
});
