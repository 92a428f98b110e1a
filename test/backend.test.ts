import { describe, expect, test } from "vitest";
import { jsBackend } from "../src/backend/js/js.js";
import type { FloatArray, Operands } from "../src/types.js";
import { forEachLane, gather, type Lanes, rows, strided, vector } from "./support/lanes.js";
import { operandsFor, outFor, resultsPerLane } from "./support/operands.js";
import { type LaneName, laneNames, laneOperation } from "./support/operations.js";
import { floatArray, normal, random } from "./support/random.js";
import { expectSame } from "./support/same.js";
import type { ElementType } from "./support/ulp.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const TYPES = ["f32", "f64"] as const;
const CORE = ["softmax", "logSoftmax", "logSumExp"] as const;

const js = jsBackend();

function run(
  operation: LaneName,
  lanes: Lanes,
  operands?: Operands,
  out = outFor(operation, lanes),
  temperature = 0.8,
): FloatArray {
  const { x, outer, length, inner } = lanes;
  js.run(laneOperation(operation), x, out, { outer, length, inner }, temperature, operands);
  return out;
}

/** On a lane alone. */
function runOne(operation: LaneName, type: ElementType, list: number[], operands?: Operands): number[] {
  const x = floatArray(type, list.length);
  x.set(list);
  return Array.from(run(operation, vector(x), operands, undefined, 1));
}

function floats(type: ElementType, ...values: number[]): FloatArray {
  const array = floatArray(type, values.length);
  array.set(values);
  return array;
}

/** Those of one lane. */
function operandsOfLane({ y, numbers }: Operands, all: Lanes, lane: number, offset: number): Operands {
  const each = (numbers?.length ?? 0) / (all.outer * all.inner);
  return {
    ...(y && { y: gather(y, offset, all.length, all.inner) }),
    ...(numbers && { numbers: numbers.slice(lane * each, (lane + 1) * each) }),
  };
}

/** The results of one lane. */
function resultsOfLane(operation: LaneName, out: FloatArray, all: Lanes, lane: number, offset: number) {
  const each = resultsPerLane(operation);
  return each === undefined
    ? gather(out, offset, all.length, all.inner)
    : out.slice(lane * each, (lane + 1) * each);
}

function everyLayout(type: ElementType): Lanes[] {
  return [
    vector(normal(type, 1, 3, 1)),
    vector(normal(type, 10, 3, 2)),
    vector(normal(type, 2000, 3, 3)),
    rows(normal(type, 130, 3, 4), 13),
    strided(normal(type, 2 * 9 * 5, 3, 5), 9, 5),
    { x: floatArray(type, 0), outer: 0, length: 4, inner: 3 },
  ];
}

function maskFor(length: number, seed: number): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length }, () => (next() < 0.4 ? 0 : 1 + 254 * next()));
}

describe.each(TYPES)("%s", (type) => {
  describe.each(laneNames)("%s", (operation) => {
    test("every lane by itself, wherever it lies", () => {
      for (const lanes of everyLayout(type)) {
        const operands = operandsFor(operation, type, lanes);
        const before = lanes.x.slice();
        const out = run(operation, lanes, operands);
        expectSame(lanes.x, before);
        forEachLane(lanes, (lane, offset) => {
          const alone = vector(gather(lanes.x, offset, lanes.length, lanes.inner));
          const own = operands && operandsOfLane(operands, lanes, lane, offset);
          const results = resultsOfLane(operation, out, lanes, lane, offset);
          expect(results.includes(1234.5)).toBe(false);
          expectSame(run(operation, alone, own), results);
        });
      }
    });

    test("into x or y", () => {
      for (const lanes of everyLayout(type)) {
        if (resultsPerLane(operation) !== undefined) continue;
        const operands = operandsFor(operation, type, lanes);
        const expected = run(operation, lanes, operands);
        const x = lanes.x.slice();
        expectSame(run(operation, { ...lanes, x }, operands, x), expected);
        const y = operands?.y?.slice();
        if (y !== undefined) expectSame(run(operation, lanes, { ...operands, y }, y), expected);
      }
    });

    test("lanes of length 0", () => {
      const lanes = { x: floatArray(type, 0), outer: 2, length: 0, inner: 3 };
      const perLane = resultsPerLane(operation) ?? 0;
      const nothing = operation === "entropy" ? 0 : -INF;
      const expected = Array.from({ length: 6 * perLane }, (_, k) => (k % perLane === 0 ? nothing : 0));
      expect(Array.from(run(operation, lanes, operandsFor(operation, type, lanes)))).toEqual(expected);
    });
  });

  describe.each([...CORE, "normalizedSoftmax"] as const)("%s with a mask", (operation) => {
    const nothing = operation === "softmax" || operation === "normalizedSoftmax" ? 0 : -INF;
    const hostile = [NAN, INF, -INF, 1e38];

    test.each(["as long as x", "as one lane"])("%s: the bits of the kept elements alone", (kind) => {
      for (const lanes of everyLayout(type)) {
        const { length, inner } = lanes;
        const isLane = kind === "as one lane";
        const mask = maskFor(isLane ? length : lanes.x.length, 3);
        const at = (offset: number, k: number) => (isLane ? k : offset + k * inner);
        forEachLane(lanes, (lane, offset) => {
          // Nothing is left of every third lane.
          if (!isLane && lane % 3 === 2) for (let k = 0; k < length; k++) mask[at(offset, k)] = 0;
          for (let k = 0; k < length; k++)
            if (mask[at(offset, k)] === 0) lanes.x[offset + k * inner] = hostile[k % 4];
        });
        const operands = operandsFor(operation, type, lanes);
        const out = run(operation, lanes, { ...operands, mask });
        const x = lanes.x.slice();
        if (operation !== "logSumExp")
          expectSame(run(operation, { ...lanes, x }, { ...operands, mask }, x), out);
        forEachLane(lanes, (lane, offset) => {
          const isKept = (_: number, k: number) => mask[at(offset, k)] !== 0;
          const kept = gather(lanes.x, offset, length, inner).filter(isKept);
          const own = operands && operandsOfLane(operands, lanes, lane, offset);
          const expected = run(operation, vector(kept), own);
          const results = resultsOfLane(operation, out, lanes, lane, offset);
          if (operation === "logSumExp") {
            expectSame(results, expected);
          } else {
            expectSame(results.filter(isKept), expected);
            expect(results.every((value, k) => isKept(value, k) || Object.is(value, nothing))).toBe(true);
          }
        });
      }
    });
  });

  test("logSumExpParts: log(1 + s) makes log-sum-exp, and s is NaN where log-softmax is", () => {
    const parts = (...x: number[]) => runOne("logSumExpParts", type, x).slice(0, 3);
    expect(parts(2)).toEqual([2, 0, 0]);
    expect(parts(-INF, 2, -INF)).toEqual([2, 0, 0]);
    expect(parts(2, 2)).toEqual([2, 1, Math.LN2]);
    expect(parts(-INF, -INF)).toEqual([-INF, NAN, 0]);
    expect(parts(1, INF)).toEqual([INF, NAN, 0]);
    expect(parts(1, INF, NAN)).toEqual([INF, NAN, NAN]);
    expect(parts(1, NAN, 3, -INF)).toEqual([3, NAN, NAN]);
    expect(parts(NAN, -INF)).toEqual([-INF, NAN, NAN]);
  });

  test("weightedParts: what has weight 0 is not there", () => {
    const parts = (x: number[], w: number[]) => runOne("weightedParts", type, x, { y: floats(type, ...w) });
    expect(parts([1, 3, 3, 3], [0, 2, -5, 0])).toEqual([3, -3, 0, 0]);
    expect(parts([NAN, INF, 2, -INF], [0, -0, 7, 4])).toEqual([2, 7, 0, 0]);
    expect(parts([NAN, INF], [0, 0])).toEqual([-INF, 0, 0, 0]);
    expect(parts([-INF, -INF], [3, -4])).toEqual([-INF, 0, 0, 0]);
    expect(parts([INF, 3, INF], [2, 9, 3])).toEqual([INF, 5, 0, 0]);
    expect(parts([1, NAN], [2, 3])).toEqual([1, NAN, NAN, 0]);
    expect(parts([1, 0], [2, NAN])).toEqual([1, NAN, NAN, 0]);
    expect(parts([1, -INF], [2, INF])).toEqual([1, NAN, NAN, 0]);
  });

  test("normalizedSoftmax: each element by itself", () => {
    const of = (x: number[], L: number) =>
      runOne("normalizedSoftmax", type, x, { numbers: Float64Array.of(L) });
    expect(of([5, NAN, INF, -INF, 4000, -4000], 5)).toEqual([1, NAN, NAN, 0, INF, 0]);
    expect(of([5, NAN, INF, -INF], -INF)).toEqual([INF, NAN, NAN, 0]);
    expect(of([5, NAN, INF, -INF], INF)).toEqual([NAN, NAN, NAN, NAN]);
    expect(of([5, -INF], NAN)).toEqual([NAN, NAN]);
    const largest = type === "f32" ? 3e38 : 1.7e308;
    const x = floats(type, largest, -largest, 0);
    for (const L of [0, 1e308, -1e308]) {
      const expected = [INF, 0, L > 0 ? 0 : L < 0 ? INF : 1];
      const result = run("normalizedSoftmax", vector(x), { numbers: Float64Array.of(L) }, undefined, 1e-30);
      expect(Array.from(result)).toEqual(
        type === "f32" && L !== 0 ? Array(3).fill(L > 0 ? 0 : INF) : expected,
      );
    }
  });

  test("gradients: a coefficient of 0, probabilities of 0 and large coefficients", () => {
    const labels = (x: number[], ...lanes: number[]) =>
      runOne("crossEntropyGrad", type, x, { numbers: Float64Array.from(lanes) });
    const targets = (x: number[], q: number[], c: number) =>
      runOne("crossEntropyTargetsGrad", type, x, { y: floats(type, ...q), numbers: Float64Array.of(c) });
    const vjp = (x: number[], dy: number) =>
      runOne("logSumExpVjp", type, x, { numbers: Float64Array.of(dy) });
    expect(labels([1, NAN, INF], 0, 1)).toEqual([0, 0, 0]);
    expect(targets([1, NAN, INF], [NAN, 1, 2], 0)).toEqual([0, 0, 0]);
    expect(vjp([1, NAN], 0)).toEqual([NAN, NAN]);
    for (const bad of [
      [1, NAN],
      [1, INF],
      [-INF, -INF],
    ]) {
      expect(labels(bad, 1, 0)).toEqual([NAN, NAN]);
      expect(targets(bad, [1, 0], 1)).toEqual([NAN, NAN]);
      expect(vjp(bad, 1)).toEqual([NAN, NAN]);
    }
    expect(labels([3], 1, 0)).toEqual([0]);
    expect(labels([-INF, 2], 1, 1)).toEqual([0, 0]);
    expect(labels([-INF, 2], 2, 0)).toEqual([-2, 2]);
    const huge = type === "f32" ? 3e38 : 1.7e308;
    const x = vector(floats(type, 2, -INF, -1e30));
    const result = run("logSumExpVjp", x, { numbers: Float64Array.of(huge) }, undefined, 1e-30);
    expect(Array.from(result)).toEqual([INF, 0, 0]);
  });
});
