import { expect, test } from "vitest";
import { describeBackends } from "./support/backends.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

const X = normal("f32", 12, 2, 1) as Float32Array;
const SHAPE = [3, 4];
const NUMBERS = [3, 0, 2];

describeBackends(({ crossEntropy, crossEntropyGrad }) => {
  test("out of crossEntropy: one element per lane, and only without a reduction", () => {
    const call = crossEntropy as (...values: unknown[]) => unknown;
    const out = new Float32Array(3);
    expect(crossEntropy(X, NUMBERS, { shape: SHAPE, reduction: "none", out })).toBe(out);
    expectSame(out, crossEntropy(X, NUMBERS, { shape: SHAPE, reduction: "none" }));
    const kept = out.slice();
    for (const reduction of [undefined, "mean", "sum"]) {
      const run = () => call(X, NUMBERS, { shape: SHAPE, reduction, out });
      expect(run).toThrow(TypeError);
      expect(run).toThrow(/out .* reduction .* a Float32Array of length 3/);
    }
    const options = { shape: SHAPE, reduction: "none" };
    expect(() => call(X, NUMBERS, { ...options, out: new Float64Array(3) })).toThrow(TypeError);
    expect(() => call(X, NUMBERS, { ...options, out: new Float32Array(12) })).toThrow(RangeError);
    const x = X.slice();
    expect(() => call(x, NUMBERS, { ...options, out: x.subarray(4, 7) })).toThrow(
      /out must be logits itself/,
    );
    expectSame(out, kept);
    expectSame(x, X);
  });

  test("out of crossEntropy may be the weights, or logits and targets of one class", () => {
    const square = { shape: [3, 3], reduction: "none" as const };
    const x = X.subarray(0, 9);
    const weight = Float32Array.of(1, 2, 3);
    const expected = crossEntropy(
      x,
      NUMBERS.map((k) => k % 3),
      { ...square, weight: weight.slice() },
    );
    expectSame(
      crossEntropy(
        x,
        NUMBERS.map((k) => k % 3),
        { ...square, weight, out: weight },
      ),
      expected,
    );
    const single = X.slice();
    expect(crossEntropy(single, single, { shape: [12, 1], reduction: "none", out: single })).toBe(single);
    expect(single.every((loss) => loss === 0)).toBe(true);
  });

  test("out of crossEntropyGrad: logits or targets, or apart from both", () => {
    const shape = SHAPE;
    const targets = X.map(Math.abs) as Float32Array;
    for (const labelSmoothing of [0, 0.1]) {
      const expected = crossEntropyGrad(X, targets, { shape, labelSmoothing });
      for (const which of ["x", "q", "apart"]) {
        const [x, q] = [X.slice(), targets.slice()];
        const out = which === "x" ? x : which === "q" ? q : new Float32Array(12);
        expect(crossEntropyGrad(x, q, { shape, labelSmoothing, out })).toBe(out);
        expectSame(out, expected);
        if (which !== "x") expectSame(x, X);
        if (which !== "q") expectSame(q, targets);
      }
    }
    const memory = new Float32Array(25);
    const [x, shifted] = [memory.subarray(0, 12), memory.subarray(1, 13)];
    expect(() => crossEntropyGrad(x, NUMBERS, { shape, out: shifted })).toThrow(/out must be logits itself/);
    expect(() => crossEntropyGrad(x, memory.subarray(13), { shape, out: memory.subarray(12, 24) })).toThrow(
      /out must be labels itself/,
    );
    const call = crossEntropyGrad as (...values: unknown[]) => unknown;
    expect(() => call(X, NUMBERS, { shape, out: new Float32Array(3) })).toThrow(RangeError);
    expect(() => call(X, NUMBERS, { shape, out: new Float64Array(12) })).toThrow(TypeError);
  });

  test("nothing is written but out", () => {
    const shape = SHAPE;
    const [x, q, labels, weight] = [
      X.slice(),
      X.map(Math.abs),
      Uint8Array.from(NUMBERS),
      Float32Array.of(1, 2, 3, 4),
    ];
    for (const labelSmoothing of [0, 0.1]) {
      for (const truth of [labels, q]) {
        crossEntropy(x, truth, { shape, weight, labelSmoothing });
        crossEntropyGrad(x, truth, { shape, weight, labelSmoothing });
      }
    }
    expectSame(x, X);
    expectSame(q, X.map(Math.abs));
    expectSame(weight, Float32Array.of(1, 2, 3, 4));
    expect(Array.from(labels)).toEqual(NUMBERS);
  });
});
