import { describe, expect, test } from "vitest";
import { describeBackends } from "./support/backends.js";
import { fill } from "./support/random.js";
import { drawn } from "./support/temperature.js";

const TYPES = ["f32", "f64"] as const;

describeBackends(({ calibration, crossEntropy, softmax }) => {
  describe.each(TYPES)("%s", (type) => {
    test("calibration is what its definition gives", () => {
      const [rows, classes] = [500, 7];
      const { x, labels, shape } = drawn(type, rows, classes, 2, 17);
      for (const [count, temperature] of [
        [undefined, 1],
        [10, 3],
        [1, 1],
        [1000, 0.5],
      ] as const) {
        const p = softmax(x, { shape, temperature });
        const bins = Array.from({ length: count ?? 15 }, () => ({ count: 0, sure: 0, right: 0 }));
        let hits = 0;
        for (let row = 0; row < rows; row++) {
          const lane = p.subarray(row * classes, (row + 1) * classes);
          const confidence = Math.max(...lane);
          const bin = bins.find((_, m) => confidence <= (m + 1) / bins.length) ?? bins[bins.length - 1];
          const isRight = lane.indexOf(confidence) === labels[row];
          bin.count++;
          bin.sure += confidence;
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
