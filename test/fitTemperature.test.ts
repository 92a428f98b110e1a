import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends, libraries } from "./support/backends.js";
import { random, uniform } from "./support/random.js";
import { drawn, labelled } from "./support/temperature.js";

const TYPES = ["f32", "f64"] as const;

/** How far two temperatures may be apart where the labels often contradict the logits. */
const NEAR = { f32: 1e-6, f64: 1e-12 };

describeBackends(({ fitTemperature, calibration, crossEntropy, ...library }) => {
  describe.each(TYPES)("%s", (type) => {
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
