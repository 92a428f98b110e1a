import { describe, expect, test } from "vitest";
import source from "../src/functions/weights.ts?raw";
import type { FloatArray } from "../src/index.js";
import { describeBackends, type Library } from "./support/backends.js";
import { boundsIn } from "./support/bounds.js";
import { cases } from "./support/cases.js";
import { FULL } from "./support/extent.js";
import { forEachLane, gather, type Lanes } from "./support/lanes.js";
import { once } from "./support/once.js";
import { fill, floatArray, normal, random } from "./support/random.js";
import { type LaneReference, laneReference } from "./support/reference.js";
import { expectSame } from "./support/same.js";
import { lanesOf, pick, SHAPES, type Shape, sizeOf } from "./support/shapes.js";
import { type ElementType, ulp, ulpError } from "./support/ulp.js";
import { type WeightedReference, weightedReference } from "./support/weighted.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const TYPES = ["f32", "f64"] as const;

const BOUNDS = boundsIn(source);

/** Any temperature but 1 costs up to one ulp more. */
function bound({ backend }: Library, type: ElementType, temperature = 1): number {
  return (BOUNDS.get(`${type} ${backend}`) ?? Number.NaN) + (temperature === 1 ? 0 : 1);
}

/** Of both signs, a fifth of them 0. */
function weightsOf(type: ElementType, length: number, seed: number): FloatArray {
  const next = random(seed);
  return normal(type, length, 1, seed).map((weight) => (next() < 0.2 ? 0 : weight));
}

const keptReferences = once<(WeightedReference | undefined)[]>();
const keptLanes = once<{ lanes: Lanes; references: LaneReference[] }[]>();

/** The largest error of logSumExpSigned over the lanes, in units of the reference; every sign is right. */
function worstError(
  library: Library,
  type: ElementType,
  x: FloatArray,
  weights: FloatArray,
  shape: Shape,
  temperature?: number,
  /** Tells these inputs from others whose references are kept. */
  key = "",
): number {
  const { value, sign } = library.logSumExpSigned(x, { ...shape, weights, temperature });
  const compute = () =>
    lanesOf(shape).map((lane) => {
      const laneWeights = pick(weights, lane);
      if (laneWeights.every((weight) => weight === 0)) return undefined;
      return weightedReference(pick(x, lane), laneWeights, temperature);
    });
  const references = key === "" ? compute() : keptReferences(key, compute);
  let worst = 0;
  for (const [number, reference] of references.entries()) {
    if (reference === undefined) {
      expect([value[number], sign[number]]).toEqual([-INF, 0]);
      continue;
    }
    if (sign[number] !== reference.sign) expect.fail(`lane ${number} has sign ${sign[number]}`);
    const error = Math.abs(value[number] - reference.value.high - reference.value.low);
    worst = Math.max(worst, error / reference.unit(type));
  }
  return worst;
}

function referencesOf(lanes: Lanes, temperature?: number): LaneReference[] {
  const references: LaneReference[] = [];
  forEachLane(lanes, (_, offset) => {
    references.push(laneReference(gather(lanes.x, offset, lanes.length, lanes.inner), temperature));
  });
  return references;
}

describe.each(TYPES)("%s", (type) => {
  describeBackends((library) => {
    const { logSumExp, logSumExpSigned } = library;
    const of = (...values: number[]) => fill(type, values.length, (k) => values[k]);

    describe.each(SHAPES)("lanes along $axis of $shape", (shape) => {
      const lanes = lanesOf(shape);
      const size = sizeOf(shape);
      const x = normal(type, size, 3, 1);
      const weights = weightsOf(type, size, 2);
      const laneWeights = weightsOf(type, lanes[0].length, 3);

      test("as long as x: within the bound", () => {
        for (const temperature of [1, 0.7]) {
          const key = JSON.stringify([type, shape, temperature]);
          const error = worstError(library, type, x, weights, shape, temperature, key);
          expect(error).toBeLessThanOrEqual(bound(library, type, temperature));
        }
      });

      test("as one lane: the bits of the same weights for every lane", () => {
        const full = floatArray(type, size);
        for (const lane of lanes) for (const [k, index] of lane.entries()) full[index] = laneWeights[k];
        const expected = logSumExpSigned(x, { ...shape, weights: full });
        const actual = logSumExpSigned(x, { ...shape, weights: laneWeights });
        expectSame(actual.value, expected.value);
        expectSame(actual.sign, expected.sign);
      });

      test("a mask is a weight of 0", () => {
        const mask = Uint8Array.from({ length: size }, (_, k) => (k * 7) % 3);
        const laneMask = Uint8Array.from({ length: lanes[0].length }, (_, k) => (k * 5) % 3);
        for (const given of [mask, laneMask]) {
          const masked = weights.slice();
          for (const lane of lanes) {
            for (const [k, index] of lane.entries()) {
              if (given[given === mask ? index : k] === 0) masked[index] = 0;
            }
          }
          const logits = x.map((value, k) => (masked[k] === 0 ? NAN : value));
          expectSame(
            logSumExp(logits, { ...shape, mask: given, weights }),
            logSumExp(x, { ...shape, weights: masked }),
          );
        }
      });

      test("logSumExp is the value, or NaN of a negative sum; nothing but out is written", () => {
        const inputs = [x.slice(), weights.slice()];
        const { value, sign } = logSumExpSigned(x, { ...shape, weights });
        const expected = value.map((logarithm, lane) => (sign[lane] < 0 ? NAN : logarithm));
        expectSame(logSumExp(x, { ...shape, weights }), expected);
        expectSame(x, inputs[0]);
        expectSame(weights, inputs[1]);
        const out = { value: value.slice().fill(7), sign: sign.slice().fill(7) };
        expect(logSumExpSigned(x, { ...shape, weights, out })).toBe(out);
        expectSame(out.value, value);
        expectSame(out.sign, sign);
        const shared = new SharedArrayBuffer(weights.byteLength);
        const others = type === "f32" ? new Float32Array(shared) : new Float64Array(shared);
        others.set(weights);
        expect(logSumExp(x, { ...shape, weights: others, out: out.value })).toBe(out.value);
        expectSame(out.value, expected);
      });
    });

    // The inputs of the accuracy tests that are short.
    const short = ({ x }: Lanes) => x.length <= (FULL ? 5000 : 1500);
    describe.each(cases(type).filter(({ inputs }) => inputs().some(short)))("weights of 1: $name", (each) => {
      test("as accurate as without", () => {
        const { name, temperature, inputs } = each;
        const given = keptLanes(`${type} ${name}`, () =>
          inputs()
            .filter(short)
            .map((lanes) => ({ lanes, references: referencesOf(lanes, temperature) })),
        );
        let worst = 0;
        for (const { lanes, references } of given) {
          const { x, outer, length, inner } = lanes;
          const options = { shape: [outer, length, inner], axis: 1, temperature };
          const results = logSumExp(x, { ...options, weights: floatArray(type, length).fill(1) });
          for (const [lane, { logSumExp, cancelled }] of references.entries()) {
            const conditioning = cancelled === 0 ? 1 : 1 + ulp(cancelled, type) / ulp(logSumExp.high, type);
            worst = Math.max(worst, ulpError(results[lane], logSumExp, type) / conditioning);
          }
        }
        expect(worst).toBeLessThanOrEqual(bound(library, type, temperature));
      });
    });

    test("lanes that one element dominates keep their digits", () => {
      const next = random(5);
      let worst = 0;
      for (const length of [2, 3, 4, 5, 8, 12]) {
        for (let depth = 7; depth < 100; depth += 7) {
          const shape = { shape: [60, length], axis: 1 };
          const isTop = (k: number) => k % length === depth % length;
          const x = fill(type, 60 * length, (k) => (isTop(k) ? 0 : -depth - 3 * next()));
          for (const weight of [() => 1, next, () => -next()]) {
            const weights = x.map((_, k) => (isTop(k) ? 1 : weight()));
            const { value } = logSumExpSigned(x, { ...shape, weights });
            for (const [lane, indices] of lanesOf(shape).entries()) {
              const reference = weightedReference(pick(x, indices), pick(weights, indices));
              const error = Math.abs(value[lane] - reference.value.high - reference.value.low);
              worst = Math.max(worst, error / ulp(reference.value.high, type));
            }
          }
        }
      }
      expect(worst).toBeLessThanOrEqual(bound(library, type));
    });

    test("lanes far from 0, and at small temperatures", () => {
      const shape = { shape: [40, 50], axis: 1 };
      const weights = weightsOf(type, 2000, 9);
      for (const center of [-1e4, 4000, 1e4, 1e6]) {
        const x = normal(type, 2000, 3, 8).map((value) => value + center);
        for (const temperature of [1, 0.01]) {
          const error = worstError(library, type, x, weights, shape, temperature);
          expect(error).toBeLessThanOrEqual(bound(library, type, temperature));
        }
      }
    });

    test("sums that cancel", () => {
      const lengths = [2, 3, 10, 64, 1000, 5003];
      for (const length of lengths) {
        const noise = normal(type, length, 1, length);
        // Neighbours of almost the same size and opposite signs: what is left is less than a thousandth.
        const x = fill(type, length, (k) => noise[k - (k % 2)] + (k % 2 === 0 ? 0 : noise[k] / 1000));
        const weights = fill(type, length, (k) => (k % 2 === 0 ? 1 : -1));
        const shape = { shape: [length], axis: 0 };
        expect(worstError(library, type, x, weights, shape)).toBeLessThanOrEqual(bound(library, type));
      }
    });

    test("ties at the maximum, of both signs", () => {
      const x = of(2, -1, 2, 0.5, 2, -3);
      const shape = { shape: [6], axis: 0 };
      for (const weights of [of(1, 2, 1, 3, 1, 1), of(3, 1, -1, 1, -0.5, 0), of(0.1, -1, 0.2, 0, -0.7, 2)]) {
        expect(worstError(library, type, x, weights, shape)).toBeLessThanOrEqual(bound(library, type));
      }
      // What is left of the maxima is nothing: the next are the sum.
      const { value, sign } = logSumExpSigned(of(7, -20, 7), { weights: of(1, -1, -1) });
      expect([value, sign]).toEqual([-20, -1]);
    });

    test("weights of very different size", () => {
      const x = of(0, 20, -20, 3, 40);
      for (const weights of [of(1e15, 1, 1e17, -1e10, 1e-17), of(-1e-15, 1e-15, 1e-15, 1e-17, 1e-18)]) {
        expect(worstError(library, type, x, weights, { shape: [5], axis: 0 })).toBeLessThanOrEqual(
          bound(library, type),
        );
      }
      const [least, most] = type === "f32" ? [1e-38, 3e38] : [1e-308, 1.7e308];
      for (const size of [least, most]) {
        const weights = of(size, -size / 2);
        const exact = 3 + Math.log(weights[0]) + Math.log1p(weights[1] / weights[0]);
        const { value, sign } = logSumExpSigned(of(3, 3), { weights });
        expect(sign).toBe(1);
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(2 * ulp(exact, type));
      }
    });

    test.each(
      type === "f32"
        ? [
            [1e-37, 1e-7],
            [1e-15, 1e15],
            [1e7, 1e37],
          ]
        : [
            [1e-307, 1e-7],
            [1e-290, 1e10],
            [1e-150, 1e150],
            [1e7, 1e307],
          ],
    )("a weight of %d at the maximum, of %d elsewhere", (top, others) => {
      for (const length of [2, 64, 1000]) {
        for (const depth of [1, 60, 69, 100, 150, 650, 690, 720, 900, 5000]) {
          const x = fill(type, length, (k) => (k === 1 ? -1 : -1 - depth));
          const weights = fill(type, length, (k) => (k === 1 ? top : others));
          // Whichever is larger, times 1 + their quotient.
          const logarithms = [-1 + Math.log(weights[1]), x[0] + Math.log(weights[0]) + Math.log(length - 1)];
          const larger = Math.max(...logarithms);
          const exact = larger + Math.log1p(Math.exp(Math.min(...logarithms) - larger));
          const largest = Math.max(...logarithms.map(Math.abs), Math.abs(Math.log(top)), depth);
          expect(Math.abs(logSumExp(x, { weights }) - exact)).toBeLessThanOrEqual(
            bound(library, type) * (ulp(exact, type) + 2 * ulp(largest, "f64")),
          );
        }
      }
    });

    test("SciPy's examples", () => {
      const a = fill(type, 10, (k) => k);
      const b = fill(type, 10, (k) => 10 - k);
      let sum = 0;
      let weighted = 0;
      for (const [k, x] of a.entries()) {
        sum += Math.exp(x);
        weighted += b[k] * Math.exp(x);
      }
      const digits = type === "f32" ? 6 : 14;
      expect(logSumExp(a)).toBeCloseTo(Math.log(sum), digits);
      expect(logSumExp(a, { weights: b })).toBeCloseTo(Math.log(weighted), digits);
      const { value, sign } = logSumExpSigned(of(1, 2), { weights: of(1, -1) });
      expect(value).toBeCloseTo(Math.log(Math.E ** 2 - Math.E), digits);
      expect(sign).toBe(-1);
    });
  });
});
