import { expect, test } from "vitest";
import { difference, EDGES, edge, expected } from "../edges.js";
import { exact, largestError } from "../exact.js";
import { type Operation, resultLength, SHAPES, type Workload, workload, workloadOf } from "../workload.js";

const operations = Object.keys(SHAPES) as Operation[];
const cases = operations.flatMap((operation) =>
  (["f32", "f64"] as const).map((type) => ({ operation, type })),
);

function rounded({ type }: Workload, values: readonly number[]): Float32Array | Float64Array {
  return type === "f32" ? Float32Array.from(values) : Float64Array.from(values);
}

test.each(cases)(
  "the exact results of $operation of $type, rounded, are off by half an ulp at most",
  ({ operation, type }) => {
    const work = workload(operation, type, [20, 50]);
    const reference = exact(work);
    const values = reference.map(({ high, low, exponent }) => (high + low) * 2 ** exponent);
    expect(values.length).toBe(resultLength(work));
    const error = largestError(rounded(work, values), reference, work);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThanOrEqual(0.5);
  },
);

test("an error is counted in units of the result's type", () => {
  const work = workloadOf("softmax", "f32", [1, 2], Float32Array.of(0, 0));
  const half = exact(work);
  expect(largestError(Float32Array.of(0.5, 0.5), half, work)).toBe(0);
  expect(largestError(Float32Array.of(0.5, 0.5 + 3 * 2 ** -24), half, work)).toBe(3);
  expect(largestError(Float32Array.of(0.5, Number.NaN), half, work)).toBe(Number.POSITIVE_INFINITY);
});

test("the sigmoid keeps its digits on both sides", () => {
  const x = Float64Array.of(-40, 0, 40);
  const [low, middle, high] = exact(workloadOf("sigmoid", "f64", [1, 3], x)).map(
    ({ high, exponent }) => high * 2 ** exponent,
  );
  expect(low).toBeCloseTo(4.248354255291589e-18, 30);
  expect([middle, high]).toEqual([0.5, 1]);
});

test.each(cases)(
  "$operation of $type at the edges: what is expected is no difference",
  ({ operation, type }) => {
    for (const name of EDGES) {
      const work = edge(operation, type, name);
      const right = expected(work);
      expect(right.length).toBe(resultLength(work));
      expect(difference(rounded(work, right), work)).toBe("");
      expect(
        difference(
          rounded(
            work,
            right.map(() => 7),
          ),
          work,
        ),
      ).toBe("7");
    }
  },
);

test("the edges are those of PyTorch, SciPy and JAX", () => {
  const at = (operation: Operation, name: (typeof EDGES)[number]) => expected(edge(operation, "f32", name));
  expect(new Set(at("softmax", "all −∞"))).toEqual(new Set([Number.NaN]));
  expect(new Set(at("logSoftmax", "one +∞"))).toEqual(new Set([Number.NaN]));
  expect(at("logSumExp", "all −∞")).toEqual([Number.NEGATIVE_INFINITY]);
  expect(at("logSumExp", "one +∞")).toEqual([Number.POSITIVE_INFINITY]);
  expect(at("logSumExp", "one NaN")).toEqual([Number.NaN]);
  expect(at("softmax", "±largest")[3]).toBe(1);
  expect(at("crossEntropy", "±1e4")).toEqual([2e4]);
  expect(at("softmax", "equal")).toEqual(Array(16).fill(1 / 16));
});
