import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSoftmax, type HalfArray, logSumExp, softmax, softmaxStream } from "../src/index.js";
import type { Pool } from "../src/threads/index.js";
import { describeBackends } from "./support/backends.js";
import { HALF_FORMATS, nearestHalves, numbersOf, roundedTo } from "./support/halfFloats.js";
import { HalfPolyfill } from "./support/halfKinds.js";
import { mayWait, pool, recordJobs, scaled } from "./support/pool.js";
import { normal, uniform } from "./support/random.js";

const DTYPES = { f16: "float16", bf16: "bfloat16" } as const;

/** The untyped functions, to call them with what TypeScript refuses. */
const {
  softmax: any,
  softmaxVjp,
  logSumExpSigned,
  crossEntropy,
  sigmoid,
  LogSumExp,
} = createSoftmax({
  backend: "js",
}) as unknown as Record<string, (...args: unknown[]) => unknown> & {
  LogSumExp: new () => { push: typeof Object };
};

const ones = () => Uint16Array.of(0x3c00, 0x3c00, 0x3c00);
const dtype = "float16";

/** The error is of this type, and says this. */
function expectError(call: () => unknown, type: typeof TypeError | typeof RangeError, text: string): void {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(type);
  expect((thrown as Error).message).toContain(text);
}

/** Element by element: `toEqual` takes a microsecond for each. */
function expectBits(actual: unknown, wanted: Uint16Array | Float32Array): void {
  expect(actual).toBeInstanceOf(wanted.constructor);
  const array = actual as Uint16Array;
  expect(array.length).toBe(wanted.length);
  expect(array.findIndex((value, k) => !Object.is(value, wanted[k]))).toBe(-1);
}

describe("errors", () => {
  test.each([
    [
      () => any(ones()),
      TypeError,
      'x must be a Float32Array, a Float64Array or a list of numbers, got a Uint16Array of length 3: give { dtype: "float16" } or { dtype: "bfloat16" } for the bits of half floats',
    ],
    [() => any(ones(), { dtype: undefined }), TypeError, "give { dtype"],
    [() => any(ones(), { dtype: "f16" }), RangeError, 'dtype must be "float16" or "bfloat16", got "f16"'],
    [() => any(ones(), { dtype: 16 }), TypeError, 'dtype must be "float16" or "bfloat16", got 16'],
    [
      () => any(new HalfPolyfill(3), { dtype: "bfloat16" }),
      RangeError,
      'dtype must be "float16" of a Float16Array, got "bfloat16"',
    ],
    [
      () => any(new Float32Array(3), { dtype }),
      TypeError,
      "there is no option dtype (it is for a Uint16Array of half floats)",
    ],
    [() => any([1, 2], { dtype }), TypeError, "there is no option dtype"],
    [() => any(ones(), { dtype, temp: 1 }), TypeError, "there is no option temp (did you mean temperature?)"],
    [() => any(ones(), { dtype, scale: 1 }), TypeError, "there is no option scale"],
    [() => sigmoid(ones(), { dtype, shape: [3] }), TypeError, "there is no option shape"],
    [() => any(ones(), { dtype, shape: [2] }), RangeError, "shape [2] has 2 elements, but x has 3"],
    [() => any(ones(), { dtype, temperature: 0 }), RangeError, "temperature must be between"],
    [() => any(ones(), { dtype, mask: [1] }), RangeError, "mask must be"],
    [
      () => any(ones(), { dtype, out: new Float64Array(3) }),
      TypeError,
      "out must be a Uint16Array or Float32Array of length 3 (as x is), got a Float64Array of length 3",
    ],
    [
      () => any(ones(), { dtype, out: new Uint16Array(2) }),
      RangeError,
      "out must be a Uint16Array or Float32Array of length 3 (as x is), got a Uint16Array of length 2",
    ],
    [
      () => any(ones(), { dtype, out: new Float32Array(2) }),
      RangeError,
      "out must be a Float32Array of length 3",
    ],
    [() => any(ones(), { dtype, out: new HalfPolyfill(3) }), TypeError, "out must be a Uint16Array or"],
    [
      () => any(new HalfPolyfill(3), { out: ones() }),
      TypeError,
      "out must be a Float16Array or Float32Array",
    ],
    [
      () => crossEntropy(ones(), [1], { dtype, out: ones() }),
      TypeError,
      'out is not allowed unless reduction is "none", got a Uint16Array',
    ],
    [() => crossEntropy(ones(), ones(), { dtype }), RangeError, "integers are labels"],
    [
      () => softmaxVjp(new Float32Array(3), ones()),
      TypeError,
      "dy must be a Float32Array or a list of numbers",
    ],
    [
      () => softmaxVjp(ones(), new Float64Array(3), { dtype }),
      TypeError,
      "dy must be a Float32Array or a list of numbers",
    ],
    [() => new LogSumExp().push(ones()), TypeError, "chunk must be"],
  ] as [() => unknown, typeof TypeError, string][])("%#: %s", (call, type, message) => {
    expectError(call, type, message);
  });

  test("out that overlaps x in part, or the other out, on every backend", () => {
    const { buffer } = new Uint16Array(8);
    const x = new Uint16Array(buffer, 0, 4);
    for (const backend of ["simd", "js"] as const) {
      const { softmax } = createSoftmax({ backend });
      for (const out of [new Uint16Array(buffer, 2, 4), new Float32Array(buffer, 0, 4)]) {
        expectError(() => softmax(x, { dtype, out }), RangeError, "out must");
        expectError(() => softmax(x, { dtype, out, mask: [1, 1, 1, 0] }), RangeError, "overlap x");
      }
    }
    const out = { value: x.subarray(0, 1), sign: x.subarray(0, 1) };
    expectError(
      () => logSumExpSigned(ones(), { dtype, out }),
      RangeError,
      "out.sign must not overlap out.value",
    );
  });

  test("detached arrays", () => {
    const x = ones();
    structuredClone(x.buffer, { transfer: [x.buffer] });
    expectError(() => any(x, { dtype }), TypeError, "x is detached");
    expectError(() => any(ones(), { dtype, out: x }), TypeError, "out is detached");
  });
});

test("types: the result has the class of x", () => {
  const bits: Uint16Array = softmax(ones(), { dtype });
  const singles: Float32Array = softmax(ones(), { dtype, out: new Float32Array(3) });
  const number: number = logSumExp(ones(), { dtype });
  const halves: HalfArray = softmax(new HalfPolyfill(3) as HalfArray);
  const quantized: Float32Array = softmax(Int8Array.of(1, 2), { scale: 0.5 });
  const integers: Float64Array = softmax(Int8Array.of(1, 2));
  const lanes: Float32Array = logSumExp(Uint8Array.of(1, 2), { shape: [1, 2], scale: 0.5 });
  expect([bits, singles, halves, quantized, integers, lanes].map((array) => array.length)).toEqual([
    3, 3, 3, 2, 2, 1,
  ]);
  expect(typeof number).toBe("number");
});

describeBackends((library) => {
  describe.each(HALF_FORMATS)("%s", (format) => {
    const dtype = DTYPES[format];
    const bitsOf = (length: number, seed: number) => nearestHalves(format, normal("f32", length, 3, seed));
    const untyped = library as unknown as Record<string, (x: unknown, options: object) => unknown>;

    test.each([
      [1, 1],
      [1, 7],
      [3, 1000],
      [90, 801],
      [1, 40_003],
      [2, 66_001],
    ])("rows of any length, private and resident, in place and not: %d × %d", (rows, length) => {
      const bits = bitsOf(rows * length, length);
      const numbers = numbersOf(format, bits);
      const shape = [rows, length];
      const { allocate } = library;
      const resident = allocate(format === "f16" ? "f16" : "bf16", bits.length);
      const target = allocate(format === "f16" ? "f16" : "bf16", bits.length);
      expect(resident.view.every((value) => value === 0)).toBe(true);
      resident.view.set(bits);
      for (const name of ["softmax", "logSoftmax", "logSumExp", "entropy"]) {
        const exact = untyped[name](numbers, { shape }) as Float32Array;
        const wanted = nearestHalves(format, exact);
        const count = exact.length;
        expectBits(untyped[name](bits, { shape, dtype }), wanted);
        expectBits(untyped[name](bits, { shape, dtype, out: new Float32Array(count) }), exact);
        expectBits(untyped[name](resident.view, { shape, dtype }), wanted);
        const out = target.view.subarray(0, count);
        expect(untyped[name](resident.view, { shape, dtype, out })).toBe(out);
        expectBits(out, wanted);
        expectBits(untyped[name](bits, { shape, dtype, out }), wanted);
        if (count === bits.length) {
          const copy = bits.slice();
          expect(untyped[name](copy, { shape, dtype, out: copy })).toBe(copy);
          expectBits(copy, wanted);
          target.view.set(bits);
          untyped[name](target.view, { shape, dtype, out: target.view });
          expectBits(target.view, wanted);
        }
      }
      resident.free();
      target.free();
      expectError(() => untyped.softmax(resident, { dtype }), TypeError, "x must be");
    });

    test("a resident part of another: its neighbours stay", () => {
      const resident = library.allocate(format === "f16" ? "f16" : "bf16", 40);
      resident.view.fill(0x1234);
      const part = resident.view.subarray(3, 16);
      const bits = bitsOf(13, 4);
      expect(library.softmax(bits, { dtype, out: part })).toBe(part);
      expect(part).toEqual(nearestHalves(format, library.softmax(numbersOf(format, bits))));
      expect(resident.view.filter((_, k) => k < 3 || k > 15).every((value) => value === 0x1234)).toBe(true);
      resident.free();
    });

    test("accumulators add the numbers", () => {
      const bits = bitsOf(300, 9);
      const numbers = numbersOf(format, bits);
      const mask = Uint8Array.from(bits, (_, k) => k % 3);
      const { LogSumExp } = library;
      expect(new LogSumExp().push(bits, { dtype }).value).toBe(new LogSumExp().push(numbers).value);
      expect(new LogSumExp().push(bits, { dtype, mask }).value).toBe(
        new LogSumExp().push(numbers, { mask }).value,
      );
      if (format === "f16") {
        const halves = new HalfPolyfill(bits.length) as HalfArray;
        new Uint16Array(halves.buffer).set(bits);
        expect(new LogSumExp().push(halves).value).toBe(new LogSumExp().push(numbers).value);
        expect(library.softmax(halves, { normalizer: halves, shape: [300, 1] })).toBeDefined();
      }
    });

    test("streams of bits give bits", async () => {
      const bits = bitsOf(50 * 20, 5);
      const bytes = new Uint8Array(bits.buffer as ArrayBuffer);
      for (const op of ["softmax", "entropy"] as const) {
        const options = { length: 20, type: format, op, rows: 7, pool: library } as const;
        const stream = new Blob([bytes.subarray(0, 333), bytes.subarray(333)]).stream();
        const chunks: number[] = [];
        for await (const chunk of stream.pipeThrough(
          softmaxStream(options) as never,
        ) as unknown as AsyncIterable<Uint16Array>) {
          expect(chunk).toBeInstanceOf(Uint16Array);
          chunks.push(...chunk);
        }
        expect(Uint16Array.from(chunks)).toEqual(untyped[op](bits, { shape: [50, 20], dtype }));
      }
    });

    test("a number is rounded as the others are", () => {
      const bits = bitsOf(77, 6);
      const numbers = numbersOf(format, bits);
      expect(library.logSumExp(bits, { dtype })).toBe(roundedTo(format, library.logSumExp(numbers)));
      expect(library.entropy(bits, { dtype, mask: bits.length ? new Uint8Array(77).fill(1) : [] })).toBe(
        roundedTo(format, library.entropy(numbers)),
      );
      expect(library.crossEntropy(bits, [3], { dtype })).toBe(library.crossEntropy(numbers, [3]));
    });
  });

  describe("pools", () => {
    let threads: Pool;
    beforeAll(async () => {
      threads = await pool({ backend: library.backend, threads: 2 });
    });
    afterAll(() => threads.close());

    test("give the same bits", async () => {
      const shape = [Math.ceil(scaled(150_000) / 100), 100];
      const bits = nearestHalves("f16", uniform("f32", shape[0] * shape[1], -9, 9, 3));
      const shared = threads.allocate("f16", bits.length);
      shared.view.set(bits);
      const wanted = library.softmax(bits, { shape, dtype });
      const jobs = recordJobs();
      expectBits(await threads.softmax(bits, { shape, dtype }), wanted);
      expect(jobs.length).toBeGreaterThan(0);
      expect(await threads.softmax(shared.view, { shape, dtype, out: shared.view })).toBe(shared.view);
      expectBits(shared.view, wanted);
      expect(await threads.logSumExp(bits, { shape, axis: 0, dtype })).toEqual(
        library.logSumExp(bits, { shape, axis: 0, dtype }),
      );
      if (mayWait)
        expect(threads.sync.entropy(bits, { shape, dtype })).toEqual(library.entropy(bits, { shape, dtype }));
      const pending = threads.softmax(bits, { shape, dtype });
      structuredClone(bits.buffer, { transfer: [bits.buffer] });
      await expect(pending).rejects.toThrow(/^softmax: x was detached, or changed its length/);
    });
  });
});
