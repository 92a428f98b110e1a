import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { compute, describeBackends, ELEMENTWISE, type Library, OPERATIONS } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { expectError } from "./support/errors.js";
import { HOSTILE, maskOf, poisoned } from "./support/masks.js";
import { fill, floatArray, normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { lanesOf, pick, SHAPES, type Shape, sizeOf } from "./support/shapes.js";
import { distance, type ElementType } from "./support/ulp.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
/** Each lane has the results of the elements that are kept, alone, within the bounds of both. */
function expectKept(
  library: Library,
  type: ElementType,
  x: FloatArray,
  mask: Uint8Array,
  shape: Shape,
  temperature?: number,
): void {
  const lanes = lanesOf(shape);
  for (const operation of OPERATIONS) {
    const result = compute(library, operation, x, { ...shape, mask, temperature });
    const nothing = operation === "softmax" ? 0 : -INF;
    let apart = 0;
    for (const [number, lane] of lanes.entries()) {
      const kept = lane.filter((index) => mask[index] !== 0);
      const expected = compute(library, operation, pick(x, kept), { temperature });
      const actual = operation === "logSumExp" ? [result[number]] : pick(result, kept);
      apart = Math.max(apart, distance(actual, expected, type));
    }
    expect(apart).toBeLessThanOrEqual(2 * bound(operation, type, library.backend, temperature));
    const isLeftOut = (k: number) => operation !== "logSumExp" && mask[k] === 0;
    expect(result.findIndex((value, k) => isLeftOut(k) && !Object.is(value, nothing))).toBe(-1);
  }
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describeBackends((library) => {
    describe.each(SHAPES)("lanes along $axis of $shape", (shape) => {
      const lanes = lanesOf(shape);
      const size = sizeOf(shape);
      // Well above zero, so that no logSumExp is near zero by cancellation.
      const x = normal(type, size, 3, 1, 30);
      const mask = maskOf(lanes, size, 2);
      const laneMask = maskOf([[...lanes[0].keys()]], lanes[0].length, 3);

      test("as long as x: the results of what is kept, whatever is left out", () => {
        expectKept(library, type, poisoned(x, mask), mask, shape);
        expectKept(library, type, poisoned(x, mask), mask, shape, 0.7);
      });

      test("as one lane: the bits of the same mask for every lane", () => {
        const full = new Uint8Array(size);
        for (const lane of lanes) for (const [k, index] of lane.entries()) full[index] = laneMask[k];
        const logits = poisoned(x, full);
        for (const operation of OPERATIONS) {
          const expected = compute(library, operation, logits, { ...shape, mask: full });
          expectSame(compute(library, operation, logits, { ...shape, mask: laneMask }), expected);
        }
      });

      test("what is left out might as well be -Infinity", () => {
        const logits = x.map((value, k) => (mask[k] === 0 ? -INF : value));
        for (const operation of OPERATIONS) {
          const expected = compute(library, operation, logits, shape);
          const actual = compute(library, operation, poisoned(x, mask), { ...shape, mask });
          // Where nothing is left, softmax and logSoftmax of -Infinity are NaN.
          const apart = distance(
            actual.map((value, k) => (Number.isNaN(expected[k]) ? 0 : value)),
            expected.map((value) => (Number.isNaN(value) ? 0 : value)),
            type,
          );
          expect(apart).toBeLessThanOrEqual(2 * bound(operation, type, library.backend));
        }
      });

      test("nothing but out is written, and out may be x or in shared memory", () => {
        for (const operation of OPERATIONS) {
          const logits = poisoned(x, mask);
          const inputs = [logits.slice(), mask.slice()] as const;
          const expected = compute(library, operation, logits, { ...shape, mask });
          expectSame(logits, inputs[0]);
          expect(mask.findIndex((kept, k) => kept !== inputs[1][k])).toBe(-1);
          const memory = new SharedArrayBuffer(expected.byteLength);
          const out = type === "f32" ? new Float32Array(memory) : new Float64Array(memory);
          const shared = new Uint8Array(new SharedArrayBuffer(size));
          shared.set(mask);
          expect(compute(library, operation, logits, { ...shape, mask: shared, out })).toBe(out);
          expectSame(out, expected);
          if (operation === "logSumExp" && lanes[0].length > 1) continue;
          expect(compute(library, operation, logits, { ...shape, mask, out: logits })).toBe(logits);
          expectSame(logits, expected);
        }
      });
    });

    test.each([
      ["NaN", NAN, NAN],
      ["Infinity", INF, INF],
    ])("%s that is kept makes its lane NaN but for what is left out", (_, bad, sum) => {
      for (const length of [2, 10, 1000]) {
        for (const at of [0, length >> 1, length - 1]) {
          const mask = Uint8Array.from({ length }, (_, k) => (k === at || k % 3 === 0 ? 1 : 0));
          const lane = fill(type, length, (k) => (k === at ? bad : k));
          const x = floatArray(type, 3 * length).fill(1);
          x.set(lane, length);
          const shape = [3, length];
          for (const operation of ELEMENTWISE) {
            const all = library[operation](x, { shape, mask });
            const nothing = operation === "softmax" ? 0 : -INF;
            expectSame(
              all.subarray(length, 2 * length),
              fill(type, length, (k) => (mask[k] === 0 ? nothing : NAN)),
            );
            expect(all.filter(Number.isNaN).length).toBe(mask.filter((kept) => kept !== 0).length);
          }
          const sums = library.logSumExp(x, { shape, mask });
          expect(sums[1]).toBe(sum);
          expect(Number.isFinite(sums[0]) && Number.isFinite(sums[2])).toBe(true);
        }
      }
    });

    test("nothing left but -Infinity: NaN, and -Infinity of logSumExp", () => {
      const x = fill(type, 6, (k) => (k < 2 ? k : -INF));
      const mask = Uint8Array.of(0, 0, 1, 0, 1, 0);
      expectSame(
        library.softmax(x, { mask }),
        fill(type, 6, (k) => (mask[k] === 0 ? 0 : NAN)),
      );
      expectSame(
        library.logSoftmax(x, { mask }),
        fill(type, 6, (k) => (mask[k] === 0 ? -INF : NAN)),
      );
      expect(library.logSumExp(x, { mask })).toBe(-INF);
    });

    test("nothing left: 0, and -Infinity of the logarithms", () => {
      for (const length of [1, 2, 5, 64, 1000, 70001]) {
        const x = fill(type, length, (k) => [1, ...HOSTILE][k % 6]);
        const mask = new Uint8Array(length);
        expectSame(library.softmax(x, { mask }), floatArray(type, length));
        expectSame(library.logSoftmax(x, { mask }), floatArray(type, length).fill(-INF));
        expect(library.logSumExp(x, { mask })).toBe(-INF);
      }
    });

    test("one element left: exactly 1, 0 and itself", () => {
      for (const length of [1, 2, 5, 64, 1000, 70001]) {
        const at = ((length * 2) / 3) | 0;
        const x = fill(type, length, (k) => (k === at ? -12345.678 : HOSTILE[k % 5]));
        const mask = new Uint8Array(length);
        mask[at] = 1;
        expectSame(
          library.softmax(x, { mask }),
          fill(type, length, (k) => (k === at ? 1 : 0)),
        );
        expectSame(
          library.logSoftmax(x, { mask }),
          fill(type, length, (k) => (k === at ? 0 : -INF)),
        );
        expect(library.logSumExp(x, { mask })).toBe(x[at]);
      }
    });

    test("no elements: nothing, and -Infinity per lane", () => {
      const empty = floatArray(type, 0);
      for (const [shape, axis, length, lanes] of [
        [[0], 0, 0, 1],
        [[3, 0], 1, 0, 3],
        [[0, 3], 1, 3, 0],
        [[2, 0, 3], [0, 2], 6, 0],
        [[2, 0, 3], null, 0, 1],
        [[2 ** 40, 0], 0, 0, 0],
      ] as const) {
        for (const mask of [new Uint8Array(0), new Uint8Array(length)]) {
          expectSame(library.softmax(empty, { shape, axis, mask }), empty);
          expectSame(library.logSumExp(empty, { shape, axis, mask }), floatArray(type, lanes).fill(-INF));
        }
      }
    });

    test("resident arrays", () => {
      const x = normal(type, 4000, 3, 5);
      const mask = Uint8Array.from({ length: 400 }, (_, k) => k % 3);
      const shape = [10, 400];
      const resident = library.allocate(type, 4000);
      for (const operation of ELEMENTWISE) {
        resident.view.set(x);
        const expected = library[operation](x, { shape, mask });
        library[operation](resident.view, { shape, mask, out: resident.view });
        expect(distance(resident.view, expected, type)).toBeLessThanOrEqual(
          2 * bound(operation, type, library.backend),
        );
      }
      resident.free();
    });
  });
});

describeBackends((library) => {
  const { softmax, logSumExp } = library;
  const X = [1, 2, 3, 4, 5, 6];

  test("a message tells both lengths", () => {
    const shape = [2, 3];
    expect(() => softmax(X, { shape, mask: new Uint8Array(4) })).toThrow(/\b6\b.*\b3\b.*\b4\b/);
    expect(() => softmax(X, { mask: [true] })).toThrow(/Uint8Array.*\b6\b.*an array of length 1/);
  });

  test("a list, of booleans or of 0 and 1", () => {
    const mask = Uint8Array.of(1, 0, 1, 0, 1, 1);
    const lists = [Array.from(mask), Array.from(mask, Boolean), [1, 0, 1, -0, true as unknown as number, 1]];
    for (const list of lists) {
      for (const operation of ELEMENTWISE) {
        expectSame(library[operation](X, { mask: list }), library[operation](X, { mask }));
      }
      expect(logSumExp(X, { mask: list })).toBe(logSumExp(X, { mask }));
      expect(library.entropy(X, { mask: list })).toBe(library.entropy(X, { mask }));
    }
    expect(softmax(X, { shape: [2, 3], mask: [true, false, true] })[1]).toBe(0);
  });

  test("a list of something else: an error that names the element", () => {
    for (const element of ["1", null, undefined, 1n, {}, 0.5, 2, NAN, INF]) {
      const mask = [1, 1, 1, 1, element, 0] as number[];
      expect(() => softmax(X, { mask })).toThrow(TypeError);
      expect(() => softmax(X, { mask })).toThrow(/^softmax: mask\[4\] must be true or false, 1 or 0, got /);
    }
    expect(() => softmax(X, { mask: [0, -INF, 0, 0, 0, 0] })).toThrow(
      "softmax: mask[1] must be true or false, 1 or 0, got -Infinity: a mask says which elements count; for one that is added to logits pass mask.map((value) => value === 0)",
    );
    expect(() => softmax(X, { mask: [[1, 0, 0]] as never, shape: [6, 1] })).toThrow(/: flatten mask$/);
  });

  test("something else: an error that says what a mask is, and how to make one", () => {
    const from = "pass Uint8Array.from(mask, Number)";
    const added =
      "for one that is added to logits pass Uint8Array.from(mask, (value) => (value === 0 ? 1 : 0))";
    for (const [mask, advice] of [
      [new Int32Array(6), from],
      [new BigInt64Array(6), from],
      [new Int8Array(6), from],
      [new Uint8ClampedArray(6), from],
      [new Float32Array(6), from],
      [Float32Array.of(0, -INF), added],
      [Float64Array.of(-1e9, 0), added],
      [new Set([true]), from],
      [{ data: [], dims: [] }, "pass mask.data"],
      [new ArrayBuffer(6), "pass new Uint8Array(mask)"],
    ] as const) {
      const call = () => logSumExp(X, { mask: mask as never, shape: [2, 3] });
      expect(call).toThrow(TypeError);
      expect(call).toThrow(
        "logSumExp: mask must be a Uint8Array, or a list of booleans or of 0 and 1, of length 6 (as x is) or 3 (as one lane is), got ",
      );
      expect(call).toThrow(`: ${advice}`);
    }
    expect(() => softmax(X, { mask: [] })).toThrow(", of length 6 (as x is), got an array of length 0");
  });

  test("a mask without memory", () => {
    const mask = new Uint8Array(6);
    structuredClone(mask, { transfer: [mask.buffer] });
    expectError(() => softmax(X, { mask }), TypeError, "mask");
    expectError(() => softmax([], { mask }), TypeError, "mask");
    expectError(() => logSumExp([], { mask }), TypeError, "mask");
  });

  test("out that overlaps the mask", () => {
    const memory = new ArrayBuffer(256);
    const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    for (const at of [0, 4, 31]) {
      const mask = new Uint8Array(memory, at, 8);
      expectError(() => softmax(x, { mask, out: new Float32Array(memory, 0, 8) }), RangeError, "mask");
    }
    const out = new Float32Array(memory, 0, 2);
    const mask = new Uint8Array(memory, 0, 8);
    expectError(() => logSumExp(x, { shape: [2, 4], mask, out }), RangeError, "mask");
    expect(softmax(x, { mask, out: new Float32Array(memory, 8, 8) })).toEqual(new Float32Array(8));
  });

  test("each option is read once, before any length", () => {
    const reads: string[] = [];
    const x = Float32Array.of(1, 2, 3);
    const options = {
      get mask() {
        reads.push("mask");
        structuredClone(x, { transfer: [x.buffer] });
        return Uint8Array.of(1, 1, 1);
      },
    };
    expectError(() => softmax(x, options), TypeError, "x");
    expect(reads).toEqual(["mask"]);
  });

  test("plain arrays", () => {
    const mask = Uint8Array.of(1, 0, 1, 0, 1, 1);
    const kept = [1, 3, 5, 6];
    expectSame(
      softmax(X, { mask }).filter((_, k) => mask[k] !== 0),
      softmax(kept),
    );
    expect(logSumExp(X, { mask })).toBe(logSumExp(kept));
  });
});
