import { beforeAll, describe, expect, it } from "vitest";
import {
  BIRTHS,
  bayes,
  learn,
  logProbabilityOfHalfOrMore,
  middles,
  type Posterior,
} from "../../examples/bayes/births.js";
import { init } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { Exact } from "../support/decimal.js";
import { runExample } from "./run.js";

const { girls, boys } = BIRTHS;
const births = girls + boys;
const integrals = integralsByBinomials();

/** The logarithms of P(births) and P(θ ≥ 1/2 | births), for a continuous θ. */
function integralsByBinomials(): { evidence: number; half: number } {
  let coefficient = new Exact(1); // births over girls
  for (let k = 1; k <= girls; k++) coefficient = coefficient.times(boys + k).div(k);
  // ∫ θ^girls (1 - θ)^boys dθ = 1 / ((births + 1) · coefficient)
  const evidence = coefficient
    .times(births + 1)
    .ln()
    .neg()
    .toNumber();

  // P(θ ≥ 1/2) is the probability of at most `girls` heads among births + 1 tosses of a fair coin.
  let [term, sum] = [coefficient.times(births + 1).div(boys + 1), new Exact(0)];
  for (let k = girls; k > girls - 3000; k--) {
    sum = sum.plus(term);
    term = term.times(k).div(births + 2 - k);
  }
  return {
    evidence,
    half: sum
      .ln()
      .minus(new Exact(2).ln().times(births + 1))
      .toNumber(),
  };
}

describe.each(backends)("examples/bayes on %s", (backend) => {
  let posterior: Posterior;
  beforeAll(async () => {
    await init({ backend });
    posterior = learn(BIRTHS, 1_000_000);
  });

  it("agrees with rational arithmetic on a coin, where every product of probabilities is too small", () => {
    const [heads, tails] = [1234, 766];
    const tenths = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const { probabilities, logProbabilities, logEvidence } = bayes(
      Float64Array.from(tenths, (k) => heads * Math.log(k / 10) + tails * Math.log1p(-k / 10)),
      Float64Array.from(tenths, (k) => Math.log(k / 45)),
    );
    const joint = tenths.map((k) => BigInt(k) ** BigInt(heads + 1) * BigInt(10 - k) ** BigInt(tails));
    const evidence = joint.reduce((sum, value) => sum + value);
    for (const [i, k] of tenths.entries()) {
      expect((k / 10) ** heads * (1 - k / 10) ** tails).toBe(0);
      const exact = new Exact(joint[i].toString()).div(evidence.toString());
      expect(Math.abs(logProbabilities[i] - exact.ln().toNumber())).toBeLessThan(1e-12);
      expect(Math.abs(probabilities[i] - exact.toNumber())).toBeLessThanOrEqual(1e-12 * exact.toNumber());
    }
    const denominator = 45n * 10n ** BigInt(heads + tails);
    const exact = new Exact(evidence.toString()).div(denominator.toString()).ln().toNumber();
    expect(Math.abs(logEvidence - exact)).toBeLessThan(1e-12);
  });

  it("learns the same from all births as from some and then the others", () => {
    const [first, second] = [
      { girls: 100_000, boys: 110_000 },
      { girls: girls - 100_000, boys: boys - 110_000 },
    ];
    const cells = 10_000;
    const logLikelihoods = middles(cells).map(
      (theta) => second.girls * Math.log(theta) + second.boys * Math.log(1 - theta),
    );
    const twice = bayes(logLikelihoods, learn(first, cells).logProbabilities);
    const once = learn(BIRTHS, cells);
    const difference = twice.probabilities.map((p, i) => Math.abs(p - once.probabilities[i]));
    expect(Math.max(...difference)).toBeLessThan(1e-10);
    expect(Math.max(...once.probabilities)).toBeGreaterThan(0.05);
    expect(Math.abs(learn(first, cells).logEvidence + twice.logEvidence - once.logEvidence)).toBeLessThan(
      1e-9,
    );
  });

  it("has the mean that Laplace's rule of succession gives", () => {
    const theta = middles(posterior.probabilities.length);
    const mean = posterior.probabilities.reduce((sum, p, i) => sum + p * theta[i], 0);
    expect(Math.abs(mean - (girls + 1) / (births + 2))).toBeLessThan(1e-11);
  });

  it("has the integrals that follow from binomial coefficients", () => {
    expect(Math.abs(posterior.logEvidence - integrals.evidence)).toBeLessThan(1e-9);
    // The midpoint rule loses (h·s)²/24 of an integral of e^-sθ; here s = 2 (boys - girls) and h = 1e-6.
    const loss = (2e-6 * (boys - girls)) ** 2 / 24;
    expect(Math.abs(logProbabilityOfHalfOrMore(posterior) - integrals.half + loss)).toBeLessThan(loss / 50);
  });
});

it("examples/bayes prints what it computes", async () => {
  const text = await runExample("bayes");
  const posterior = learn(BIRTHS, 1_000_000);
  const printed = Number(/has the probability (\S+)\.\n/.exec(text)?.[1]);
  expect(printed / Math.exp(logProbabilityOfHalfOrMore(posterior))).toBeCloseTo(1, 3);
  const percents = Array.from(text.matchAll(/([\d.]+) %/g), ([, percent]) => Number(percent));
  expect(percents.reduce((sum, percent) => sum + percent)).toBeGreaterThan(99);
  expect(text).toContain("0 in doubles");
  expect(text).not.toContain("\x1b");
});
