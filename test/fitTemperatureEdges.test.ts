import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { fill, normal } from "./support/random.js";
import { drawn } from "./support/temperature.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const TYPES = ["f32", "f64"] as const;

describeBackends(({ fitTemperature, calibration, crossEntropy }) => {
  describe.each(TYPES)("%s", (type) => {
    describe("at the limits", () => {
      const shape = [3, 3];

      test("each label has the largest logit: 1e-30", () => {
        const x = fill(type, 9, (k) => (k % 4 === 0 ? 2 : 0));
        const found = fitTemperature(x, [0, 1, 2], { shape });
        expect(found).toMatchObject({ temperature: 1e-30, atLimit: true, iterations: 2 });
        expect(found.logLoss.after).toBe(0);
        // 745 apart, a probability is 0 at temperature 1 already.
        const wide = fill(type, 9, (k) => (k % 4 === 0 ? 5000 : 0));
        expect(fitTemperature(wide, [0, 1, 2], { shape })).toMatchObject({
          temperature: 1e-30,
          atLimit: true,
        });
        const tied = fill(type, 9, (k) => (k % 3 === 2 ? 0 : 1));
        const { temperature, logLoss } = fitTemperature(tied, [0, 1, 1], { shape });
        expect([temperature, logLoss.after]).toEqual([1e-30, expect.closeTo(Math.LN2, 7)]);
      });

      test("the labels have no larger logits than other classes: 1e30", () => {
        const x = fill(type, 9, (k) => (k % 4 === 0 ? 2 : 0));
        const found = fitTemperature(x, [1, 2, 0], { shape });
        expect(found).toMatchObject({ temperature: 1e30, atLimit: true, iterations: 1 });
        expect(found.logLoss.after).toBeCloseTo(Math.log(3), 6);
        // Every row once with each label: as often right as guessing, but for what sums round.
        for (let seed = 0; seed < 10; seed++) {
          const rows = normal(type, 70, 3, seed);
          const even = fill(type, 490, (k) => rows[7 * Math.floor(k / 49) + (k % 7)]);
          const labels = Array.from({ length: 70 }, (_, k) => k % 7);
          expect(fitTemperature(even, labels, { shape: [70, 7] })).toMatchObject({ temperature: 1e30 });
        }
      });

      test("all logits of a lane are equal: 1", () => {
        for (const x of [fill(type, 9, (k) => k - (k % 3)), fill(type, 9, () => -1e30)]) {
          const found = fitTemperature(x, [0, 1, 2], { shape });
          expect(found).toMatchObject({ temperature: 1, atLimit: false });
          expect(found.logLoss.before).toBe(found.logLoss.after);
        }
        expect(
          fitTemperature(
            fill(type, 9, (k) => k),
            new Int8Array(9),
            { shape: [9, 1] },
          ).temperature,
        ).toBe(1);
      });

      test("a million equal logits", () => {
        const x = fill(type, 1_000_000, () => 3.25);
        expect(fitTemperature(x, [7])).toMatchObject({ temperature: 1, atLimit: false, iterations: 1 });
        const rows = { shape: [1000, 1000] };
        const { accuracy, calibrationError, bins } = calibration(x, new Int16Array(1000).fill(1), rows);
        expect([accuracy, bins[0].count]).toEqual([0, 1000]);
        expect(calibrationError).toBeCloseTo(0.001, 8);
        // One row is above the others at its label: not separable by the others, which do not care.
        x[1] = 4;
        expect(fitTemperature(x, new Int16Array(1000).fill(1), rows).temperature).toBe(1e-30);
      });
    });

    describe("edge values", () => {
      const { x, labels, shape } = drawn(type, 40, 4, 2, 21);
      const clean = fitTemperature(x, labels, { shape });
      /** With another value at the place of row 5 that `at` says. */
      const spoilt = (at: number, value: number) =>
        x.map((old, k) => (k === 20 + at ? value : old)) as FloatArray;
      const wrong = (labels[5] + 1) % 4;

      test.each([
        ["NaN", spoilt(wrong, NAN)],
        ["NaN at the label", spoilt(labels[5], NAN)],
        ["+Infinity", spoilt(wrong, INF)],
        ["-Infinity at the label", spoilt(labels[5], -INF)],
        ["nothing but -Infinity", x.map((old, k) => (k >> 2 === 5 ? -INF : old)) as FloatArray],
      ])("%s in a lane makes the temperature NaN, unless the lane is ignored", (_, bad) => {
        const { temperature, atLimit, logLoss } = fitTemperature(bad, labels, { shape });
        expect([temperature, atLimit, logLoss.after]).toEqual([NAN, false, NAN]);
        expect(logLoss.before).toBe(crossEntropy(bad, labels, { shape }));
        const ignored = labels.map((label, row) => (row === 5 ? -100 : label));
        expect(fitTemperature(bad, ignored, { shape })).toEqual(fitTemperature(x, ignored, { shape }));
        expect(calibration(bad, ignored, { shape })).toEqual(calibration(x, ignored, { shape }));
      });

      test("-Infinity elsewhere is a class of probability 0", () => {
        const found = fitTemperature(spoilt(wrong, -INF), labels, { shape });
        const far = fitTemperature(spoilt(wrong, -1e4), labels, { shape });
        expect(found.temperature).toBe(far.temperature);
        expect(found.temperature).not.toBe(clean.temperature);
      });

      test("a label at -Infinity whose class has weight 0 does not count", () => {
        const weight = [1, 1, 1, 1].map((_, k) => (k === labels[5] ? 0 : 1));
        const ignored = labels.map((label) => (label === labels[5] ? -100 : label));
        expect(fitTemperature(spoilt(labels[5], -INF), labels, { shape, weight }).temperature).toBe(
          fitTemperature(spoilt(labels[5], -INF), ignored, { shape }).temperature,
        );
      });

      test("no lane counts", () => {
        for (const [labelsOf, options] of [
          [new Int8Array(40).fill(-100), {}],
          [new Int8Array(40).fill(3), { weight: [1, 1, 1, 0] }],
        ] as const) {
          const { temperature, logLoss } = fitTemperature(x, labelsOf, { shape, ...options });
          expect([temperature, logLoss.before, logLoss.after]).toEqual([NAN, NAN, NAN]);
          const { accuracy, calibrationError } = calibration(x, labelsOf, { shape, ...options });
          expect([accuracy, calibrationError]).toEqual([NAN, NAN]);
        }
        expect(fitTemperature([], [], { shape: [0, 3] }).temperature).toBe(NAN);
        expect(fitTemperature([], [-100], { shape: [1, 0] }).temperature).toBe(NAN);
      });

      test("calibration of a lane of NaN", () => {
        const { logLoss, accuracy, calibrationError, bins } = calibration(spoilt(wrong, NAN), labels, {
          shape,
        });
        expect([logLoss, accuracy, calibrationError]).toEqual([NAN, NAN, NAN]);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(39);
      });
    });
  });
});
