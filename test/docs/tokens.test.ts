import { describe, expect } from "vitest";
import { candidates, sample } from "../../src/index.js";
import { checkColumn } from "./tokensTable.js";

type Options = Parameters<typeof candidates>[1];

/** Logits with these probabilities. */
const logits = (probabilities: readonly number[]) => probabilities.map(Math.log);
const keptOf = (x: readonly number[], options: Options) => Array.from(candidates(x, options).indices);
const countOf = (probabilities: readonly number[], topP: number) =>
  candidates(logits(probabilities), { topP }).indices.length;

const { NEGATIVE_INFINITY: NOTHING, POSITIVE_INFINITY, NaN: NAN } = Number;

describe("the column of this package", () => {
  checkColumn("here", {
    "known by": {
      tests: () => {},
    },
    "top-k, ties at place k": {
      "exactly k, lowest index": () => expect(keptOf([1, 0, 2, 1, 1], { topK: 3 })).toEqual([2, 0, 3]),
    },
    "top-k of 0; over the size": {
      "off; off": () => {
        for (const topK of [0, 4]) expect(keptOf([1, 0, 2], { topK })).toEqual([2, 0, 1]);
      },
    },
    "top-p, the crossing token": {
      "stays, by sums in double-double": () => {
        expect(countOf([0.5, 0.3, 0.2], 0.6)).toBe(2);
        // A sum in float32 is off by some hundred of these.
        expect(candidates(new Float32Array(151_000), { topP: 0.999 }).indices.length).toBe(150_849);
      },
    },
    "[.5 .3 .1 .1] at p = 0.8": { 2: () => expect(countOf([0.5, 0.3, 0.1, 0.1], 0.8)).toBe(2) },
    "[.8 .1 .1] at p = 0.8": { 1: () => expect(countOf([0.8, 0.1, 0.1], 0.8)).toBe(1) },
    "ten of .1 at p = 0.1": { 1: () => expect(countOf(Array(10).fill(0.1), 0.1)).toBe(1) },
    "min-p": {
      "x / T ≥ max / T + ln(minP)": () => {
        const x = [0, Math.log(0.5), Math.log(0.49)];
        expect(keptOf(x, { minP: 0.5 })).toEqual([0, 1]);
        expect(keptOf(x, { minP: 0.25, temperature: 0.5 })).toEqual([0, 1]);
      },
    },
    order: {
      "T, top-nσ, k, p, min-p, typical": () => {
        // In each, the two filters keep something else in the other order.
        expect(keptOf(logits([0.6, 0.4]), { temperature: 0.5, topP: 0.65 })).toEqual([0]);
        expect(keptOf([3, 2, 0, 0, 0, 0], { topNSigma: 0.9, topK: 2 })).toEqual([0, 1]);
        expect(keptOf(logits([0.4, 0.3, 0.2, 0.1]), { topK: 2, topP: 0.5 })).toEqual([0]);
        expect(keptOf(logits([0.5, 0.3, 0.1, 0.1]), { topP: 0.6, minP: 0.5 })).toEqual([0, 1]);
        expect(keptOf(logits([0.5, 0.2, 0.2, 0.1]), { minP: 0.9, typicalP: 0.2 })).toEqual([0]);
      },
    },
    "temperature 0": {
      "greedy, first of equals": () => {
        expect(sample([1, 2, 2], { temperature: 0 })).toBe(1);
      },
    },
    "nothing left": {
      "−1": () => {
        expect(sample([NOTHING, NOTHING])).toBe(-1);
        expect(sample([1, 2], { mask: [0, 0] })).toBe(-1);
      },
    },
    "NaN or +∞ in the lane": {
      "−1": () => {
        for (const wrong of [NAN, POSITIVE_INFINITY]) expect(sample([1, wrong, 2])).toBe(-1);
      },
    },
    "random numbers": {
      "of seed, lane and draw; or yours": () => {
        const x = new Float32Array(300);
        const shape = [3, 100];
        const options = { shape, seed: 1, draws: 4 };
        const drawn = sample(x, options);
        expect(sample(x, options)).toEqual(drawn);
        expect(sample(x, { ...options, draws: 2 })).toEqual(drawn.filter((_, k) => k % 4 < 2));
        expect(sample(x.subarray(0, 200), { ...options, shape: [2, 100] })).toEqual(drawn.subarray(0, 8));
        const numbers = [0, 0.5, 0.999];
        expect(Array.from(sample(x, { shape, random: () => numbers.shift() ?? NAN }))).toEqual([0, 50, 99]);
      },
    },
  });
});
