/// <reference types="vite/client" />
import { afterAll, describe, expect, test } from "vitest";
import gradientKernel from "../assembly/gradient.ts?raw";
import vjpKernel from "../assembly/vjp.ts?raw";
import residual from "../src/backend/js/gradient.ts?raw";
import vjp from "../src/backend/js/vjp.ts?raw";
import { createSoftmax, type FloatArray } from "../src/index.js";
import { type Library, libraries } from "./support/backends.js";
import { boundsIn } from "./support/bounds.js";
import {
  type Derivatives,
  lanesOf,
  logSoftmaxVjpReference,
  logSumExpVjpReference,
  softmaxVjpReference,
  worstDerivative,
} from "./support/derivatives.js";
import { FULL } from "./support/extent.js";
import { fill, normal, random } from "./support/random.js";
import type { ElementType, Worst } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;
const FAMILY = ["softmaxVjp", "logSoftmaxVjp", "logSumExpVjp"] as const;
type Member = (typeof FAMILY)[number];

const BOUNDS = {
  softmaxVjp: new Map([...boundsIn(vjp), ...boundsIn(vjpKernel)]),
  logSoftmaxVjp: new Map([...boundsIn(vjp), ...boundsIn(vjpKernel)]),
  logSumExpVjp: new Map([...boundsIn(residual), ...boundsIn(gradientKernel)]),
};

/** The part of the terms that cancel whose ulps count. */
function shareOf(operation: Member, { backend }: Library, type: ElementType): number {
  if (backend !== "js" || (type === "f64" && operation === "softmaxVjp")) return 1;
  return type === "f32" ? 2 ** -20 : 2 ** -8;
}

/** Makes what the operations are given out of logits; its own errors are none of theirs. */
const js = createSoftmax({ backend: "js" });

/** Logits and gradients on the lanes of a row-major array. */
interface Problem {
  readonly shape: number[];
  readonly axis?: number | number[] | null;
  /** The dimensions that `axis` means. Default: the last. */
  readonly axes?: readonly number[];
  readonly logits: FloatArray;
  readonly dy: FloatArray;
}

function lanesIn({ shape, axes = [shape.length - 1] }: Problem): number[][] {
  return lanesOf(shape, axes);
}

function take(x: FloatArray, lane: readonly number[]): FloatArray {
  const taken = x.slice(0, lane.length);
  for (const [k, at] of lane.entries()) taken[k] = x[at];
  return taken;
}

/** What an operation is given in the place of the logits. */
function inputOf(operation: Member, { logits, shape, axis }: Problem): FloatArray {
  if (operation === "logSumExpVjp") return logits;
  return js[operation === "softmaxVjp" ? "softmax" : "logSoftmax"](logits, { shape, axis });
}

/** The gradient with respect to the result: that of log-sum-exp has one number per lane. */
function slopeOf(operation: Member, problem: Problem): FloatArray {
  if (operation !== "logSumExpVjp") return problem.dy;
  return take(
    problem.dy,
    lanesIn(problem).map(([first]) => first),
  );
}

function referenceOf(
  operation: Member,
  x: FloatArray,
  dy: FloatArray,
  lane: readonly number[],
  number: number,
  temperature: number,
): Derivatives {
  if (operation === "logSumExpVjp") return logSumExpVjpReference(take(x, lane), dy[number], temperature);
  const reference = operation === "softmaxVjp" ? softmaxVjpReference : logSoftmaxVjpReference;
  return reference(take(x, lane), take(dy, lane), temperature);
}

/** A vector of `length` logits, and gradients of every kind for it. */
function vectors(type: ElementType, length: number, logit: (k: number) => number, seed: number): Problem[] {
  const logits = fill(type, length, logit);
  const noise = normal(type, length, 1, seed);
  const slopes: ((k: number) => number)[] = [
    (k) => noise[k],
    (k) => (k === 0 ? 0.7 : 0),
    () => 1 / 3,
    (k) => (k === 0 ? 0 : noise[k]),
    (k) => noise[k] * 2 ** ((k % 41) - 20),
  ];
  return slopes.map((slope) => ({ shape: [length], logits, dy: fill(type, length, slope) }));
}

const LENGTHS = FULL ? [1, 2, 3, 4, 5, 7, 8, 10, 33, 57, 130, 1000] : [1, 2, 3, 5, 8, 33, 130];

function everyLength(type: ElementType, logit: (k: number, length: number) => number): Problem[] {
  return LENGTHS.flatMap((length) => vectors(type, length, (k) => logit(k, length), length));
}

interface Case {
  readonly name: string;
  readonly problems: () => Problem[];
  readonly temperature?: number;
}

function cases(type: ElementType): Case[] {
  const next = random(5);
  const lowest = type === "f32" ? -104 : -745;
  const gaussian = normal(type, 1000, 3, 1);
  const subnormal = lowest + (type === "f32" ? 16 : 36);
  const ordinary = () => everyLength(type, (k) => gaussian[k]);
  const array = (shape: number[], axis?: Problem["axis"], axes?: number[]): Problem => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return { shape, axis, axes, logits: normal(type, size, 3, size), dy: normal(type, size, 1, size + 1) };
  };
  return [
    { name: "random logits", problems: ordinary },
    { name: "a thousand logits", problems: () => vectors(type, 1000, (k) => gaussian[k], 1000) },
    ...[0.1, 0.7, 3, 1e-30, 1e30].map((temperature) => ({
      name: `temperature ${temperature}`,
      temperature,
      problems: ordinary,
    })),
    {
      name: "one logit far above the others",
      problems: () =>
        [-8, -17, -37, -60, lowest / 2, lowest].flatMap((far) =>
          everyLength(type, (k) => (k === 0 ? 3 : 3 + far - (k % 7) / 8)),
        ),
    },
    { name: "equal logits", problems: () => everyLength(type, () => 0.1) },
    {
      name: "subnormal probabilities",
      problems: () => everyLength(type, (k) => (k === 0 ? 0 : lowest + next() * (subnormal - lowest))),
    },
    {
      name: "subnormal probabilities, temperature 0.1",
      temperature: 0.1,
      problems: () => everyLength(type, (k) => (k === 0 ? 0 : lowest + next() * (subnormal - lowest))),
    },
    {
      name: "logits that are -Infinity",
      problems: () => everyLength(type, (k) => (k % 3 === 1 ? Number.NEGATIVE_INFINITY : gaussian[k])),
    },
    {
      name: "every axis",
      problems: () => [
        array([3, 4, 5], 0, [0]),
        array([3, 4, 5], 1, [1]),
        array([3, 4, 5], -1, [2]),
        array([3, 4, 5], [0, 2], [0, 2]),
        array([3, 4, 5], [0, 1], [0, 1]),
        array([4, 3, 2, 5], [0, 2], [0, 2]),
        array([4, 3, 2, 5], [3, 1], [1, 3]),
        array([3, 4, 5], null, [0, 1, 2]),
        array([3, 4, 5], [], []),
        array([30, 8, 20], [0, 2], [0, 2]),
      ],
    },
    {
      name: "many rows",
      problems: () => [2, 3, 5, 8, 10, 31, 100].map((length) => array([FULL ? 101 : 23, length])),
    },
    {
      name: "a strided axis",
      problems: () => [
        ...[1, 2, 3, 4, 7, 8, 64].map((inner) => array([3, 17, inner], 1, [1])),
        array([2, 257, 33], 1, [1]),
        array([1, 3, FULL ? 5003 : 1501], 1, [1]),
        array([1, FULL ? 9001 : 3001, 3], 1, [1]),
      ],
    },
    { name: "long lanes", problems: () => [array([70001]), array([2, FULL ? 40_009 : 17_003])] },
  ];
}

describe.each(TYPES)("%s", (type) => {
  describe.each(cases(type))("$name", ({ problems, temperature = 1 }) => {
    let made: Problem[] | undefined;
    afterAll(() => {
      made = undefined;
    });

    describe.each(FAMILY)("%s", (operation) => {
      const references = new Map<Problem, Derivatives[]>();
      const shared = () => {
        made ??= problems();
        if (references.size === 0) {
          for (const problem of made) {
            const x = inputOf(operation, problem);
            const dy = slopeOf(operation, problem);
            const lanes = lanesIn(problem);
            references.set(
              problem,
              lanes.map((lane, number) => referenceOf(operation, x, dy, lane, number, temperature)),
            );
          }
        }
        return references;
      };
      afterAll(() => references.clear());

      test.each(libraries)("$backend", (library) => {
        let worst: Worst = { ulp: 0, index: -1 };
        for (const [problem, derivatives] of shared()) {
          const { shape, axis } = problem;
          const x = inputOf(operation, problem);
          const result = library[operation](x, slopeOf(operation, problem), { shape, axis, temperature });
          expect(result.length).toBe(x.length);
          for (const [number, lane] of lanesIn(problem).entries()) {
            const share = shareOf(operation, library, type);
            const error = worstDerivative(take(result, lane), derivatives[number], type, share);
            if (error.ulp > worst.ulp) worst = { ulp: error.ulp, index: lane[error.index] };
          }
        }
        const bound = BOUNDS[operation].get(`${type} ${library.backend}`) ?? 0;
        expect(worst.ulp, `at element ${worst.index}`).toBeLessThanOrEqual(
          bound + (temperature === 1 ? 0 : 1),
        );
      });
    });
  });
});
