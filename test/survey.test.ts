import { expect, test } from "vitest";
import { select } from "../src/backend/select.js";
import { twoSum } from "../src/math/sums.js";
import { BLOCK, partsOfBlocks, surveyOf } from "../src/sampling/survey.js";
import { backends } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { normal, uniform } from "./support/random.js";
import type { ElementType } from "./support/ulp.js";

// What the kernels estimate, against compensated sums of Math.exp, which err by 2^-50 at most: plain ones of these lengths are off by
// as much as the kernels.
test.each(backends.flatMap((backend) => (["f32", "f64"] as const).map((type) => [backend, type] as const)))(
  "%s, %s: masses err by no more than the doubt",
  (backend, type: ElementType) => {
    const on = select({ backend });
    let largest = 0;
    for (let seed = 0; seed < (FULL ? 400 : 25); seed++) {
      const length = 12 * BLOCK + 77 * seed;
      const spread = [0.01, 0.5, 3, 12, 60][seed % 5];
      const logits =
        seed % 2
          ? normal(type, length, spread, seed, 10 * (seed % 7))
          : uniform(type, length, -spread, spread, seed);
      for (const temperature of [1, 0.7, 0.05, 13]) {
        const blocks = Math.floor(length / BLOCK);
        const parts = new Float64Array(4 * blocks);
        partsOfBlocks(on, logits, 1, length, temperature, parts);
        const survey = surveyOf(logits, parts, temperature, new Float64Array(blocks + 1));
        const exact = new Float64Array(blocks + 1);
        const max = Array.from(logits).reduce((a, b) => Math.max(a, b));
        expect(survey.max).toBe(max);
        const lost = new Float64Array(blocks + 1);
        for (let k = 0; k < length; k++) {
          const block = Math.floor(k / BLOCK);
          const { high, low } = twoSum(exact[block], Math.exp((logits[k] - max) / temperature));
          exact[block] = high;
          lost[block] += low;
        }
        for (let b = 0; b <= blocks; b++) exact[b] += lost[b];
        const total = exact.reduce((a, b) => a + b);
        let [below, expected] = [0, 0];
        for (let b = 0; b <= blocks; b++) {
          below += survey.masses[b];
          expected += exact[b];
          largest = Math.max(largest, Math.abs(below - expected) / total / survey.doubt);
        }
        expect(Math.abs(survey.total / total - 1)).toBeLessThan(survey.doubt / 4);
      }
    }
    // The doubt is some times the largest error found, as no bound of a block's mass is proved.
    expect(largest).toBeLessThan(1 / 4);
    expect(largest).toBeGreaterThan(0);
  },
);
