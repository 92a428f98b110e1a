import { describe, expect, test } from "vitest";
import type { CrossEntropyOptions } from "../src/index.js";
import { describeBackends, type Library, libraries } from "./support/backends.js";
import { twoSum } from "./support/doubleDouble.js";
import { FULL } from "./support/extent.js";
import { laneOptions, rows } from "./support/lanes.js";
import { type LossProblem, type LossReference, lossReference, problems, reduced } from "./support/losses.js";
import { fill, floatArray, normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { type ElementType, ulpError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;

/** Of the loss of a lane, in units in the last place of the type of the logits, as crossEntropy documents it. */
const BOUND = { f32: 2, f64: 4 } as const;

function optionsOf({ lanes, weight, labelSmoothing, temperature }: LossProblem): CrossEntropyOptions {
  return { ...laneOptions(lanes), weight, labelSmoothing, temperature };
}

function truthOf({ labels, targets }: LossProblem) {
  return targets ?? Int32Array.from(labels ?? []);
}

function lossesOf({ crossEntropy }: Library, problem: LossProblem) {
  return crossEntropy(problem.lanes.x, truthOf(problem), { ...optionsOf(problem), reduction: "none" });
}

/** The worst error of the losses, in ulps of `type`; an ignored lane has to be 0. */
function worst(library: Library, problem: LossProblem, reference: LossReference, type: ElementType): number {
  const losses = lossesOf(library, problem);
  expect(losses.length).toBe(reference.lanes.length);
  let ulps = 0;
  for (const [lane, exact] of reference.lanes.entries()) {
    if (exact === undefined) expect(losses[lane]).toBe(0);
    else ulps = Math.max(ulps, ulpError(losses[lane], exact.loss, type));
  }
  return ulps;
}

describe.each(TYPES)("%s", (type) => {
  describe.each(problems(type))("$name", ({ inputs }) => {
    let shared: [LossProblem, LossReference][] | undefined;
    const references = () => (shared ??= inputs().map((problem) => [problem, lossReference(problem)]));

    for (const library of libraries) {
      test(`${library.backend}: one loss per lane`, () => {
        for (const [problem, reference] of references()) {
          const { outer, length, inner } = problem.lanes;
          expect(worst(library, problem, reference, type), `${[outer, length, inner]}`).toBeLessThanOrEqual(
            BOUND[type],
          );
        }
      });

      test.each(["mean", "sum"] as const)(`${library.backend}: the %s`, (reduction) => {
        for (const [problem, reference] of references()) {
          const loss = library.crossEntropy(problem.lanes.x, truthOf(problem), {
            ...optionsOf(problem),
            reduction,
          });
          const exact = reduced(reference, reduction);
          if (reduction === "mean" && reference.divisor.high === 0) expect(loss).toBeNaN();
          else expect(ulpError(loss, exact, type)).toBeLessThanOrEqual(BOUND[type]);
        }
      });
    }
  });

  const certain: [string, (k: number) => number][] = [
    ["two classes", (k) => (k % 2 === 0 ? 0 : -k / 4)],
    ["seven classes", (k) => (k % 7 === 0 ? 0 : -k / 9)],
  ];
  test.each(certain)("%s: a label that is almost certain, losses down to subnormal ones", (name, logit) => {
    const length = name === "two classes" ? 2 : 7;
    const lowest = type === "f32" ? 104 : 746;
    const lanes = rows(fill(type, 4 * lowest * length, logit), length);
    const problem = { lanes, labels: Array.from({ length: lanes.outer }, () => 0) };
    const reference = lossReference(problem);
    for (const library of libraries) {
      expect(worst(library, problem, reference, type)).toBeLessThanOrEqual(BOUND[type]);
      const losses = lossesOf(library, problem);
      expect(losses.some((loss) => loss > 0 && loss < (type === "f32" ? 2 ** -140 : 2 ** -1060))).toBe(true);
    }
  });

  describeBackends((library) => {
    const { crossEntropy } = library;

    test.each([0, 0.1])("lanes along axes apart, labelSmoothing %d", (labelSmoothing) => {
      const x = normal(type, 2 * 3 * 40, 3, 1);
      const joined = floatArray(type, x.length);
      const targets = fill(type, x.length, (k) => k % 5);
      const joinedTargets = floatArray(type, x.length);
      for (let k = 0; k < x.length; k++) {
        const [a, b, c] = [Math.floor(k / 120), Math.floor(k / 40) % 3, k % 40];
        joined[b * 80 + a * 40 + c] = x[k];
        joinedTargets[b * 80 + a * 40 + c] = targets[k];
      }
      const shared = { labelSmoothing, weight: fill(type, 80, (k) => 1 + k), reduction: "none" as const };
      const apart = { ...shared, shape: [2, 3, 40], axis: [0, 2] };
      const together = { ...shared, shape: [3, 80] };
      expectSame(crossEntropy(x, [7, 0, 79], apart), crossEntropy(joined, [7, 0, 79], together));
      expectSame(crossEntropy(x, targets, apart), crossEntropy(joined, joinedTargets, together));
    });

    test("all axes, and none", () => {
      const x = normal(type, 12, 3, 1);
      expect(crossEntropy(x, [5], { shape: [3, 4], axis: null })).toBe(crossEntropy(x, [5]));
      expect(crossEntropy(x, new Int8Array(12), { shape: [3, 4], axis: [] })).toBe(0);
    });
  });
});

describeBackends(({ crossEntropy }) => {
  /** With these logits, class k of four has probability (k + 1) / 10; in the second lane (4 - k) / 10. */
  const logits = [1, 2, 3, 4, 4, 3, 2, 1].map((n) => Math.log(n) + 2);
  const { log } = Math;
  const everything = log(10) + log(5) + log(10 / 3) + log(2.5);
  const formulas: [string, CrossEntropyOptions, number[], number][] = [
    ["the mean", {}, [0, 1], (log(10) + log(10 / 3)) / 2],
    ["the sum", { reduction: "sum" }, [0, 1], log(10) + log(10 / 3)],
    ["weights", { weight: [1, 2, 3, 4], reduction: "sum" }, [2, 1], 3 * log(10 / 3) + 2 * log(10 / 3)],
    ["a weighted mean", { weight: [1, 2, 3, 4] }, [0, 3], (log(10) + 4 * log(10)) / 5],
    ["an ignored label", {}, [-100, 3], log(10)],
    ["an ignored label and weights", { weight: [1, 2, 3, 4], ignoreIndex: 2 }, [2, 1], log(10 / 3)],
    ["smoothing", { labelSmoothing: 0.2 }, [0, -100], 0.8 * log(10) + 0.05 * everything],
    [
      "smoothing and weights",
      { labelSmoothing: 0.2, weight: [2, 0, 0, 1] },
      [3, 3],
      // (1 - ε) Σ w_y loss_y / Σ w_y + ε / C Σ Σ w loss / Σ w_y
      (0.8 * (log(2.5) + log(10)) + 0.05 * (2 * log(10) + log(2.5) + 2 * log(2.5) + log(10))) / 2,
    ],
    [
      "targets: half and half, and a class that is certain",
      {},
      [0.5, 0, 0, 0.5, 0, 1, 0, 0],
      ((log(10) + log(2.5)) / 2 + log(10 / 3)) / 2,
    ],
    [
      "targets that do not add up to 1, with weights",
      { weight: [1, 2, 3, 4] },
      [1, 1, 0, 0, 0, 0, 0, 2],
      // The mean is over lanes, whatever their weights.
      (log(10) + 2 * log(5) + 8 * log(10)) / 2,
    ],
    [
      "targets and smoothing",
      { labelSmoothing: 0.2, reduction: "sum" },
      [1, 0, 0, 0, 0, 0, 0, 1],
      0.8 * 2 * log(10) + 0.05 * 2 * everything,
    ],
    ["a temperature", { temperature: 0.5, ignoreIndex: 0 }, [3, 0], log(30 / 16)],
  ];
  test.each(formulas)("the formula for %s", (_, options, labels, expected) => {
    const shared = { ...options, shape: [2, 4] };
    expect(crossEntropy(logits, labels, shared)).toBeCloseTo(expected, 14);
    expect(crossEntropy(Float64Array.from(logits), labels, shared)).toBeCloseTo(expected, 14);
    expect(crossEntropy(Float32Array.from(logits), labels, shared)).toBeCloseTo(expected, 5);
    const columns = { ...options, shape: [4, 2], axis: 0 };
    const transpose = (list: number[]) => list.map((_, k) => list[(k % 2) * 4 + (k >> 1)]);
    const transposed = labels.length === 2 ? labels : transpose(labels);
    expect(crossEntropy(transpose(logits), transposed, columns)).toBeCloseTo(expected, 14);
  });

  test("the sum over many lanes is that of their losses", () => {
    const count = FULL ? 1e6 : 3e4;
    const x = normal("f64", 2 * count, 2, 1);
    const labels = Uint8Array.from({ length: count }, (_, lane) => lane % 2);
    const shape = [count, 2];
    let total = { high: 0, low: 0 };
    for (const loss of crossEntropy(x, labels, { shape, reduction: "none" })) {
      const { high, low } = twoSum(total.high, loss);
      total = { high, low: total.low + low };
    }
    const exact = total.high + total.low;
    expect(crossEntropy(x, labels, { shape, reduction: "sum" })).toBe(exact);
    expect(crossEntropy(x, labels, { shape })).toBe(exact / count);
  });
});
