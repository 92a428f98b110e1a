import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSoftmax, type FloatArray, logSoftmax, logSumExp, softmax } from "../src/index.js";
import { type SoftmaxStreamOptions, type StreamOperation, softmaxStream } from "../src/stream/stream.js";
import {
  type CoreOperation,
  compute,
  describeBackends,
  type Library,
  OPERATIONS,
} from "./support/backends.js";
import { expectError } from "./support/errors.js";
import { FULL } from "./support/extent.js";
import { floatArray, normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { collect, streamOf } from "./support/streams.js";
import type { ElementType } from "./support/ulp.js";

fc.configureGlobal({ seed: 20261122, numRuns: FULL ? 100 : 40 });

const bytesOf = ({ buffer, byteOffset, byteLength }: FloatArray) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The ways in which bytes may come; where they may not, as a Uint8Array. */
const KINDS: readonly ((bytes: Uint8Array, type: ElementType) => unknown)[] = [
  (bytes) => bytes.slice(),
  (bytes) => {
    const unaligned = new Uint8Array(bytes.length + 3).subarray(1, 1 + bytes.length);
    unaligned.set(bytes);
    return unaligned;
  },
  (bytes) => bytes.slice().buffer,
  (bytes) => new DataView(bytes.slice().buffer),
  (bytes) => {
    // A page has it only if it is isolated.
    if (typeof SharedArrayBuffer === "undefined") return bytes.slice();
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    return shared;
  },
  (bytes, type) => {
    const { buffer } = bytes.slice();
    return type === "f32" ? new Float32Array(buffer) : new Float64Array(buffer);
  },
];
const NUMBERS = KINDS.length - 1;

/** Cuts the bytes of x into chunks of these sizes and kinds, again and again. Numbers come only between numbers. */
function* cut(x: FloatArray, type: ElementType, cuts: readonly { size: number; kind: number }[]) {
  const bytes = bytesOf(x);
  const width = x.BYTES_PER_ELEMENT;
  for (let at = 0, k = 0; at < bytes.length; k++) {
    const { size, kind } = cuts[k % cuts.length];
    const isBetween = at % width === 0 && size % width === 0;
    const end = Math.min(bytes.length, at + size);
    yield KINDS[kind === NUMBERS && !isBetween ? 0 : kind](bytes.subarray(at, end), type);
    at = end;
  }
}

/** What the function gives for this number of rows at a time. */
function inBatches(
  library: Library,
  op: CoreOperation,
  x: FloatArray,
  length: number,
  rows: number,
): FloatArray[] {
  const results: FloatArray[] = [];
  for (let at = 0; at < x.length; at += rows * length) {
    const batch = x.slice(at, at + rows * length);
    results.push(compute(library, op, batch, { shape: [batch.length / length, length] }));
  }
  return results;
}

function expectSameChunks(actual: readonly FloatArray[], expected: readonly FloatArray[]): void {
  expect(actual.map((chunk) => chunk.length)).toEqual(expected.map((chunk) => chunk.length));
  for (const [k, chunk] of actual.entries()) {
    expectSame(chunk, expected[k]);
    expect(chunk.buffer.byteLength).toBe(chunk.byteLength);
  }
  expect(new Set(actual.map((chunk) => chunk.buffer)).size).toBe(actual.length);
}

const cuts = fc
  .array(fc.record({ size: fc.integer({ min: 0, max: 3000 }), kind: fc.integer({ min: 0, max: NUMBERS }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((list) => list.some(({ size }) => size > 0));

describeBackends((library) => {
  describe.each(["f32", "f64"] as const)("%s", (type) => {
    describe.each(OPERATIONS)("%s", (op) => {
      test("gives what the function gives, however chunks are cut", async () => {
        const arbitrary = fc.record({
          length: fc.integer({ min: 1, max: 300 }),
          rows: fc.integer({ min: 1, max: 7 }),
          count: fc.integer({ min: 0, max: 20 }),
          seed: fc.integer(),
          cuts,
        });
        await fc.assert(
          fc.asyncProperty(arbitrary, async ({ length, rows, count, seed, cuts }) => {
            const x = normal(type, count * length, 5, seed);
            const stream = softmaxStream({ length, rows, type, op, pool: library });
            const chunks = await collect(streamOf(cut(x, type, cuts)).pipeThrough(stream));
            expectSameChunks(chunks, inBatches(library, op, x, length, rows));
          }),
        );
      });

      test.each([1, 2, 5])(
        "gives the bits of all rows at once in batches of %d longer rows",
        async (rows) => {
          const x = normal(type, 13 * 300, 5, rows);
          const stream = softmaxStream({ length: 300, rows, type, op, pool: library });
          const chunks = await collect(streamOf(cut(x, type, [{ size: 1001, kind: 0 }])).pipeThrough(stream));
          const all = compute(library, op, x, { shape: [13, 300] });
          const joined = floatArray(type, all.length);
          let at = 0;
          for (const chunk of chunks) {
            joined.set(chunk, at);
            at += chunk.length;
          }
          expect(at).toBe(all.length);
          expectSame(joined, all);
        },
      );

      test("takes the mask and the temperature of the function, and a mask at once", async () => {
        const x = normal(type, 600, 5, 1);
        const mask = Uint8Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? 0 : 1));
        const expected = compute(library, op, x, { shape: [6, 100], mask: mask.slice(), temperature: 0.7 });
        const stream = softmaxStream({ length: 100, type, op, mask, temperature: 0.7, pool: library });
        const asList = softmaxStream({
          length: 100,
          type,
          op,
          mask: Array.from(mask),
          temperature: 0.7,
          pool: library,
        });
        mask.fill(0);
        expectSameChunks(await collect(streamOf([x]).pipeThrough(stream)), [expected]);
        expectSameChunks(await collect(streamOf([x]).pipeThrough(asList)), [expected]);
      });
    });
  });
});

test("computes with the plain functions without a pool", async () => {
  const x = normal("f32", 1000, 5, 2);
  const shape = [10, 100];
  const score = async (op?: StreamOperation) =>
    collect(streamOf([x]).pipeThrough(softmaxStream(op ? { length: 100, op } : { length: 100 })));
  expectSameChunks(await score(), [softmax(x, { shape })]);
  expectSameChunks(await score("logSoftmax"), [logSoftmax(x, { shape })]);
  expectSameChunks(await score("logSumExp"), [logSumExp(x, { shape })]);
});

test("leaves the chunks as they are", async () => {
  const x = normal("f32", 600, 5, 3);
  const before = x.slice();
  await collect(streamOf([x]).pipeThrough(softmaxStream({ length: 100, rows: 1 })));
  expectSame(x, before);
});

test("has batches of 262,144 elements, and of one row where that is longer", async () => {
  const sizes = async (length: number, count: number) => {
    const chunks = [new Float32Array(length * count)];
    return (await collect(streamOf(chunks).pipeThrough(softmaxStream({ length })))).map((c) => c.length);
  };
  expect(await sizes(1000, 600)).toEqual([262_000, 262_000, 76_000]);
  expect(await sizes(300_000, 2)).toEqual([300_000, 300_000]);
});

test("ends without results where nothing comes, or nothing but empty chunks", async () => {
  const empty = [
    new Uint8Array(0),
    new Float32Array(0),
    new ArrayBuffer(0),
    new DataView(new ArrayBuffer(0)),
  ];
  expect(await collect(streamOf([]).pipeThrough(softmaxStream({ length: 3 })))).toEqual([]);
  expect(await collect(streamOf(empty).pipeThrough(softmaxStream({ length: 3 })))).toEqual([]);
  const split = [Uint8Array.of(0), ...empty, Uint8Array.of(0, 0, 0)];
  const [one] = await collect(streamOf(split).pipeThrough(softmaxStream({ length: 1 })));
  expectSame(one, Float32Array.of(1));
});

test("reads bytes as little-endian", async () => {
  const bytes = new DataView(new ArrayBuffer(16));
  bytes.setFloat64(0, 1.5, true);
  bytes.setFloat64(8, -3, true);
  const stream = softmaxStream({ length: 1, type: "f64", op: "logSumExp" });
  expectSameChunks(await collect(streamOf([bytes]).pipeThrough(stream)), [Float64Array.of(1.5, -3)]);
});

test("scores the body of a response", async () => {
  const x = normal("f32", 50_000, 5, 4);
  const { body } = new Response(x as Float32Array<ArrayBuffer>);
  const rows = (body as ReadableStream<unknown>).pipeThrough(softmaxStream({ length: 100, rows: 200 }));
  const expected = inBatches({ ...createSoftmax(), softmax }, "softmax", x, 100, 200);
  expectSameChunks(await collect(rows), expected);
});

describe("options", () => {
  const bad: [string, object, typeof TypeError | typeof RangeError][] = [
    ["length", {}, TypeError],
    ["length", { length: "3" }, TypeError],
    ["length", { length: 0 }, RangeError],
    ["length", { length: 1.5 }, RangeError],
    ["length", { length: Number.NaN }, RangeError],
    ["rows", { length: 3, rows: 0 }, RangeError],
    ["rows", { length: 3, rows: "1" }, TypeError],
    ["memory", { length: 2 ** 40, rows: 2 }, RangeError],
    ["op", { length: 3, op: "sigmoid" }, RangeError],
    ["op", { length: 3, op: 1 }, TypeError],
    ["type", { length: 3, type: "f8" }, RangeError],
    ["type", { length: 3, type: 32 }, TypeError],
    ["temperature", { length: 3, temperature: 0 }, RangeError],
    ["temperature", { length: 3, temperature: "1" }, TypeError],
    ["mask", { length: 3, mask: new Uint8Array(4) }, RangeError],
    ["mask", { length: 3, mask: [1, 1, "0"] }, TypeError],
    ["mask", { length: 3, mask: new Int8Array(3) }, TypeError],
    ["mask", { length: 3, mask: [1, 1] }, RangeError],
    ["pool", { length: 3, pool: null }, TypeError],
    ["pool", { length: 3, pool: { softmax: 1 } }, TypeError],
    ["logSumExp", { length: 3, op: "logSumExp", pool: { softmax } }, TypeError],
  ];
  test.each(bad)("%s: %j", (argument, options, type) => {
    expectError(() => softmaxStream(options as SoftmaxStreamOptions), type, argument);
  });

  test.each([undefined, null, 3])("%s for options", (options) => {
    expect(() => softmaxStream(options as unknown as SoftmaxStreamOptions)).toThrow(/^softmaxStream: /);
  });
});

test("bytes that are cut in two anywhere, also within a number or a batch", async () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 7, 9, 11);
  const bytes = new Uint8Array(x.buffer);
  const expected = softmax(x, { shape: [4, 2] });
  for (let cut = 0; cut <= bytes.length; cut++) {
    const chunks = [bytes.slice(0, cut), bytes.slice(cut)];
    const results = await collect(streamOf(chunks).pipeThrough(softmaxStream({ length: 2, rows: 2 })));
    expect(results.map(({ length }) => length)).toEqual([4, 4]);
    expectSame(Float32Array.from(results.flatMap((batch) => Array.from(batch))), expected);
  }
});
