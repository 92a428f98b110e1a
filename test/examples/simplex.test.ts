import { beforeAll, describe, expect, it } from "vitest";
import { capacity } from "../../examples/simplex/capacity.js";
import { init } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { random } from "../support/random.js";
import { runExample } from "./run.js";

type Channel = readonly (readonly number[])[];

/** Shannon's channel: A always arrives, B and C turn into each other with probability q. */
const shannon = (q: number): Channel => [
  [1, 0, 0],
  [0, 1 - q, q],
  [0, q, 1 - q],
];

/** His solution: with beta = e^(entropy of q), A is sent with β / (β + 2), and the capacity is log((β + 2) / β). */
function solution(q: number): { a: number; nats: number } {
  const entropy = [q, 1 - q].reduce((sum, p) => sum - (p === 0 ? 0 : p * Math.log(p)), 0);
  const beta = Math.exp(entropy);
  return { a: beta / (beta + 2), nats: Math.log((beta + 2) / beta) };
}

/** A matrix with positive entries, rows that sum to 1, and most of the weight on the diagonal. */
function randomChannel(symbols: number, seed: number): Channel {
  const next = random(seed);
  return Array.from({ length: symbols }, (_, i) => {
    const weights = Array.from({ length: symbols }, (_, j) => next() + (i === j ? symbols : 0));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  });
}

/** D_i, as entropies: Σ_j W_ij log W_ij - Σ_j W_ij log q_j. */
function divergences(channel: Channel, p: ArrayLike<number>): number[] {
  const q = channel[0].map((_, j) => channel.reduce((sum, row, i) => sum + p[i] * row[j], 0));
  return channel.map((row) => {
    const logarithms = row.map((w, j) => (w === 0 ? 0 : w * Math.log(w) - w * Math.log(q[j])));
    return logarithms.reduce((a, b) => a + b);
  });
}

describe.each(backends)("examples/simplex on %s", (backend) => {
  beforeAll(() => init({ backend }));

  it.each([0, 1e-6, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])(
    "finds Shannon's solution for q = %d",
    (q) => {
      const { information, input } = capacity(shannon(q));
      const { a, nats } = solution(q);
      expect(Math.abs(information - nats)).toBeLessThan(1e-12);
      // I is flat at its maximum, so that p is known to half as many digits.
      expect(Math.abs(input[0] - a)).toBeLessThan(1e-6);
      expect(Math.abs(input[1] - input[2])).toBeLessThan(1e-15);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("meets the optimality conditions on random channel %d", (seed) => {
    const channel = randomChannel(1 + seed, seed);
    const { information, bound, input, steps } = capacity(channel);
    const d = divergences(channel, input);
    expect(Math.abs(input.reduce((sum, p) => sum + p) - 1)).toBeLessThan(1e-15);
    for (const divergence of d) expect(Math.abs(divergence - information)).toBeLessThan(1e-8);
    // The gradient within the simplex: what is left of D without its mean.
    const mean = d.reduce((sum, value) => sum + value) / d.length;
    expect(Math.hypot(...d.map((value) => value - mean))).toBeLessThan(1e-8);
    expect(bound - information).toBeLessThanOrEqual(1e-12);
    expect(steps).toBeGreaterThan(5);

    const next = random(seed);
    for (let trial = 0; trial < 100; trial++) {
      const weights = input.map((p) => p * Math.exp(next() - 0.5));
      const sum = weights.reduce((a, b) => a + b);
      const other = weights.map((weight) => weight / sum);
      const carried = divergences(channel, other).reduce((total, value, i) => total + other[i] * value, 0);
      expect(carried).toBeLessThan(bound);
    }
  });

  it("bounds the capacity where the best input leaves a symbol out", () => {
    // The middle symbol arrives as either of the others: the best is not to send it, and one bit is carried.
    const channel = [
      [1, 0],
      [0.5, 0.5],
      [0, 1],
    ];
    const { information, bound, input, steps } = capacity(channel, 1e-12, 1000);
    expect(steps).toBe(1000);
    expect(information).toBeLessThanOrEqual(Math.LN2);
    expect(bound).toBeGreaterThanOrEqual(Math.LN2 - 1e-15);
    expect(input[1]).toBeLessThan(1e-3);
  });
});

it("examples/simplex prints what it computes", async () => {
  const text = await runExample("simplex");
  const lines = Array.from(text.matchAll(/^ +([\d.]+) +([\d.]+) bits .*?([\d.]+) % .*? ([\d.]+) % /gm));
  expect(lines.length).toBe(9);
  for (const [, q, bits, a, b] of lines) {
    const { a: share, nats } = solution(Number(q));
    expect(bits).toBe((nats / Math.LN2).toFixed(6));
    expect([a, b]).toEqual([share, (1 - share) / 2].map((p) => (100 * p).toFixed(1)));
  }
  expect(text).not.toContain("\x1b");
});
