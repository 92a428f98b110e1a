import { describe, expect, test } from "vitest";
import type { Functions } from "../src/functions/instance.js";
import { createSoftmax, LogSumExp } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { INPUTS } from "./support/inputs.js";
import { random } from "./support/random.js";

type Call = (...args: unknown[]) => unknown;

/** In these scale is λ; penalize needs an `out`. */
const OTHERS: readonly string[] = ["penalize", "alr", "alrInverse", "alrJacobian", "alrInverseJacobian"];
const names = (Object.keys(INPUTS) as (keyof Functions)[]).filter((name) => !OTHERS.includes(name));

const CASES = [
  { title: "Int8Array", ArrayType: Int8Array, least: -128, scale: 0.07, zeroPoint: -5 },
  { title: "Uint8Array", ArrayType: Uint8Array, least: 0, scale: 1 / 256, zeroPoint: 0 },
  { title: "Uint8Array about 128", ArrayType: Uint8Array, least: 0, scale: 0.1, zeroPoint: 128 },
];

function integers(ArrayType: typeof Int8Array | typeof Uint8Array, length: number, least: number) {
  const next = random(length);
  return ArrayType.from(Array.from({ length }, () => least + Math.floor(256 * next())));
}

/** By the definition, with one rounding: the product of a float and an integer of nine bits is exact in a double. */
const numbersOf = (q: Int8Array | Uint8Array, scale: number, zeroPoint: number) =>
  Float32Array.from(q, (value) => Math.fround(scale) * (value - zeroPoint));

describeBackends((library) => {
  const functions = library as unknown as Record<string, Call>;

  describe.each(CASES)("$title", ({ ArrayType, least, scale, zeroPoint }) => {
    test.each(names)("%s gives the results of scale (q - zeroPoint) as f32", (name) => {
      let calls = 0;
      for (const args of INPUTS[name]("f32")) {
        const [x, ...rest] = args;
        if (!(x instanceof Float32Array)) continue;
        const q = integers(ArrayType, x.length, least);
        const last = rest.at(-1);
        const hasOptions = typeof last === "object" && !Array.isArray(last) && !ArrayBuffer.isView(last);
        const operands = hasOptions ? rest.slice(0, -1) : rest;
        const { out: _, ...options } = (hasOptions ? last : {}) as { out?: unknown };
        const more = /^clr/.test(name) ? { ...options, validate: false } : options;
        const wanted = functions[name](numbersOf(q, scale, zeroPoint), ...operands, more);
        expect(functions[name](q, ...operands, { ...more, scale, zeroPoint })).toEqual(wanted);
        calls++;
      }
      expect(calls).toBeGreaterThan(0);
    });
  });

  test.each([
    [{ shape: [4, 6] }, 4, (at: number) => Math.floor(at / 6)],
    [{ shape: [4, 6], axis: 0 }, 6, (at: number) => at % 6],
    [{ shape: [2, 4, 3], axis: [0, 2] }, 4, (at: number) => Math.floor(at / 3) % 4],
  ] as const)("a scale and zero point of each lane: %j", (options, lanes, laneOf) => {
    const q = integers(Uint8Array, 24, 0);
    const scales = Float32Array.from({ length: lanes }, (_, lane) => 0.01 * (lane + 1));
    const points = Array.from({ length: lanes }, (_, lane) => 30 * lane);
    const x = Float32Array.from(q, (value, at) => scales[laneOf(at)] * (value - points[laneOf(at)]));
    const wanted = library.softmax(x, options);
    for (const zeroPoint of [
      points,
      Int32Array.from(points),
      Uint8Array.from(points),
      Float64Array.from(points),
    ]) {
      expect(library.softmax(q, { ...options, scale: scales, zeroPoint })).toEqual(wanted);
    }
  });

  test("out is of f32", () => {
    const out = new Float32Array(3);
    expect(library.softmax(Uint8Array.of(1, 2, 3), { scale: 1, out })).toBe(out);
    expect(out).toEqual(library.softmax(Float32Array.of(1, 2, 3)));
  });

  test("without a scale an Int8Array is computed as a list", () => {
    expect(library.softmax(Int8Array.of(1, 2))).toEqual(library.softmax([1, 2]));
  });
});

test("accumulators add the numbers", () => {
  const q = integers(Int8Array, 100, -128);
  const sum = new LogSumExp().push(q, { scale: 0.1, zeroPoint: 3 });
  expect(sum.value).toBe(new LogSumExp().push(numbersOf(q, 0.1, 3)).value);
});

describe("errors", () => {
  const { softmax, alr, sigmoid } = createSoftmax({ backend: "js" }) as unknown as Record<string, Call>;
  const q = Uint8Array.of(1, 2);

  test.each([
    [() => softmax(q), TypeError, "Float64Array.from(x) if not, or give { scale, zeroPoint }"],
    [
      () => softmax(q, { scale: 0 }),
      RangeError,
      "scale must be a positive number of single precision, got 0",
    ],
    [() => softmax(q, { scale: -1 }), RangeError, "got -1"],
    [() => softmax(q, { scale: Number.NaN }), RangeError, "got NaN"],
    [() => softmax(q, { scale: 1e39 }), RangeError, "got 1e+39"],
    [() => softmax(q, { scale: 1e-46 }), RangeError, "got 1e-46"],
    [
      () => softmax(q, { scale: "1" }),
      TypeError,
      'scale must be a number, a Float32Array, a Float64Array or a list of numbers, got "1"',
    ],
    [() => softmax(q, { zeroPoint: 1 }), TypeError, "scale must be"],
    [
      () => softmax(q, { scale: [1, 2] }),
      RangeError,
      "scale must be one number or have length 1 (one number per lane), got a",
    ],
    [
      () => softmax(q, { scale: 1, zeroPoint: [1, 2] }),
      RangeError,
      "zeroPoint must be one number or have length 1",
    ],
    [
      () => softmax(q, { scale: [0] }),
      RangeError,
      "scale[0] must be a positive number of single precision, got 0",
    ],
    [
      () => softmax(q, { scale: 1, zeroPoint: 256 }),
      RangeError,
      "zeroPoint must be an integer from 0 to 255, got 256",
    ],
    [
      () => softmax(Int8Array.of(1), { scale: 1, zeroPoint: 128 }),
      RangeError,
      "zeroPoint must be an integer from -128 to 127, got 128",
    ],
    [() => softmax(q, { scale: 1, zeroPoint: 0.5 }), RangeError, "got 0.5"],
    [() => softmax(q, { scale: 1, dtype: "float16" }), TypeError, "there is no option dtype"],
    [
      () => softmax(q, { scale: 1, out: new Uint8Array(2) }),
      TypeError,
      "out must be a Float32Array of length 2 (as x is), got a Uint8Array of length 2",
    ],
    [
      () => softmax(new Float32Array(2), { scale: 1 }),
      TypeError,
      "there is no option scale (it is for an Int8Array or Uint8Array)",
    ],
    [() => softmax(Int16Array.of(1), { scale: 1 }), TypeError, "there is no option scale"],
    [() => softmax(Uint8ClampedArray.of(1), { scale: 1 }), TypeError, "there is no option scale"],
    [() => alr(Int8Array.of(1, 2), { zeroPoint: 1 }), TypeError, "there is no option zeroPoint"],
    [() => alr(q, { scale: 2 }), TypeError, "p must be"],
    [() => sigmoid(q, { scale: [1, 2] }), RangeError, "scale must be one number"],
  ] as [Call, typeof TypeError, string][])("%#", (call, type, text) => {
    expect(call).toThrow(type);
    expect(call).toThrow(text);
  });
});
