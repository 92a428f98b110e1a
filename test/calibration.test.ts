import { describe, expect, test } from "vitest";
import { AXIS, SHAPE } from "../src/arguments/optionNames.js";
import { select } from "../src/backend/select.js";
import { readProblem } from "../src/functions/loss.js";
import { derivativesOf, softmaxAt, temper } from "../src/functions/tempered.js";
import source from "../src/functions/tempered.ts?raw";
import type { FloatArray } from "../src/index.js";
import type { Derivatives } from "../src/math/temperatureSearch.js";
import { backends, describeBackends, libraries } from "./support/backends.js";
import { Exact, exact } from "./support/decimal.js";
import { FULL } from "./support/extent.js";
import { once } from "./support/once.js";
import { fill, normal, random, uniform } from "./support/random.js";
import { bruteForce, drawn, type ExactLoss, exactLoss, type Labelled } from "./support/temperature.js";
import type { ElementType } from "./support/ulp.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const TYPES = ["f32", "f64"] as const;

/** How far two temperatures may be apart where the labels often contradict the logits. */
const NEAR = { f32: 1e-6, f64: 1e-12 };

function bound(type: ElementType): number {
  const [, power] = new RegExp(`Bound: .*${type} 2\\^(-\\d+)`).exec(source) ?? [];
  return 2 ** Number(power);
}

/** Logits N(0, 3²) with labels that are as likely to be any. */
function labelled(type: ElementType, rows: number, classes: number, seed: number, deviation = 3): Labelled {
  const next = random(seed + 99);
  const labels = Int32Array.from({ length: rows }, () => Math.floor(next() * classes));
  return { x: normal(type, rows * classes, deviation, seed), labels, shape: [rows, classes] };
}

const temperatures = once<number>();
const losses = once<ExactLoss>();

test("the references: derivatives by the definitions are those of the loss", () => {
  const step = new Exact("1e-15");
  for (const type of TYPES) {
    const problem = labelled(type, 4, 5, 3);
    for (const temperature of [0.3, 1, 20]) {
      const beta = new Exact(1).div(temperature);
      const at = (factor: Exact) => exactLoss(problem, beta.times(factor)).loss;
      const [below, here, above] = [at(step.neg().plus(1)), at(new Exact(1)), at(step.plus(1))];
      const { slope, curvature } = exactLoss(problem, beta);
      const difference = above.minus(below).div(step.times(2));
      const second = above.plus(below).minus(here.times(2)).div(step.pow(2));
      expect(difference.minus(slope).div(slope).abs().toNumber()).toBeLessThan(1e-20);
      expect(second.minus(curvature).div(curvature).abs().toNumber()).toBeLessThan(1e-20);
    }
  }
});

describe.each(backends)("%s", (name) => {
  const backend = select({ backend: name });

  function derivatives({ x, labels, shape }: Labelled, temperature: number): Derivatives {
    const tempered = temper(readProblem("test", x, labels, { shape }, SHAPE | AXIS));
    softmaxAt(backend, tempered, temperature);
    return derivativesOf(tempered, temperature);
  }

  test.each(TYPES)("%s: both derivatives are within their bounds", (type) => {
    const shapes = [
      [9, 1],
      [40, 2],
      [11, 10],
      [3, FULL ? 1000 : 257],
    ];
    for (const [seed, [rows, classes]] of shapes.entries()) {
      for (const temperature of [0.03, 0.7, 1, 9, 1e6]) {
        const problem = labelled(type, rows, classes, seed);
        const exactly = losses(`${type} ${seed} ${temperature}`, () =>
          exactLoss(problem, new Exact(1).div(exact(temperature))),
        );
        const { slope, curvature, size } = derivatives(problem, temperature);
        const [exactSize, allowed] = [exactly.size.toNumber(), bound(type)];
        expect(exact(slope).minus(exactly.slope).abs().toNumber()).toBeLessThanOrEqual(allowed * exactSize);
        expect(exact(size).minus(exactly.size).abs().toNumber()).toBeLessThanOrEqual(allowed * exactSize);
        // The largest probability is at least 1 / n.
        expect(exact(curvature).minus(exactly.curvature).abs().toNumber()).toBeLessThanOrEqual(
          allowed * classes * exactly.curvature.toNumber(),
        );
      }
    }
  });
});

describeBackends(({ fitTemperature, calibration, crossEntropy, softmax, ...library }) => {
  describe.each(TYPES)("%s", (type) => {
    test("the temperature is the one that comparing losses finds", () => {
      for (let seed = 1; seed <= (FULL ? 20 : 4); seed++) {
        const problem = drawn(type, 12, 4, 2 ** ((seed % 5) - 2), seed);
        const { x, labels, shape } = problem;
        const { temperature, atLimit, iterations } = fitTemperature(x, labels, { shape });
        const expected = temperatures(`${type} ${seed}`, () => bruteForce(problem));
        expect(Math.abs(temperature / expected - 1)).toBeLessThan(NEAR[type]);
        expect(atLimit).toBe(false);
        expect(iterations).toBeLessThan(15);
      }
    });

    test("labels drawn at a temperature give it back", () => {
      const [rows, classes] = [100_000, 10];
      const { x, labels, shape } = drawn(type, rows, classes, 2.5, 7);
      const { temperature, logLoss, atLimit, iterations } = fitTemperature(x, labels, { shape });
      // The standard error is 1 / sqrt(rows β² L''), with a curvature of about 0.7: a third of this.
      expect(Math.abs(temperature / 2.5 - 1)).toBeLessThan(0.012);
      expect(atLimit).toBe(false);
      expect(iterations).toBeLessThan(12);
      expect(logLoss.before).toBe(crossEntropy(x, labels, { shape }));
      expect(logLoss.after).toBe(crossEntropy(x, labels, { shape, temperature }));
      expect(logLoss.after).toBeLessThan(logLoss.before - 0.1);
      const before = calibration(x, labels, { shape });
      const after = calibration(x, labels, { shape, temperature });
      expect(before.calibrationError).toBeGreaterThan(0.2);
      expect(after.calibrationError).toBeLessThan(0.01);
      expect(after.accuracy).toBe(before.accuracy);
    });

    test("no temperature nearby, and none of a coarse list, has a smaller loss", () => {
      const next = random(5);
      for (let seed = 0; seed < 150; seed++) {
        const classes = 2 + Math.floor(next() * 6);
        const deviation = 10 ** (6 * next() - 3);
        const problem = labelled(type, 1 + Math.floor(next() * 30), classes, seed, deviation);
        const { x, labels, shape } = problem;
        const { temperature, iterations } = fitTemperature(x, labels, { shape });
        // In double precision, where losses that differ little can be compared.
        const lossAt = (t: number) =>
          crossEntropy(Float64Array.from(x), labels, {
            shape,
            temperature: Math.min(Math.max(t, 1e-30), 1e30),
          });
        const least = lossAt(temperature);
        for (const factor of [0.01, 0.1, 0.5, 0.999, 1.001, 2, 10, 100]) {
          expect(lossAt(temperature * factor)).toBeGreaterThanOrEqual(least - 1e-12 * least);
        }
        expect(iterations).toBeLessThan(40);
      }
    });

    test("the temperature grows with the logits, from subnormal to huge ones", () => {
      const { x, labels, shape } = drawn(type, 300, 5, 1, 11);
      const { temperature } = fitTemperature(x, labels, { shape });
      for (const power of type === "f32" ? [-90, -30, 30, 90] : [-90, -30, 30, 90, 95]) {
        const scaled = x.map((value) => value * 2 ** power) as FloatArray;
        const found = fitTemperature(scaled, labels, { shape });
        expect(found.temperature / 2 ** power / temperature).toBeCloseTo(1, type === "f32" ? 6 : 12);
        expect(found.atLimit).toBe(false);
        expect(found.iterations).toBeLessThan(40);
      }
      // Beyond the range of temperatures.
      const tiny = x.map((value) => value * 2 ** -120) as FloatArray;
      expect(fitTemperature(tiny, labels, { shape })).toMatchObject({ temperature: 1e-30, atLimit: true });
      const huge = x.map((value) => value * 2 ** 120) as FloatArray;
      expect(fitTemperature(huge, labels, { shape })).toMatchObject({ temperature: 1e30, atLimit: true });
    });

    test("logits of a spread of 80 beside narrow ones", () => {
      const problem = drawn(type, 400, 6, 1, 3);
      const { labels, shape } = problem;
      const x = problem.x.map((value, k) => (k % 7 === 0 ? (k % 2 ? -80 : 80) : value)) as FloatArray;
      const { temperature, iterations } = fitTemperature(x, labels, { shape });
      const lossAt = (t: number) => crossEntropy(x, labels, { shape, temperature: t });
      expect(temperature).toBeGreaterThan(10);
      expect(lossAt(temperature)).toBeLessThan(lossAt(temperature * 1.01));
      expect(lossAt(temperature)).toBeLessThan(lossAt(temperature / 1.01));
      expect(iterations).toBeLessThan(20);
    });

    test("one wrong row of many", () => {
      const rows = 20_000;
      const x = uniform(type, 2 * rows, 0, 1, 8).map((value, k) => (k % 2 ? value - 3 : value)) as FloatArray;
      const labels = new Int8Array(rows);
      labels[77] = 1;
      const { temperature, logLoss, iterations } = fitTemperature(x, labels, { shape: [rows, 2] });
      const lossAt = (t: number) => crossEntropy(x, labels, { shape: [rows, 2], temperature: t });
      expect(temperature).toBeLessThan(1);
      expect(logLoss.after).toBeLessThan(lossAt(temperature * 1.001));
      expect(logLoss.after).toBeLessThan(lossAt(temperature / 1.001));
      expect(iterations).toBeLessThan(20);
    });

    describe("at the limits", () => {
      const shape = [3, 3];

      test("each label has the largest logit: 1e-30", () => {
        const x = fill(type, 9, (k) => (k % 4 === 0 ? 2 : k % 3));
        const found = fitTemperature(x.fill(0, 1, 4).fill(0, 5, 8), [0, 1, 2], { shape });
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
        // As often right as guessing, with sums that round.
        const even = fill(type, 900, (k) => [0.1, 0.7, -0.3][k % 3]);
        const labels = Array.from({ length: 300 }, (_, k) => k % 3);
        expect(fitTemperature(even, labels, { shape: [300, 3] })).toMatchObject({ temperature: 1e30 });
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

    test("residents are left where they are", () => {
      const { x, labels, shape } = drawn(type, 3000, 40, 2, 5);
      using resident = library.allocate(type as "f32", x.length);
      resident.view.set(x);
      const expected = fitTemperature(x, labels, { shape });
      expect(fitTemperature(resident.view, labels, { shape })).toEqual(expected);
      expect(Array.from(resident.view)).toEqual(Array.from(x));
    });
  });

  test("lists and integers are computed in double precision", () => {
    const { x, labels, shape } = drawn("f64", 20, 3, 2, 2);
    expect(fitTemperature(Array.from(x), Array.from(labels, BigInt), { shape })).toEqual(
      fitTemperature(x, labels, { shape }),
    );
    const whole = Int16Array.from(x, (value) => 10 * value);
    expect(fitTemperature(whole, labels, { shape })).toEqual(
      fitTemperature(Float64Array.from(whole), labels, { shape }),
    );
  });
});

describe.each(TYPES)("%s: all backends", (type) => {
  test("agree", () => {
    for (const seed of [1, 2, 3]) {
      const { x, labels, shape } = drawn(type, 2000, 10, 2 ** (seed - 2), seed);
      const found = libraries.map(({ fitTemperature }) => fitTemperature(x, labels, { shape }).temperature);
      for (const temperature of found) expect(Math.abs(temperature / found[0] - 1)).toBeLessThan(NEAR[type]);
    }
  });
});
