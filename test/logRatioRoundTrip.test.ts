import { describe, expect, test } from "vitest";
import { describeBackends } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { expectClose } from "./support/close.js";
import { elementBound } from "./support/elementwise.js";
import { normal } from "./support/random.js";
import { lanesOf, pick, SHAPES, sizeOf } from "./support/shapes.js";
import { distance } from "./support/ulp.js";

describe.each(["f32", "f64"] as const)("%s", (type) => {
  const epsilon = type === "f32" ? 2 ** -23 : 2 ** -52;

  describeBackends(({ backend, alr, alrInverse, clr, clrInverse, softmax }) => {
    const ulps = elementBound(type, backend);

    describe.each([1, 2, 3, 10, 1000])("there and back, %d components", (length) => {
      const p = softmax(normal(type, length, 3, 9));
      const softmaxError = (bound("softmax", type, backend) + 1) * epsilon;

      test.each([1, 8, 0.3])("alr, λ = %d", (scale) => {
        for (const reference of new Set([0, length >> 1, -1])) {
          const options = { reference, scale };
          const y = alr(p, options);
          const largest = Math.max(0, ...y.map(Math.abs));
          const relative = softmaxError + 4 * ulps * epsilon * largest * scale;
          expectClose(alrInverse(y, options), p, (k) => relative * p[k]);
          // The error of a ratio of probabilities, and what λ was rounded by.
          const again = (2 * softmaxError) / scale + 4 * ulps * epsilon * largest;
          expectClose(alr(alrInverse(y, options), options), y, () => again);
        }
      });

      test("clr", () => {
        const z = clr(p);
        const largest = Math.max(...z.map(Math.abs));
        const error = 2 * softmaxError + 4 * ulps * epsilon * largest;
        expectClose(clrInverse(z), p, (k) => error * p[k]);
        expectClose(clr(clrInverse(z)), z, () => error);
        let sum = 0;
        for (const value of z) sum += value;
        expect(Math.abs(sum)).toBeLessThanOrEqual(length * error);
      });
    });

    test("alr of zeros, and back", () => {
      const p = softmax(normal(type, 100, 3, 12));
      for (let k = 1; k < 100; k += 3) p[k] = 0;
      const back = alrInverse(alr(p, { validate: false }));
      let sum = 0;
      for (const value of p) sum += value;
      const closed = p.map((value) => value / sum) as typeof p;
      expectClose(back, closed, (k) => 60 * epsilon * closed[k]);
    });

    test.each([
      { shape: [5], axis: 0 },
      { shape: [7, 3], axis: 1 },
      { shape: [7, 3], axis: 0 },
      { shape: [3, 40, 2], axis: 1 },
      { shape: [2, 3, 4], axis: -3 },
      { shape: [300, 5], axis: -1 },
    ])("alr and back along an axis: %j", ({ shape, axis }) => {
      const p = softmax(normal(type, sizeOf({ shape, axis }), 2, 10), { shape, axis });
      const along = axis < 0 ? axis + shape.length : axis;
      const lessShape = shape.map((size, d) => (d === along ? size - 1 : size));
      for (const reference of [0, -1]) {
        const y = alr(p, { shape, axis, reference });
        const back = alrInverse(y, { shape: lessShape, axis, reference });
        const rows = lanesOf({ shape: lessShape, axis });
        for (const [lane, indices] of lanesOf({ shape, axis }).entries()) {
          const expected = alr(pick(p, indices), { reference });
          expect(distance(pick(y, rows[lane]), expected, type)).toBeLessThanOrEqual(2 * ulps);
        }
        expectClose(back, p, (k) => 20 * epsilon * p[k]);
      }
    });

    test.each(SHAPES)("clr along any axis: %j", ({ shape, axis }) => {
      const p = softmax(normal(type, sizeOf({ shape, axis }), 2, 11), { shape, axis });
      const z = clr(p, { shape, axis });
      for (const indices of lanesOf({ shape, axis }).slice(0, 20)) {
        expectClose(pick(z, indices), clr(pick(p, indices)), () => 20 * epsilon);
      }
      expectClose(clrInverse(z, { shape, axis }), p, (k) => 60 * epsilon * p[k]);
    });
  });
});
