import { afterAll, describe, expect, test } from "vitest";
import js from "../src/backend/js/elementwise.ts?raw";
import type { FloatArray } from "../src/index.js";
import { describeBackends, type Library, libraries } from "./support/backends.js";
import type { Scaled } from "./support/doubleDouble.js";
import { elementBound, elementError, elementReference } from "./support/elementwise.js";
import { FULL } from "./support/extent.js";
import { fill, random, uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { type ElementType, ulp, ulpError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;
const UNARY = ["sigmoid", "logSigmoid", "softplus", "logit"] as const;
type Operation = (typeof UNARY)[number] | "logAddExp" | "logDiffExp";
const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

function compute(library: Library, operation: Operation, x: FloatArray, y?: FloatArray): FloatArray {
  if (operation === "logAddExp" || operation === "logDiffExp") return library[operation](x, y ?? x);
  return library[operation](x);
}

/** Where results become subnormal, where they vanish, and the exponents of the smallest and the largest number. */
const RANGE = {
  f32: { subnormal: -87.33, zero: -103.98, lowest: -149, highest: 128, epsilon: 2 ** -24 },
  f64: { subnormal: -708.39, zero: -745.14, lowest: -1074, highest: 1024, epsilon: 2 ** -53 },
} as const;

const COUNT = FULL ? 2000 : 600;

/** Numbers of either sign with exponents spread from `low` to `high`. */
function spread(type: ElementType, low: number, high: number, seed: number): FloatArray {
  const next = random(seed);
  return fill(type, COUNT, () => (next() < 0.5 ? -1 : 1) * 2 ** (low + (high - low) * next()));
}

function reals(type: ElementType): [string, FloatArray][] {
  const { subnormal, zero, lowest, highest } = RANGE[type];
  const steps = fill(type, COUNT, (k) => ((k - COUNT / 2) * Math.LN2) / 64);
  return [
    ["between -1 and 1", uniform(type, COUNT, -1, 1, 1)],
    ["moderate", uniform(type, COUNT, -12, 12, 2)],
    ["results near 2^-10", uniform(type, COUNT, -8, -6, 3)],
    ["all of ±88", uniform(type, COUNT, -88, 88, 4)],
    ["down to zero", uniform(type, COUNT, zero - 1, -zero + 1, 5)],
    ["subnormal results", uniform(type, COUNT, zero - 1, subnormal + 1, 6)],
    ["tiny", spread(type, lowest, 0, 7)],
    ["huge", spread(type, 0, highest, 8)],
    ["±1e4", uniform(type, COUNT, -1e4, 1e4, 9)],
    ["multiples of ln2 / 64", steps],
    ["beside them", steps.map((value) => value + ulp(value, type))],
  ];
}

function probabilities(type: ElementType): [string, FloatArray][] {
  const { lowest, epsilon } = RANGE[type];
  const next = random(20);
  const half = () => 0.5 + (next() - 0.5) * 2 ** -Math.floor(next() * 24);
  return [
    ["between 0 and 1", uniform(type, COUNT, 0, 1, 21).map((p) => Math.max(p, epsilon))],
    ["near 1/2", fill(type, COUNT, half)],
    ["beside 1/2", fill(type, COUNT, (k) => 0.5 + ((k - COUNT / 2) * epsilon) / 2)],
    ["near 1", fill(type, COUNT, (k) => 1 - 2 ** ((Math.log2(epsilon) * (k + 1)) / COUNT))],
    ["beside 1", fill(type, COUNT, (k) => 1 - (k + 1) * epsilon)],
    ["down to 0", fill(type, COUNT, (k) => 2 ** ((lowest * (k + 1)) / COUNT))],
    ["results near a power of two", fill(type, COUNT, (k) => 0.499 + 5e-8 * k)],
  ];
}

function pairs(type: ElementType): [string, FloatArray, FloatArray][] {
  const { zero, lowest, highest } = RANGE[type];
  const moderate = uniform(type, COUNT, -10, 10, 30);
  const next = random(31);
  const tiny = spread(type, -60, 0, 32);
  return [
    ["moderate", moderate, uniform(type, COUNT, -10, 10, 33)],
    ["near each other", moderate, moderate.map((a) => a + (next() - 0.5) * 2 ** (-20 * next()))],
    ["equal", moderate, moderate],
    ["far apart", uniform(type, COUNT, zero, -zero, 34), uniform(type, COUNT, zero, -zero, 35)],
    ["a tiny one", tiny, uniform(type, COUNT, zero, 0, 36)],
    ["0 and others", fill(type, COUNT, () => 0), uniform(type, COUNT, zero - 1, 0, 37)],
    ["sums near 0", uniform(type, COUNT, -0.75, -0.64, 38), uniform(type, COUNT, -0.75, -0.64, 39)],
    ["huge", spread(type, 0, highest, 40), spread(type, 0, highest, 41)],
    ["tiny", spread(type, lowest, 0, 42), spread(type, lowest, 0, 43)],
  ];
}

/** Of which the first is larger. */
function differences(type: ElementType): [string, FloatArray, FloatArray][] {
  const { zero, lowest } = RANGE[type];
  const next = random(50);
  const ordered = pairs(type).map(([name, x, y]): [string, FloatArray, FloatArray] => [
    name,
    x.map((a, k) => Math.max(a, y[k])) as FloatArray,
    x.map((a, k) => (a === y[k] ? a - ulp(a, type) : Math.min(a, y[k]))) as FloatArray,
  ]);
  const zeros = fill(type, COUNT, () => 0);
  return [
    ...ordered.filter(([name]) => name !== "equal"),
    [
      "differences down to the smallest number",
      zeros,
      fill(type, COUNT, (k) => -(2 ** ((lowest * k) / COUNT))),
    ],
    ["smallest numbers", fill(type, COUNT, (k) => (k + 1) * 2 ** lowest), zeros],
    ["differences near ln 2", zeros, uniform(type, COUNT, -0.72, -0.67, 51)],
    ["differences up to 2", uniform(type, COUNT, 0, 2, 52), fill(type, COUNT, () => -next() * 1e-3)],
    [
      "beside each other",
      fill(type, COUNT, (k) => (k * 5) / COUNT),
      fill(type, COUNT, (k) => (k * 5) / COUNT).map((a) => a - ulp(a, type)) as FloatArray,
    ],
    ["results near 0", fill(type, COUNT, () => Math.LN2), uniform(type, COUNT, -0.1, 0.1, 53)],
    ["far", zeros, uniform(type, COUNT, zero - 1, 0, 54)],
  ];
}

interface Case {
  readonly operation: Operation;
  readonly name: string;
  readonly x: FloatArray;
  readonly y?: FloatArray;
}

function cases(type: ElementType): Case[] {
  return [
    ...UNARY.flatMap((operation) =>
      (operation === "logit" ? probabilities : reals)(type).map(([name, x]) => ({ operation, name, x })),
    ),
    ...pairs(type).map(([name, x, y]) => ({ operation: "logAddExp" as const, name, x, y })),
    ...differences(type).map(([name, x, y]) => ({ operation: "logDiffExp" as const, name, x, y })),
  ];
}

describe.each(TYPES)("accuracy, %s", (type) => {
  describe.each(cases(type))("$operation, $name", ({ operation, x, y }) => {
    let exact: Scaled[] | undefined;
    afterAll(() => {
      exact = undefined;
    });
    test.each(libraries.map((library) => [library.backend, library] as const))("%s", (backend, library) => {
      exact ??= Array.from(x, (value, k) => elementReference(operation, value, y?.[k]));
      const results = compute(library, operation, x, y);
      for (const [k, reference] of exact.entries()) {
        const error = elementError(operation, results[k], reference, type, x[k], y?.[k]);
        if (!(error <= elementBound(type, backend))) {
          expect.fail(`${error} ulp off: ${operation}(${x[k]}, ${y?.[k]}) = ${results[k]}`);
        }
      }
    });
  });
});

test("the witness of the sources", () => {
  const [, ulps, p] = /Witness: f64 js ([\d.]+) ulp, logit\(([\d.]+)\)/.exec(js) ?? [];
  const { logit } = libraries[libraries.length - 1];
  const error = ulpError(logit([Number(p)])[0], elementReference("logit", Number(p)), "f64");
  expect(Math.abs(error - Number(ulps))).toBeLessThanOrEqual(0.01);
});

const VALUES: { readonly [operation in (typeof UNARY)[number]]: [x: number, expected: number][] } = {
  sigmoid: [
    [-INF, 0],
    [INF, 1],
    [0, 0.5],
    [-0, 0.5],
    [-1e4, 0],
    [1e4, 1],
    [NAN, NAN],
  ],
  logSigmoid: [
    [-INF, -INF],
    [INF, 0],
    [1e4, 0],
    [-1e4, -1e4],
    [0, -Math.LN2],
    [NAN, NAN],
  ],
  softplus: [
    [-INF, 0],
    [INF, INF],
    [-1e4, 0],
    [1e4, 1e4],
    [0, Math.LN2],
    [NAN, NAN],
  ],
  logit: [
    [0, -INF],
    [-0, -INF],
    [1, INF],
    [0.5, 0],
    [1 + 2 ** -23, NAN],
    [-(2 ** -149), NAN],
    [-1, NAN],
    [2, NAN],
    [INF, NAN],
    [-INF, NAN],
    [NAN, NAN],
  ],
};

const SUMS: [a: number, b: number, expected: number][] = [
  [-INF, -INF, -INF],
  [INF, INF, INF],
  [INF, -INF, INF],
  [INF, -3, INF],
  [-INF, 7, 7],
  [-INF, 0, 0],
  [0, 0, Math.LN2],
  [1e4, -1e4, 1e4],
  [3e38, -3e38, 3e38],
  [-3e38, -3e38, -3e38],
  [NAN, 1, NAN],
  [NAN, INF, NAN],
  [NAN, -INF, NAN],
];

const DIFFERENCES: [a: number, b: number, expected: number][] = [
  [-INF, -INF, -INF],
  [INF, INF, NAN],
  [INF, -INF, INF],
  [INF, 3, INF],
  [7, -INF, 7],
  [0, -INF, 0],
  [-0, -INF, 0],
  [0, 0, -INF],
  [0, -0, -INF],
  [3e38, 3e38, -INF],
  [3e38, -3e38, 3e38],
  [0, 1, NAN],
  [-INF, 0, NAN],
  [-INF, INF, NAN],
  [3, INF, NAN],
  [-3e38, 3e38, NAN],
  [NAN, 1, NAN],
  [1, NAN, NAN],
  [NAN, INF, NAN],
  [INF, NAN, NAN],
  [NAN, -INF, NAN],
  [-INF, NAN, NAN],
  [1e4, -1e4, 1e4],
  [0, -1e4, 0],
];

test("the witness of logDiffExp", () => {
  const [, ulps, a, b] =
    /Witness of logDiffExp: f64 js ([\d.]+) ulp, \((\S+), (\S+)\)/.exec(js)?.map(Number) ?? [];
  const { logDiffExp } = libraries[libraries.length - 1];
  const result = logDiffExp(new Float64Array(64).fill(a), b)[5];
  const error = elementError("logDiffExp", result, elementReference("logDiffExp", a, b), "f64", a, b);
  expect(Math.abs(error - ulps)).toBeLessThanOrEqual(0.01);
});

describe.each(TYPES)("values, %s", (type) => {
  const rounded = (value: number) => fill(type, 1, () => value)[0];

  describeBackends((library) => {
    /** Alone, and at several places among other numbers, which it must leave as they are. */
    function expectValue(operation: Operation, x: number, y: number, expected: number): void {
      expect(
        compute(
          library,
          operation,
          fill(type, 1, () => x),
          fill(type, 1, () => y),
        )[0],
      ).toBe(expected);
      const others = (k: number) => (k % 5) / 8 + 0.125;
      const below = operation === "logDiffExp" ? 1 : 0;
      for (const length of [3, 64, 1003]) {
        const plain = fill(type, length, others);
        const second = plain.map((value) => value - below) as FloatArray;
        const around = compute(library, operation, plain, second);
        for (const at of [0, 1, length >> 1, length - 1]) {
          const place = (array: FloatArray, value: number) =>
            array.map((other, k) => (k === at ? value : other)) as FloatArray;
          const result = compute(library, operation, place(plain, x), place(second, y));
          expectSame(result, around.map((value, k) => (k === at ? expected : value)) as FloatArray);
        }
      }
    }

    describe.each(UNARY)("%s", (operation) => {
      test.each(VALUES[operation])("of %d: %d", (x, expected) => {
        expectValue(operation, x, x, rounded(expected));
      });
    });

    test.each(SUMS)("logAddExp of %d and %d: %d", (a, b, expected) => {
      expectValue("logAddExp", a, b, rounded(expected));
      expectValue("logAddExp", b, a, rounded(expected));
    });

    test.each(DIFFERENCES)("logDiffExp of %d and %d: %d", (a, b, expected) => {
      expectValue("logDiffExp", a, b, rounded(expected));
    });

    test("numbers: the results of lists of one", () => {
      for (const x of [-745, -3, -0, 0, 0.3, 2, 40, NAN, INF, -INF]) {
        for (const operation of UNARY) expect(library[operation](x)).toBe(library[operation]([x])[0]);
        for (const y of [-1, 0.1, 2, -INF]) {
          expect(library.logAddExp(x, y)).toBe(library.logAddExp([x], y)[0]);
          expect(library.logDiffExp(x, y)).toBe(library.logDiffExp([x], [y])[0]);
        }
      }
      const error = ulpError(library.sigmoid(2), elementReference("sigmoid", 2), "f64");
      expect(error).toBeLessThanOrEqual(elementBound("f64", library.backend));
      expect(library.logAddExp(0, 0)).toBe(Math.LN2);
      expect(library.logDiffExp(1e-10, 0)).toBeCloseTo(-23.025850929890456, 13);
    });

    test("1 - sigmoid, of which rounding to 1 leaves nothing, is sigmoid of -x", () => {
      const { sigmoid } = library;
      expect(sigmoid(fill(type, 100, () => 40))[0]).toBe(1);
      const rest = sigmoid(fill(type, 100, () => -40))[99];
      expect(Math.abs(rest / Math.exp(-40) - 1)).toBeLessThan(type === "f32" ? 2e-7 : 1e-15);
    });

    test("of nothing", () => {
      const nothing = fill(type, 0, () => 0);
      for (const operation of UNARY) expectSame(library[operation](nothing), nothing);
      expectSame(library.logAddExp(nothing, nothing), nothing);
      expectSame(library.logDiffExp(nothing, nothing), nothing);
    });
  });
});
