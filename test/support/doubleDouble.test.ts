import { describe, expect, test } from "vitest";
import { Exact, exact, exactScaled, relativeErrorBits } from "./decimal.js";
import { add, type DoubleDouble, divide, exp, LN2, log1p, multiply } from "./doubleDouble.js";
import { FULL } from "./extent.js";
import { random } from "./random.js";
import { laneReference } from "./reference.js";

const next = random(1);
const doubleDouble = (low: number, high: number): DoubleDouble => {
  const value = low + (high - low) * next();
  return { high: value, low: value * 2 ** -54 * (2 * next() - 1) };
};

function worstBits(samples: number, error: () => number): number {
  let worst = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < samples; i++) worst = Math.max(worst, error());
  return worst;
}

describe("double-double against decimal.js", () => {
  test("ln 2", () => {
    expect(relativeErrorBits(exactScaled(LN2), Exact.ln(2))).toBeLessThan(-107);
  });

  test.each([
    ["multiply", multiply, (a: Exact, b: Exact) => a.times(b)],
    ["divide", divide, (a: Exact, b: Exact) => a.div(b)],
    ["add", add, (a: Exact, b: Exact) => a.plus(b)],
  ] as const)("%s", (_, compute, truth) => {
    const bits = worstBits(FULL ? 300 : 60, () => {
      const a = doubleDouble(-5, 5);
      const b = doubleDouble(-1e3, 1e3);
      return relativeErrorBits(exactScaled(compute(a, b)), truth(exactScaled(a), exactScaled(b)));
    });
    expect(bits).toBeLessThan(-99);
  });

  test.each([
    [-1e-3, 1e-3],
    [-0.36, 0.36],
    [-40, 40],
    [-760, 0],
  ])("exp on [%d, %d]", (low, high) => {
    const bits = worstBits(FULL ? 150 : 30, () => {
      const x = doubleDouble(low, high);
      return relativeErrorBits(exactScaled(exp(x)), exactScaled(x).exp());
    });
    expect(bits).toBeLessThan(-95);
  });

  test.each([
    [1e-9, 0],
    [1, 0],
    [1e6, 0],
    [1, -100],
    [1, -1080],
  ])("log1p on [0, %d]·2^%d", (high, exponent) => {
    const bits = worstBits(FULL ? 100 : 20, () => {
      const s = { ...doubleDouble(0, high), exponent };
      // log1p(s) = s - s²/2 + s³/3 where 60 digits cannot hold 1 + s.
      const truth = (value: Exact) =>
        exponent < -50 ? value.minus(value.pow(2).div(2)).plus(value.pow(3).div(3)) : value.plus(1).ln();
      return relativeErrorBits(exactScaled(log1p(s)), truth(exactScaled(s)));
    });
    expect(bits).toBeLessThan(-95);
  });
});

describe("the lane reference against decimal.js", () => {
  const lanes: [string, number[], number][] = [
    ["moderate", [0.1, -0.2, 3.7, 3.6, -11], 1],
    ["ties", [5.5, 5.5, 5.5], 1],
    ["one dominant, a subnormal rest", [0, -720, -744], 1],
    ["shifted far away", [-1e4, -1e4 + 0.1, -1e4 - 650], 1],
    ["logSumExp near zero", [-Math.LN2, -Math.LN2], 1],
    ["temperature", [0.1, -0.2, 3.7, 3.6, -11], 0.7],
    ["temperature and a subnormal rest", [0, -2200, -2100], 3],
  ];
  test.each(lanes)("%s", (_, x, temperature) => {
    // Digits for the sum 1 + e^-744, which has no short form.
    const Wide = Exact.clone({ precision: 380 });
    const tempered = x.map((value) => new Wide(exact(value)).div(new Wide(exact(temperature))));
    const sum = tempered.map((value) => value.exp()).reduce((total, value) => total.plus(value));
    const logSumExp = sum.ln();
    const reference = laneReference(x, temperature);

    const condition = Math.max(1, Math.log2(tempered[0].abs().div(logSumExp.abs()).toNumber()));
    expect(relativeErrorBits(exactScaled(reference.logSumExp), logSumExp)).toBeLessThan(-95 + condition);
    for (let i = 0; i < x.length; i++) {
      const softmax = tempered[i].exp().div(sum);
      const logSoftmax = tempered[i].minus(logSumExp);
      expect(relativeErrorBits(exactScaled(reference.softmax.at(i)), softmax)).toBeLessThan(-90);
      expect(relativeErrorBits(exactScaled(reference.logSoftmax.at(i)), logSoftmax)).toBeLessThan(-90);
    }
  });

  test("differences that overflow before they are divided", () => {
    const x = [4e307, -1.79e308, 1.7e308];
    const reference = laneReference(x, 4);
    for (const [i, value] of x.entries()) {
      const truth = exact(value).minus(exact(x[2])).div(4);
      expect(relativeErrorBits(exactScaled(reference.logSoftmax.at(i)), truth)).toBeLessThan(-95);
    }
    expect(relativeErrorBits(exactScaled(reference.logSumExp), exact(x[2]).div(4))).toBeLessThan(-95);
  });
});
