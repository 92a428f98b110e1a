import { beforeAll, describe, expect, it } from "vitest";
import { type Classification, classify } from "../../examples/iris/classifier.js";
import { CLASSES, INPUTS, loadFlowers } from "../../examples/iris/data.js";
import { type Model, train } from "../../examples/iris/logistic.js";
import { init } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { runExample } from "./run.js";

const PENALTY = 1e-5;
const flowers = loadFlowers();
const { count, inputs, species } = flowers;

/** The probabilities of one flower, from their definition. The scores are far from overflow. */
function definition(coefficients: Float64Array, row: number): number[] {
  const powers = Array.from({ length: CLASSES }, (_, c) => {
    let score = 0;
    for (let i = 0; i < INPUTS; i++) score += inputs[row * INPUTS + i] * coefficients[i * CLASSES + c];
    return Math.exp(score);
  });
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** ∂F/∂w_ic = mean over the flowers of x_i (p_c - [species = c]), + penalty · w_ic */
function gradientAt(coefficients: Float64Array): Float64Array {
  const gradient = coefficients.map((coefficient) => PENALTY * coefficient);
  for (let row = 0; row < count; row++) {
    for (const [c, p] of definition(coefficients, row).entries()) {
      const error = p - (species[row] === c ? 1 : 0);
      for (let i = 0; i < INPUTS; i++)
        gradient[i * CLASSES + c] += (inputs[row * INPUTS + i] * error) / count;
    }
  }
  return gradient;
}

function objectiveAt(coefficients: Float64Array): number {
  let loss = 0;
  for (let row = 0; row < count; row++) loss -= Math.log(definition(coefficients, row)[species[row]]);
  return loss / count + (PENALTY / 2) * coefficients.reduce((sum, value) => sum + value * value, 0);
}

describe.each(backends)("examples/logistic on %s", (backend) => {
  let model: Model;
  let result: Classification;
  beforeAll(async () => {
    await init({ backend });
    model = train(flowers, PENALTY, 1e-10);
    result = classify(model.coefficients, flowers);
  });

  it("ends where the gradient is zero, by a formula of its own", () => {
    expect(Math.hypot(...gradientAt(model.coefficients))).toBeLessThan(1e-8);
    // The same formula away from there: it is not zero everywhere.
    expect(Math.hypot(...gradientAt(model.coefficients.map((value) => 1.001 * value)))).toBeGreaterThan(1e-5);
  });

  it("ends where no coefficient can be changed for the better", () => {
    const best = objectiveAt(model.coefficients);
    for (const at of model.coefficients.keys()) {
      for (const change of [-0.01, 0.01]) {
        expect(
          objectiveAt(model.coefficients.map((value, i) => value + (i === at ? change : 0))),
        ).toBeGreaterThan(best);
      }
    }
  });

  it("lowers the objective with every step, from log 3, and the gradient quadratically at the end", () => {
    const { steps, coefficients } = model;
    expect(steps[0].objective).toBeCloseTo(Math.log(3), 14);
    for (const [i, { objective }] of steps.slice(1).entries()) {
      expect(objective).toBeLessThanOrEqual(steps[i].objective + 1e-16);
    }
    expect(steps[steps.length - 1].objective).toBeCloseTo(objectiveAt(coefficients), 14);
    const [before, last] = steps.slice(-2).map(({ gradient }) => gradient);
    expect(last).toBeLessThan(1e-4 * before);
  });

  it("classifies by the probabilities of its definition", () => {
    let [right, loss] = [0, 0];
    for (let row = 0; row < count; row++) {
      const p = definition(model.coefficients, row);
      for (let c = 0; c < CLASSES; c++) {
        expect(Math.abs(result.probabilities[row * CLASSES + c] / p[c] - 1)).toBeLessThan(1e-12);
      }
      if (p.every((value) => value <= p[species[row]])) right++;
      loss -= Math.log(p[species[row]]);
    }
    expect(result.accuracy).toBe(right / count);
    expect(result.logLoss).toBeCloseTo(loss / count, 14);
    expect(result.accuracy).toBeGreaterThan(0.95);
  });
});

it("examples/logistic prints what it computes", async () => {
  const text = await runExample("logistic");
  const { coefficients } = train(flowers, PENALTY, 1e-10);
  const { accuracy, logLoss } = classify(coefficients, flowers);
  const right = Math.round(accuracy * count);
  expect(text).toContain(`Right     ${right} of the ${count} flowers`);
  expect(text).toContain(`accuracy ${(100 * accuracy).toFixed(1)} %, log-loss ${logLoss.toFixed(4)}`);
  expect(text.match(/✗/g)?.length).toBe(count - right);
  expect(text.match(/✓/g)?.length).toBe(count - right);
  expect(text).not.toContain("\x1b");
});
