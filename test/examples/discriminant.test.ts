import { beforeAll, describe, expect, it } from "vitest";
import { classify } from "../../examples/iris/classifier.js";
import { CLASSES, type Flowers, INPUTS, loadFlowers, MEASUREMENTS } from "../../examples/iris/data.js";
import { type Model, train } from "../../examples/iris/discriminant.js";
import { alr, init } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { Exact, exact } from "../support/decimal.js";
import { runExample } from "./run.js";

const flowers = loadFlowers();
const { count, species } = flowers;
const samples: [string, Flowers][] = [
  ["all flowers", flowers],
  [
    "too few of the first species",
    { count: count - 20, inputs: flowers.inputs.subarray(20 * INPUTS), species: species.subarray(20) },
  ],
];
const FEATURES = MEASUREMENTS.length;
const TAU = new Exact("6.28318530717958647692528676655900576839433879875021164194989");

/** The model in coordinates that are free: log-ratios of the priors, the means, the upper half of the covariance. */
interface Coordinates {
  readonly logRatios: Exact[];
  readonly means: Exact[];
  readonly covariance: Exact[];
}

const upperHalf = Array.from({ length: FEATURES ** 2 }, (_, at) => at).filter(
  (at) => at % FEATURES >= Math.floor(at / FEATURES),
);

function coordinatesOf({ priors, means, covariance }: Model): Coordinates {
  return {
    logRatios: Array.from(alr(priors), exact),
    means: Array.from(means, exact),
    covariance: upperHalf.map((at) => exact(covariance[at])),
  };
}

/** log(prior_c · density_c(flower)) as the definitions say, with all that is common to the species. */
function logJoint(
  { inputs }: Flowers,
  { logRatios, means, covariance }: Coordinates,
): (row: number, c: number) => Exact {
  const measurements = Array.from(inputs, exact);
  const powers = [new Exact(1), ...logRatios.map((logRatio) => logRatio.exp())];
  const sum = powers.reduce((a, b) => a.plus(b));
  const full = Array.from({ length: FEATURES ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / FEATURES), at % FEATURES];
    return covariance[upperHalf.indexOf(Math.min(i, j) * FEATURES + Math.max(i, j))];
  });
  const { inverse, determinant } = invert(full);
  const normalizer = TAU.pow(FEATURES).times(determinant).ln().div(2);
  const logPriors = powers.map((power) => power.div(sum).ln());
  return (row, c) => {
    const deviation = Array.from({ length: FEATURES }, (_, i) =>
      measurements[row * INPUTS + i].minus(means[c * FEATURES + i]),
    );
    let square = new Exact(0);
    for (let i = 0; i < FEATURES; i++) {
      for (let j = 0; j < FEATURES; j++) {
        square = square.plus(deviation[i].times(deviation[j]).times(inverse[i * FEATURES + j]));
      }
    }
    return logPriors[c].minus(normalizer).minus(square.div(2));
  };
}

/** The log-likelihood of the flowers and their species. */
function logLikelihood(flowers: Flowers, coordinates: Coordinates): Exact {
  const joint = logJoint(flowers, coordinates);
  return flowers.species.reduce<Exact>((sum, c, row) => sum.plus(joint(row, c)), new Exact(0));
}

/** By Gauss and Jordan. */
function invert(matrix: readonly Exact[]): { inverse: Exact[]; determinant: Exact } {
  const n = FEATURES;
  const left = matrix.slice();
  const inverse = left.map((_, at) => new Exact(at % (n + 1) === 0 ? 1 : 0));
  let determinant = new Exact(1);
  for (let k = 0; k < n; k++) {
    const pivot = left[k * n + k];
    determinant = determinant.times(pivot);
    for (const half of [left, inverse]) {
      for (let j = 0; j < n; j++) half[k * n + j] = half[k * n + j].div(pivot);
    }
    for (let i = 0; i < n; i++) {
      const factor = left[i * n + k];
      if (i === k) continue;
      for (const half of [left, inverse]) {
        for (let j = 0; j < n; j++) half[i * n + j] = half[i * n + j].minus(factor.times(half[k * n + j]));
      }
    }
  }
  return { inverse, determinant };
}

/** Central differences: with h = 1e-20 and 60 digits, good to about 1e-36. */
function gradientAt(flowers: Flowers, coordinates: Coordinates): number[] {
  const h = new Exact("1e-20");
  return (["logRatios", "means", "covariance"] as const).flatMap((part) =>
    coordinates[part].map((_, at) => {
      const moved = (by: Exact) => ({
        ...coordinates,
        [part]: coordinates[part].map((value, i) => (i === at ? value.plus(by) : value)),
      });
      return logLikelihood(flowers, moved(h))
        .minus(logLikelihood(flowers, moved(h.neg())))
        .div(h.times(2))
        .toNumber();
    }),
  );
}

describe.each(samples)("examples/discriminant of %s", (_, sample) => {
  let coordinates: Coordinates;
  beforeAll(() => {
    coordinates = coordinatesOf(train(sample));
  });

  it("has the parameters at which the gradient of the log-likelihood is zero", () => {
    const gradient = gradientAt(sample, coordinates);
    expect(gradient.length).toBe(2 + 12 + 10);
    expect(Math.hypot(...gradient)).toBeLessThan(1e-8);
  });

  it("has no other parameters that are likelier", () => {
    const best = logLikelihood(sample, coordinates);
    for (const part of ["logRatios", "means", "covariance"] as const) {
      for (const change of ["-0.001", "0.001"]) {
        const moved = coordinates[part].map((value) => value.plus(change));
        expect(logLikelihood(sample, { ...coordinates, [part]: moved }).lt(best)).toBe(true);
      }
    }
  });
});

describe.each(backends)("examples/discriminant on %s", (backend) => {
  beforeAll(() => init({ backend }));

  it.each(samples)("has the posteriors of Bayes' rule with normal densities for %s", (_, sample) => {
    const model = train(sample);
    const { probabilities } = classify(model.coefficients, sample);
    const logarithm = logJoint(sample, coordinatesOf(model));
    for (let row = 0; row < sample.count; row++) {
      const joint = Array.from({ length: CLASSES }, (_, c) => logarithm(row, c).exp());
      const evidence = joint.reduce((a, b) => a.plus(b));
      for (let c = 0; c < CLASSES; c++) {
        const p = joint[c].div(evidence).toNumber();
        expect(Math.abs(probabilities[row * CLASSES + c] / p - 1)).toBeLessThan(1e-12);
      }
    }
  });

  it("scores the flowers by those posteriors", () => {
    const { probabilities, accuracy, logLoss } = classify(train(flowers).coefficients, flowers);
    let [right, loss] = [0, 0];
    for (let row = 0; row < count; row++) {
      const p = Array.from(probabilities.subarray(row * CLASSES, (row + 1) * CLASSES));
      if (p.every((value) => value <= p[species[row]])) right++;
      loss -= Math.log(p[species[row]]);
    }
    expect(accuracy).toBe(right / count);
    expect(accuracy).toBeGreaterThan(0.95);
    expect(logLoss).toBeCloseTo(loss / count, 14);
  });
});

it("examples/discriminant prints what it computes", async () => {
  const text = await runExample("discriminant");
  const { accuracy, logLoss } = classify(train(flowers).coefficients, flowers);
  const right = Math.round(accuracy * count);
  expect(text).toContain(`Right     ${right} of the ${count} flowers`);
  expect(text).toContain(`accuracy ${(100 * accuracy).toFixed(1)} %, log-loss ${logLoss.toFixed(4)}`);
  expect(text.match(/✗/g)?.length).toBe(count - right);
  expect(text).not.toContain("\x1b");
});
