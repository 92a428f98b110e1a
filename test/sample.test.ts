import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSoftmax, type FilterOptions, type FloatArray, type SampleOptions } from "../src/index.js";
import { keyOf, uniformAt } from "../src/math/counterRandom.js";
import { describeBackends, libraries } from "./support/backends.js";
import { expectError } from "./support/errors.js";
import { fill, normal, random } from "./support/random.js";
import { type Filtering, referenceCandidates, referenceDraw } from "./support/sampling.js";
import type { ElementType } from "./support/ulp.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const { candidates: candidatesOf, sample: drawn } = createSoftmax({ backend: "js" });

describeBackends(({ sample, candidates }) => {
  // llama.cpp sorts where a filter is on, and then draws another token.
  test("a filter that removes nothing changes no draw", () => {
    for (const length of [40, 20_000]) {
      const logits = normal("f32", length, 3, 8);
      const expected = sample(logits, { seed: 9, draws: 40 });
      const filters = [
        { topK: length },
        { topK: length + 1 },
        { topP: 1 - 2 ** -53 },
        { minP: 1e-300 },
        { topNSigma: 100 },
        { typicalP: 1 - 2 ** -53 },
        { minTokensToKeep: length },
        { bias: new Map([[3, 0]]) },
        { mask: new Uint8Array(length).fill(1) },
        { topK: length, topP: 1, minP: 0, typicalP: 1, topNSigma: inf },
      ];
      for (const filter of filters) {
        expect(Array.from(sample(logits, { ...filter, seed: 9, draws: 40 }))).toEqual(Array.from(expected));
        for (let draw = 0; draw < 3; draw++) {
          expect(sample(logits, { ...filter, seed: draw })).toBe(sample(logits, { seed: draw }));
        }
      }
    }
  });

  test("one draw is the first of many, and a lane of a batch has its own number", () => {
    const length = 6001;
    const rows = normal("f32", 5 * length, 2, 10);
    for (const filter of [{}, { topK: 5 }, { topP: 0.9 }, { minP: 0.01 }, { typicalP: 0.5 }]) {
      const many = sample(rows, { ...filter, seed: 11, shape: [5, length], draws: 7 });
      const one = sample(rows, { ...filter, seed: 11, shape: [5, length] });
      expect(Array.from(one)).toEqual([0, 7, 14, 21, 28].map((k) => many[k]));
      const first = sample(rows.subarray(0, length), { ...filter, seed: 11, draws: 7 });
      expect(Array.from(first)).toEqual(Array.from(many.subarray(0, 7)));
      expect(sample(rows.subarray(0, length), { ...filter, seed: 11 })).toBe(many[0]);
      const u = (lane: number) => uniformAt(keyOf(11), lane, 0);
      const alone = [0, 1, 2, 3, 4].map((l) =>
        sample(rows.slice(l * length, (l + 1) * length), { ...filter, random: () => u(l) }),
      );
      expect(Array.from(one)).toEqual(alone);
    }
  });

  test("lanes of any layout, and draws in their order", () => {
    const x = normal("f64", 288, 2, 12);
    const strided = sample(x, { seed: 1, shape: [4, 12, 6], axis: 1, draws: 2 });
    const rows = Float64Array.from({ length: 288 }, (_, at) => {
      const [lane, k] = [Math.floor(at / 12), at % 12];
      return x[Math.floor(lane / 6) * 72 + k * 6 + (lane % 6)];
    });
    expect(Array.from(strided)).toEqual(Array.from(sample(rows, { seed: 1, shape: [24, 12], draws: 2 })));
    expect(sample(x, { seed: 1, shape: [4, 12, 6], axis: [0, 2] })).toHaveLength(12);
    expect(sample([], { seed: 1, shape: [0, 4] })).toHaveLength(0);
    expect(sample([1, 2], { seed: 1, draws: 0 })).toHaveLength(0);
  });

  test.each([
    ["nothing but -Infinity", [-inf, -inf]],
    ["NaN", [1, nan, 2]],
    ["+Infinity", [1, inf, 2]],
    ["no tokens", []],
  ])("%s: -1, and its neighbours do not notice", (_, logits) => {
    const filters = [
      {},
      { topK: 1 },
      { topP: 0.5 },
      { minP: 0.5 },
      { typicalP: 0.5 },
      { topNSigma: 1 },
      { temperature: 0 },
    ];
    for (const filter of filters) {
      expect(sample(logits, { ...filter, seed: 1 })).toBe(-1);
      expect(Array.from(sample(logits, { ...filter, seed: 1, draws: 2 }))).toEqual([-1, -1]);
      if (logits.length === 0) continue;
      const other = logits.map((_, k) => k);
      const both = sample([...logits, ...other], { ...filter, seed: 1, shape: [2, logits.length] });
      const u = uniformAt(keyOf(1), 1, 0);
      expect(Array.from(both)).toEqual([-1, sample(other, { ...filter, random: () => u })]);
    }
  });

  // onnxruntime's Multinomial answers with the class count here, an index past the end.
  test("all masked, or made impossible: -1; a masked NaN does not matter", () => {
    expect(sample([1, 2], { mask: [0, 0], seed: 1 })).toBe(-1);
    expect(sample([1, 2], { bias: [-inf, -inf], seed: 1 })).toBe(-1);
    expect(Array.from(sample([nan, 2, inf], { mask: [0, 1, 0], seed: 1, draws: 3 }))).toEqual([1, 1, 1]);
    const long = new Float32Array(10_000).fill(nan);
    long[7777] = 1;
    const mask = Uint8Array.from(long, (x) => (x === 1 ? 1 : 0));
    expect(Array.from(sample(long, { mask, seed: 2, draws: 3 }))).toEqual([7777, 7777, 7777]);
  });

  test("temperature 0: the largest, the first of equals", () => {
    expect(sample([1, 3, 3, 2], { temperature: 0 })).toBe(1);
    expect(Array.from(sample([1, 3, 3, 2, 0, 0], { temperature: 0, shape: [3, 2] }))).toEqual([1, 0, 0]);
  });

  describe("random", () => {
    test("is called once for each draw, in the order of lanes", () => {
      let calls = 0;
      const numbers = [0.1, 0.3, 0.6, 0.9, 0, 0.99];
      const next = () => numbers[calls++];
      const rows = new Float64Array(12);
      expect(Array.from(sample(rows, { random: next, shape: [3, 4], draws: 2 }))).toEqual([0, 1, 2, 3, 0, 3]);
      expect(calls).toBe(6);
    });

    test("may give 0, and what is next to 1", () => {
      expect(sample([-inf, 1, 1], { random: () => 0 })).toBe(1);
      expect(sample([1, 1, -inf], { random: () => 1 - 2 ** -53 })).toBe(1);
      const long = new Float32Array(10_000).fill(-inf, 0, 100).fill(-inf, 9000);
      expect(sample(long, { random: () => 0 })).toBe(100);
      expect(sample(long, { random: () => 1 - 2 ** -53 })).toBe(8999);
    });

    test("must give numbers in [0, 1)", () => {
      for (const wrong of [1, -0.1, nan, inf]) {
        expectError(() => sample([1, 2], { random: () => wrong }), RangeError, "random");
      }
      expectError(() => sample([1, 2], { random: (() => "0") as never }), TypeError, "random");
    });

    test("must leave the arrays as long as they are", () => {
      const logits = new Float64Array(8);
      const detach = () => {
        structuredClone(logits.buffer, { transfer: [logits.buffer] });
        return 0.5;
      };
      expectError(() => sample(logits, { random: detach }), TypeError, "logits");
    });

    test("may draw too", () => {
      const logits = normal("f32", 9000, 3, 5);
      const inner = sample(logits, { seed: 5, topP: 0.9 });
      let seen = -2;
      const outer = sample(logits, {
        topP: 0.8,
        random: () => {
          seen = sample(logits, { seed: 5, topP: 0.9 });
          return 0.37;
        },
      });
      expect(seen).toBe(inner);
      expect(outer).toBe(sample(logits, { topP: 0.8, random: () => 0.37 }));
    });
  });

  describe("logProbability", () => {
    const logits = [1, 3, 2, 0];
    const total = Math.log(Math.exp(3) + Math.exp(2));

    test("filtered: under what is drawn from", () => {
      for (let seed = 0; seed < 5; seed++) {
        const one = sample(logits, { topK: 2, seed, logProbability: "filtered" });
        expect(one.logProbability).toBeCloseTo(logits[one.index] - total, 14);
      }
      const greedy = sample(logits, { temperature: 0, logProbability: "filtered" });
      expect(greedy).toEqual({ index: 1, logProbability: 0 });
      const long = normal("f32", 20_000, 3, 6);
      const { indices, logProbabilities } = sample(long, {
        seed: 1,
        draws: 3,
        temperature: 2,
        logProbability: "filtered",
      });
      const { indices: all, probabilities } = candidates(long, { temperature: 2 });
      for (let k = 0; k < 3; k++) {
        expect(logProbabilities[k]).toBeCloseTo(Math.log(probabilities[all.indexOf(indices[k])]), 13);
      }
    });

    test("unfiltered: under softmax of the logits as they are", () => {
      const all = Math.log(Math.exp(1) + Math.exp(3) + Math.exp(2) + 1);
      const options = { temperature: 0.5, topK: 1, mask: [1, 0, 1, 1], bias: new Map([[2, 9]]), seed: 1 };
      const one = sample(logits, { ...options, logProbability: "unfiltered" });
      expect(one.index).toBe(2);
      expect(one.logProbability).toBeCloseTo(2 - all, 14);
      const none = sample([1, nan], { mask: [1, 0], seed: 1, logProbability: "unfiltered" });
      expect(none).toEqual({ index: 0, logProbability: nan });
    });

    test("of nothing it is NaN, and of several an array", () => {
      const several = sample([-inf, -inf, 0, 0], { shape: [2, 2], seed: 1, logProbability: "filtered" });
      expect(several.indices[0]).toBe(-1);
      expect(Array.from(several.logProbabilities)).toEqual([nan, -Math.LN2]);
      expect(sample([-inf], { seed: 1, logProbability: "unfiltered" })).toEqual({
        index: -1,
        logProbability: nan,
      });
    });
  });

  test("without seed and random, draws differ from call to call", () => {
    const logits = new Float32Array(1e5);
    expect(new Set([1, 2, 3, 4, 5].map(() => sample(logits))).size).toBeGreaterThan(2);
  });
});

test.each(["f32", "f64"] as ElementType[])(
  "%s: every backend draws what the exact reference draws",
  (type) => {
    const logit = fc.oneof(
      fc.integer({ min: -8, max: 8 }).map((n) => n / 2),
      fc.constantFrom(-inf, -30),
    );
    const filtering = fc.record(
      {
        temperature: fc.constantFrom(0, 0.5, 1, 2),
        topK: fc.integer({ min: 0, max: 9 }),
        topP: fc.constantFrom(0, 0.3, 0.8, 0.95, 1),
        minP: fc.constantFrom(0, 0.1, 0.5),
        typicalP: fc.constantFrom(0.3, 0.9, 1),
      },
      { requiredKeys: [] },
    );
    const check = (numbers: number[], options: Filtering, seed: number) => {
      const logits = fill(type, numbers.length, (k) => numbers[k]);
      const u = uniformAt(keyOf(seed), 0, 0);
      const expected = referenceDraw(referenceCandidates(logits, options), u);
      for (const { sample, backend } of libraries) {
        expect(sample(logits, { ...options, seed } as SampleOptions), backend).toBe(expected);
      }
    };
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 16 }), filtering, fc.maxSafeInteger(), check),
      { numRuns: 300, seed: 13 },
    );
  },
);

describe("the same draws on every backend, of either type", () => {
  const length = 20_037;
  const filters: FilterOptions[] = [
    {},
    { temperature: 0.6 },
    { temperature: 3 },
    { topP: 0.9 },
    { topP: 0.99, temperature: 1.5 },
    { minP: 0.05 },
    { topK: 50, topP: 0.9 },
    { typicalP: 0.8 },
    { topNSigma: 1 },
  ];
  const lanes: { [name: string]: FloatArray } = {
    normal: normal("f32", length, 3, 1),
    peaked: normal("f32", length, 8, 2),
    flat: normal("f32", length, 0.1, 3),
    equal: new Float32Array(length).fill(1.5),
  };
  test.each(Object.keys(lanes))("%s", (name) => {
    const logits = lanes[name];
    const double = Float64Array.from(logits);
    for (const filter of filters) {
      // Of many draws at once, each lane is weighed in double precision; of a few, kernels survey it.
      const expected = drawn(logits, { ...filter, seed: 20, draws: 25 });
      for (const { sample } of libraries) {
        expect(Array.from(sample(double, { ...filter, seed: 20, draws: 25 }))).toEqual(Array.from(expected));
        let k = 0;
        const next = () => uniformAt(keyOf(20), 0, k);
        for (; k < 25; k++) expect(sample(logits, { ...filter, random: next })).toBe(expected[k]);
      }
    }
  });

  test("at the very border between two tokens too", () => {
    const logits = lanes.normal;
    const { indices, probabilities } = candidatesOf(logits);
    const shares = new Float64Array(length);
    for (const [k, index] of indices.entries()) shares[index] = probabilities[k];
    const next = random(30);
    let below = 0;
    for (let k = 0; k < length; k++) {
      below += shares[k];
      if (next() > 0.002) continue;
      const expected = drawn(logits, { random: () => below, draws: 1, logProbability: "filtered" })
        .indices[0];
      for (const { sample } of libraries) expect(sample(logits, { random: () => below })).toBe(expected);
    }
  });
});

describe("arguments", () => {
  const { sample } = createSoftmax({ backend: "js" });
  const call = (options: unknown) => () => sample([1, 2, 3], options as SampleOptions);

  test("seed: a safe integer or a bigint, modulo 2^64", () => {
    for (const seed of [0.5, 2 ** 53, nan, inf]) expectError(call({ seed }), RangeError, "seed");
    for (const seed of ["1", null, true, {}]) expectError(call({ seed }), TypeError, "seed");
    const wide = new Float32Array(1000);
    expect(sample(wide, { seed: -1 })).toBe(sample(wide, { seed: 2n ** 64n - 1n }));
    expect(new Set([0, 1, -1, 2 ** 53 - 1, 5n].map((seed) => sample(wide, { seed }))).size).toBe(5);
  });

  test("random, draws and logProbability", () => {
    expectError(call({ random: 0.5 }), TypeError, "random");
    expectError(call({ random: Math.random, seed: 1 }), TypeError, "seed and random");
    for (const draws of [-1, 0.5, nan, inf]) expectError(call({ draws }), RangeError, "draws");
    expectError(call({ draws: "2" }), TypeError, "draws");
    expect(call({ draws: 2 ** 52, seed: 1 })).toThrow("sample: there is no memory");
    expectError(call({ logProbability: "all" }), RangeError, "logProbability");
    expectError(call({ logProbability: true }), TypeError, "logProbability");
  });

  test.each([
    ["top_k", "topK"],
    ["manual_seed", "seed"],
    ["rng", "random"],
    ["num_samples", "draws"],
    ["logprobs", "logProbability"],
  ])("%s is refused with advice", (name, advised) => {
    expect(call({ [name]: 1 })).toThrow(`did you mean ${advised}?`);
  });
});
