import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CandidatesOf, CandidatesOptions, FloatArray } from "../src/index.js";
import { createSoftmax } from "../src/index.js";
import { describeBackends, libraries } from "./support/backends.js";
import { expectError } from "./support/errors.js";
import { fill, normal, uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { type Filtering, referenceCandidates } from "./support/sampling.js";
import type { ElementType } from "./support/ulp.js";

const TYPES: readonly ElementType[] = ["f32", "f64"];
const VOCABULARY = 151_936;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Not by toEqual, which takes a second for 100,000 numbers. */
function expectSameCandidates(actual: CandidatesOf<undefined>, expected: CandidatesOf<undefined>): void {
  expect(actual.indices).toHaveLength(expected.indices.length);
  expect(actual.indices.every((index, k) => index === expected.indices[k])).toBe(true);
  expectSame(actual.probabilities, expected.probabilities);
}

/** The logarithms of decimals. */
const logs = (...p: number[]) => p.map((value) => Math.log(value));

describeBackends(({ candidates, allocate }) => {
  const kept = (logits: FloatArray | number[], options: CandidatesOptions = {}) =>
    Array.from(candidates(logits, options).indices);

  describe("each filter", () => {
    test("none: all tokens above -Infinity, in order", () => {
      const { indices, probabilities } = candidates([0, 2, -inf, 2, 1]);
      expect(Array.from(indices)).toEqual([1, 3, 4, 0]);
      expect(probabilities[0]).toBe(probabilities[1]);
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 15);
      expect(probabilities[2] / probabilities[3]).toBeCloseTo(Math.E, 14);
    });

    // The table of what others do: transformers and vLLM keep all that are tied at place k, llama.cpp any of them.
    test("topK: exactly k, of equals those of the lowest indices; 0 and k >= n are off", () => {
      expect(kept([1, 1, 1, 1], { topK: 2 })).toEqual([0, 1]);
      expect(kept([0, 3, 1, 3, 3], { topK: 2 })).toEqual([1, 3]);
      for (const topK of [0, 3, 4, 1e9, Number.MAX_SAFE_INTEGER]) {
        expect(kept([1, 3, 2], { topK })).toEqual([1, 2, 0]);
      }
    });

    // [0.5, 0.3, 0.1, 0.1] at 0.8: llama.cpp keeps 3. [0.8, 0.1, 0.1] at 0.8: vLLM keeps 2. Ten of 0.1 at 0.1: transformers 2.
    test.each([
      [logs(0.5, 0.3, 0.1, 0.1), 0.8, 2],
      [logs(0.8, 0.1, 0.1), 0.8, 1],
      [logs(...new Array(10).fill(0.1)), 0.1, 1],
      [logs(...new Array(10).fill(0.1)), 0.3, 3],
      [logs(...new Array(10).fill(0.1)), 0.7, 7],
      [logs(...new Array(1000).fill(0.001)), 0.999, 999],
      [logs(0.5, 0.3, 0.1, 0.1), 0.80001, 3],
      [logs(0.5, 0.3, 0.1, 0.1), 0.79999, 2],
      [logs(0.5, 0.3, 0.1, 0.1), 0, 1],
      [logs(0.5, 0.3, 0.1, 0.1), 1e-300, 1],
      [logs(0.5, 0.3, 0.1, 0.1), 0.5, 1],
      [logs(0.5, 0.3, 0.1, 0.1), 1, 4],
    ])("topP: the token that crosses stays: %#", (logits, topP, count) => {
      expect(kept(logits, { topP })).toEqual(Array.from({ length: count }, (_, k) => k));
    });

    test("topP is a share of what topK has left", () => {
      // 5/9 + 3/9 = 0.89 of the first three.
      expect(kept(logs(0.5, 0.3, 0.1, 0.1), { topK: 3, topP: 0.85 })).toEqual([0, 1]);
      expect(kept(logs(0.5, 0.3, 0.1, 0.1), { topP: 0.85 })).toEqual([0, 1, 2]);
    });

    test("minP: ties at the limit stay, and at least the maximum", () => {
      expect(kept(logs(0.5, 0.25, 0.125, 0.125), { minP: 0.25 })).toEqual([0, 1, 2, 3]);
      expect(kept(logs(0.5, 0.3, 0.1, 0.1), { minP: 0.2 })).toEqual([0, 1, 2, 3]);
      expect(kept(logs(0.5, 0.3, 0.1, 0.1), { minP: 0.20001 })).toEqual([0, 1]);
      expect(kept([1, 3, 3, 2], { minP: 1 })).toEqual([1, 2]);
      expect(kept([1, 3, 3, 2], { minP: 0 })).toEqual([1, 2, 3, 0]);
      // At T = 1/2, e^-1 becomes e^-2.
      expect(kept([0, -1], { minP: 0.2 })).toEqual([0, 1]);
      expect(kept([0, -1], { minP: 0.2, temperature: 0.5 })).toEqual([0]);
    });

    test("topNSigma: the deviation of a population, without what is at -Infinity, whatever the temperature", () => {
      // Mean 2.5, σ = √1.25 = 1.118: those from 4 - 1.118 on.
      for (const temperature of [0.1, 1, 7]) {
        expect(kept([1, 4, 2, 3, -inf], { topNSigma: 1, temperature })).toEqual([1, 3]);
      }
      expect(kept([1, 4, 2, 3], { topNSigma: inf })).toEqual([1, 3, 2, 0]);
      expect(kept([2, 2, 2], { topNSigma: 1e-9 })).toEqual([0, 1, 2]);
      expect(kept([1.7e308, -1.7e308, 1.6e308], { topNSigma: 1 })).toEqual([0, 2]);
    });

    test("typicalP: those nearest to the entropy, and -Infinity does not count", () => {
      // H = 1.168: -log p is 0.693, 1.204, 2.303, 2.303. Nearest is 0.3, then 0.5.
      const logits = logs(0.5, 0.3, 0.1, 0.1);
      expect(kept(logits, { typicalP: 0.3 })).toEqual([1]);
      expect(kept(logits, { typicalP: 0.31 })).toEqual([0, 1]);
      expect(kept(logits, { typicalP: 0.8 })).toEqual([0, 1]);
      expect(kept(logits, { typicalP: 0.85 })).toEqual([0, 1, 2]);
      expect(kept(logits, { typicalP: 0 })).toEqual([1]);
      expect(kept(logits, { typicalP: 1 })).toEqual([0, 1, 2, 3]);
      // 0 · log 0 = 0: with a banned token, another library keeps other tokens.
      expect(kept([...logits, -inf], { typicalP: 0.31 })).toEqual([0, 1]);
    });

    test("temperature 0 keeps the largest, the first of equals, whatever the other filters are", () => {
      for (const topNSigma of [undefined, 1]) {
        const options = { temperature: 0, topK: 3, topP: 0.9, minP: 0.1, typicalP: 0.2, topNSigma };
        const { indices, probabilities } = candidates([1, 3, 3, 2], { ...options, minTokensToKeep: 2 });
        expect([Array.from(indices), Array.from(probabilities)]).toEqual([[1], [1]]);
      }
    });

    test("minTokensToKeep: as many, where there are, by all filters but topK", () => {
      const logits = [5, 0, 3, -inf, 4, -2];
      for (const filter of [{ topP: 0 }, { minP: 1 }, { topNSigma: 1e-6 }, { topP: 0.1, minP: 0.9 }]) {
        expect(kept(logits, { ...filter, minTokensToKeep: 3 })).toEqual([0, 4, 2]);
        expect(kept(logits, { ...filter, minTokensToKeep: 99 })).toEqual([0, 4, 2, 1, 5]);
      }
      expect(candidates(logits, { typicalP: 0, minTokensToKeep: 3 }).indices).toHaveLength(3);
      expect(kept(logits, { topK: 2, minTokensToKeep: 3 })).toEqual([0, 4]);
      const wide = normal("f32", 50_000, 3, 2);
      const first = kept(wide, { topK: 7 });
      for (const filter of [{ topP: 0 }, { minP: 1 }, { topNSigma: 0.1 }]) {
        expect(kept(wide, { ...filter, minTokensToKeep: 7 })).toEqual(first);
      }
    });
  });

  describe("mask and bias", () => {
    test("what the mask leaves out is no candidate, even NaN and +Infinity", () => {
      expect(kept([1, nan, 3, inf], { mask: [1, 0, 1, 0] })).toEqual([2, 0]);
      expect(kept([1, nan, 3, inf], { mask: Uint8Array.of(0, 0, 0, 0) })).toEqual([]);
      expect(kept([1, 2], { mask: [false, true], topK: 2 })).toEqual([1]);
    });

    test("a bias is added before all filters, in double precision", () => {
      expect(kept(Float32Array.of(1, 2, 3), { bias: new Map([[0, 5]]), topK: 2 })).toEqual([0, 2]);
      expect(kept([1, 2, 3], { bias: [5, 0, 0], topK: 2 })).toEqual([0, 2]);
      expect(kept(Float32Array.of(1, 1), { bias: new Map([[1, 1e-12]]), topK: 1 })).toEqual([1]);
      expect(kept([1, 2], { bias: Float32Array.of(0, -5) })).toEqual([0, 1]);
    });

    test("a bias of -Infinity makes a token impossible, whatever its logit is", () => {
      const bias = new Map([
        [1, -inf],
        [3, -inf],
      ]);
      expect(kept([1, nan, 3, inf], { bias })).toEqual([2, 0]);
      expect(kept([1, 2], { bias: [-inf, -inf] })).toEqual([]);
    });
  });

  test.each([
    ["nothing but -Infinity", [-inf, -inf]],
    ["NaN", [1, nan, 2]],
    ["+Infinity", [1, inf, 2]],
    ["+Infinity and NaN", [inf, nan]],
    ["no tokens", []],
  ])("%s: no candidates, with any filter", (_, logits) => {
    for (const options of [{}, { topK: 1 }, { topK: 2 }, { topP: 0.5 }, { minP: 0.5 }, { temperature: 0 }]) {
      const { indices, probabilities } = candidates(logits, options);
      expect([indices.length, probabilities.length]).toEqual([0, 0]);
    }
  });

  test("in a long lane too, and its neighbours do not notice", () => {
    const length = 6000;
    const rows = normal("f32", 5 * length, 2, 3);
    rows[17] = nan;
    rows.fill(nan, 1024, 2048);
    rows[length + 5000] = -inf;
    rows.fill(-inf, length + 1024, length + 2048);
    rows[2 * length + 5999] = inf;
    rows.fill(-inf, 3 * length, 4 * length);
    for (const filter of [{ topK: 4 }, { topP: 0.2 }, { minP: 0.3 }, { topNSigma: 2 }, {}]) {
      const { indices, offsets } = candidates(rows, { ...filter, shape: [5, length] });
      const alone = [1, 4].map((l) => kept(rows.slice(l * length, (l + 1) * length), filter));
      const [first, both] = [alone[0].length, alone[0].length + alone[1].length];
      expect(Array.from(offsets)).toEqual([0, 0, first, first, first, both]);
      expect(Array.from(indices)).toEqual(alone.flat());
    }
  });

  test("lanes of any layout are those of the rows", () => {
    const x = uniform("f64", 288, -3, 3, 5);
    const options = { topP: 0.7 };
    const strided = candidates(x, { ...options, shape: [4, 12, 6], axis: 1 });
    const joint = candidates(x, { ...options, shape: [4, 12, 6], axis: [0, 2] });
    expect(strided.offsets).toHaveLength(25);
    expect(joint.offsets).toHaveLength(13);
    for (let lane = 0; lane < 24; lane++) {
      const row = Array.from({ length: 12 }, (_, k) => x[Math.floor(lane / 6) * 72 + k * 6 + (lane % 6)]);
      const part = strided.indices.slice(strided.offsets[lane], strided.offsets[lane + 1]);
      expect(Array.from(part)).toEqual(kept(row, options));
    }
    for (let lane = 0; lane < 12; lane++) {
      const row = Array.from({ length: 24 }, (_, k) => x[Math.floor(k / 6) * 72 + lane * 6 + (k % 6)]);
      const part = joint.indices.slice(joint.offsets[lane], joint.offsets[lane + 1]);
      expect(Array.from(part)).toEqual(kept(row, options));
    }
    const empty = candidates([], { shape: [3, 0] });
    expect([Array.from(empty.offsets), empty.indices.length]).toEqual([[0, 0, 0, 0], 0]);
    expect(Array.from(candidates([], { shape: [0, 3] }).offsets)).toEqual([0]);
  });

  test("151,936 normal logits at top-p 0.999: the exact count, where a sum in float32 loses some", () => {
    const logits = normal("f32", VOCABULARY, 3, 1);
    const sorted = Float64Array.from(logits).sort().reverse();
    const count = (share: number) => {
      // Sums of integers, in units of 2^-96.
      const weights = Array.from(sorted, (x) => BigInt(Math.round(Math.exp(x - sorted[0]) * 2 ** 52)) << 44n);
      const total = weights.reduce((a, b) => a + b);
      let reached = 0n;
      let k = 0;
      const wanted = (total * BigInt(Math.round(share * 2 ** 52))) >> 52n;
      while (reached < wanted) reached += weights[k++];
      return k;
    };
    for (const topP of [0.5, 0.9, 0.999]) expect(kept(logits, { topP })).toHaveLength(count(topP));
  });

  test("resident logits, which stay as they are", () => {
    const resident = allocate("f32", 20_000);
    const logits = normal("f32", 20_000, 3, 7);
    resident.view.set(logits);
    for (const options of [
      { topP: 0.9 },
      { minP: 0.02 },
      { topK: 9 },
      { bias: new Map([[5, 9]]), topK: 5 },
    ]) {
      expectSameCandidates(candidates(resident.view, options), candidates(logits, options));
    }
    expect(Array.from(resident.view)).toEqual(Array.from(logits));
    resident.free();
  });
});

describe("a slow exact reference", () => {
  const decimals = [0.01, 0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99];
  const filtering = fc.record(
    {
      temperature: fc.constantFrom(0, 0.3, 0.7, 1, 1.5, 10),
      topNSigma: fc.constantFrom(0.5, 1, 2, inf),
      topK: fc.integer({ min: 0, max: 12 }),
      topP: fc.constantFrom(0, 1, ...decimals),
      minP: fc.constantFrom(0, 1, ...decimals),
      typicalP: fc.constantFrom(0, 1, ...decimals),
      minTokensToKeep: fc.integer({ min: 1, max: 4 }),
      bias: fc.constantFrom(new Map([[0, 1.25]]), new Map([[0, -inf]])),
    },
    { requiredKeys: [] },
  );
  const logit = fc.oneof(
    fc.integer({ min: -12, max: 12 }).map((n) => n / 4),
    fc.constantFrom(...logs(...decimals, 0.001, 0.4, 0.6), -inf, 0),
    // Nearer to each other, tokens would be as far from the entropy to all digits that a double has.
    fc.integer({ min: -(2 ** 24), max: 2 ** 24 }).map((n) => n / 2 ** 20),
  );

  test.each(TYPES)("%s: every backend keeps the same, with its probabilities", (type) => {
    const check = (numbers: number[], options: Filtering) => {
      const logits = fill(type, numbers.length, (k) => numbers[k]);
      const expected = referenceCandidates(logits, options);
      const weights = expected.map(({ weight }) => weight.toNumber());
      for (const { candidates, backend } of libraries) {
        const { indices, probabilities } = candidates(logits, options as CandidatesOptions);
        expect(Array.from(indices), backend).toEqual(expected.map(({ index }) => index));
        for (const [k, weight] of weights.entries()) {
          expect(Math.abs(probabilities[k] / weight - 1), backend).toBeLessThan(2 ** -44);
        }
      }
    };
    fc.assert(fc.property(fc.array(logit, { minLength: 1, maxLength: 24 }), filtering, check), {
      numRuns: 400,
      seed: 12,
    });
  });
});

describe("the same to the last bit", () => {
  const options: Filtering[] = [
    {},
    { topK: 50 },
    { topK: 50, topP: 0.9 },
    { topP: 0.3 },
    { topP: 0.9 },
    { topP: 0.9, minP: 0.01 },
    { topP: 0.999, temperature: 1.5 },
    { minP: 0.05, temperature: 0.7 },
    { topNSigma: 1.5, topP: 0.95 },
    { typicalP: 0.6 },
    { topP: 0.95, typicalP: 0.6, minTokensToKeep: 3 },
  ];
  const length = 20_037;
  const lanes: { [name: string]: Float32Array } = {
    normal: normal("f32", length, 3, 1) as Float32Array,
    peaked: normal("f32", length, 8, 2) as Float32Array,
    flat: normal("f32", length, 0.1, 3) as Float32Array,
    equal: new Float32Array(length).fill(1.5),
    ascending: Float32Array.from({ length }, (_, k) => k / 4096),
    coarse: Float32Array.from(normal("f32", length, 3, 4), Math.round),
  };

  test.each(Object.keys(lanes))("%s: on every backend, of either type, in a batch and alone", (name) => {
    const single = lanes[name];
    const batch = new Float32Array(3 * length);
    for (let l = 0; l < 3; l++) batch.set(l === 1 ? single : lanes.normal, l * length);
    for (const filter of options as CandidatesOptions[]) {
      const expected = createSoftmax({ backend: "js" }).candidates(single, filter);
      for (const { candidates } of libraries) {
        expectSameCandidates(candidates(single, filter), expected);
        expectSameCandidates(candidates(Float64Array.from(single), filter), expected);
        const { indices, probabilities, offsets } = candidates(batch, { ...filter, shape: [3, length] });
        const [from, to] = [offsets[1], offsets[2]];
        const part = { indices: indices.slice(from, to), probabilities: probabilities.slice(from, to) };
        expectSameCandidates(part, expected);
      }
    }
  });
});

describe("arguments", () => {
  const { candidates } = createSoftmax({ backend: "js" });
  const call =
    (options: unknown, logits: unknown = [1, 2, 3]) =>
    () =>
      candidates(logits as number[], options as CandidatesOptions);

  test.each([
    ["temperature", [-1, nan, inf, 1e31, 1e-31, -0.5]],
    ["topK", [-1, 1.5, nan, inf]],
    ["topP", [-0.1, 1.1, nan, 90]],
    ["minP", [-0.1, 1.1, nan]],
    ["typicalP", [-0.1, 1.1, nan]],
    ["topNSigma", [0, -1, nan]],
    ["minTokensToKeep", [0, -1, 1.5, nan]],
  ])("%s out of range", (name, values) => {
    for (const value of values) expectError(call({ [name]: value }), RangeError, name);
    for (const value of ["1", null, true, [1], 1n]) expectError(call({ [name]: value }), TypeError, name);
  });

  test("bias", () => {
    for (const value of [inf, nan]) {
      expectError(call({ bias: new Map([[0, value]]) }), RangeError, "bias");
      expectError(call({ bias: [0, value, 0] }), RangeError, "bias");
    }
    for (const token of [-1, 3, 0.5, nan])
      expectError(call({ bias: new Map([[token, 1]]) }), RangeError, "bias");
    expectError(call({ bias: new Map([["1", 1]]) }), TypeError, "bias");
    expectError(call({ bias: new Map([[1, "1"]]) }), TypeError, "bias");
    expectError(call({ bias: [1, 2] }), RangeError, "bias");
    for (const bias of [{ 1: 2 }, 3, "x", null, new Set([1])]) expectError(call({ bias }), TypeError, "bias");
  });

  test.each([
    ["top_k", "topK"],
    ["top_p", "topP"],
    ["min_p", "minP"],
    ["typical_p", "typicalP"],
    ["top_n_sigma", "topNSigma"],
    ["min_tokens_to_keep", "minTokensToKeep"],
    ["logit_bias", "bias"],
    ["k", "topK"],
    ["nucleus", "topP"],
    ["temp", "temperature"],
  ])("%s is refused with advice", (name, advised) => {
    expect(call({ [name]: 1 })).toThrow(`did you mean ${advised}?`);
  });

  test("do_sample is refused with advice", () => {
    expect(call({ do_sample: false })).toThrow("temperature 0");
  });

  test("axis [] without a shape", () => {
    expectError(call({ axis: [] }), RangeError, "axis");
  });

  test("getters run once, before any length is read", () => {
    const counts: { [name: string]: number } = {};
    const names = [
      "temperature",
      "topK",
      "topP",
      "minP",
      "typicalP",
      "topNSigma",
      "mask",
      "bias",
      "shape",
      "axis",
    ];
    const options = {};
    for (const name of names) {
      Object.defineProperty(options, name, {
        enumerable: true,
        get() {
          counts[name] = (counts[name] ?? 0) + 1;
          return undefined;
        },
      });
    }
    candidates([1, 2, 3], options);
    // Once by the check of the names of those that are unknown, which are none.
    for (const name of names) expect(counts[name]).toBe(1);
  });
});
