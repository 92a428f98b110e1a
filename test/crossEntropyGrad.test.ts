import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeArguments } from "./support/arguments.js";
import { describeBackends, type Library, libraries } from "./support/backends.js";
import { add, type DoubleDouble, divide, negate, ONE, scaleByPowerOfTwo } from "./support/doubleDouble.js";
import { FULL } from "./support/extent.js";
import { forEachLane, laneOptions, rows, strided, vector } from "./support/lanes.js";
import {
  type LossProblem,
  type LossReference,
  labelsFor,
  lossReference,
  number,
  problems,
  reduced,
  targetsFor,
  times,
} from "./support/losses.js";
import { fill, floatArray, normal, uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { type ElementType, ulp, ulpError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;

/** In units in the last place, as crossEntropyGrad documents it: of the result, or of the larger of what cancels. */
const BOUND = { f32: 4, f64: 5 } as const;

function optionsOf({ lanes, weight, labelSmoothing, temperature }: LossProblem) {
  return { ...laneOptions(lanes), weight, labelSmoothing, temperature };
}

function gradientOf(
  { crossEntropyGrad }: Library,
  problem: LossProblem,
  reduction: "mean" | "sum" | "none" = "mean",
): FloatArray {
  const truth = problem.targets ?? Int32Array.from(problem.labels ?? []);
  return crossEntropyGrad(problem.lanes.x, truth, { ...optionsOf(problem), reduction });
}

/** The worst error of a gradient whose exact value is `dy` / `divisor` times the reference; ignored lanes have to be 0. */
function worst(
  gradient: FloatArray,
  { lanes, labels, labelSmoothing = 0 }: LossProblem,
  reference: LossReference,
  divisor: DoubleDouble,
  type: ElementType,
  dy?: Float64Array,
): number {
  const cancels = labels === undefined || labelSmoothing !== 0;
  let ulps = 0;
  forEachLane(lanes, (lane, offset) => {
    const exact = reference.lanes[lane];
    const inverse = divide(number(dy?.[lane] ?? 1), divisor);
    for (let k = 0; k < lanes.length; k++) {
      const value = gradient[offset + k * lanes.inner];
      if (exact === undefined) {
        expect(value).toBe(0);
        continue;
      }
      const truth = times(inverse, exact.gradient.at(k));
      if (cancels) {
        const { high, low } = scaleByPowerOfTwo(truth, truth.exponent);
        const unit = ulp(Math.max(exact.cancelling[k] * Math.abs(inverse.high), Math.abs(high)), type);
        ulps = Math.max(ulps, Math.abs(value - high - low) / unit);
      } else {
        ulps = Math.max(ulps, ulpError(value, truth, type));
      }
    }
  });
  return ulps;
}

/** (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12 h of the mean, in double-double: exact to about h^4 / 30. */
function finiteDifference(problem: LossProblem, index: number): number {
  const step = 2 ** -16;
  const meanAt = (steps: number): DoubleDouble => {
    const x = Float64Array.from(problem.lanes.x);
    x[index] += steps * step;
    const mean = reduced(lossReference({ ...problem, lanes: { ...problem.lanes, x } }), "mean");
    return scaleByPowerOfTwo(mean, mean.exponent);
  };
  const near = add(meanAt(1), negate(meanAt(-1)));
  const far = add(meanAt(2), negate(meanAt(-2)));
  const difference = add({ high: 8 * near.high, low: 8 * near.low }, negate(far));
  return divide(difference, number(12 * step)).high;
}

/** One of each kind, on logits from a grid, so that those beside them are exact too. */
function samples(type: ElementType): LossProblem[] {
  const x = fill(type, 60, (k) => Math.round(1024 * normal("f64", 60, 3, 1)[k]) / 1024);
  return [vector(x), rows(x, 4), strided(x, 5, 3)].flatMap((lanes) => {
    const weight = uniform(type, lanes.length, 0.1, 3, 6);
    const labels = lanes.outer === 1 ? [7] : labelsFor(lanes);
    const targets = targetsFor(type, lanes);
    return [
      { lanes, labels },
      { lanes, labels, weight, temperature: 2 },
      { lanes, labels, weight, labelSmoothing: 0.1 },
      { lanes, targets },
      { lanes, targets, weight, labelSmoothing: 0.1, temperature: 0.5 },
    ];
  });
}

describe.each(TYPES)("%s", (type) => {
  describe.each(problems(type))("$name", ({ inputs }) => {
    let shared: [LossProblem, LossReference][] | undefined;
    const references = () => (shared ??= inputs().map((problem) => [problem, lossReference(problem)]));

    test.each(libraries)("$backend: against the exact gradient", (library) => {
      for (const [problem, reference] of references()) {
        const gradient = gradientOf(library, problem);
        const { divisor } = reference;
        // All ignored: zeros.
        const error = worst(gradient, problem, reference, divisor.high === 0 ? ONE : divisor, type);
        const { outer, length, inner } = problem.lanes;
        expect(error, `${[outer, length, inner]}`).toBeLessThanOrEqual(BOUND[type]);
        const lone = gradientOf(library, problem, "sum");
        expect(worst(lone, problem, reference, ONE, type)).toBeLessThanOrEqual(BOUND[type]);
        expectSame(gradientOf(library, problem, "none"), lone);
      }
    });
  });

  describeBackends((library) => {
    const { crossEntropyGrad } = library;

    test("dy, one number per lane: within the bound", () => {
      for (const problem of samples(type)) {
        const { lanes, labels, targets } = problem;
        const reference = lossReference(problem);
        const options = { ...optionsOf(problem), reduction: "none" as const };
        for (const size of [1, 1e-20, 1e20]) {
          const dy = normal("f64", lanes.outer * lanes.inner, size, 8) as Float64Array;
          const gradient = crossEntropyGrad(lanes.x, targets ?? labels ?? [], { ...options, dy });
          expect(worst(gradient, problem, reference, ONE, type, dy)).toBeLessThanOrEqual(BOUND[type]);
        }
      }
    });

    test("dy of one loss: a number", () => {
      for (const problem of samples(type)) {
        const { lanes, labels, targets } = problem;
        const reference = lossReference(problem);
        for (const reduction of ["mean", "sum"] as const) {
          const options = { ...optionsOf(problem), reduction, dy: -0.3 };
          const gradient = crossEntropyGrad(lanes.x, targets ?? labels ?? [], options);
          const divisor = reduction === "sum" ? ONE : reference.divisor;
          const dy = new Float64Array(lanes.outer * lanes.inner).fill(-0.3);
          expect(worst(gradient, problem, reference, divisor, type, dy)).toBeLessThanOrEqual(BOUND[type]);
        }
      }
    });

    test("dy of 1 changes no bit; of 0 it makes a lane 0, whatever that holds; of NaN it makes it NaN", () => {
      const x = fill(type, 64 * 4, (k) => (k < 8 ? Number.NaN : k % 7));
      const shape = { shape: [64, 4] };
      const targets = uniform(type, 256, 0, 0.5, 3);
      const zeros = floatArray(type, 4);
      for (const truth of [new Uint8Array(64), targets]) {
        const options = { ...shape, reduction: "none" as const };
        const plain = crossEntropyGrad(x, truth, options);
        expectSame(crossEntropyGrad(x, truth, { ...options, dy: new Float32Array(64).fill(1) }), plain);
        const dy = Array.from({ length: 64 }, (_, k) => (k === 1 ? 0 : k === 9 ? Number.NaN : 1));
        const gradient = crossEntropyGrad(x, truth, { ...options, dy });
        expectSame(gradient.subarray(4, 8), zeros);
        expectSame(gradient.subarray(36, 40), zeros.slice().fill(Number.NaN));
        expectSame(gradient.subarray(40), plain.subarray(40));
      }
      const ignored = new Int8Array(64).fill(-100);
      const nothing = crossEntropyGrad(x, ignored, {
        ...shape,
        reduction: "none",
        dy: Array(64).fill(Number.NaN),
      });
      expectSame(nothing, floatArray(type, 256));
    });
  });

  test("a label that is almost certain, or nearly impossible: down to subnormal gradients", () => {
    const lowest = type === "f32" ? 104 : 746;
    const rowsPerUnit = FULL ? 4 : 1;
    const logits = fill(type, 3 * rowsPerUnit * lowest, (k) => (k % 3 === 0 ? 0 : -k / 3 / rowsPerUnit));
    const lanes = rows(logits, 3);
    for (const label of [0, 1]) {
      const problem = { lanes, labels: Array.from({ length: lanes.outer }, () => label) };
      const reference = lossReference(problem);
      for (const library of libraries) {
        const gradient = gradientOf(library, problem, "sum");
        expect(worst(gradient, problem, reference, ONE, type)).toBeLessThanOrEqual(BOUND[type]);
        expect(gradient.some((value) => value !== 0 && Math.abs(value) < ulp(0, type) * 2 ** 9)).toBe(true);
      }
    }
  });

  test("against finite differences of the loss", () => {
    for (const problem of samples(type)) {
      const { outer, length, inner, x } = problem.lanes;
      const { lanes, divisor } = lossReference(problem);
      const gradients = libraries.map((library) => gradientOf(library, problem));
      for (let at = 0; at < x.length; at += FULL ? 7 : 17) {
        const expected = finiteDifference(problem, at);
        const lane = Math.floor(at / length / inner) * inner + (at % inner);
        const terms = lanes[lane]?.cancelling[Math.floor(at / inner) % length] ?? 0;
        const allowed = BOUND[type] * ulp(terms / divisor.high, type) + 2 ** -64;
        for (const gradient of gradients) {
          const error = Math.abs(gradient[at] - expected);
          expect(error, `[${[outer, length, inner]}], ${at}`).toBeLessThanOrEqual(allowed);
        }
      }
    }
  });

  describeBackends((library) => {
    test("the chain rule through logSoftmaxVjp and softmaxVjp", () => {
      const epsilon = type === "f32" ? 2 ** -24 : 2 ** -53;
      for (const problem of samples(type)) {
        const { lanes, temperature = 1 } = problem;
        const { lanes: losses, divisor } = lossReference(problem);
        const gradient = gradientOf(library, problem);
        const options = { ...laneOptions(lanes), temperature };
        const p = library.softmax(lanes.x, options);
        const logp = library.logSoftmax(lanes.x, options);
        const aims = aimsOf(problem, divisor.high);
        const throughLog = library.logSoftmaxVjp(logp, aims.map((q) => -q) as FloatArray, options);
        const through = library.softmaxVjp(p, aims.map((q, k) => -q / p[k]) as FloatArray, options);
        forEachLane(lanes, (lane, offset) => {
          for (let k = 0; k < lanes.length; k++) {
            const at = offset + k * lanes.inner;
            // The rounding of logp is one of the exponent of p.
            const terms = ((losses[lane]?.cancelling[k] ?? 0) / divisor.high) * epsilon;
            const inLog = terms * (16 + Math.abs(logp[at]));
            expect(Math.abs(throughLog[at] - gradient[at])).toBeLessThanOrEqual(inLog);
            expect(Math.abs(through[at] - gradient[at])).toBeLessThanOrEqual(16 * terms);
          }
        });
      }
    });

    test("the gradient of a lane adds up to 0", () => {
      const epsilon = BOUND[type] * ulp(1, type);
      for (const problem of samples(type)) {
        const gradient = gradientOf(library, problem, "sum");
        const { lanes } = lossReference(problem);
        forEachLane(problem.lanes, (lane, offset) => {
          let sum = 0;
          let terms = 0;
          for (let k = 0; k < problem.lanes.length; k++) {
            sum += gradient[offset + k * problem.lanes.inner];
            terms += lanes[lane]?.cancelling[k] ?? 0;
          }
          expect(Math.abs(sum)).toBeLessThanOrEqual(epsilon * terms);
        });
      }
    });

    test.each([0, 0.1])("lanes along axes apart, labelSmoothing %d", (labelSmoothing) => {
      const x = normal(type, 2 * 3 * 40, 3, 1);
      const targets = fill(type, x.length, (k) => k % 5);
      /** The elements of [2, 3, 40] in the order of [3, 80]. */
      const joined = (array: FloatArray) => {
        const copy = floatArray(type, x.length);
        for (let k = 0; k < x.length; k++) {
          const [a, b, c] = [Math.floor(k / 120), Math.floor(k / 40) % 3, k % 40];
          copy[b * 80 + a * 40 + c] = array[k];
        }
        return copy;
      };
      const shared = { labelSmoothing, weight: fill(type, 80, (k) => 1 + k) };
      const apart = { ...shared, shape: [2, 3, 40], axis: [0, 2] };
      const together = { ...shared, shape: [3, 80] };
      const { crossEntropyGrad } = library;
      const labels = [7, -100, 79];
      expectSame(joined(crossEntropyGrad(x, labels, apart)), crossEntropyGrad(joined(x), labels, together));
      expectSame(
        joined(crossEntropyGrad(x, targets, apart)),
        crossEntropyGrad(joined(x), joined(targets), together),
      );
    });
  });
});

/** What is aimed at, times the weights, over the divisor: minus the gradient with respect to log softmax. */
function aimsOf(
  { lanes, labels, targets, weight, labelSmoothing = 0 }: LossProblem,
  divisor: number,
): FloatArray {
  const { x, length, inner } = lanes;
  const aims = x.slice().fill(0);
  forEachLane(lanes, (lane, offset) => {
    if (labels?.[lane] === -100) return;
    for (let k = 0; k < length; k++) {
      const q = targets?.[offset + k * inner] ?? Number(labels?.[lane] === k);
      const aim = (1 - labelSmoothing) * q + labelSmoothing / length;
      aims[offset + k * inner] = ((weight?.[k] ?? 1) * aim) / divisor;
    }
  });
  return aims;
}

describeArguments(({ crossEntropyGrad }) => {
  const X = Float32Array.of(1, 2, 3, 4, 5, 6);
  const shape = [2, 3];
  const call = (options: object) => () => crossEntropyGrad(X, [0, 1], { shape, ...options });

  test.each([
    ["no array", { reduction: "none", dy: "1" }, TypeError, /dy must be .* got "1"/],
    ["a number for two lanes", { reduction: "none", dy: 1 }, RangeError, /dy must have length 2 .* got 1/],
    ["one per logit", { reduction: "none", dy: X }, RangeError, /dy must have length 2 .* length 6/],
    ["a list with a string", { reduction: "none", dy: [1, "2"] }, TypeError, /dy\[1\] must be a number/],
    [
      "one per lane of a mean",
      { dy: [1, 2] },
      TypeError,
      /dy must be a number with reduction "mean".* "none"/,
    ],
    [
      "one per lane of a sum",
      { reduction: "sum", dy: X },
      TypeError,
      /dy must be a number .* "sum".* "none"/,
    ],
  ] as const)("dy: %s", (_, options, type, pattern) => {
    expect(call(options)).toThrow(type);
    expect(call(options)).toThrow(pattern);
    expect(call(options)).toThrow(/^crossEntropyGrad: /);
  });

  test("dy for a single lane: a number", () => {
    expectSame(crossEntropyGrad([0, 0], [1], { reduction: "none", dy: 3 }), Float64Array.of(1.5, -1.5));
  });
});
