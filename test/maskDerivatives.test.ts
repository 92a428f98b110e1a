import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeArguments } from "./support/arguments.js";
import { describeBackends } from "./support/backends.js";
import { expectError } from "./support/errors.js";
import { HOSTILE, maskOf, poisoned } from "./support/masks.js";
import { fill, floatArray, normal, random, uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { lanesOf, pick, SHAPES, sizeOf } from "./support/shapes.js";
import { ulp } from "./support/ulp.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

/** 0 in the place of what is left out. */
function zeroed(x: FloatArray, mask: Uint8Array): FloatArray {
  return x.map((value, k) => (mask[k] === 0 ? 0 : value));
}

/** Within some ulps of the largest number of the lane or of 1. */
function expectNear(actual: FloatArray, expected: FloatArray, type: "f32" | "f64"): void {
  let largest = 1;
  for (const value of expected) largest = Math.max(largest, Math.abs(value));
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(actual[k] - expected[k]);
    if (!(error <= 16 * ulp(largest, type))) expect.fail(`got ${actual[k]} at ${k}, expected ${expected[k]}`);
  }
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describeBackends((library) => {
    const { crossEntropy, crossEntropyGrad, logSumExpVjp } = library;

    describe.each(SHAPES)("lanes along $axis of $shape", (shape) => {
      const lanes = lanesOf(shape);
      const [{ length }] = lanes;
      const size = sizeOf(shape);
      const mask = maskOf(lanes, size, 2);
      const laneMask = maskOf([[...lanes[0].keys()]], length, 3);
      const full = new Uint8Array(size);
      for (const lane of lanes) for (const [k, index] of lane.entries()) full[index] = laneMask[k];
      const x = normal(type, size, 3, 1);
      const dy = normal(type, size, 1, 2);
      const slopes = normal("f64", lanes.length, 1, 3);
      const isLeftOut = (result: FloatArray, kept: Uint8Array) =>
        result.every((value, k) => kept[k] !== 0 || Object.is(value, 0));

      test.each(["softmaxVjp", "logSoftmaxVjp"] as const)("%s", (operation) => {
        const compute = library[operation];
        const forward = operation === "softmaxVjp" ? library.softmax : library.logSoftmax;
        const y = forward(x, { ...shape, mask });
        const inputs = [poisoned(y, mask), poisoned(dy, mask)] as const;
        const result = compute(...inputs, { ...shape, mask });
        expect(isLeftOut(result, mask)).toBe(true);
        expectSame(result, zeroed(compute(zeroed(y, mask), zeroed(dy, mask), shape), mask));
        for (const lane of lanes.slice(0, 20)) {
          const kept = lane.filter((index) => mask[index] !== 0);
          expectNear(pick(result, kept), compute(pick(y, kept), pick(dy, kept)), type);
        }
        for (const out of inputs.map((input) => input.slice())) {
          expect(compute(...inputs, { ...shape, mask, out: out })).toBe(out);
          expectSame(out, result);
        }
        for (const at of [0, 1]) {
          const copies = inputs.map((input) => input.slice());
          expect(compute(copies[0], copies[1], { ...shape, mask, out: copies[at] })).toBe(copies[at]);
          expectSame(copies[at], result);
        }
        expectSame(compute(y, dy, { ...shape, mask: laneMask }), compute(y, dy, { ...shape, mask: full }));
      });

      test("logSumExpVjp", () => {
        const logits = poisoned(x, mask);
        const result = logSumExpVjp(logits, slopes, { ...shape, mask });
        expect(isLeftOut(result, mask)).toBe(true);
        for (const [number, lane] of lanes.slice(0, 20).entries()) {
          const kept = lane.filter((index) => mask[index] !== 0);
          expectNear(pick(result, kept), logSumExpVjp(pick(x, kept), slopes[number]), type);
        }
        const without = x.map((value, k) => (mask[k] === 0 ? -INF : value));
        expectSame(zeroed(logSumExpVjp(without, slopes, shape), mask), result);
        expectSame(
          logSumExpVjp(x, slopes, { ...shape, mask: laneMask }),
          logSumExpVjp(x, slopes, { ...shape, mask: full }),
        );
        logSumExpVjp(logits, slopes, { ...shape, mask, out: logits });
        expectSame(logits, result);
      });

      test.each([
        ["labels", 0, false],
        ["labels", 0.1, true],
        ["targets", 0, false],
        ["targets", 0.1, true],
      ] as const)("crossEntropy of %s, labelSmoothing %d, weights %s", (kind, labelSmoothing, isWeighted) => {
        const next = random(7);
        const kept = lanes.map((lane) => lane.filter((index) => mask[index] !== 0));
        // Of the lanes of which something is left, a class that is.
        const chosen = kept.map((left) => left[Math.floor(next() * left.length)]);
        const labels = lanes.map((lane, number) => (kept[number].length ? lane.indexOf(chosen[number]) : 0));
        const targets = uniform(type, size, 0, 2 / length, 6);
        const weight = isWeighted ? uniform(type, length, 0.5, 2, 8) : undefined;
        const truth = kind === "labels" ? Int32Array.from(labels) : poisoned(targets, mask);
        const logits = poisoned(x, mask);
        const options = { ...shape, mask, labelSmoothing, weight, reduction: "none" as const };
        const losses = crossEntropy(logits, truth, options);
        const gradient = crossEntropyGrad(logits, truth, { ...options, dy: slopes });
        expect(isLeftOut(gradient, mask)).toBe(true);
        for (const [number, lane] of lanes.entries()) {
          const left = kept[number];
          if (left.length === 0) {
            expect(losses[number]).toBe(kind === "labels" ? INF : 0);
            continue;
          }
          if (number >= 20) continue;
          const laneTruth = kind === "labels" ? [left.indexOf(chosen[number])] : pick(targets, left);
          const classes = [...lane.keys()].filter((k) => mask[lane[k]] !== 0);
          const alone = {
            labelSmoothing,
            weight: weight && pick(weight, classes),
            reduction: "none" as const,
          };
          // One class alone has one label, and a list of one number is that.
          if (kind === "targets" && left.length === 1) continue;
          const expected = crossEntropy(pick(x, left), laneTruth, alone);
          expect(Math.abs(losses[number] - expected[0])).toBeLessThanOrEqual(
            16 * ulp(expected[0] || 1, type),
          );
          const expectedGradient = crossEntropyGrad(pick(x, left), laneTruth, {
            ...alone,
            dy: slopes[number],
          });
          expectNear(pick(gradient, left), expectedGradient, type);
        }
        const sum = crossEntropy(x, truth, { ...options, mask: full, reduction: "sum" });
        expect(crossEntropy(x, truth, { ...options, mask: laneMask, reduction: "sum" })).toEqual(sum);
        expectSame(
          crossEntropyGrad(x, truth, { ...options, mask: laneMask }),
          crossEntropyGrad(x, truth, { ...options, mask: full }),
        );
        const inPlace = logits.slice();
        crossEntropyGrad(inPlace, truth, { ...options, dy: slopes, out: inPlace });
        expectSame(inPlace, gradient);
      });
    });

    test("a label that is left out: probability 0, as at a logit of −∞", () => {
      for (const length of [3, 64, 1000]) {
        const x = normal(type, length, 2, length);
        const mask = Uint8Array.from({ length }, (_, k) => (k === 1 ? 0 : 1));
        const impossible = x.map((value, k) => (k === 1 ? -INF : value));
        for (const labelSmoothing of [0, 0.1]) {
          const options = { labelSmoothing, mask };
          expect(crossEntropy(x, [1], options)).toBe(INF);
          const gradient = crossEntropyGrad(x, [1], options);
          expect(gradient[1]).toBe(0);
          if (labelSmoothing > 0) continue;
          const expected = crossEntropyGrad(impossible, [1]);
          expectSame(gradient, expected.map((value, k) => (k === 1 ? 0 : value)) as FloatArray);
        }
        // Nothing is aimed at it.
        expect(Number.isFinite(crossEntropy(x, [1], { labelSmoothing: 1, mask }))).toBe(true);
        const weight = floatArray(type, length).fill(1);
        weight[1] = 0;
        expect(crossEntropy(x, [1], { weight, mask, reduction: "sum" })).toBe(0);
        expect(crossEntropy(x, [-100], { mask, reduction: "sum" })).toBe(0);
      }
    });

    test("nothing left: no gradient, and no loss but of a label", () => {
      for (const length of [1, 3, 64, 1000]) {
        const x = fill(type, length, (k) => [1, ...HOSTILE][k % 6]);
        const mask = new Uint8Array(length);
        const zeros = floatArray(type, length);
        const q = floatArray(type, length).fill(1 / length);
        for (const labelSmoothing of [0, 0.1]) {
          expect(crossEntropy(x, [0], { mask, labelSmoothing })).toBe(INF);
          expect(crossEntropy(x, Int8Array.of(-100), { mask, labelSmoothing, reduction: "sum" })).toBe(0);
          expectSame(crossEntropyGrad(x, [0], { mask, labelSmoothing }), zeros);
          if (length === 1) continue;
          expect(crossEntropy(x, q, { mask, labelSmoothing })).toBe(0);
          expectSame(crossEntropyGrad(x, q, { mask, labelSmoothing }), zeros);
        }
        expectSame(logSumExpVjp(x, NAN, { mask }), zeros);
        expectSame(library.softmaxVjp(x, x, { mask }), zeros);
        expectSame(library.logSoftmaxVjp(x, x, { mask }), zeros);
      }
    });

    test("what is kept decides: NaN there, and nothing but −∞", () => {
      for (const length of [4, 64, 1000]) {
        const mask = Uint8Array.from({ length }, (_, k) => k % 2);
        const zeroOr = (value: number) => fill(type, length, (k) => (mask[k] === 0 ? 0 : value));
        for (const bad of [NAN, -INF]) {
          const x = fill(type, length, (k) => (mask[k] === 0 ? 2 : bad));
          expect(crossEntropy(x, [1], { mask })).toBeNaN();
          expectSame(crossEntropyGrad(x, [1], { mask }), zeroOr(NAN));
          expectSame(logSumExpVjp(x, 2, { mask }), zeroOr(bad === -INF ? 0 : NAN));
        }
      }
    });

    test("resident arrays", () => {
      const [logits, out] = [library.allocate(type, 4000), library.allocate(type, 4000)];
      const x = normal(type, 4000, 3, 5);
      const mask = Uint8Array.from({ length: 400 }, (_, k) => k % 3);
      const options = { shape: [10, 400], mask };
      const labels = new Uint8Array(10).fill(2);
      logits.view.set(x);
      crossEntropyGrad(logits.view, labels, { ...options, out: out.view });
      expectSame(out.view, crossEntropyGrad(x, labels, options));
      expectSame(logits.view, x);
      logSumExpVjp(logits.view, new Float64Array(10).fill(2), { ...options, out: logits.view });
      expectSame(logits.view, logSumExpVjp(x, new Float64Array(10).fill(2), options));
      logits.free();
      out.free();
    });
  });
});

describeBackends(({ crossEntropy, softmaxVjp }) => {
  test("masks as lists", () => {
    const shape = [1, 3];
    for (const mask of [[1, 1, 0], [true, true, false], Uint8Array.of(1, 1, 0)]) {
      expect(crossEntropy([1, 2, 30], [0], { shape, mask })).toBe(1.3132616875182228);
      expectSame(softmaxVjp([0.5, 0.5, 0], [1, 2, NAN], { mask }), Float64Array.of(-0.25, 0.25, 0));
    }
  });
});

describeArguments((library) => {
  const P = Float32Array.of(0.5, 0.25, 0.25, 0, 1, 0);
  const calls = {
    softmaxVjp: (options: object) => library.softmaxVjp(P, P, options),
    logSoftmaxVjp: (options: object) => library.logSoftmaxVjp(P, P, options),
    logSumExpVjp: (options: object) => library.logSumExpVjp(P, [1], options),
    crossEntropy: (options: object) => library.crossEntropy(P, [1], options),
    crossEntropyGrad: (options: object) => library.crossEntropyGrad(P, [1], options),
  };

  test.each(Object.entries(calls))("wrong masks of %s", (_, call) => {
    expectError(() => call({ mask: new Uint8Array(5) }), RangeError, "mask");
    expectError(() => call({ mask: [true] }), RangeError, "mask");
    expectError(() => call({ mask: "111111" }), TypeError, "mask");
    expectError(() => call({ mask: [1, 1, 1, 1, 1, "1"] }), TypeError, "mask");
    const memory = new ArrayBuffer(64);
    const mask = new Uint8Array(memory, 8, 6);
    const out = { mask, out: new Float32Array(memory, 0, 6) };
    if (call !== calls.crossEntropy) expectError(() => call(out), RangeError, "mask");
    const detached = new Uint8Array(6);
    structuredClone(detached, { transfer: [detached.buffer] });
    expectError(() => call({ mask: detached }), TypeError, "mask");
  });
});
