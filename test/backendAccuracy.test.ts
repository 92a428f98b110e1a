/// <reference types="vite/client" />
import { describe, expect, test } from "vitest";
import gradient from "../src/backend/js/gradient.ts?raw";
import { jsBackend } from "../src/backend/js/js.js";
import normalized from "../src/backend/js/normalized.ts?raw";
import type { FloatArray, Operands } from "../src/types.js";
import { boundsIn } from "./support/bounds.js";
import {
  add,
  divide,
  exp,
  ldexp,
  log1p,
  negate,
  type Scaled,
  scaleByPowerOfTwo,
} from "./support/doubleDouble.js";
import { FULL } from "./support/extent.js";
import { laneLoss, number, sumOf, times } from "./support/losses.js";
import { type LaneName, laneOperation } from "./support/operations.js";
import { fill, normal, random, uniform } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { type ElementType, ulp, ulpError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;

const js = jsBackend();

/** On one lane. */
function run<T extends FloatArray>(
  operation: LaneName,
  x: FloatArray,
  out: T,
  temperature: number,
  operands?: Operands,
): T {
  js.run(laneOperation(operation), x, out, { outer: 1, length: x.length, inner: 1 }, temperature, operands);
  return out;
}

function stated(source: string, type: ElementType): number {
  const ulps = boundsIn(source).get(`${type} js`);
  if (ulps === undefined) throw new Error(`no bound is stated for ${type}`);
  return ulps;
}

/** Short and long, near and far from 0, with one that dominates, and so wide that results vanish. */
function lanesFor(type: ElementType, temperature: number): FloatArray[] {
  const of = (x: FloatArray) => x.map((value) => value * temperature) as FloatArray;
  return [
    ...[1, 2, 3, 10, 300].map((length) => of(normal(type, length, 3, length))),
    ...[1e3, -1e5].map((mean) => of(normal(type, 20, 3, 7, mean))),
    of(uniform(type, 300, type === "f32" ? -104 : -745, 0, 8)),
    ...[3, 10, 30].map((gap) => of(fill(type, 5, (k) => (k === 3 ? 0 : -gap - k)))),
  ];
}

function longLane(type: ElementType, temperature: number): FloatArray {
  return normal(type, FULL ? 3e4 : 6e3, 1, 12).map((value) => value * temperature) as FloatArray;
}

/** The exponentials relative to one maximum, without that, and its place. */
function relative(x: FloatArray, temperature: number): { others: Scaled[]; top: number } {
  const { softmax } = laneReference(x, temperature);
  let top = 0;
  for (let k = 1; k < x.length; k++) if (x[k] > x[top]) top = k;
  const { exponent, ...one } = softmax.at(top);
  const others = Array.from(x, (_, k) => {
    const p = softmax.at(k);
    return k === top
      ? { high: 0, low: 0, exponent: 0 }
      : { ...divide(p, one), exponent: p.exponent - exponent };
  });
  return { others, top };
}

describe.each(TYPES)("%s", (type) => {
  describe.each([1, 0.7, 1e-30, 1e30])("temperature %d", (temperature) => {
    const next = random(9);

    test("logSumExpParts", () => {
      let worst = 0;
      for (const x of lanesFor(type, temperature)) {
        const { others, top } = relative(x, temperature);
        const [m, s, logarithm, rest] = run("logSumExpParts", x, new Float64Array(4), temperature);
        const exact = sumOf(others);
        expect(m).toBe(x[top]);
        expect(s + rest).toBe(s);
        // Exponentials of f64 lanes are within 2^-57.
        const { high } = add({ high: s, low: rest }, negate(scaleByPowerOfTwo(exact, exact.exponent)));
        if (type === "f64" && s > 1e-200) expect(Math.abs(high)).toBeLessThanOrEqual(2 ** -57 * s);
        worst = Math.max(worst, ulpError(s, exact, "f64"), ulpError(logarithm, log1p(exact), "f64"));
      }
      // f32 lanes are computed to 1e-10, half an ulp being 2^-54 or more.
      expect(worst).toBeLessThanOrEqual(type === "f32" ? 1e-10 * 2 ** 53 : 1);
    });

    test("weightedParts", () => {
      for (const x of [...lanesFor(type, temperature), longLane(type, temperature)]) {
        const { others, top } = relative(x, temperature);
        for (const largest of [1, 1e30]) {
          const y = uniform(type, x.length, -largest, largest, 3);
          const [m, atMax, sum, size] = run("weightedParts", x, new Float64Array(4), temperature, { y });
          expect([m, atMax]).toEqual([x[top], y[top]]);
          const terms = others.map((power, k) => times(number(y[k]), power));
          const sizes = sumOf(terms.map((term) => (term.high < 0 ? times(number(-1), term) : term)));
          const error = ulpError(sum, sumOf(terms), "f64") * ulp(sum, "f64");
          const exactSize = ldexp(sizes.high, sizes.exponent);
          const allowed = 0.51 * ulp(sum, "f64") + (type === "f32" ? 2 ** -46 : 2 ** -57) * exactSize;
          expect(Math.abs(size - exactSize)).toBeLessThanOrEqual(0.01 * exactSize);
          expect(error).toBeLessThanOrEqual(allowed);
        }
      }
    });

    test("normalizedSoftmax", () => {
      let worst = 0;
      for (const x of lanesFor(type, temperature)) {
        const middle = x[0] / temperature;
        for (const L of [middle, middle + 3 * next(), middle + 100 * next(), middle - 700 * next()]) {
          const out = run("normalizedSoftmax", x, x.slice(), temperature, { numbers: Float64Array.of(L) });
          for (let k = 0; k < x.length; k++) {
            const z = add(divide(number(x[k]), number(temperature)), number(-L));
            worst = Math.max(worst, ulpError(out[k], exp(z), type));
          }
        }
      }
      expect(worst).toBeLessThanOrEqual(stated(normalized, type));
    });

    test("gradients", () => {
      let worst = 0;
      for (const x of lanesFor(type, temperature)) {
        const label = x.length >> 1;
        const targets = uniform(type, x.length, 0, 2 / x.length, 4);
        const oneHot = Array.from(x, (_, k) => number(k === label ? 1 : 0));
        const { softmax } = laneReference(x, temperature);
        const exactLabel = laneLoss(x, oneHot, temperature).gradient;
        const { gradient, cancelling } = laneLoss(x, Array.from(targets, number), temperature);
        for (const c of [1, -0.3, 2 ** -100, 2 ** 26]) {
          const factor = divide(number(c), number(temperature));
          const see = (result: number, exact: Scaled, cancels = 0) => {
            const unit = ulp(ldexp(exact.high, exact.exponent), type);
            const allowed = (cancels * (type === "f32" ? 2 ** -33 : 2 ** -56)) / unit;
            worst = Math.max(worst, ulpError(result, exact, type) - allowed);
          };
          const numbers = Float64Array.of(c);
          const vjp = run("logSumExpVjp", x, x.slice(), temperature, { numbers });
          const ofLabel = run("crossEntropyGrad", x, x.slice(), temperature, {
            numbers: Float64Array.of(c, label),
          });
          const ofTargets = run("crossEntropyTargetsGrad", x, x.slice(), temperature, {
            y: targets,
            numbers,
          });
          for (let k = 0; k < x.length; k++) {
            see(vjp[k], times(factor, softmax.at(k)));
            see(ofLabel[k], times(number(c), exactLabel.at(k)));
            see(ofTargets[k], times(number(c), gradient.at(k)), Math.abs(c) * cancelling[k]);
          }
        }
      }
      expect(worst).toBeLessThanOrEqual(stated(gradient, type));
    });
  });
});
