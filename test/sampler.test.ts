import { describe, expect, test } from "vitest";
import { createSoftmax, type SamplerOptions } from "../src/index.js";
import { keyOf, uniformAt } from "../src/math/counterRandom.js";
import { widenHalf } from "../src/math/halfFloats.js";
import { describeBackends } from "./support/backends.js";
import { expectError } from "./support/errors.js";
import { normal } from "./support/random.js";

const { NaN: nan } = Number;

describeBackends(({ sample, sampler, allocate }) => {
  const length = 20_000;
  const options: SamplerOptions[] = [
    {},
    { topK: 50, topP: 0.9 },
    { topP: 0.9, temperature: 0.8 },
    { minP: 0.05 },
    { typicalP: 0.7 },
    { topNSigma: 1, topK: 9 },
    { bias: new Map([[3, 30]]), topK: 4 },
    { mask: Uint8Array.from({ length }, (_, k) => k % 2), topP: 0.5 },
    { temperature: 0 },
  ];

  test.each(options)("draws number 0, 1, 2, … of sample: %#", (given) => {
    const logits = normal("f32", length, 3, 1);
    const tokens = sampler({ ...given, seed: 5 });
    const expected = sample(logits, { ...given, seed: 5, draws: 6 });
    expect(Array.from(expected, () => tokens.next(logits))).toEqual(Array.from(expected));
    expect(tokens.draw).toBe(6);
  });

  test("half floats and integers with a scale draw what their numbers draw", () => {
    const bits = Uint16Array.from({ length: 500 }, (_, k) => (k * 7919) % 0x4800);
    const halves = sampler({ topP: 0.9, seed: 3, dtype: "float16" });
    const floats = new Float32Array(bits.length);
    widenHalf("f16", bits, floats);
    const expected = Array.from(sample(floats, { topP: 0.9, seed: 3, draws: 5 }));
    expect(expected.map(() => halves.next(bits))).toEqual(expected);
    // Others, of the same length and of others.
    const drawAt = (draw: number, x: Float32Array) =>
      sample(x, { topP: 0.9, seed: 3, draws: draw + 1 })[draw];
    expect(halves.next(bits.slice().reverse())).toBe(drawAt(5, floats.slice().reverse()));
    expect(halves.next(bits.subarray(0, 40))).toBe(drawAt(6, floats.subarray(0, 40)));
    expect(halves.next(bits)).toBe(drawAt(7, floats));
    const bytes = Uint8Array.from({ length: 500 }, (_, k) => (k * 31) % 256);
    const quantized = sampler({ minP: 0.01, seed: 4, scale: 0.125, zeroPoint: 128 });
    const numbers = Float32Array.from(bytes, (q) => 0.125 * (q - 128));
    const drawn = Array.from(sample(numbers, { minP: 0.01, seed: 4, draws: 5 }));
    expect(drawn.map(() => quantized.next(bytes))).toEqual(drawn);
    expectError(() => sampler().next(bits as never), TypeError, "dtype");
  });

  test("logits of either type, of any length and anywhere, by turns", () => {
    const tokens = sampler({ topP: 0.8, seed: 7 });
    const resident = allocate("f32", 9000);
    resident.view.set(normal("f32", 9000, 2, 3));
    const lanes = [
      normal("f32", length, 3, 2),
      normal("f64", 30, 3, 2),
      resident.view,
      [1, 2, 3],
      new Float64Array(0),
    ];
    for (let k = 0; k < 15; k++) {
      const logits = lanes[k % lanes.length];
      const u = uniformAt(keyOf(7), 0, k);
      expect(tokens.next(logits)).toBe(sample(logits, { topP: 0.8, random: () => u }));
    }
    resident.free();
  });

  test("goes on where a run has ended", () => {
    const logits = normal("f32", 500, 1, 4);
    const tokens = sampler({ seed: 8 });
    const run = Array.from({ length: 9 }, () => tokens.next(logits));
    const resumed = sampler({ seed: 8, draw: 4 });
    expect([resumed.next(logits), resumed.next(logits)]).toEqual([run[4], run[5]]);
    resumed.draw = 1;
    expect([resumed.next(logits), resumed.draw]).toEqual([run[1], 2]);
  });

  test("a mask for one token takes the place of the sampler's", () => {
    const { next } = sampler({ mask: [1, 0, 0], seed: 1 });
    expect(next([1, 2, 3])).toBe(0);
    expect(next([1, 2, 3], { mask: [false, false, true] })).toBe(2);
    expect(next([1, 2, 3])).toBe(0);
    expect(next([1, 2, 3], { mask: [0, 0, 0] })).toBe(-1);
  });

  test("a mask in an array may change from token to token", () => {
    const mask = Uint8Array.of(1, 0, 0);
    const { next } = sampler({ mask, seed: 1 });
    expect(next([1, 2, 3])).toBe(0);
    mask.set([0, 0, 1]);
    expect(next([1, 2, 3])).toBe(2);
  });

  test("two samplers do not disturb each other", () => {
    const logits = normal("f32", 9000, 3, 5);
    const alone = [sampler({ seed: 1, topP: 0.9 }), sampler({ seed: 2, minP: 0.01 })].map((each) =>
      Array.from({ length: 5 }, () => each.next(logits)),
    );
    const [first, second] = [sampler({ seed: 1, topP: 0.9 }), sampler({ seed: 2, minP: 0.01 })];
    const both = Array.from({ length: 5 }, () => [first.next(logits), second.next(logits)]);
    expect(both).toEqual(alone[0].map((token, k) => [token, alone[1][k]]));
  });

  test("a token that throws is not drawn", () => {
    const tokens = sampler({ seed: 1 });
    expectError(() => tokens.next("x" as never), TypeError, "logits");
    expectError(() => tokens.next([1, 2], { mask: [1] }), RangeError, "mask");
    expectError(() => tokens.next([1, 2], { topK: 1 } as never), TypeError, "topK");
    expect(tokens.draw).toBe(0);
    expect(tokens.next([nan])).toBe(-1);
    expect(tokens.draw).toBe(1);
  });

  // What typed arrays hold is not on the heap, and is counted by itself.
  test.skipIf(typeof process === "undefined")("allocates no arrays from token to token", () => {
    const logits = normal("f32", 151_936, 3, 6);
    const halves = Uint16Array.from(logits, (x) => 0x4000 + 100 * x);
    const mask = new Uint8Array(logits.length).fill(1);
    const dtype = "float16";
    const options: SamplerOptions[] = [
      {},
      { topK: 50, topP: 0.9 },
      { topP: 0.9 },
      { minP: 0.05 },
      { topP: 0.9, mask },
      { topK: 50, dtype },
    ];
    for (const given of options) {
      const { next } = sampler({ ...given, seed: 3 });
      const x = given.dtype === undefined ? logits : halves;
      for (let k = 0; k < 5; k++) next(x);
      const before = process.memoryUsage().arrayBuffers;
      for (let k = 0; k < 20; k++) next(x);
      // A copy of the logits for each token would be 12 MB.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 18);
    }
  });
});

describe("arguments", () => {
  const { sampler } = createSoftmax({ backend: "js" });
  const call = (options: unknown) => () => sampler(options as SamplerOptions);

  test("are checked when it is made", () => {
    expectError(call({ topP: 2 }), RangeError, "topP");
    expectError(call({ temperature: -1 }), RangeError, "temperature");
    expectError(call({ seed: 0.5 }), RangeError, "seed");
    for (const draw of [-1, 0.5, nan]) expectError(call({ draw }), RangeError, "draw");
    expectError(call({ draw: "1" }), TypeError, "draw");
    expect(call({ top_p: 0.9 })).toThrow("did you mean topP?");
    expect(call({ shape: [2, 2] })).toThrow("there is no option shape");
    const tokens = sampler({ seed: 1 });
    expectError(() => (tokens.draw = -1), RangeError, "draw");
  });

  test("lists and Maps are copied", () => {
    const bias = new Map([[0, 50]]);
    const mask = [1, 1];
    const { next } = sampler({ bias, mask, seed: 1 });
    bias.set(0, -50);
    mask[0] = 0;
    expect(next([0, 0])).toBe(0);
  });
});
