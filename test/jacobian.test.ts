import { describe, expect, test } from "vitest";
import { createSoftmax, type FloatArray, softmaxHessian, softmaxJacobian } from "../src/index.js";
import {
  centralDifference,
  hessianReference,
  jacobianReference,
  lanesOf,
  unscaled,
  unscaledElements,
} from "./support/derivatives.js";
import { add, type DoubleDouble, multiply, negate, ONE, ZERO } from "./support/doubleDouble.js";
import { FULL } from "./support/extent.js";
import { fill, floatArray, normal } from "./support/random.js";
import { laneReference, type ScaledArray } from "./support/reference.js";
import { expectSame } from "./support/same.js";
import { type ElementType, worstError } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;
const { softmax } = createSoftmax({ backend: "js" });

/** As the docstrings say, at temperature 1; another one costs up to one ulp of f64 more. */
const BOUNDS = {
  softmaxJacobian: { f32: 0.51, f64: 1.5 },
  softmaxHessian: { f32: 0.51, f64: 2.5 },
};

const OPERATIONS = [
  { name: "softmaxJacobian", compute: softmaxJacobian, reference: jacobianReference, rank: 2 },
  { name: "softmaxHessian", compute: softmaxHessian, reference: hessianReference, rank: 3 },
] as const;

const LOGITS: [string, (k: number, type: ElementType) => number][] = [
  ["random", (k) => ((k * 7919) % 101) / 17 - 3],
  ["equal", () => 0.1],
  ["two large", (k) => (k < 2 ? k / 8 : -1 - (k % 7))],
  ["peaked", (k) => (k === 0 ? 3 : -17 - (k % 7))],
  ["down to zero", (k, type) => (k === 0 ? 0 : ((type === "f32" ? -104 : -746) * (k % 13)) / 12)],
  ["partly -Infinity", (k) => (k % 3 === 1 ? Number.NEGATIVE_INFINITY : k / 9)],
];

/** Every index of a row-major array with `rank` dimensions of size n. */
function* indices(n: number, rank: number): Generator<number[]> {
  for (let at = 0; at < n ** rank; at++) {
    yield Array.from({ length: rank }, (_, k) => Math.floor(at / n ** (rank - 1 - k)) % n);
  }
}

function place(index: readonly number[], n: number): number {
  return index.reduce((at, k) => at * n + k, 0);
}

describe.each(TYPES)("%s", (type) => {
  const epsilon = type === "f32" ? 2 ** -23 : 2 ** -52;
  const smallest = type === "f32" ? 2 ** -149 : 2 ** -1074;

  describe.each(OPERATIONS)("$name", ({ name, compute, reference, rank }) => {
    describe.each(LOGITS)("%s logits", (_, logit) => {
      const vectors = [1, 2, 3, 7, FULL ? 24 : 10].map((n) => softmax(fill(type, n, (k) => logit(k, type))));

      test.each([1, 0.1, 0.7, 3, 1e-30, 1e30])("errors at temperature %d", (temperature) => {
        const bound = BOUNDS[name][type] + (temperature === 1 || type === "f32" ? 0 : 1);
        for (const p of vectors) {
          const exact: ScaledArray = reference(p, temperature);
          const { ulp, index } = worstError(compute(p, { temperature }), exact, type);
          expect(ulp, `at ${index} of ${p.length} classes`).toBeLessThanOrEqual(bound);
        }
      });

      test("nothing changes when indices are exchanged", () => {
        for (const p of vectors) {
          const n = p.length;
          const result = compute(p, { temperature: 0.7 });
          for (const index of indices(n, rank)) {
            const value = result[place(index, n)];
            expect(value).toBe(result[place([...index].reverse(), n)]);
            expect(value).toBe(result[place([index[1], index[0], ...index.slice(2)], n)]);
          }
        }
      });

      test("rows add up to zero, as nearly as p adds up to 1", () => {
        for (const p of vectors) {
          const n = p.length;
          const result = compute(p);
          const missing = Array.from(p).reduce((sum, value) => add(sum, { high: -value, low: 0 }), ONE);
          const lacking = Math.abs(missing.high);
          for (let row = 0; row < n ** (rank - 1); row++) {
            let total = 0;
            let size = 0;
            for (const entry of result.subarray(row * n, (row + 1) * n)) {
              total += entry;
              size += Math.abs(entry);
            }
            const first = p[Math.floor(row / n ** (rank - 2))];
            const rounding = (n + 2) * epsilon * size + n * smallest;
            expect(Math.abs(total)).toBeLessThanOrEqual(2 * lacking * first + rounding);
          }
        }
      });
    });

    test("of certainty and of one class: zeros", () => {
      expectSame(compute(fill(type, 1, () => 1)), floatArray(type, 1));
      expectSame(compute(fill(type, 3, (k) => (k === 1 ? 1 : 0))), floatArray(type, 3 ** rank));
    });

    test("each lane by itself, along any axis", () => {
      for (const [shape, axis, axes] of [
        [[4, 5], undefined, [1]],
        [[4, 5], 0, [0]],
        [[2, 3, 4], 1, [1]],
        [[2, 3, 4], -3, [0]],
        [
          [2, 3, 4],
          [0, 2],
          [0, 2],
        ],
        [
          [2, 3, 4],
          [1, 2],
          [1, 2],
        ],
        [
          [2, 3, 2, 2],
          [1, 3],
          [1, 3],
        ],
        [[2, 3], null, [0, 1]],
        [[2, 3], [], []],
      ] as const) {
        const size = shape.reduce((product, extent) => product * extent, 1);
        const p = softmax(normal(type, size, 2, size), { shape, axis });
        const lanes = lanesOf(shape, axes);
        const each = lanes[0].length ** rank;
        const result = compute(p, { shape, axis, temperature: 2 });
        expect(result.length).toBe(each * lanes.length);
        for (const [number, lane] of lanes.entries()) {
          const alone = compute(
            fill(type, lane.length, (k) => p[lane[k]]),
            { temperature: 2 },
          );
          expectSame(result.slice(number * each, (number + 1) * each), alone);
        }
      }
    });

    test("NaN and infinities stay in their lane, NaN where it is a factor", () => {
      const p = softmax(normal(type, 12, 1, 1), { shape: [3, 4] });
      const good = compute(p, { shape: [3, 4] });
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        p[6] = value;
        const result = compute(p, { shape: [3, 4] });
        const size = 4 ** rank;
        expectSame(result.slice(0, size), good.slice(0, size));
        expectSame(result.slice(2 * size), good.slice(2 * size));
        for (const index of indices(4, rank)) {
          const entry = result[size + place(index, 4)];
          expect(Number.isFinite(entry)).toBe(!index.includes(2));
        }
      }
    });

    test("out is filled and returned", () => {
      const p = softmax(normal(type, 6, 1, 1), { shape: [2, 3] });
      const buffer = floatArray(type, 6 + 2 * 3 ** rank + 1);
      buffer.set(p);
      const out = buffer.subarray(6, 6 + 2 * 3 ** rank);
      const expected = compute(p, { shape: [2, 3] });
      expect(compute(buffer.subarray(0, 6) as typeof p, { shape: [2, 3], out: out as typeof p })).toBe(out);
      expectSame(out, expected);
      expect(buffer[buffer.length - 1]).toBe(0);
    });
  });

  describe.each([1, 0.75, 3])("by differences at temperature %d", (temperature) => {
    const n = 5;
    const x = Float64Array.from(normal("f64", n, 1.5, 9), (value) => Math.round(value * 1024) / 1024);
    const p = softmax(
      fill(type, n, (k) => x[k]),
      { temperature },
    );
    const at = (logits: Float64Array) => unscaledElements(laneReference(logits, temperature).softmax);
    const logSumExp = (logits: Float64Array) => [unscaled(laneReference(logits, temperature).logSumExp)];
    const unit = (k: number) => Array.from({ length: n }, (_, i) => (i === k ? 1 : 0));

    test("the Jacobian holds the derivatives of softmax, and is T times the Hessian of log-sum-exp", () => {
      const jacobian = softmaxJacobian(p, { temperature });
      const tolerance = (4 * epsilon) / temperature + 2 ** -50;
      for (let j = 0; j < n; j++) {
        const column = centralDifference(at, x, unit(j));
        const gradient = (logits: Float64Array) => centralDifference(logSumExp, logits, unit(j))[0];
        for (let i = 0; i < n; i++) {
          expect(Math.abs(jacobian[i * n + j] - column[i])).toBeLessThanOrEqual(tolerance);
          // In plain doubles, the outer step wide enough for what the inner one leaves.
          const step = (sign: number) =>
            gradient(x.map((value, k) => value + (k === i ? sign * 2 ** -12 : 0)));
          const second = (step(1) - step(-1)) / 2 ** -11;
          expect(Math.abs(jacobian[i * n + j] - temperature * second)).toBeLessThanOrEqual(tolerance + 1e-8);
        }
      }
    });

    test("the Hessian holds the derivatives of the Jacobian", () => {
      const hessian = softmaxHessian(p, { temperature });
      const exactJacobian = (logits: Float64Array): DoubleDouble[] => {
        const values = at(logits);
        return values.flatMap((value, i) =>
          values.map((other, j) => {
            const difference = add(i === j ? ONE : ZERO, negate(other));
            return multiply(value, difference);
          }),
        );
      };
      const tolerance = (4 * epsilon) / temperature ** 2 + 2 ** -48;
      for (let k = 0; k < n; k++) {
        const slice = centralDifference(exactJacobian, x, unit(k));
        for (const [ij, derivative] of slice.entries()) {
          expect(Math.abs(hessian[ij * n + k] - derivative / temperature)).toBeLessThanOrEqual(tolerance);
        }
      }
    });
  });
});

test("a published Jacobian: of two classes, p (1 - p) times [[1, -1], [-1, 1]]", () => {
  expect(Array.from(softmaxJacobian([0.25, 0.75]))).toEqual([3 / 16, -3 / 16, -3 / 16, 3 / 16]);
  expect(Array.from(softmaxJacobian([0.25, 0.75], { temperature: 0.5 }))).toEqual([
    3 / 8,
    -3 / 8,
    -3 / 8,
    3 / 8,
  ]);
  expect(Array.from(softmaxHessian([0.5, 0.25, 0.25]).subarray(0, 9))).toEqual(
    [0, 0, 0, 0, -1, 1, 0, 1, -1].map((value) => value / 16),
  );
});

describe.each(OPERATIONS)("arguments of $name", ({ name, compute, rank }) => {
  const call = compute as (...values: readonly unknown[]) => FloatArray;
  const P = Float32Array.of(0.5, 0.25, 0.25);

  test("a list of numbers is a Float64Array", () => {
    expectSame(compute([0.5, 0.25, 0.25]), compute(Float64Array.from(P)));
    expectSame(compute([]), new Float64Array(0));
    expectSame(compute(new Float32Array(0), { shape: [0, 4] }), new Float32Array(0));
  });

  const size = 3 ** rank;
  test.each([
    ["p: undefined", [undefined], TypeError, "p must be .*undefined"],
    ["p: bytes", [Uint8Array.of(1)], TypeError, "p must be .*Uint8Array"],
    ["p: a list with a string", [[1, "0"]], TypeError, "p\\[1\\]"],
    ["options: null", [P, null], TypeError, "options must be"],
    ["shape: too large", [P, { shape: [2, 3] }], RangeError, "shape .*6.*3"],
    ["axis: too large", [P, { axis: 1 }], RangeError, "axis must be .*1"],
    ["temperature: negative", [P, { temperature: -1 }], RangeError, "temperature must be .*-1"],
    ["out: as long as p", [P, { out: new Float32Array(3) }], RangeError, `out must be .*length ${size} .*3`],
    ["out: p", [P, { out: P }], RangeError, "out must"],
    [
      "out: p of one class",
      [P.subarray(0, 1), { out: P.subarray(0, 1) }],
      RangeError,
      "out must not overlap p",
    ],
    ["out: of the other type", [P, { out: new Float64Array(size) }], TypeError, "out must be .*Float64Array"],
    ["out: a list", [P, { out: [] }], TypeError, "out must be .*array"],
  ] as const)("%s", (_, values, type, pattern) => {
    expect(() => call(...values)).toThrow(type);
    expect(() => call(...values)).toThrow(new RegExp(`^${name}: ${pattern}`));
  });

  test("p without memory, and out that overlaps p", () => {
    const lost = new Float64Array(3);
    structuredClone(lost.buffer, { transfer: [lost.buffer] });
    expect(() => compute(lost)).toThrow(/p is detached/);
    const buffer = new Float64Array(size + 2);
    for (const start of [0, 1, size - 1]) {
      const p = buffer.subarray(start, start + 3);
      expect(() => compute(p, { out: buffer.subarray(0, size) })).toThrow(RangeError);
      expect(() => compute(p, { out: buffer.subarray(0, size) })).toThrow(/out must .*overlap p/);
    }
  });

  test("a result longer than any array", () => {
    const p = new Float32Array(2 ** 25);
    expect(() => compute(p)).toThrow(RangeError);
    expect(() => compute(p)).toThrow(new RegExp(`^${name}: there is no memory`));
  });
});
