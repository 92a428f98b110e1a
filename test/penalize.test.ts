import { describe, expect, test } from "vitest";
import { allocate, type HalfArray, penalize } from "../src/index.js";
import { describeArguments } from "./support/arguments.js";
import { HALF_FORMATS, nearestHalves, numbersOf } from "./support/halfFloats.js";
import { HalfPolyfill, NativeHalf } from "./support/halfKinds.js";

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

  test.each([1, 2, 1000, 4096])("each of thousands of tokens is counted, in steps of %i", (step) => {
    const counts = Array.from({ length: 900 }, (_, k) => (k * k) % 5);
    const tokens = counts.flatMap((count, k) => new Array<number>(count).fill(k * step));
    for (let k = 0; k < tokens.length; k++) {
      const other = (k * 7919) % tokens.length;
      [tokens[k], tokens[other]] = [tokens[other], tokens[k]];
    }
    const logits = penalize(new FloatArray(900 * step), Int32Array.from(tokens), { frequency: 1 });
    expect(counts.filter((count, k) => logits[k * step] !== 0 - count)).toEqual([]);
    expect(Array.from(logits).reduce((sum, x) => sum + x)).toBe(-tokens.length);
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

describe.each(HALF_FORMATS)("%s", (format) => {
  const dtype = format === "f16" ? "float16" : "bfloat16";
  const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const options = { repetition: 1.3, frequency: 0.7, presence: 0.2 };
  /** All but each third, some of them twice. */
  const tokens = Int32Array.from(all).filter((token) => token % 3 > 0);
  const twice = Int32Array.of(...tokens, ...tokens.subarray(0, 20_000));

  test("every pattern: the result of f32, rounded; what does not occur keeps its bits, NaN too", () => {
    const logits = all.slice();
    const floats = penalize(numbersOf(format, all), twice, options);
    const rounded = nearestHalves(format, floats);
    const wanted = all.map((bits) => (bits % 3 > 0 ? rounded[bits] : bits));
    expect(penalize(logits, twice, { ...options, dtype })).toBe(logits);
    expect(logits.findIndex((bits, k) => bits !== wanted[k])).toBe(-1);

    const out = new Uint16Array(65536);
    expect(penalize(all, twice, { ...options, dtype, out })).toBe(out);
    expect(out.findIndex((bits, k) => bits !== wanted[k])).toBe(-1);
    expect(all.every((bits, k) => bits === k)).toBe(true);

    const singles = new Float32Array(65536);
    expect(penalize(all, twice, { ...options, dtype, out: singles })).toBe(singles);
    expect(singles.findIndex((value, k) => !Object.is(value, floats[k]))).toBe(-1);
  });

  test("a resident", () => {
    const resident = allocate(format, 3);
    resident.view.set(nearestHalves(format, [1, 2, 3]));
    penalize(resident.view, [1], { dtype, presence: 1 });
    expect(resident.view).toEqual(nearestHalves(format, [1, 1, 3]));
    const view = resident.view;
    resident.free();
    expect(() => penalize(view, [1], { dtype })).toThrow(TypeError);
  });
});

test.each([
  ["a polyfill's", HalfPolyfill] as const,
  ...(NativeHalf ? [["its own", NativeHalf] as const] : []),
])("Float16Array: %s", (_, Halves) => {
  const logits = new Halves(3) as HalfArray;
  const bits = new Uint16Array(logits.buffer);
  bits.set(nearestHalves("f16", [1, -2, 3]));
  expect(penalize(logits, [0, 1], { repetition: 2 })).toBe(logits);
  expect(bits).toEqual(nearestHalves("f16", [0.5, -4, 3]));
  const out = new Halves(3) as HalfArray;
  expect(penalize(logits, [2], { presence: 1, dtype: "float16", out })).toBe(out);
  expect(new Uint16Array(out.buffer)).toEqual(nearestHalves("f16", [0.5, -4, 2]));
  expect(penalize(new Halves(0) as HalfArray, []).length).toBe(0);
});

test("integers with a scale, into a Float32Array", () => {
  const out = new Float32Array(3);
  const q = Uint8Array.of(138, 118, 148);
  expect(penalize(q, [0, 1], { scale: 0.5, zeroPoint: 128, repetition: 2, out })).toBe(out);
  expect(Array.from(out)).toEqual([2.5, -10, 10]);
  penalize(Int8Array.of(1, 2, 3), Uint16Array.of(2), { scale: [2], presence: 1, out });
  expect(Array.from(out)).toEqual([2, 4, 5]);
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

test("an error of half floats comes before anything is written", () => {
  const logits = Uint16Array.of(1, 2, 3);
  expect(() => penalize(logits, [0, 3], { dtype: "float16", presence: 1 })).toThrow("tokens[1]");
  expect(logits).toEqual(Uint16Array.of(1, 2, 3));
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
      "bits without a dtype",
      () => penalize(new Uint16Array(3), [0]),
      /^penalize: logits must be a Float32Array .* got a Uint16Array of length 3: give \{ dtype: "float16" \}/,
    ],
    [
      "integers without a scale",
      () => penalize(new Uint8Array(3), [0]),
      /^penalize: logits must be a Float32Array .* got a Uint8Array of length 3: .*or give \{ scale, zeroPoint \}$/,
    ],
    [
      "integers in place",
      () => penalize(new Int8Array(3), [0], { scale: 1 }),
      /^penalize: out must be a Float32Array of length 3 \(integers cannot hold the results\), got undefined$/,
    ],
    [
      "integers into themselves",
      () => {
        const q = new Uint8Array(3);
        penalize(q, [0], { scale: 1, out: q } as object);
      },
      /^penalize: out must be a Float32Array of length 3 \(integers cannot hold the results\), got a Uint8Array/,
    ],
    [
      "an out of doubles beside half floats",
      () => penalize(new Uint16Array(3), [0], { dtype: "float16", out: new Float64Array(3) } as object),
      /^penalize: out must be a Uint16Array or Float32Array of length 3 \(as logits are\), got a Float64Array/,
    ],
    [
      "an out of another length beside half floats",
      () => penalize(new Uint16Array(3), [0], { dtype: "float16", out: new Float32Array(2) }),
      /^penalize: out must be a Float32Array of length 3 \(as logits are\), got a Float32Array of length 2$/,
    ],
    [
      "an out of f32 over the half floats",
      () => {
        const { buffer } = new Float32Array(4);
        penalize(new Uint16Array(buffer, 0, 4), [0], { dtype: "float16", out: new Float32Array(buffer) });
      },
      /^penalize: out must not overlap logits/,
    ],
    [
      "a dtype beside floats",
      () => penalize(x, [0], { dtype: "float16" }),
      /^penalize: there is no option dtype/,
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
