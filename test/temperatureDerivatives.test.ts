import { describe, expect, test } from "vitest";
import { AXIS, SHAPE } from "../src/arguments/optionNames.js";
import { select } from "../src/backend/select.js";
import { type Problem, readProblem } from "../src/functions/loss.js";
import { derivativesOf, softmaxAt, temper } from "../src/functions/tempered.js";
import source from "../src/functions/tempered.ts?raw";
import type { Derivatives } from "../src/math/temperatureSearch.js";
import { backends } from "./support/backends.js";
import { Exact, exact } from "./support/decimal.js";
import { FULL } from "./support/extent.js";
import { once } from "./support/once.js";
import { type ExactLoss, exactLoss, type Labelled, labelled } from "./support/temperature.js";
import type { ElementType } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;

function bound(type: ElementType): number {
  const [, power] = new RegExp(`Bound: .*${type} 2\\^(-\\d+)`).exec(source) ?? [];
  return 2 ** Number(power);
}

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
    const tempered = temper(readProblem("test", x, labels, { shape }, SHAPE | AXIS) as Problem);
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
