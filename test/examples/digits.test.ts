import { describe, expect, it } from "vitest";
import { CLASSES, holdOut, loadDigits, range } from "../../examples/digits/data.js";
import { score, train } from "../../examples/digits/model.js";
import { runExample } from "./run.js";

const schedule = { epochs: 12, batch: 100, rate: 0.5 };

describe("examples/digits", () => {
  const digits = loadDigits();
  const [known, unknown] = holdOut(digits, 2000, 1);
  const result = score(train(known, schedule), unknown);

  it("splits all digits, each into one part", () => {
    expect([digits.count, known.count, unknown.count]).toEqual([10_000, 8000, 2000]);
    const ink = (pixels: Float32Array) => pixels.reduce((sum, value) => sum + value, 0);
    expect(ink(known.pixels) + ink(unknown.pixels)).toBeCloseTo(ink(digits.pixels), 3);
    for (let label = 0; label < CLASSES; label++) {
      const labelled = (labels: Uint8Array) => labels.filter((value) => value === label).length;
      expect(labelled(known.labels) + labelled(unknown.labels)).toBe(labelled(digits.labels));
      expect(labelled(unknown.labels)).toBeGreaterThan(150);
    }
  });

  it("reads more than nine in ten held-out digits", () => {
    expect(result.accuracy).toBeGreaterThan(0.9);
    const right = result.guesses.filter((guess, index) => guess === unknown.labels[index]).length;
    expect(result.accuracy).toBe(right / unknown.count);
  });

  it("has the log-loss of its probabilities, far below a blind guess", () => {
    const probability = (row: number) => result.probabilities[row * CLASSES + unknown.labels[row]];
    let loss = 0;
    for (let row = 0; row < unknown.count; row++) loss -= Math.log(probability(row));
    expect(result.logLoss).toBeCloseTo(loss / unknown.count, 6);
    expect(result.logLoss).toBeLessThan(0.4);
    expect(result.logLoss).toBeGreaterThan(0);
  });

  it("gives every digit probabilities that sum to 1", () => {
    for (let row = 0; row < unknown.count; row++) {
      const probabilities = result.probabilities.subarray(row * CLASSES, (row + 1) * CLASSES);
      expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    }
  });

  it("learns the same from the same digits", () => {
    const few = range(known, 0, 1000);
    expect(train(few, schedule)).toEqual(train(few, schedule));
  });

  it("prints plain text when nobody watches", { timeout: 60_000 }, async () => {
    const stdout = await runExample("digits");
    expect(Number(/accuracy ([\d.]+) %/.exec(stdout)?.[1])).toBeGreaterThan(90);
    expect(stdout).toMatch(/log-loss 0\.\d{3}/);
    expect(stdout).toContain("✗");
    expect(stdout).not.toContain("\r");
    expect(stdout).not.toContain("\x1b");
  });
});
