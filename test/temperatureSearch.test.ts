import { describe, expect, test } from "vitest";
import { type Derivatives, TemperatureSearch } from "../src/math/temperatureSearch.js";
import { random } from "./support/random.js";

function search(derivatives: (temperature: number) => Derivatives, tolerance = 2 ** -28): TemperatureSearch {
  const found = new TemperatureSearch(tolerance);
  while (!found.take(derivatives(found.temperature))) expect(found.iterations).toBeLessThan(1000);
  return found;
}

/** By log β, with the minimum at T = `least`. `curvature` is what Newton's method is told. */
const increasing = (slope: (log: number) => number, curvature: (log: number) => number, least: number) =>
  search((temperature) => {
    const log = Math.log(least / temperature);
    return { slope: slope(log), curvature: curvature(log), size: 1 };
  });

describe("finds the zero of slopes on which Newton's method alone", () => {
  test.each([
    ["converges", (log: number) => Math.expm1(log), (log: number) => Math.exp(log)],
    ["runs away", (log: number) => Math.atan(40 * log), (log: number) => 40 / (1 + (40 * log) ** 2)],
    [
      "goes to and fro",
      (log: number) => Math.sign(log) * Math.sqrt(Math.abs(log)),
      (log: number) => 0.5 / Math.sqrt(Math.abs(log)),
    ],
    ["has no curvature", (log: number) => Math.sign(log) * Math.min(1, Math.abs(log)) ** 0.5, () => 0],
    ["crawls", (log: number) => Math.expm1(log), (log: number) => 50 * Math.exp(log)],
    ["leaves the range", (log: number) => Math.tanh(log), () => 1e-12],
  ])("%s", (_, slope, curvature) => {
    for (const least of [1e-20, 3e-4, 0.9, 1.7, 1e3, 1e25]) {
      const { temperature, atLimit, iterations } = increasing(slope, curvature, least);
      expect(Math.abs(temperature / least - 1)).toBeLessThan(1e-6);
      expect(atLimit).toBe(false);
      expect(iterations).toBeLessThan(90);
    }
  });
});

test("a slope of nothing but rounding errors at 1e30 is none", () => {
  const slopes = (share: number) => (temperature: number) => ({
    slope: temperature > 1e3 ? -share : 1,
    curvature: 1,
    size: 1,
  });
  expect(search(slopes(1e-14))).toMatchObject({ temperature: 1e30, atLimit: true, iterations: 1 });
  expect(search(slopes(1e-11))).toMatchObject({ atLimit: false });
});

test("the lowest temperature is tried where the loss may fall to there", () => {
  const second = (slope: number, size: number) => {
    const found = new TemperatureSearch(2 ** -28);
    expect(found.take({ slope, curvature: 1, size })).toBe(false);
    return found.temperature;
  };
  expect(second(-1, 1)).toBe(1e-30);
  expect(second(-0.5, 1)).toBe(1);
  // The difference is rounding.
  expect(second(-1 + 2 ** -45, 1)).toBe(1e-30);
  // At 1e-30, labels are 5 from the maxima, and all classes perhaps as far.
  expect(second(-1e-59, 2e-59)).toBe(1e-30);
});

test("ends where slopes are noise", () => {
  const next = random(3);
  for (let round = 0; round < 200; round++) {
    const noisy = search((temperature) => ({
      slope: Math.log(1.5 / temperature) + 1e-3 * (next() - 0.5),
      curvature: next() < 0.1 ? 1e-9 : 1,
      size: 1,
    }));
    expect(Math.abs(Math.log(noisy.temperature / 1.5))).toBeLessThan(2e-3);
    expect(noisy.iterations).toBeLessThan(100);
  }
});

test("NaN ends it", () => {
  expect(search(() => ({ slope: Number.NaN, curvature: 1, size: 1 })).temperature).toBe(Number.NaN);
});
