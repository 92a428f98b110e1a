import { describe, expect, it } from "vitest";
import { scoreByCommand } from "../../examples/digits/command.js";
import { CLASSES, holdOut, loadDigits, range } from "../../examples/digits/data.js";
import { computeLogits, train } from "../../examples/digits/model.js";
import { calibration, softmax } from "../../src/index.js";
import { runExample } from "./run.js";

const schedule = { epochs: 12, batch: 100, rate: 0.5 };

describe("examples/digits", () => {
  const digits = loadDigits();
  const [known, unknown] = holdOut(digits, 2000, 1);
  const logits = computeLogits(train(known, schedule), unknown);
  const { accuracy, logLoss } = calibration(logits, unknown.labels, { shape: [unknown.count, CLASSES] });

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

  it("reads more than nine in ten held-out digits, with a log-loss far below a blind guess", () => {
    expect(accuracy).toBeGreaterThan(0.9);
    expect(logLoss).toBeLessThan(0.4);
    expect(logLoss).toBeGreaterThan(0);
  });

  it("gives the probabilities of the library by the command", () => {
    const expected = softmax(logits, { shape: [unknown.count, CLASSES] });
    const probabilities = scoreByCommand(logits, unknown.labels);
    expect(probabilities).toHaveLength(expected.length);
    // The command may run on another backend.
    const error = expected.reduce((most, p, k) => Math.max(most, Math.abs(p - probabilities[k])), 0);
    expect(error).toBeLessThan(2 ** -21);
  });

  it("learns the same from the same digits", () => {
    const few = range(known, 0, 1000);
    expect(train(few, schedule)).toEqual(train(few, schedule));
  });

  it("prints plain text when nobody watches", { timeout: 60_000 }, async () => {
    const stdout = await runExample("digits");
    expect(stdout).toContain("$ softmax-wasm score logits.bin");
    expect(Number(/accuracy ([\d.]+),/.exec(stdout)?.[1])).toBeGreaterThan(0.9);
    expect(stdout).toMatch(/^2,000 rows, none with NaN.*\naccuracy .* log-loss 0\.\d{4} nats/m);
    expect(stdout).toContain("✗");
    expect(stdout).not.toContain("\r");
    expect(stdout).not.toContain("\x1b");
  });
});
