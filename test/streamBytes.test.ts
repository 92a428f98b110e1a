import { describe, expect, test } from "vitest";
import { type FloatArray, logSumExp, softmax } from "../src/index.js";
import { type SoftmaxStreamOptions, softmaxStream } from "../src/stream/stream.js";
import { expectError } from "./support/errors.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { collect, collectUntilError, streamOf } from "./support/streams.js";

const bytesOf = ({ buffer, byteOffset, byteLength }: FloatArray) =>
  new Uint8Array(buffer, byteOffset, byteLength);

describe("output: bytes", () => {
  test.each(["f32", "f64"] as const)("are those of the results, %s", async (type) => {
    const x = normal(type, 700, 5, 1);
    const run = async (output?: "numbers" | "bytes") =>
      collect(streamOf([x]).pipeThrough(softmaxStream({ length: 100, rows: 3, type, output })));
    const numbers = await run("numbers");
    const bytes = await run("bytes");
    expect(bytes.every((chunk) => (chunk as unknown) instanceof Uint8Array)).toBe(true);
    expect(bytes).toEqual(numbers.map(bytesOf));
    expect(await run()).toEqual(numbers);
  });

  test("are the body of a response", async () => {
    const x = normal("f32", 5000, 5, 2);
    const stream = softmaxStream({ length: 100, rows: 7, output: "bytes" });
    const body = streamOf([x]).pipeThrough(stream) as ReadableStream<Uint8Array<ArrayBuffer>>;
    const scored = new Float32Array(await new Response(body).arrayBuffer());
    expectSame(scored, softmax(x, { shape: [50, 100] }));
  });

  test("are those of one number per row", async () => {
    const x = normal("f64", 30, 5, 3);
    const stream = softmaxStream({ length: 10, type: "f64", op: "logSumExp", output: "bytes" });
    const [bytes] = await collect(streamOf([x]).pipeThrough(stream));
    expectSame(new Float64Array(bytes.buffer), logSumExp(x, { shape: [3, 10] }));
  });
});

describe("skip", () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 7, 9, 11);
  const expected = softmax(x, { shape: [4, 2] });

  /** `header` bytes of 255, then x. */
  function file(header: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(header + x.byteLength).fill(255);
    bytes.set(bytesOf(x), header);
    return bytes;
  }

  async function score(skip: number, ...chunks: unknown[]): Promise<FloatArray> {
    const results = await collect(streamOf(chunks).pipeThrough(softmaxStream({ length: 2, rows: 3, skip })));
    return Float32Array.from(results.flatMap((batch) => Array.from(batch)));
  }

  test.each([0, 1, 3, 4, 10, 128])("of %d bytes, cut in two anywhere", async (skip) => {
    const bytes = file(skip);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expectSame(await score(skip, bytes.slice(0, cut), bytes.slice(cut)), expected);
    }
    expectSame(await score(skip, ...Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
  });

  test("of bytes before numbers, and of numbers", async () => {
    expectSame(await score(3, new Uint8Array(3), x), expected);
    expectSame(await score(3, new Uint8Array(2), new DataView(new ArrayBuffer(1)), x), expected);
    expectSame(await score(8, new Float32Array([9, 9, ...x])), expected);
    expectSame(await score(12, new Float32Array(1), new Float32Array([9, 9, ...x])), expected);
    // The header ends as far into a number's bytes as it began before it.
    expectSame(await score(6, new Uint8Array(2), new Float32Array([9, ...x])), expected);
    expectSame(await score(128, file(128).buffer), expected);
  });

  test("that ends within a number of a Float32Array", async () => {
    await expect(score(6, new Float32Array(8))).rejects.toThrow(
      new RangeError(
        "softmaxStream: skip must not end within a number, got 6, which is after 2 of 4 bytes in a Float32Array of length 8",
      ),
    );
    await expect(score(128, new Uint8Array(3), new Float32Array(80))).rejects.toThrow(/after 1 of 4 bytes/);
  });

  test.each([
    ["nothing", [], 0],
    ["less", [new Uint8Array(100)], 100],
    ["less, in pieces", [new Uint8Array(100), new Uint8Array(0), new Float32Array(4)], 116],
  ])("an input with %s", async (_, chunks, got) => {
    const stream = streamOf(chunks).pipeThrough(softmaxStream({ length: 2, skip: 128 }));
    const { chunks: results, error } = await collectUntilError(stream);
    expect(results).toEqual([]);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toBe(
      `softmaxStream: the input ended within its header, after ${got} of the 128 bytes to skip`,
    );
  });

  test("an input of nothing else", async () => {
    expect(
      await collect(streamOf([new Uint8Array(128)]).pipeThrough(softmaxStream({ length: 2, skip: 128 }))),
    ).toEqual([]);
  });
});

test.each([
  ["skip", { skip: -1 }, RangeError],
  ["skip", { skip: 1.5 }, RangeError],
  ["skip", { skip: "128" }, TypeError],
  ["output", { output: "byte" }, RangeError],
  ["output", { output: 8 }, TypeError],
  ["output", { output: null }, TypeError],
])("%s: %j", (name, option, type) => {
  expectError(() => softmaxStream({ length: 2, ...option } as SoftmaxStreamOptions), type, name);
});
