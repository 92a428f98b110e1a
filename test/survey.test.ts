import { expect, test } from "vitest";
import { select } from "../src/backend/select.js";
import type { FloatArray } from "../src/index.js";
import { compensatedSum } from "../src/math/sums.js";
import { BLOCK, partsOfBlocks, surveyOf } from "../src/sampling/survey.js";
import { backends } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { normal, uniform } from "./support/random.js";

/** The masses of blocks and of what is left over, by compensated sums of Math.exp, which err by 2^-50 at most. */
function exactMasses(logits: FloatArray, max: number, temperature: number): Float64Array {
  const terms = new Float64Array(logits.length);
  for (let k = 0; k < terms.length; k++) terms[k] = Math.exp((logits[k] - max) / temperature);
  return Float64Array.from({ length: Math.floor(terms.length / BLOCK) + 1 }, (_, block) => {
    const start = block * BLOCK;
    const { high, low } = compensatedSum(terms, start, Math.min(BLOCK, terms.length - start));
    return high + low;
  });
}

// What the kernels estimate, against those: plain sums of these lengths are off by as much as the kernels.
test.each(["f32", "f64"] as const)("%s: masses err by no more than the doubt", (type) => {
  const runs = backends.map((backend) => ({ backend, on: select({ backend }), largest: 0 }));
  for (let seed = 0; seed < (FULL ? 400 : 25); seed++) {
    const length = 12 * BLOCK + 77 * seed;
    const spread = [0.01, 0.5, 3, 12, 60][seed % 5];
    const logits =
      seed % 2
        ? normal(type, length, spread, seed, 10 * (seed % 7))
        : uniform(type, length, -spread, spread, seed);
    const max = Array.from(logits).reduce((a, b) => Math.max(a, b));
    for (const temperature of [1, 0.7, 0.05, 13]) {
      const exact = exactMasses(logits, max, temperature);
      const total = exact.reduce((a, b) => a + b);
      for (const run of runs) {
        const blocks = exact.length - 1;
        const parts = new Float64Array(4 * blocks);
        partsOfBlocks(run.on, logits, 1, length, temperature, parts);
        const survey = surveyOf(logits, parts, temperature, new Float64Array(blocks + 1));
        expect(survey.max, run.backend).toBe(max);
        let [below, expected] = [0, 0];
        for (let b = 0; b <= blocks; b++) {
          below += survey.masses[b];
          expected += exact[b];
          run.largest = Math.max(run.largest, Math.abs(below - expected) / total / survey.doubt);
        }
        expect(Math.abs(survey.total / total - 1), run.backend).toBeLessThan(survey.doubt / 4);
      }
    }
  }
  for (const { backend, largest } of runs) {
    // The doubt is some times the largest error found, as no bound of a block's mass is proved.
    expect(largest, backend).toBeLessThan(1 / 4);
    expect(largest, backend).toBeGreaterThan(0);
  }
});
