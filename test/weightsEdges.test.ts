import { describe, expect, test } from "vitest";
import type { LogSumExpOptions } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { type ErrorType, expectError } from "./support/errors.js";
import { fill, floatArray } from "./support/random.js";
import { expectSame } from "./support/same.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describeBackends((library) => {
    const { logSumExp, logSumExpSigned } = library;
    const of = (...values: number[]) => fill(type, values.length, (k) => values[k]);

    test.each<[string, number[], number[], number, number]>([
      ["a weight of 0 drops NaN", [1, NAN], [1, 0], 1, 1],
      ["a weight of 0 drops Infinity", [1, INF], [1, 0], 1, 1],
      ["a weight of -0 drops them too", [NAN, 1, INF, -INF], [-0, 1, -0, -0], 1, 1],
      ["a weight of 0 drops a larger logit", [1000, 1], [0, 1], 1, 1],
      ["all weights 0", [1, NAN, INF, -INF], [0, 0, -0, 0], -INF, 0],
      ["all weights 0, finite", [1, 2], [0, 0], -INF, 0],
      ["a sum of exactly 0", [3, 3], [2, -2], -INF, 0],
      ["a sum of exactly 0, by parts", [3, -5, 3, -5], [2, 1, -2, -1], -INF, 0],
      ["a sum of exactly 0, beside -Infinity", [3, 3, -INF], [1, -1, 5], -INF, 0],
      ["a negative sum", [3, 3], [1, -2], 3, -1],
      ["-Infinity counts as nothing", [-INF, 1, -INF], [3, 1, -5], 1, 1],
      ["nothing but -Infinity", [-INF, -INF], [1, 2], -INF, 0],
      ["nothing but -Infinity, of both signs", [-INF, -INF], [1, -2], -INF, 0],
      ["+Infinity", [INF, 1], [2, -3], INF, 1],
      ["+Infinity of negative weight", [1, INF], [2, -3], INF, -1],
      ["+Infinity twice", [INF, 1, INF], [2, 1, 0.5], INF, 1],
      ["+Infinity of both signs", [INF, 1, INF], [2, 1, -1], NAN, NAN],
      ["+Infinity of both signs, that add up to 0", [INF, INF], [1, -1], NAN, NAN],
      ["+Infinity beside -Infinity", [INF, -INF], [1, -1], INF, 1],
      ["NaN", [1, NAN, 2], [1, 1, 1], NAN, NAN],
      ["NaN beside +Infinity", [INF, NAN], [1, 1], NAN, NAN],
      ["NaN beside -Infinity", [-INF, NAN], [1, 1], NAN, NAN],
      ["a weight of NaN", [1, 2], [NAN, 1], NAN, NAN],
      ["a weight of NaN at -Infinity", [1, -INF], [1, NAN], NAN, NAN],
      ["an infinite weight", [1, 2], [INF, 1], INF, 1],
      ["an infinite weight, negative", [1, 2], [1, -INF], INF, -1],
      ["infinite weights of both signs", [1, 2], [INF, -INF], NAN, NAN],
      ["an infinite weight of what is nearly nothing", [1, -5000], [1, INF], INF, 1],
      ["an infinite weight of nothing", [1, -INF], [1, INF], NAN, NAN],
      ["an infinite weight of nothing, alone", [-INF], [INF], NAN, NAN],
      ["an infinite weight of +Infinity", [INF, 1], [INF, 1], INF, 1],
    ])("%s", (_, logits, weights, value, sign) => {
      const expected = sign < 0 ? NAN : value;
      // At either end of lanes of every length, beside what is dropped; and among ordinary lanes.
      for (const length of [logits.length, 16, 100, 1001]) {
        for (const at of new Set([0, length - logits.length])) {
          const x = floatArray(type, length).fill(NAN);
          const w = floatArray(type, length);
          x.set(logits, at);
          w.set(weights, at);
          expect(logSumExpSigned(x, { weights: w })).toEqual({ value, sign });
          expect(logSumExp(x, { weights: w })).toBe(expected);
        }
      }
      const { length } = logits;
      for (const inner of [1, 5]) {
        const x = floatArray(type, 3 * length * inner).fill(1);
        const w = floatArray(type, 3 * length * inner).fill(1);
        for (let k = 0; k < length; k++) {
          x[(length + k) * inner] = logits[k];
          w[(length + k) * inner] = weights[k];
        }
        const options = { shape: [3, length, inner], axis: 1, weights: w };
        const signed = logSumExpSigned(x, options);
        expect([signed.value[inner], signed.sign[inner]]).toEqual([value, sign]);
        expect(signed.sign.filter((other) => other === 1).length).toBeGreaterThanOrEqual(3 * inner - 1);
        expect(logSumExp(x, options)[inner]).toBe(expected);
      }
    });

    test.each<[string, number[], number, number]>([
      ["ordinary", [1, 1], 1 + Math.LN2, 1],
      ["-Infinity", [-INF, -INF], -INF, 0],
      ["+Infinity", [INF, 2], INF, 1],
      ["NaN", [NAN, INF], NAN, NAN],
      ["empty", [], -INF, 0],
    ])("logSumExpSigned without weights: %s", (_, logits, value, sign) => {
      const x = fill(type, logits.length, (k) => logits[k]);
      const expected = of(value)[0];
      expect(logSumExpSigned(x)).toEqual({ value: expected, sign });
      const arrays = logSumExpSigned(x, { shape: [x.length] });
      expectSame(arrays.value, of(expected));
      expectSame(arrays.sign, of(sign));
      expect(logSumExpSigned(x, { mask: new Uint8Array(x.length) })).toEqual({ value: -INF, sign: 0 });
    });

    test("no elements: -Infinity and 0 per lane", () => {
      const empty = floatArray(type, 0);
      for (const [shape, axis, length, lanes] of [
        [[0], 0, 0, 1],
        [[3, 0], 1, 0, 3],
        [[0, 3], 1, 3, 0],
        [[2, 0, 3], [0, 2], 6, 0],
      ] as const) {
        for (const weights of [floatArray(type, 0), floatArray(type, length)]) {
          const { value, sign } = logSumExpSigned(empty, { shape, axis, weights });
          expectSame(value, floatArray(type, lanes).fill(-INF));
          expectSame(sign, floatArray(type, lanes));
        }
      }
    });

    test("out may be x or the weights where a lane is one element", () => {
      const shape = [5];
      const axis: number[] = [];
      const x = of(1, NAN, 3, 4, INF);
      const weights = of(1, 0, -2, 0.5, 1);
      const expected = logSumExpSigned(x, { shape, axis, weights });
      expectSame(expected.sign, of(1, 0, -1, 1, 1));
      const out = { value: weights, sign: x };
      expect(logSumExpSigned(x, { shape, axis, weights, out })).toBe(out);
      expectSame(out.value, expected.value);
      expectSame(out.sign, expected.sign);
    });
  });
});

describeBackends((library) => {
  const { logSumExp, logSumExpSigned } = library;
  const X = Float32Array.of(1, 2, 3, 4, 5, 6);
  const hostile = (options: object) => options as LogSumExpOptions & { out: undefined };

  test.each<[string, unknown, ErrorType, string]>([
    ["null", null, TypeError, "weights"],
    ["a number", 2, TypeError, "weights"],
    ["a string", "1,2,3", TypeError, "weights"],
    ["of the other type", new Float64Array(6), TypeError, "weights"],
    ["bytes", new Uint8Array(6), TypeError, "weights"],
    ["an object", { length: 6 }, TypeError, "weights"],
    ["a list with a string", [1, 2, 3, 4, "5", 6], TypeError, "weights\\[4"],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the case
    ["a list with a hole", [1, , 3, 4, 5, 6], TypeError, "weights\\[1"],
    ["too short", new Float32Array(5), RangeError, "weights"],
    ["too long", [1, 2, 3, 4, 5, 6, 7], RangeError, "weights"],
    ["empty", [], RangeError, "weights"],
  ])("weights: %s", (_, weights, type, name) => {
    expectError(() => logSumExp(X, hostile({ weights })), type, name);
    expectError(() => logSumExpSigned(X, hostile({ weights, shape: [6] })), type, name);
  });

  test.each<[string, unknown, ErrorType, string]>([
    ["null", null, TypeError, "out"],
    ["an array", new Float32Array(2), TypeError, "out.value"],
    ["without a sign", { value: new Float32Array(2) }, TypeError, "out.sign"],
    [
      "a value of the other type",
      { value: new Float64Array(2), sign: new Float32Array(2) },
      TypeError,
      "out.value",
    ],
    ["a sign too long", { value: new Float32Array(2), sign: new Float32Array(3) }, RangeError, "out.sign"],
    [
      "a value that overlaps x",
      { value: X.subarray(2, 4), sign: new Float32Array(2) },
      RangeError,
      "out.value",
    ],
    [
      "a sign that overlaps x",
      { value: new Float32Array(2), sign: X.subarray(2, 4) },
      RangeError,
      "out.sign",
    ],
  ])("logSumExpSigned: out: %s", (_, out, type, name) => {
    expectError(() => logSumExpSigned(X, hostile({ shape: [2, 3], out })), type, name);
  });

  test("a message tells both lengths", () => {
    const options = { shape: [2, 3], weights: [1, 2, 3, 4] };
    expect(() => logSumExp(X, options)).toThrow(/^logSumExp: .*\b6\b.*\b3\b.*\b4\b/);
    expect(() => logSumExpSigned(X, options)).toThrow(/^logSumExpSigned: .*\b6\b.*\b3\b.*\b4\b/);
  });

  test("out that overlaps the weights, the mask, or the other out", () => {
    const memory = new ArrayBuffer(256);
    const shape = [2, 3];
    const out = new Float32Array(memory, 8, 2);
    const sign = new Float32Array(2);
    const weights = new Float32Array(memory, 0, 3);
    const mask = new Uint8Array(memory, 13, 6);
    expectError(() => logSumExp(X, { shape, weights, out }), RangeError, "weights");
    expectError(() => logSumExp(X, { shape, mask, out }), RangeError, "mask");
    for (const value of [out, new Float32Array(memory, 8, 2), new Float32Array(memory, 12, 2)]) {
      expectError(() => logSumExpSigned(X, { shape, out: { value, sign: out } }), RangeError, "out.sign");
    }
    expectError(
      () => logSumExpSigned(X, { shape, weights, out: { value: sign, sign: out } }),
      RangeError,
      "weights",
    );
  });

  test("axis [] without a shape", () => {
    expect(() => logSumExpSigned(X, { axis: [] })).toThrow(/^logSumExpSigned: axis \[\]/);
  });

  test("weights without memory", () => {
    const weights = new Float32Array(6);
    structuredClone(weights, { transfer: [weights.buffer] });
    expectError(() => logSumExp(X, { weights }), TypeError, "weights");
    expectError(() => logSumExp(new Float32Array(0), { weights }), TypeError, "weights");
  });

  test("the elements of a list are read before any length", () => {
    const x = Float32Array.of(1, 2, 3);
    const weights = [1, 1, 1];
    Object.defineProperty(weights, 1, {
      get() {
        structuredClone(x, { transfer: [x.buffer] });
        return 1;
      },
    });
    expectError(() => logSumExp(x, { weights }), TypeError, "x");
  });

  test("plain arrays are doubles, and weights may be one for arrays of either type", () => {
    const { value, sign } = logSumExpSigned([1, 2, 3], { weights: [1, -1, -1], shape: [3] });
    expect([value, sign].every((array) => array instanceof Float64Array)).toBe(true);
    expect(logSumExpSigned([1, 2, 3], { weights: Float64Array.of(1, -1, -1) })).toEqual({
      value: value[0],
      sign: -1,
    });
    const single = logSumExp(Float32Array.of(1, 2, 3), { weights: [0.1, 0.2, 0.3] });
    expect(single).toBe(logSumExp(Float32Array.of(1, 2, 3), { weights: Float32Array.of(0.1, 0.2, 0.3) }));
    expect(Math.fround(single)).toBe(single);
  });
});
