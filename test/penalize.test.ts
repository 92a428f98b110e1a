import { describe, expect, test } from "vitest";
import { penalize } from "../src/index.js";
import { describeArguments } from "./support/arguments.js";

describe.each([Float32Array, Float64Array])("%o", (FloatArray) => {
  test("the formula, once rounded", () => {
    const logits = FloatArray.of(2, -1, 3, 0, -0, 0.1, -0.1);
    const before = logits.slice();
    const tokens = [0, 1, 1, 3, 4, 5, 5, 5, 6, 0];
    const count = [2, 2, 0, 1, 1, 3, 1];
    const result = penalize(logits, tokens, { repetition: 1.3, frequency: 0.7, presence: 0.2 });
    expect(result).toBe(logits);
    expect(Array.from(result)).toEqual(
      Array.from(before, (x, token) =>
        count[token] === 0 ? x : FloatArray.of((x < 0 ? x * 1.3 : x / 1.3) - (count[token] * 0.7 + 0.2))[0],
      ),
    );
  });

  test("a repetition counts once, whatever its sign, and negative penalties reward", () => {
    expect(Array.from(penalize(FloatArray.of(4, -4, 0), [0, 0, 1, 1, 2], { repetition: 2 }))).toEqual([
      2, -8, 0,
    ]);
    expect(Array.from(penalize(FloatArray.of(4, -4), [0, 0], { frequency: -1 }))).toEqual([6, -4]);
    expect(Array.from(penalize(FloatArray.of(4, -4), [0, 0], { presence: -1 }))).toEqual([5, -4]);
  });

  test("only the last tokens count, by their number", () => {
    const tokens = Int32Array.of(0, 1, 2, 1);
    const penalizedBy = (window: number) =>
      Array.from(penalize(FloatArray.of(0, 0, 0), tokens, { frequency: 1, window }));
    expect(penalizedBy(0)).toEqual([0, 0, 0]);
    expect(penalizedBy(1)).toEqual([0, -1, 0]);
    expect(penalizedBy(3)).toEqual([0, -2, -1]);
    expect(penalizedBy(100)).toEqual([-1, -2, -1]);
  });

  test("infinities and NaN stay, and what does not occur is not touched", () => {
    const logits = FloatArray.of(-1 / 0, 1 / 0, Number.NaN, 5);
    penalize(logits, [0, 1, 2], { repetition: 1.5, frequency: 3, presence: 1 });
    expect(Array.from(logits)).toEqual([-1 / 0, 1 / 0, Number.NaN, 5]);
  });

  test("into out", () => {
    const logits = FloatArray.of(1, 2, 3);
    const out = new FloatArray(3);
    expect(penalize(logits, [2], { presence: 1, out } as object)).toBe(out);
    expect(Array.from(out)).toEqual([1, 2, 2]);
    expect(Array.from(logits)).toEqual([1, 2, 3]);
  });
});

test("tokens of every kind", () => {
  const kinds = [
    [1, 1],
    [1n, 1],
    Int32Array.of(1, 1),
    Uint32Array.of(1, 1),
    Int16Array.of(1, 1),
    Uint16Array.of(1, 1),
    BigInt64Array.of(1n, 1n),
  ];
  for (const tokens of kinds) {
    expect(Array.from(penalize(new Float32Array(2), tokens, { frequency: 1 }))).toEqual([0, -2]);
  }
  expect(Array.from(penalize(Float32Array.of(1), [], { frequency: 1 }))).toEqual([1]);
  expect(Array.from(penalize(new Float32Array(0), []))).toEqual([]);
});

describeArguments(({ penalize }) => {
  const x = Float32Array.of(1, 2, 3);
  test.each<[string, () => unknown, RegExp]>([
    [
      "a list of logits",
      () => penalize([1, 2] as unknown as Float32Array, [0]),
      /^penalize: logits must be a Float32Array or a Float64Array, as they are overwritten, got an array of length 2/,
    ],
    [
      "a token past the end",
      () => penalize(x, [0, 3]),
      /^penalize: tokens\[1\] must be an integer from 0 to 2, got 3$/,
    ],
    [
      "a negative token",
      () => penalize(x, BigInt64Array.of(-1n)),
      /^penalize: tokens\[0\] must be an integer from 0 to 2, got -1$/,
    ],
    [
      "a token that is no integer",
      () => penalize(x, [0.5]),
      /^penalize: tokens\[0\] must be an integer from 0 to 2, got 0\.5$/,
    ],
    [
      "a token that is no number",
      () => penalize(x, ["1"] as unknown as number[]),
      /^penalize: tokens\[0\] must be an integer, got/,
    ],
    [
      "tokens that are floats",
      () => penalize(x, x as unknown as Int32Array),
      /^penalize: tokens must be an Int32Array, a BigInt64Array or a list of integers, got a Float32Array/,
    ],
    ["a single token", () => penalize(x, 1 as unknown as number[]), /^penalize: tokens must be/],
    [
      "a repetition of 0",
      () => penalize(x, [0], { repetition: 0 }),
      /^penalize: repetition must be between 1e-30 and 1e\+?30, got 0$/,
    ],
    [
      "a frequency of NaN",
      () => penalize(x, [0], { frequency: Number.NaN }),
      /^penalize: frequency must be between .* got NaN$/,
    ],
    [
      "a presence that is no number",
      () => penalize(x, [0], { presence: "1" as unknown as number }),
      /^penalize: presence must be a number, got/,
    ],
    [
      "a window of -1",
      () => penalize(x, [0], { window: -1 }),
      /^penalize: window must be a non-negative integer, got -1$/,
    ],
    [
      "another library's word",
      () => penalize(x, [0], { repetition_penalty: 1.1 } as object),
      /did you mean repetition\?/,
    ],
    [
      "an out that overlaps in part",
      () => {
        const both = new Float32Array(4);
        penalize(both.subarray(0, 3), [0], { out: both.subarray(1) });
      },
      /^penalize: out must be logits itself or not overlap logits/,
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
    expect(Array.from(x)).toEqual([1, 2, 3]);
  });
});
