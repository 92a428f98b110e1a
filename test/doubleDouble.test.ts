import { describe, expect, test } from "vitest";
import { add, type DoubleDouble, divideByNumber, log1p, multiplyByExp } from "../src/math/doubleDouble.js";
import { twoSum } from "../src/math/sums.js";
import { type Exact, exact, relativeErrorBits } from "./support/decimal.js";
import { random } from "./support/random.js";

const total = ({ high, low }: DoubleDouble): Exact => exact(high).plus(exact(low));

const next = random(1);

function withLow(high: number): DoubleDouble {
  return twoSum(high, high * 2 ** -54 * (2 * next() - 1));
}

function between(from: number, to: number): DoubleDouble {
  return withLow(from + (to - from) * next());
}

/** Of any size from 2^from to 2^to. */
function sized(from: number, to: number): DoubleDouble {
  return withLow((1 + next()) * 2 ** Math.floor(from + (to - from) * next()));
}

/** The worst of `count` relative errors, in bits: -100 means a hundred right ones. The parts must not overlap. */
function worst(count: number, sample: () => [DoubleDouble, Exact]): number {
  let bits = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const [result, truth] = sample();
    expect(result.high + result.low).toBe(result.high);
    bits = Math.max(bits, relativeErrorBits(total(result), truth));
  }
  return bits;
}

test("twoSum is exact", () => {
  const integer = (value: number) => BigInt(value * 2 ** 120);
  for (let i = 0; i < 300; i++) {
    const a = sized(-60, 60).high;
    const b = -sized(-60, 60).high;
    const { high, low } = twoSum(a, b);
    expect(high).toBe(a + b);
    expect(integer(high) + integer(low)).toBe(integer(a) + integer(b));
  }
});

test("add: to 100 bits of the sum of numbers of one sign", () => {
  const bits = worst(300, () => {
    const a = sized(-60, 60);
    const b = sized(-60, 60);
    return [add(a, b), total(a).plus(total(b))];
  });
  expect(bits).toBeLessThan(-100);
});

test("add: to 2^-104 of the larger where they cancel", () => {
  for (let i = 0; i < 300; i++) {
    const a = between(1, 2);
    const b = withLow(-a.high * (1 + 2 ** -(50 * next())));
    const error = total(add(a, b)).minus(total(a)).minus(total(b)).abs();
    expect(error.div(total(b).abs()).toNumber()).toBeLessThan(2 ** -104);
  }
});

test("divideByNumber: to 100 bits", () => {
  const bits = worst(300, () => {
    const a = sized(-300, 300);
    const b = sized(-99, 99).high;
    return [divideByNumber(a, b), total(a).div(exact(b))];
  });
  expect(bits).toBeLessThan(-100);
});

describe("multiplyByExp: to 95 bits", () => {
  test.each([
    [-1e-30, 0],
    [-0.36, 0],
    [-40, 0],
    [-750, -40],
  ])("z from %d to %d", (from, to) => {
    const bits = worst(200, () => {
      const a = sized(128, 188);
      const z = between(from, to);
      return [multiplyByExp(a, z), total(a).times(total(z).exp())];
    });
    expect(bits).toBeLessThan(-95);
  });

  test("beside boundaries of the reduction", () => {
    const bits = worst(200, () => {
      const z = withLow(-(Math.round(400 * next()) + 0.5) * Math.LN2);
      return [
        multiplyByExp({ high: 2 ** 128, low: 0 }, z),
        total(z)
          .exp()
          .times(exact(2 ** 128)),
      ];
    });
    expect(bits).toBeLessThan(-95);
  });

  test("at the ends", () => {
    const a = sized(128, 188);
    expect(multiplyByExp(a, { high: 0, low: 0 })).toEqual(a);
    expect(multiplyByExp(a, { high: -1400, low: 0 }).high).toBe(0);
  });
});

/** log(1 + s), by its series where 60 digits cannot hold 1 + s. */
function logarithm(s: Exact): Exact {
  if (s.abs().gt(1e-15)) return s.plus(1).ln();
  return s.minus(s.pow(2).div(2)).plus(s.pow(3).div(3));
}

describe("log1p: to 95 bits, in any unit", () => {
  test.each([
    [-400, -100],
    [-108, -104],
    [-100, 0],
    [-4, 4],
    [0, 60],
    [60, 700],
  ])("s from 2^%d to 2^%d", (from, to) => {
    for (const unit of [1, 2 ** 128]) {
      const bits = worst(100, () => {
        const s = sized(from, to);
        const inUnits = { high: s.high * unit, low: s.low * unit };
        return [log1p(inUnits, unit), logarithm(total(s)).times(exact(unit))];
      });
      expect(bits).toBeLessThan(-95);
    }
  });

  test("negative s, to -0.29", () => {
    for (const [from, to] of [
      [-100, -40],
      [-40, -2],
    ]) {
      const bits = worst(100, () => {
        const { high, low } = sized(from, to);
        const s = { high: -high, low: -low };
        return [log1p(s, 1), logarithm(total(s))];
      });
      expect(bits).toBeLessThan(-95);
    }
  });

  test("of numbers below the smallest double", () => {
    const s = { high: 2 ** -1000 / 3, low: 0 };
    expect(log1p(s, 2 ** 128)).toEqual(s);
    expect(log1p({ high: 0, low: 0 }, 2 ** 128)).toEqual({ high: 0, low: 0 });
  });
});
