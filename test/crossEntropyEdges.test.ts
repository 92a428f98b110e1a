import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { fill, floatArray } from "./support/random.js";
import { expectSame } from "./support/same.js";
import type { ElementType } from "./support/ulp.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

const finite = (k: number) => ((k * 7919) % 101) / 10 - 5;

const LAYOUTS: [outer: number, length: number, inner: number][] = [
  [3, 4, 1],
  [23, 10, 1],
  [5, 100, 1],
  [3, 4, 7],
  [2, 9, 64],
  [3, 1000, 1],
];

/** The label of every lane; what a lane holds at k; its loss, Infinity where only the label is impossible. */
const LABEL = 1;
const contents: [string, (k: number) => number, number][] = [
  ["NaN", (k) => (k === 2 ? NAN : finite(k)), NAN],
  ["NaN at the label", (k) => (k === LABEL ? NAN : finite(k)), NAN],
  ["+∞", (k) => (k === 2 ? INF : finite(k)), NAN],
  ["+∞ at the label", (k) => (k === LABEL ? INF : finite(k)), NAN],
  ["all −∞", () => -INF, NAN],
  ["−∞ at the label", (k) => (k === LABEL ? -INF : finite(k)), INF],
];

/** Finite lanes with one in the middle that holds `content`. */
function lanesWith(
  type: ElementType,
  [outer, length, inner]: (typeof LAYOUTS)[number],
  content: (k: number) => number,
) {
  const x = fill(type, outer * length * inner, finite);
  const lane = Math.floor((outer * inner) / 2);
  const start = Math.floor(lane / inner) * length * inner + (lane % inner);
  const places = Array.from({ length }, (_, k) => start + k * inner);
  for (const [k, at] of places.entries()) x[at] = content(k);
  return { x, lane, lanes: outer * inner, places, options: { shape: [outer, length, inner], axis: 1 } };
}

/** `array` with the bits of `other` in these places. */
function except(array: FloatArray, places: number[], other: FloatArray): FloatArray {
  const copy = array.slice();
  for (const at of places) copy[at] = other[at];
  return copy;
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describeBackends(({ crossEntropy, crossEntropyGrad, logSumExp }) => {
    describe.each(LAYOUTS)("lanes [%d, %d, %d] along the middle", (...layout) => {
      const clean = lanesWith(type, layout, finite);
      const labels = new Uint8Array(clean.lanes).fill(LABEL);

      test.each(contents)("%s: in that lane only", (_, content, expected) => {
        const { x, lane, places, options } = lanesWith(type, layout, content);
        for (const labelSmoothing of [0, 0.1]) {
          const apart = { ...options, labelSmoothing, reduction: "none" as const };
          const losses = crossEntropy(x, labels, apart);
          expect(losses[lane]).toBe(expected);
          expectSame(
            except(losses, [lane], crossEntropy(clean.x, labels, apart)),
            crossEntropy(clean.x, labels, apart),
          );
          expect(crossEntropy(x, labels, { ...options, labelSmoothing })).toBe(expected);
          const gradient = crossEntropyGrad(x, labels, apart);
          const finiteGradient = crossEntropyGrad(clean.x, labels, apart);
          expectSame(except(gradient, places, finiteGradient), finiteGradient);
          expect(places.every((at) => Number.isNaN(gradient[at]) === Number.isNaN(expected))).toBe(true);
        }
        const gradient = crossEntropyGrad(x, labels, { ...options, reduction: "sum" });
        if (expected === INF) expect(gradient[places[LABEL]]).toBe(-1);
      });

      test.each(contents)("%s in an ignored lane: as if it were not there", (_, content) => {
        const { x, lane, places, options } = lanesWith(type, layout, content);
        const some = labels.map((label, at) => (at === lane ? 255 : label));
        for (const labelSmoothing of [0, 0.1]) {
          const shared = { ...options, labelSmoothing, ignoreIndex: 255 };
          const losses = crossEntropy(x, some, { ...shared, reduction: "none" });
          expect(Object.is(losses[lane], 0)).toBe(true);
          expect(crossEntropy(x, some, shared)).toBe(crossEntropy(clean.x, some, shared));
          const gradient = crossEntropyGrad(x, some, shared);
          expect(places.every((at) => Object.is(gradient[at], 0))).toBe(true);
          expectSame(gradient, crossEntropyGrad(clean.x, some, shared));
        }
      });

      test("−∞ elsewhere: a class that is not there", () => {
        const { x, lane, places, options } = lanesWith(type, layout, (k) => (k === 2 ? -INF : finite(k)));
        const loss = crossEntropy(x, labels, { ...options, reduction: "none" })[lane];
        const others = places.map((at) => x[at]).filter(Number.isFinite);
        const kept = Float64Array.from(others);
        expect(loss).toBeCloseTo(logSumExp(kept) - x[places[LABEL]], type === "f32" ? 5 : 13);
        const gradient = crossEntropyGrad(x, labels, { ...options, reduction: "sum" });
        expect(gradient[places[2]]).toBe(0);
        expect(crossEntropy(x, labels, { ...options, labelSmoothing: 0.1 })).toBe(INF);
      });

      test("targets beside −∞: 0 · log 0 is 0, and a loss of ∞ has a gradient", () => {
        const { x, lane, places, options } = lanesWith(type, layout, (k) => (k === 2 ? -INF : finite(k)));
        const q = floatArray(type, x.length).fill(0.25);
        const apart = { ...options, reduction: "none" as const };
        expect(crossEntropy(x, q, apart)[lane]).toBe(INF);
        expect(crossEntropy(x, q, apart).filter(Number.isFinite).length).toBe(clean.lanes - 1);
        expect(crossEntropyGrad(x, q, apart)[places[2]]).toBe(-0.25);
        q[places[2]] = 0;
        // As without that class: 0.25 Σ (log Σ e^x - x) of the others.
        const others = Float64Array.from(places.map((at) => x[at])).filter(Number.isFinite);
        const exact = others.reduce((sum, logit) => sum + (logSumExp(others) - logit) / 4, 0);
        expect(Math.abs(crossEntropy(x, q, apart)[lane] / exact - 1)).toBeLessThan(
          type === "f32" ? 1e-6 : 1e-14,
        );
        expect(crossEntropy(x, q, apart).every(Number.isFinite)).toBe(true);
        expect(crossEntropyGrad(x, q, apart)[places[2]]).toBe(0);
        expect(crossEntropyGrad(x, q, apart).every(Number.isFinite)).toBe(true);
        q[places[2]] = NAN;
        expect(crossEntropy(x, q, apart).filter(Number.isNaN).length).toBe(1);
        expect(crossEntropyGrad(x, q, apart).filter(Number.isNaN).length).toBe(places.length);
      });

      test("a weight of 0 at a logit of −∞: no loss", () => {
        const { x, lane, options } = lanesWith(type, layout, (k) => (k === LABEL ? -INF : finite(k)));
        const weight = floatArray(type, layout[1]).fill(1);
        weight[LABEL] = 0;
        const apart = { ...options, weight, reduction: "none" as const };
        expect(crossEntropy(x, labels, apart)[lane]).toBe(0);
        const q = floatArray(type, x.length).fill(0.25);
        for (const labelSmoothing of [0, 0.1]) {
          const shared = { ...apart, labelSmoothing };
          expect(crossEntropy(x, q, shared)[lane]).toBeGreaterThan(0);
          expect(crossEntropy(x, q, shared).every(Number.isFinite)).toBe(true);
          expect(crossEntropyGrad(x, q, shared).every(Number.isFinite)).toBe(true);
        }
        expect(Number.isFinite(crossEntropy(x, labels, { ...apart, labelSmoothing: 0.1 })[lane])).toBe(true);
      });

      test("all ignored: the mean is NaN, everything else 0", () => {
        const { x, lanes, options } = clean;
        const none = new Int16Array(lanes).fill(-100);
        const zeros = floatArray(type, lanes);
        for (const labelSmoothing of [0, 0.1]) {
          const shared = { ...options, labelSmoothing };
          expect(crossEntropy(x, none, shared)).toBeNaN();
          expect(Object.is(crossEntropy(x, none, { ...shared, reduction: "sum" }), 0)).toBe(true);
          expectSame(crossEntropy(x, none, { ...shared, reduction: "none" }), zeros);
          for (const reduction of ["mean", "sum", "none"] as const) {
            expectSame(crossEntropyGrad(x, none, { ...shared, reduction }), floatArray(type, x.length));
          }
        }
      });

      test("weights of 0: no loss, but a mean of 0 / 0", () => {
        const { x, options } = clean;
        const weight = floatArray(type, layout[1]).fill(1);
        weight[LABEL] = 0;
        const shared = { ...options, weight };
        expect(crossEntropy(x, labels, { ...shared, reduction: "sum" })).toBe(0);
        expect(
          crossEntropyGrad(x, labels, { ...shared, reduction: "sum" }).every((value) => value === 0),
        ).toBe(true);
        expect(crossEntropy(x, labels, shared)).toBeNaN();
        expect(crossEntropyGrad(x, labels, shared).every(Number.isNaN)).toBe(true);
        // A class of weight 0 is not aimed at by smoothing either.
        expect(crossEntropy(x, labels, { ...shared, labelSmoothing: 0.1, reduction: "sum" })).toBeGreaterThan(
          0,
        );
      });
    });

    test("0 · log 0 is 0", () => {
      const x = fill(type, 3, (k) => [-INF, 0, 1][k]);
      const q = fill(type, 3, (k) => [0, 0.5, 0.5][k]);
      expect(crossEntropy(x, q)).toBeCloseTo(0.8132616875182228, type === "f32" ? 7 : 15);
      // With a smoothing of 1 nothing is left for the label.
      const sum = crossEntropy(x, [0], { labelSmoothing: 1, weight: [0, 3, 3], reduction: "sum" });
      expect(sum).toBeCloseTo(2 * 0.8132616875182228, type === "f32" ? 6 : 14);
    });

    test("no lanes, or no classes", () => {
      const empty = floatArray(type, 0);
      for (const labels of [[], new Uint8Array(0), empty]) {
        const shape = [0, 3];
        expect(crossEntropy(empty, labels, { shape })).toBeNaN();
        expect(crossEntropy(empty, labels, { shape, reduction: "sum" })).toBe(0);
        expectSame(crossEntropy(empty, labels, { shape, reduction: "none", weight: [1, 2, 3] }), empty);
        expectSame(crossEntropyGrad(empty, labels, { shape, labelSmoothing: 0.1 }), empty);
      }
      const shape = [3, 0];
      for (const labels of [[-100, -100, -100], empty]) {
        expect(crossEntropy(empty, labels, { shape })).toBeNaN();
        expect(crossEntropy(empty, labels, { shape, reduction: "sum" })).toBe(0);
        expectSame(crossEntropy(empty, labels, { shape, reduction: "none" }), floatArray(type, 3));
        expectSame(crossEntropyGrad(empty, labels, { shape }), empty);
      }
      expect(crossEntropy(empty, [-100])).toBeNaN();
    });

    test("one class: no loss and no gradient", () => {
      const x = fill(type, 80, finite);
      const options = { shape: [80, 1], weight: [3] };
      for (const labels of [new Uint8Array(80), x.slice()]) {
        for (const labelSmoothing of [0, 0.1]) {
          const shared = { ...options, labelSmoothing, reduction: "none" as const };
          expect(crossEntropy(x, labels, shared).every((loss) => loss === 0)).toBe(true);
          expect(crossEntropyGrad(x, labels, shared).every((value) => value === 0)).toBe(true);
        }
      }
    });

    test("logits near the largest number", () => {
      const largest = type === "f32" ? (2 - 2 ** -23) * 2 ** 127 : Number.MAX_VALUE;
      const x = fill(type, 2, (k) => (k === 0 ? largest : -largest));
      expect(crossEntropy(x, [0])).toBe(0);
      expect(crossEntropy(x, [1], { temperature: 4 })).toBe(largest / 2);
      expect(crossEntropy(x, [1], { reduction: "none" })[0]).toBe(INF);
      expect(
        crossEntropy(
          x,
          fill(type, 2, () => 0.5),
          { temperature: 4 },
        ),
      ).toBe(largest / 4);
      expectSame(
        crossEntropyGrad(x, [1]),
        fill(type, 2, (k) => (k === 0 ? 1 : -1)),
      );
    });
  });
});
