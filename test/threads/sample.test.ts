import { afterAll, beforeAll, expect, test } from "vitest";
import { createSoftmax } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import { pool } from "../support/pool.js";
import { normal } from "../support/random.js";

const { candidates: candidatesOf, sample: drawn } = createSoftmax({ backend: "js" });

let threads: Pool;
beforeAll(async () => {
  threads = await pool({ threads: 2 });
});
afterAll(() => threads.close());

test("the same tokens and candidates as without one", async () => {
  const rows = normal("f32", 4 * 30_001, 3, 14);
  const shape = [4, 30_001];
  for (const filter of [{}, { topK: 20, topP: 0.9 }, { topP: 0.7 }, { minP: 0.1 }, { temperature: 0 }]) {
    const tokens = await threads.sample(rows, { ...filter, shape, seed: 3 });
    expect(Array.from(tokens)).toEqual(Array.from(drawn(rows, { ...filter, shape, seed: 3 })));
    const { indices, probabilities } = await threads.candidates(rows, { ...filter, shape });
    const expected = candidatesOf(rows, { ...filter, shape });
    expect(indices.every((index, k) => index === expected.indices[k])).toBe(true);
    expect(probabilities.every((p, k) => p === expected.probabilities[k])).toBe(true);
  }
  expect(await threads.sample(rows, { seed: 3 })).toBe(drawn(rows, { seed: 3 }));
  await expect(threads.sample(rows, { seed: 0.5 })).rejects.toThrow("seed");
});
