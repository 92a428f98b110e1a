import { describe, expect, test } from "vitest";
import { Exact, exact, exactScaled, relativeErrorBits } from "./decimal.js";
import { elementReference } from "./elementwise.js";
import { FULL } from "./extent.js";
import type { ElementName as Mapped } from "./operations.js";
import { random } from "./random.js";

type ElementName = Mapped | "logRatio";

/** At any precision: that of the arguments. */
const truths: Record<ElementName, (x: Exact, y: Exact, one: Exact) => Exact> = {
  sigmoid: (x, _, one) => one.div(one.plus(x.negated().exp())),
  logSigmoid: (x, _, one) => one.plus(x.negated().exp()).ln().negated(),
  softplus: (x, _, one) => one.plus(x.exp()).ln(),
  logit: (x, _, one) => x.div(one.minus(x)).ln(),
  logAddExp: (x, y) => x.exp().plus(y.exp()).ln(),
  logDiffExp: (x, y) => x.exp().minus(y.exp()).ln(),
  logRatio: (x, y) => x.div(y).ln(),
};

const next = random(3);
const between = (low: number, high: number) => low + (high - low) * next();
const power = (low: number, high: number) => 2 ** between(low, high);

const single: [ElementName, string, () => number][] = (
  ["sigmoid", "logSigmoid", "softplus"] as const
).flatMap((operation) => [
  [operation, "moderate", () => between(-20, 20)],
  [operation, "tiny", () => between(-1, 1) * 2 ** -40],
]);
const inputs: [ElementName, string, () => [number, number]][] = [
  ...single.map(([operation, name, draw]): (typeof inputs)[number] => [operation, name, () => [draw(), 0]]),
  ["sigmoid", "far", () => [between(-745, 745), 0]],
  ["logit", "between 0 and 1", () => [next(), 0]],
  ["logit", "near 1/2", () => [0.5 + between(-1, 1) * power(-50, -3), 0]],
  ["logit", "near 1", () => [1 - power(-52, -1), 0]],
  ["logit", "near 0", () => [power(-1074, -1), 0]],
  ["logAddExp", "moderate", () => [between(-20, 20), between(-20, 20)]],
  ["logDiffExp", "moderate", () => [between(0, 20), between(-20, 0)]],
  ["logDiffExp", "far", () => [between(0, 700), between(-700, 0)]],
  ["logDiffExp", "near each other", () => [5 + between(0, 1e-6), 5 - between(0, 1e-9)]],
  ["logAddExp", "far", () => [between(-700, 700), between(-700, 700)]],
  ["logAddExp", "near each other", () => [between(5, 6), between(5, 6)]],
  ["logRatio", "moderate", () => [next() + 0.01, next() + 0.01]],
  ["logRatio", "near each other", () => [1 + power(-52, -1), 1 + power(-52, -1)]],
  ["logRatio", "any", () => [power(-1074, 1023), power(-1074, 1023)]],
];

function expectMatch(operation: ElementName, x: number, y: number, Decimal: typeof Exact): void {
  const truth = truths[operation](new Decimal(exact(x)), new Decimal(exact(y)), new Decimal(1));
  const bits = relativeErrorBits(exactScaled(elementReference(operation, x, y)), new Exact(truth));
  expect(bits, `${operation}(${x}, ${y})`).toBeLessThan(-90);
}

describe("the reference of single elements against decimal.js", () => {
  test.each(inputs)("%s, %s", (operation, _, draw) => {
    for (let sample = 0; sample < (FULL ? 40 : 12); sample++) expectMatch(operation, ...draw(), Exact);
  });

  test.each(["logSigmoid", "softplus"] as const)("%s, far", (operation) => {
    // Digits for 1 + e^-745, which has no short form.
    const Wide = Exact.clone({ precision: 380 });
    for (const x of [-745.13, -709.78, -88.7, -37.5, 36.1, 104.9, 708.4, 744.44]) {
      expectMatch(operation, x, 0, Wide);
    }
  });
});
