import { describe, expect, test } from "vitest";
import { describeBackends } from "./support/backends.js";
import { fill } from "./support/random.js";
import { drawn } from "./support/temperature.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const TYPES = ["f32", "f64"] as const;

describeBackends(({ fitTemperature, calibration }) => {
  describe.each(TYPES)("%s", (type) => {
    test("lanes along any axis, and over several", () => {
      const [a, n, b] = [5, 6, 7];
      const { x, labels, shape } = drawn(type, a * b, n, 1.7, 4);
      const rows = fitTemperature(x, labels, { shape });
      const reliability = calibration(x, labels, { shape });
      // Element k of lane (i, j) at i n b + k b + j.
      const turned = fill(type, x.length, (at) => {
        const [i, k, j] = [Math.floor(at / (n * b)), Math.floor(at / b) % n, at % b];
        return x[(i * b + j) * n + k];
      });
      const middle = { shape: [a, n, b], axis: 1 };
      const near = type === "f32" ? 6 : 12;
      expect(fitTemperature(turned, labels, middle).temperature).toBeCloseTo(rows.temperature, near);
      expect(calibration(turned, labels, middle).calibrationError).toBeCloseTo(
        reliability.calibrationError,
        near,
      );
      // Element (k, l) of lane i at (k a + i) 3 + l: classes over dimensions 0 and 2.
      const lanes = drawn(type, a, 6, 1.3, 6);
      const apart = fill(type, 6 * a, (at) => {
        const [k, i, l] = [Math.floor(at / (3 * a)), Math.floor(at / 3) % a, at % 3];
        return lanes.x[i * 6 + 3 * k + l];
      });
      const joint = { shape: [2, a, 3], axis: [0, 2] };
      const expected = fitTemperature(lanes.x, lanes.labels, { shape: [a, 6] });
      expect(fitTemperature(apart, lanes.labels, joint)).toEqual(expected);
      expect(calibration(apart, lanes.labels, joint)).toEqual(
        calibration(lanes.x, lanes.labels, { shape: [a, 6] }),
      );
    });

    test("a weight of 2 counts the lanes of a class twice, one of 0 not at all", () => {
      const { x, labels, shape } = drawn(type, 60, 3, 2, 9);
      const weight = [1, 2, 0];
      const repeated: number[] = [];
      const which: number[] = [];
      for (const [row, label] of labels.entries()) {
        for (let copy = 0; copy < weight[label]; copy++) {
          repeated.push(...x.subarray(3 * row, 3 * row + 3));
          which.push(label);
        }
      }
      const copies = fill(type, repeated.length, (k) => repeated[k]);
      const expected = { shape: [which.length, 3] };
      const near = type === "f32" ? 6 : 12;
      const found = fitTemperature(x, labels, { shape, weight });
      const other = fitTemperature(copies, which, expected);
      expect(found.temperature).toBeCloseTo(other.temperature, near);
      expect(found.logLoss.after).toBeCloseTo(other.logLoss.after, near);
      expect(found.temperature).not.toBeCloseTo(fitTemperature(x, labels, { shape }).temperature, 3);
      const weighted = calibration(x, labels, { shape, weight });
      const all = calibration(copies, which, expected);
      expect(weighted.accuracy).toBeCloseTo(all.accuracy, 12);
      expect(weighted.calibrationError).toBeCloseTo(all.calibrationError, near);
      expect(weighted.bins.map(({ count }) => count)).toEqual(all.bins.map(({ count }) => count));
    });

    test("a mask leaves out classes, even NaN", () => {
      const { x, labels, shape } = drawn(type, 50, 3, 0.6, 13);
      const wide = fill(type, 200, (k) =>
        k % 4 === 1 ? NAN : x[3 * (k >> 2) + (k % 4 === 0 ? 0 : (k % 4) - 1)],
      );
      const moved = labels.map((label) => (label === 0 ? 0 : label + 1));
      const mask = [true, false, true, true];
      const expected = fitTemperature(x, labels, { shape });
      const found = fitTemperature(wide, moved, { shape: [50, 4], mask });
      expect(found.temperature).toBeCloseTo(expected.temperature, type === "f32" ? 6 : 12);
      const { accuracy, calibrationError } = calibration(wide, moved, { shape: [50, 4], mask });
      const other = calibration(x, labels, { shape });
      expect(accuracy).toBe(other.accuracy);
      expect(calibrationError).toBeCloseTo(other.calibrationError, 6);
      // A label that is left out has probability 0 whatever T is.
      expect(fitTemperature(wide, moved.fill(1), { shape: [50, 4], mask }).temperature).toBe(NAN);
      expect(calibration(wide, moved, { shape: [50, 4], mask }).logLoss).toBe(INF);
    });
  });
});
