import { expect, test } from "vitest";
import { log1p } from "../src/math/log1p.js";
import { type Exact, exact } from "./support/decimal.js";
import { FULL } from "./support/extent.js";
import { random } from "./support/random.js";
import { ulp } from "./support/ulp.js";

/** By the series where 60 digits cannot hold 1 + x. */
function truth(x: number): Exact {
  const value = exact(x);
  return x < 1e-15 ? value.minus(value.pow(2).div(2)).plus(value.pow(3).div(3)) : value.plus(1).ln();
}

test.each([
  ["between 0 and 1", (u: number) => u],
  ["between 1 and 2^36", (u: number) => 2 ** (36 * u)],
  ["between 2^-80 and 1", (u: number) => 2 ** (-80 * u)],
])("log1p %s: under 0.8 ulp", (_, argument) => {
  const next = random(1);
  let worst = 0;
  for (let i = 0; i < (FULL ? 1000 : 250); i++) {
    const x = argument(next());
    const error = exact(log1p(x)).minus(truth(x)).abs().toNumber();
    worst = Math.max(worst, error / ulp(log1p(x), "f64"));
  }
  expect(worst).toBeLessThan(0.8);
});

test("log1p at powers of two, where the exponent changes, and at the ends", () => {
  for (let k = 1; k <= 60; k++) {
    for (const x of [2 ** k - 1, 2 ** k, 2 ** k * Math.SQRT2 - 1]) {
      const error = exact(log1p(x)).minus(truth(x)).abs().toNumber();
      expect(error / ulp(log1p(x), "f64"), `log1p(${x})`).toBeLessThan(0.8);
    }
  }
  expect([0, 5e-324, 1e-300].map(log1p)).toEqual([0, 5e-324, 1e-300]);
});
