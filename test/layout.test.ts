import fc from "fast-check";
import { expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { FULL } from "./support/extent.js";
import { normal } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { expectSame } from "./support/same.js";
import { lanesOf } from "./support/shapes.js";
import { type ElementType, ulpError } from "./support/ulp.js";

function expectLanes(
  type: ElementType,
  x: FloatArray,
  lanes: number[][],
  results: Record<"softmax" | "logSoftmax" | "logSumExp", FloatArray>,
  bounds: (operation: "softmax" | "logSoftmax" | "logSumExp") => number,
): void {
  expect(results.softmax.length).toBe(x.length);
  expect(results.logSoftmax.length).toBe(x.length);
  expect(results.logSumExp.length).toBe(lanes.length);
  for (const [number, lane] of lanes.entries()) {
    if (lane.length === 0) {
      expect(results.logSumExp[number]).toBe(Number.NEGATIVE_INFINITY);
      continue;
    }
    const reference = laneReference(lane.map((index) => x[index]));
    expect(ulpError(results.logSumExp[number], reference.logSumExp, type)).toBeLessThanOrEqual(
      bounds("logSumExp"),
    );
    for (const operation of ["softmax", "logSoftmax"] as const) {
      for (const [k, index] of lane.entries()) {
        const error = ulpError(results[operation][index], reference[operation].at(k), type);
        expect(error).toBeLessThanOrEqual(bounds(operation));
      }
    }
  }
}

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });

const layouts = shapes.chain((shape) => {
  const axis = fc.integer({ min: -shape.length, max: shape.length - 1 });
  const list = fc
    .shuffledSubarray([...shape.keys()])
    .chain((axes) =>
      fc
        .array(fc.boolean(), { minLength: axes.length, maxLength: axes.length })
        .map((negative) => axes.map((d, i) => (negative[i] ? d - shape.length : d))),
    );
  return fc.record({
    shape: fc.constant(shape),
    axis: fc.oneof(axis, list, fc.constantFrom(null, undefined)),
  });
});

describeBackends((library) => {
  test.each(["f32", "f64"] as const)("%s: any shape and axis as by looking at every multi-index", (type) => {
    fc.assert(
      fc.property(layouts, fc.nat(), ({ shape, axis }, seed) => {
        const size = shape.reduce((product, length) => product * length, 1);
        // Well above zero, so that no logSumExp is near zero by cancellation.
        const x = normal(type, size, 2, seed, 20);
        const results = {
          softmax: library.softmax(x, { shape, axis }),
          logSoftmax: library.logSoftmax(x, { shape, axis }),
          logSumExp: library.logSumExp(x, { shape, axis }),
        };
        const bounds = (operation: keyof typeof results) => bound(operation, type, library.backend);
        expectLanes(type, x, lanesOf({ shape, axis: axis === undefined ? -1 : axis }), results, bounds);
      }),
      { seed: 20261123, numRuns: FULL ? 300 : 100 },
    );
  });

  test("an empty list of axes makes every element its own lane", () => {
    const x = Float32Array.of(3, -4, 5, 0.5);
    expectSame(library.softmax(x, { shape: [2, 2], axis: [] }), Float32Array.of(1, 1, 1, 1));
    expectSame(library.logSumExp(x, { shape: [2, 2], axis: [] }), x);
  });

  test("an empty shape is one element", () => {
    expectSame(library.softmax(Float32Array.of(3), { shape: [], axis: null }), Float32Array.of(1));
    expectSame(library.logSumExp(Float32Array.of(3), { shape: [], axis: null }), Float32Array.of(3));
  });

  test("in place and into out over axes that are not adjacent", () => {
    const shape = [3, 4, 5];
    const x = normal("f32", 60, 2, 7);
    const expected = library.softmax(x, { shape, axis: [0, 2] });
    const out = new Float32Array(60);
    expect(library.softmax(x, { shape, axis: [2, 0], out })).toBe(out);
    expectSame(out, expected);
    expect(library.softmax(x, { shape, axis: [0, -1], out: x })).toBe(x);
    expectSame(x, expected);

    const sums = new Float32Array(4);
    const logits = normal("f32", 60, 2, 8);
    expect(library.logSumExp(logits, { shape, axis: [0, 2], out: sums })).toBe(sums);
    expectSame(sums, library.logSumExp(logits, { shape, axis: [0, 2] }));
  });

  test("more dimensions than fit in any fixed table", () => {
    const shape = Array.from({ length: 12 }, () => 2);
    const x = normal("f64", 4096, 2, 9);
    const axis = [0, 3, 11];
    const results = {
      softmax: library.softmax(x, { shape, axis }),
      logSoftmax: library.logSoftmax(x, { shape, axis }),
      logSumExp: library.logSumExp(x, { shape, axis }),
    };
    expectLanes("f64", x, lanesOf({ shape, axis: axis === undefined ? -1 : axis }), results, (operation) =>
      bound(operation, "f64", library.backend),
    );
  });
});
