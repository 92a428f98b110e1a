import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { fill } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { drawn } from "./support/temperature.js";
import { ulpError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;

describeBackends(({ backend, calibration, crossEntropy, softmax }) => {
  /** That of a lane alone. */
  function confidenceOf(lane: FloatArray, temperature: number, count?: number): number {
    const { bins } = calibration(lane, [0], { temperature, bins: count });
    return bins.find((bin) => bin.count === 1)?.confidence ?? Number.NaN;
  }

  describe.each(TYPES)("%s", (type) => {
    const [rows, classes] = [500, 7];
    const { x, labels, shape } = drawn(type, rows, classes, 2, 17);
    const lanes = Array.from({ length: rows }, (_, row) => x.subarray(row * classes, (row + 1) * classes));

    test("calibration is what its definition gives", () => {
      for (const [count, temperature] of [
        [undefined, 1],
        [10, 3],
        [1, 1],
        [1000, 0.5],
      ] as const) {
        const p = softmax(x, { shape, temperature });
        const bins = Array.from({ length: count ?? 15 }, () => ({ count: 0, sure: 0, right: 0 }));
        let hits = 0;
        for (const [row, lane] of lanes.entries()) {
          const largest = Math.max(...p.subarray(row * classes, (row + 1) * classes));
          const bin = bins.find((_, m) => largest <= (m + 1) / bins.length) ?? bins[bins.length - 1];
          const isRight = lane.indexOf(Math.max(...lane)) === labels[row];
          bin.count++;
          bin.sure += confidenceOf(lane, temperature, count);
          if (isRight) bin.right++;
          if (isRight) hits++;
        }
        const error = bins.reduce((sum, { sure, right }) => sum + Math.abs(right - sure), 0) / rows;
        const found = calibration(x, labels, { shape, temperature, bins: count });
        expect(found.accuracy).toBe(hits / rows);
        expect(found.logLoss).toBe(crossEntropy(x, labels, { shape, temperature }));
        expect(found.calibrationError).toBeCloseTo(error, 12);
        expect(found.bins.map((bin) => bin.count)).toEqual(bins.map((bin) => bin.count));
        for (const [m, { confidence, accuracy, count: lanes }] of found.bins.entries()) {
          expect(confidence).toBe(bins[m].sure / lanes);
          expect(accuracy).toBe(bins[m].right / lanes);
        }
      }
    });

    test("confidences are within the bound of softmax, and those of doubles within 1.1 ulp", () => {
      for (const temperature of [1, 3]) {
        const most = temperature === 1 && type === "f64" ? 1.1 : bound("softmax", type, backend, temperature);
        for (const lane of lanes) {
          const { softmax } = laneReference(lane, temperature);
          const top = softmax.at(lane.indexOf(Math.max(...lane)));
          expect(ulpError(confidenceOf(lane, temperature), top, type)).toBeLessThanOrEqual(most);
        }
      }
    });

    test("a confidence at the end of a bin is in that bin", () => {
      for (const [classes, bins, expected] of [
        [3, 15, 4],
        [2, 2, 0],
        [10, 10, 0],
        [1, 15, 14],
        [7, 7, 0],
      ]) {
        const x = fill(type, classes, () => 2);
        const found = calibration(x, [0], { bins });
        expect(found.bins.findIndex(({ count }) => count === 1)).toBe(expected);
      }
    });

    test("of equals, the first is predicted", () => {
      const x = fill(type, 6, (k) => [1, 3, 3, 2, 2, 0][k]);
      const options = { shape: [2, 3] };
      expect(calibration(x, [1, 0], options).accuracy).toBe(1);
      expect(calibration(x, [2, 1], options).accuracy).toBe(0);
    });
  });
});
