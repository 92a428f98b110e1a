import { describe, expect, test } from "vitest";
import {
  alrInverseJacobian,
  alrJacobian,
  clrInverseJacobian,
  clrJacobian,
  type FloatArray,
} from "../src/index.js";
import { argumentLibraries } from "./support/arguments.js";
import { expectSame } from "./support/same.js";

type Call = (...values: readonly unknown[]) => FloatArray;

interface Operation {
  readonly name: string;
  readonly argument: string;
  readonly compute: Call;
  /** Whether it has a reference and λ, and whether its argument is checked. */
  readonly isPinned: boolean;
  readonly validates: boolean;
  /** Elements of the result for a lane of n. */
  readonly size: (n: number) => number;
}

function operation(
  name: string,
  compute: unknown,
  argument: string,
  isPinned: boolean,
  size: Operation["size"],
): Operation {
  return { name, argument, compute: compute as Call, isPinned, validates: argument === "p", size };
}

const jacobians: Operation[] = [
  operation("alrJacobian", alrJacobian, "p", true, (n) => n * (n - 1)),
  operation("alrInverseJacobian", alrInverseJacobian, "p", true, (n) => n * (n - 1)),
  operation("clrJacobian", clrJacobian, "p", false, (n) => n * n),
  operation("clrInverseJacobian", clrInverseJacobian, "p", false, (n) => n * n),
];

const suites = [
  ...argumentLibraries.map((library) => ({
    suite: library.backend as string,
    operations: [
      operation("alr", library.alr, "p", true, (n) => n - 1),
      operation("alrInverse", library.alrInverse, "y", true, (n) => n + 1),
      operation("clr", library.clr, "p", false, (n) => n),
      operation("clrInverse", library.clrInverse, "z", false, (n) => n),
    ],
  })),
  { suite: "Jacobians", operations: jacobians },
];

function detached(length: number): Float32Array {
  const array = new Float32Array(length);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** Two lanes of three, or one that adds up to 2. */
const P = Float32Array.of(0.5, 0.25, 0.25, 0.125, 0.75, 0.125);
const SHAPE = { shape: [2, 3] };

describe.each(suites)("$suite", ({ operations }) => {
  describe.each(operations)("$name", ({ name, argument, compute, isPinned, validates, size }) => {
    function expectError(
      values: readonly unknown[],
      type: typeof TypeError | typeof RangeError,
      pattern: string,
    ) {
      expect(() => compute(...values)).toThrow(type);
      expect(() => compute(...values)).toThrow(new RegExp(`^${name}: ${pattern}`));
    }

    test.each([
      ["undefined", undefined, "must be .*undefined"],
      ["a number", 1, "must be .*1"],
      ["bytes", Uint8Array.of(1), "must be .*Uint8Array"],
      ["a list with a string", [0.5, "0.5"], "\\[1\\] must be a number"],
      ["detached", detached(6), " ?is detached"],
    ])("the argument: %s", (_, x, pattern) => {
      expectError([x], TypeError, `${argument} ?${pattern}`);
    });

    test.each([
      ["options: a number", 3, TypeError, "options must be"],
      ["options: null", null, TypeError, "options must be"],
      ["shape: a number", { shape: 6 }, TypeError, "shape must be"],
      ["shape: too large", { shape: [2, 4] }, RangeError, "shape .*8.*6"],
      ["axis: a string", { ...SHAPE, axis: "1" }, TypeError, "axis must be"],
      ["axis: too large", { ...SHAPE, axis: 2 }, RangeError, "axis must be .*2"],
      ["out: a list", { ...SHAPE, out: [0] }, TypeError, "out must be .*an array"],
      ["out: detached", { ...SHAPE, out: detached(6) }, TypeError, "out is detached"],
    ])("%s", (_, options, type, pattern) => expectError([P, options], type, pattern));

    test("out of the other type, or of another length", () => {
      const length = 2 * size(3);
      expectError([P, { ...SHAPE, out: new Float64Array(length) }], TypeError, "out must be .*Float64Array");
      const wrong = new Float32Array(length + 1);
      expectError(
        [P, { ...SHAPE, out: wrong }],
        RangeError,
        `out must be .*length ${length} .*${length + 1}`,
      );
    });

    test("out is filled and returned, whatever it held; the argument is not written", () => {
      const kept = P.slice();
      const expected = compute(P, SHAPE);
      expect(expected.length).toBe(2 * size(3));
      const buffer = new Float32Array(P.length + expected.length).fill(7);
      buffer.set(P);
      const out = buffer.subarray(P.length);
      expect(compute(buffer.subarray(0, P.length), { ...SHAPE, out })).toBe(out);
      expectSame(out, expected);
      expectSame(buffer.subarray(0, P.length), kept);
      expectSame(P, kept);
    });

    test("out that overlaps the argument in part", () => {
      const length = 2 * size(3);
      const buffer = new Float32Array(P.length + length);
      for (const start of [1, 5]) {
        const values = buffer.subarray(0, 6);
        values.set(P);
        const out = buffer.subarray(start, start + length);
        expectError([values, { ...SHAPE, out }], RangeError, "out must .*not overlap");
        expectSame(values, P);
      }
    });

    test("lists and both types", () => {
      const list = compute(Array.from(P), SHAPE);
      expect(list).toBeInstanceOf(Float64Array);
      expectSame(list, compute(Float64Array.from(P), SHAPE));
      expect(compute(P, SHAPE)).toBeInstanceOf(Float32Array);
    });

    test("options that are undefined are ignored", () => {
      const options = { ...SHAPE, axis: undefined, out: undefined, reference: undefined, scale: undefined };
      const more = { validate: undefined, tolerance: undefined, base: undefined };
      expectSame(compute(P, { ...options, ...more }), compute(P, SHAPE));
    });

    if (isPinned) {
      test.each([
        ["reference: a string", { reference: "0" }, TypeError, 'reference must be a number, got "0"'],
        ["reference: null", { reference: null }, TypeError, "reference must be a number, got null"],
        ["reference: a fraction", { reference: 0.5 }, RangeError, "reference must be .*0.5"],
        ["reference: NaN", { reference: Number.NaN }, RangeError, "reference must be .*NaN"],
        ["scale: a string", { scale: "1" }, TypeError, 'scale must be a number, got "1"'],
        ["scale: 0", { scale: 0 }, RangeError, "scale must be .*got 0"],
        ["scale: negative", { scale: -1 }, RangeError, "scale must be .*got -1"],
        ["scale: NaN", { scale: Number.NaN }, RangeError, "scale must be .*got NaN"],
        ["scale: infinite", { scale: Number.POSITIVE_INFINITY }, RangeError, "scale must be .*got Infinity"],
        ["scale: tiny", { scale: 1e-31 }, RangeError, "scale must be .*got 1e-31"],
        ["axis: null", { axis: null }, TypeError, "axis must be one dimension, a number, got null"],
        ["axis: a list", { axis: [1] }, TypeError, "axis must be one dimension, a number, got an array"],
      ])("%s", (_, options, type, pattern) => expectError([P, { ...SHAPE, ...options }], type, pattern));

      test("reference: out of the range of the components", () => {
        const components = name === "alrInverse" ? 4 : 3;
        for (const reference of [components, -components - 1, 1e9]) {
          const range = `an integer from -${components} to ${components - 1}, got ${reference}`;
          expectError([P, { ...SHAPE, reference }], RangeError, `reference must be ${range}`);
        }
        for (let reference = 0; reference < components; reference++) {
          const fromEnd = compute(P, { ...SHAPE, reference: reference - components });
          expectSame(fromEnd, compute(P, { ...SHAPE, reference }));
        }
      });
    }

    if (isPinned && validates) {
      test("no component to be the reference", () => {
        expectError([[]], RangeError, "p must have a component");
        expectError([[], { shape: [3, 0] }], RangeError, "p must have a component");
      });
    }

    if (validates) {
      test.each([
        ["negative", [0.5, 0.5, 1.5, -0.5], "not be negative or NaN, got -0.5 as element 1 of lane 1"],
        ["NaN", [0.5, 0.5, Number.NaN, 1], "not be negative or NaN, got NaN as element 0 of lane 1"],
        ["a sum below 1", [0.5, 0.5, 0.5, 0.25], "add up to 1 within .*, got a sum of 0.75 in lane 1"],
        ["a sum above 1", [1, 0.5, 0.5, 0.5], "add up to 1 within .*, got a sum of 1.5 in lane 0"],
        ["zeros", [0.5, 0.5, 0, 0], "add up to 1 within .*, got a sum of 0 in lane 1"],
        ["infinity", [0.5, 0.5, Number.POSITIVE_INFINITY, 0], ".*got a sum of Infinity in lane 1"],
      ])("no probability vector: %s", (_, p, pattern) => {
        const options = { shape: [2, 2] };
        expectError([p, options], RangeError, `p must ${pattern}`);
        expectError([Float32Array.from(p), options], RangeError, `p must ${pattern}`);
        expect(compute(p, { ...options, validate: false })).toHaveLength(2 * size(2));
        // The same lanes along the first axis.
        const columns = [p[0], p[2], p[1], p[3]];
        expectError([columns, { ...options, axis: 0 }], RangeError, `p must ${pattern}`);
      });

      test("how near to 1 the sum has to be", () => {
        const off = (by: number) => [0.5, 0.5 + by];
        expectError([off(2e-8)], RangeError, "p must add up to 1");
        expect(compute(off(1e-8))).toHaveLength(size(2));
        expectError([Float32Array.from(off(5e-4))], RangeError, "p must add up to 1");
        expect(compute(Float32Array.from(off(-3e-4)))).toHaveLength(size(2));
        expect(compute(off(0.1), { tolerance: 0.11 })).toHaveLength(size(2));
        expectError([off(0.1), { tolerance: 0.09 }], RangeError, "p must add up to 1 within 0.09");
        expectError([off(2 ** -52), { tolerance: 0 }], RangeError, "p must add up to 1 within 0");
        expect(compute(off(0), { tolerance: 0 })).toHaveLength(size(2));
        expect(compute([3, 4], { tolerance: Number.POSITIVE_INFINITY })).toHaveLength(size(2));
      });

      test.each([
        ["validate: a number", { validate: 0 }, TypeError, "validate must be a boolean, got 0"],
        ["validate: null", { validate: null }, TypeError, "validate must be a boolean, got null"],
        ["tolerance: a string", { tolerance: "1" }, TypeError, 'tolerance must be a number, got "1"'],
        ["tolerance: negative", { tolerance: -1 }, RangeError, "tolerance must be 0 or more, got -1"],
        ["tolerance: NaN", { tolerance: Number.NaN }, RangeError, "tolerance must be 0 or more, got NaN"],
      ])("%s", (_, options, type, pattern) => expectError([P, { ...SHAPE, ...options }], type, pattern));

      test("an invalid argument leaves out as it was", () => {
        const out = new Float32Array(2 * size(3)).fill(7);
        const half = P.map((value) => value / 2);
        expectError([half, { ...SHAPE, out }], RangeError, "p must add up to 1");
        expectSame(out, new Float32Array(out.length).fill(7));
      });
    }

    test("an option whose getter takes the memory away", () => {
      const values = P.slice();
      const options = {
        ...SHAPE,
        get out() {
          if (values.length > 0) structuredClone(values.buffer, { transfer: [values.buffer] });
          return undefined;
        },
      };
      expectError([values, options], TypeError, `${argument} is detached`);
    });
  });
});
