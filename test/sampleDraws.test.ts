import { describe, expect, test } from "vitest";
import { describeBackends } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { normal } from "./support/random.js";

const VOCABULARY = 151_936;

/** How often each index comes up; those of -1 are in the last place. */
function counts(indices: Int32Array, length: number): number[] {
  const found = new Array(length + 1).fill(0);
  for (const index of indices) found[index < 0 ? length : index]++;
  return found;
}

/** Pearson's statistic as a normal variable (Wilson and Hilferty, 1931): how many deviations it lies from its mean. */
function deviation(observed: readonly number[], expected: readonly number[]): number {
  const statistic = observed.reduce((sum, count, k) => sum + (count - expected[k]) ** 2 / expected[k], 0);
  const freedom = observed.length - 1;
  const variance = 2 / (9 * freedom);
  return (Math.cbrt(statistic / freedom) - (1 - variance)) / Math.sqrt(variance);
}

describeBackends(({ backend, sample, candidates }) => {
  // Draws are the same on every backend: sample.test.ts.
  describe.runIf(FULL || backend === "simd")("draws by chi-square, at fixed seeds", () => {
    const draws = 1e6;

    test("a small vocabulary", () => {
      const p = [0.4, 0.3, 0.15, 0.1, 0.05];
      const found = counts(sample(p.map(Math.log), { seed: 1, draws }), 5);
      expect(found.pop()).toBe(0);
      expect(
        Math.abs(
          deviation(
            found,
            p.map((share) => share * draws),
          ),
        ),
      ).toBeLessThan(3);
    });

    test("with filters and a temperature: what candidates gives", () => {
      const logits = normal("f32", 300, 2, 3);
      const options = { temperature: 1.4, topK: 60, topP: 0.93, minP: 0.01 };
      const { indices, probabilities } = candidates(logits, options);
      const found = counts(sample(logits, { ...options, seed: 2, draws }), 300);
      const observed = Array.from(indices, (index) => found[index]);
      expect(observed.reduce((a, b) => a + b)).toBe(draws);
      expect(
        Math.abs(
          deviation(
            observed,
            Array.from(probabilities, (p) => p * draws),
          ),
        ),
      ).toBeLessThan(3);
    });

    test("a vocabulary of 151,936, by groups of tokens", () => {
      const logits = normal("f32", VOCABULARY, 1, 4);
      const groups = 997;
      const expected = new Array(groups).fill(0);
      const { indices, probabilities } = candidates(logits);
      for (const [k, index] of indices.entries()) expected[index % groups] += probabilities[k] * draws;
      const observed = new Array(groups).fill(0);
      for (const index of sample(logits, { seed: 3, draws })) observed[index % groups]++;
      expect(Math.abs(deviation(observed, expected))).toBeLessThan(3);
    });

    // In another library half of a vocabulary cannot be drawn, as its noise comes from a table.
    test("every token can be drawn: equal logits, by single tokens", () => {
      const observed = counts(sample(new Float32Array(20_000), { seed: 4, draws }), 20_000);
      observed.pop();
      expect(Math.abs(deviation(observed, new Array(20_000).fill(draws / 20_000)))).toBeLessThan(3);
    });

    test("over seeds instead of draws, and over lanes", () => {
      const p = [0.4, 0.3, 0.2, 0.1];
      const logits = p.map(Math.log);
      const bySeed = counts(
        Int32Array.from({ length: 20_000 }, (_, seed) => sample(logits, { seed })),
        4,
      );
      const rows = Array.from({ length: 20_000 }, () => logits).flat();
      const byLane = counts(sample(rows, { seed: 5, shape: [20_000, 4] }), 4);
      for (const found of [bySeed, byLane]) {
        found.pop();
        expect(
          Math.abs(
            deviation(
              found,
              p.map((share) => share * 20_000),
            ),
          ),
        ).toBeLessThan(3);
      }
    });

    // tf.multinomial draws every row of a batch with the same numbers.
    test("lanes are independent of each other", () => {
      const logits = Float64Array.from({ length: 8 }, () => 0);
      const indices = sample(logits, { seed: 6, shape: [2, 4], draws: draws / 2 });
      const pairs = new Array(16).fill(0);
      for (let k = 0; k < draws / 2; k++) pairs[4 * indices[k] + indices[draws / 2 + k]]++;
      expect(Math.abs(deviation(pairs, new Array(16).fill(draws / 32)))).toBeLessThan(3);
      // And so is a draw of the one before.
      pairs.fill(0);
      for (let k = 1; k < draws / 2; k++) pairs[4 * indices[k - 1] + indices[k]]++;
      expect(Math.abs(deviation(pairs, new Array(16).fill(draws / 32)))).toBeLessThan(3);
    });
  });
});
