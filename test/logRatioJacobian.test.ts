import { describe, expect, test } from "vitest";
import {
  alrInverseJacobian,
  alrJacobian,
  clrInverseJacobian,
  clrJacobian,
  createSoftmax,
  type FloatArray,
  softmaxJacobian,
} from "../src/index.js";
import { centralDifference, unscaled, unscaledElements } from "./support/derivatives.js";
import { type DoubleDouble, divide } from "./support/doubleDouble.js";
import { elementReference } from "./support/elementwise.js";
import { centredReference, JACOBIANS } from "./support/logRatio.js";
import { fill, normal } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { expectSame } from "./support/same.js";
import { lanesOf, pick } from "./support/shapes.js";
import { type ElementType, worstError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;
const { POSITIVE_INFINITY: INF } = Number;
const { softmax } = createSoftmax({ backend: "js" });

/** As the docstrings say, for λ that are powers of two. */
const BOUNDS = {
  alrJacobian: { f32: 0.51, f64: 0.5 },
  alrInverseJacobian: { f32: 0.51, f64: 1.5 },
  clrJacobian: { f32: 0.51, f64: 1.5 },
  clrInverseJacobian: { f32: 0.51, f64: 1.5 },
};

/** Row-major. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly at: (i: number, j: number) => number;
}

function matrix(values: ArrayLike<number>, rows: number): Matrix {
  const columns = values.length / rows;
  return { rows, columns, at: (i, j) => values[i * columns + j] };
}

/** The entries of a product, and the sums of the absolute values of their terms. */
function product(a: Matrix, b: Matrix): { value: number[]; size: number[] } {
  const value: number[] = [];
  const size: number[] = [];
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.columns; j++) {
      const terms = Array.from({ length: a.columns }, (_, k) => a.at(i, k) * b.at(k, j));
      value.push(terms.reduce((sum, term) => sum + term, 0));
      size.push(terms.reduce((sum, term) => sum + Math.abs(term), 0));
    }
  }
  return { value, size };
}

function expectProduct(
  a: Matrix,
  b: Matrix,
  expected: (i: number, j: number) => number,
  epsilon: number,
): void {
  const { value, size } = product(a, b);
  for (const [at, entry] of value.entries()) {
    const truth = expected(Math.floor(at / b.columns), at % b.columns);
    expect(Math.abs(entry - truth), `at ${at}`).toBeLessThanOrEqual((8 + a.columns) * epsilon * size[at]);
  }
}

const COMPUTE = { alrJacobian, alrInverseJacobian, clrJacobian, clrInverseJacobian };
const NAMES = Object.keys(COMPUTE) as (keyof typeof COMPUTE)[];

function compute(name: keyof typeof COMPUTE, p: FloatArray, reference: number, scale: number): FloatArray {
  if (name === "alrJacobian" || name === "alrInverseJacobian") return COMPUTE[name](p, { reference, scale });
  return COMPUTE[name](p);
}

const LOGITS: [string, (k: number, type: ElementType) => number][] = [
  ["random", (k) => ((k * 7919) % 101) / 17 - 3],
  ["equal", () => 0.1],
  ["peaked", (k) => (k === 0 ? 3 : -17 - (k % 7))],
  ["down to zero", (k, type) => (k === 0 ? 0 : ((type === "f32" ? -103 : -744) * (k % 13)) / 12)],
];

describe.each(TYPES)("%s", (type) => {
  const epsilon = type === "f32" ? 2 ** -23 : 2 ** -52;
  const array = (values: readonly number[]) => fill(type, values.length, (k) => values[k]);

  describe.each(NAMES)("%s", (name) => {
    test.each(LOGITS)("errors, %s logits", (_, logit) => {
      for (const n of [1, 2, 3, 8, 24]) {
        const p = softmax(fill(type, n, (k) => logit(k, type)));
        for (const scale of [1, 8, 0.25]) {
          for (const reference of new Set([0, n >> 1, n - 1])) {
            const exact = JACOBIANS[name](p, reference, scale);
            const { ulp, index } = worstError(compute(name, p, reference, scale), exact, type);
            expect(ulp, `at ${index} of ${n} components`).toBeLessThanOrEqual(BOUNDS[name][type]);
          }
        }
      }
    });

    test("each lane by itself, along any axis", () => {
      const isPinned = name.startsWith("alr");
      for (const { shape, axis } of [
        { shape: [4, 5], axis: 1 },
        { shape: [4, 5], axis: 0 },
        { shape: [2, 3, 4], axis: 1 },
        { shape: [2, 3, 4], axis: -3 },
        ...(isPinned ? [] : [{ shape: [2, 3, 4], axis: [0, 2] }]),
      ]) {
        const x = normal(
          type,
          shape.reduce((size, extent) => size * extent),
          2,
          1,
        );
        const p = softmax(x, { shape, axis });
        const call = COMPUTE[name] as (p: FloatArray, options: object) => FloatArray;
        const results = call(p, { shape, axis });
        const expected = lanesOf({ shape, axis }).flatMap((lane) => [...call(pick(p, lane), {})]);
        expectSame(results, array(expected));
      }
    });
  });

  test("zeros", () => {
    expectSame(alrJacobian(array([0.5, 0, 0.5])), array([-2, INF, 0, -2, 0, 2]));
    expectSame(alrJacobian(array([0, 0.5, 0.5])), array([-INF, 2, 0, -INF, 0, 2]));
    expectSame(clrJacobian(array([0, 1])), array([INF, -0.5, -INF, 0.5]));
    expectSame(alrInverseJacobian(array([0, 1])), array([0, 0]));
    expectSame(alrInverseJacobian(array([0, 0.5, 0.5])), array([0, 0, 0.25, -0.25, -0.25, 0.25]));
    expectSame(clrInverseJacobian(array([0, 1])), array([0, 0, 0, 0]));
  });

  test("one component, and no lanes", () => {
    for (const name of NAMES) {
      expectSame(COMPUTE[name](array([1])), array(name.startsWith("alr") ? [] : [0]));
      expectSame(COMPUTE[name](array([]), { shape: [0, 3] }), array([]));
    }
  });

  test("out that is p, where lengths agree", () => {
    for (const out of [array([0.25, 0.75]), array([0.75, 0.25])]) {
      const expected = alrInverseJacobian(out.slice() as FloatArray, { reference: 1 });
      expect(alrInverseJacobian(out, { reference: 1, out })).toBe(out);
      expectSame(out, expected);
    }
  });

  describe.each([2, 3, 7, 30])("%d components", (n) => {
    const p = softmax(normal(type, n, 2, n));
    let sum = 0;
    for (const value of p) sum += value;
    const identity = (i: number, j: number) => (i === j ? 1 : 0);
    // Of numbers that add up to 1 but for rounding, the identities hold up to that.
    const rounding = epsilon + Math.abs(sum - 1);

    test.each([0, n - 1])("the inverse of alr is that of the Jacobians, reference %d", (reference) => {
      const options = { reference, scale: 4 };
      const forward = matrix(alrJacobian(p, options), n - 1);
      const backward = matrix(alrInverseJacobian(p, options), n);
      expectProduct(forward, backward, identity, rounding);
      // On the vectors of sum 0 this is the identity too.
      expectProduct(backward, forward, (i, j) => identity(i, j) - p[i], rounding);
    });

    test("so is that of clr", () => {
      const forward = matrix(clrJacobian(p), n);
      const backward = matrix(clrInverseJacobian(p), n);
      expectProduct(forward, backward, (i, j) => identity(i, j) - 1 / n, rounding);
      expectProduct(backward, forward, (i, j) => identity(i, j) - p[i], rounding);
    });

    test.each([0, n - 1])("after softmax: alr subtracts the logit of the reference, %d", (reference) => {
      const ofSoftmax = matrix(softmaxJacobian(p), n);
      const pinned = matrix(alrJacobian(p, { reference, scale: 0.5 }), n - 1);
      const component = (row: number) => (row < reference ? row : row + 1);
      const difference = (i: number, j: number) => 2 * (identity(component(i), j) - identity(reference, j));
      expectProduct(pinned, ofSoftmax, difference, rounding);
      const centred = matrix(clrJacobian(p), n);
      expectProduct(centred, ofSoftmax, (i, j) => identity(i, j) - 1 / n, rounding);
    });

    test("clrInverse is softmax", () => {
      expectSame(clrInverseJacobian(p), softmaxJacobian(p));
    });

    describe("differences", () => {
      /** Of so few bits that steps are exact. */
      const short = (value: number) => Math.round(value * 2 ** 12) / 2 ** 12;
      const point = array(Array.from(p, (value) => short(value) + 2 ** -4));
      const unit = (length: number, at: number) => Array.from({ length }, (_, k) => (k === at ? 1 : 0));
      const columns = (f: (x: Float64Array) => readonly DoubleDouble[], x: FloatArray): Matrix => {
        const derivatives = Array.from(x, (_, j) => centralDifference(f, x, unit(x.length, j)));
        return { rows: derivatives[0].length, columns: x.length, at: (i, j) => derivatives[j][i] };
      };
      const expectSameMatrix = (actual: Matrix, expected: Matrix) => {
        expect([actual.rows, actual.columns]).toEqual([expected.rows, expected.columns]);
        for (let i = 0; i < expected.rows; i++) {
          for (let j = 0; j < expected.columns; j++) {
            const off = Math.abs(actual.at(i, j) - expected.at(i, j));
            expect(off, `at ${i}, ${j}`).toBeLessThanOrEqual(
              4 * epsilon * Math.abs(expected.at(i, j)) + 2 ** -50,
            );
          }
        }
      };

      test.each([0, n - 1])("alr, reference %d", (reference) => {
        const logarithms = (x: Float64Array) =>
          Array.from(x, (value) => {
            const ratio = unscaled(elementReference("logRatio", value, x[reference]));
            return divide(ratio, { high: 3, low: 0 });
          }).filter((_, k) => k !== reference);
        const options = { reference, scale: 3, validate: false };
        expectSameMatrix(matrix(alrJacobian(point, options), n - 1), columns(logarithms, point));
      });

      test("clr", () => {
        const centred = (x: Float64Array) => centredReference(x).exact;
        expectSameMatrix(matrix(clrJacobian(point, { validate: false }), n), columns(centred, point));
      });

      test.each([0, n - 1])("alrInverse and clrInverse, reference %d", (reference) => {
        const y = array(Array.from(normal("f64", n - 1, 1, 40), short));
        const pinned = (x: Float64Array) => {
          const logits = Array.from(x, (value) => 2 * value);
          logits.splice(reference, 0, 0);
          return unscaledElements(laneReference(logits).softmax);
        };
        const atY = array(pinned(Float64Array.from(y)).map(({ high }) => high));
        const jacobian = alrInverseJacobian(atY, { reference, scale: 2 });
        expectSameMatrix(matrix(jacobian, n), columns(pinned, y));

        const all = (x: Float64Array) => unscaledElements(laneReference(x).softmax);
        const z = array([0.5, ...y]);
        const atZ = array(all(Float64Array.from(z)).map(({ high }) => high));
        expectSameMatrix(matrix(clrInverseJacobian(atZ), n), columns(all, z));
      });
    });
  });
});
