import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { type StreamPool, softmaxStream } from "../src/stream/stream.js";
import { collect, collectUntilError, idle, rowsFrom, slowPool, streamOf } from "./support/streams.js";

describe("an input that ends within a row", () => {
  const bytes = (count: number) => new Uint8Array(count);
  test.each([
    ["values", new Float32Array(23), /^softmaxStream: the last row has 3 of 10 values: 7 are missing$/],
    ["whole numbers of bytes", bytes(92), /the last row has 3 of 10 values: 7 are missing/],
    ["one value less", new Float32Array(29), /the last row has 9 of 10 values: 1 is missing$/],
    ["bytes", bytes(93), /the last row has 13 of 40 bytes: 27 are missing/],
    ["one byte", bytes(81), /the last row has 1 of 40 bytes: 39 are missing/],
  ])("%s", async (_, chunk, message) => {
    for (const rows of [1, 2, 3, 100]) {
      const readable = streamOf([chunk]).pipeThrough(softmaxStream({ length: 10, rows }));
      await idle();
      const { chunks, error } = await collectUntilError(readable);
      expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(20);
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toMatch(message);
    }
  });

  test("gives the complete rows to a reader that comes when all is written", async () => {
    const { readable, writable } = softmaxStream({ length: 2, rows: 2 });
    const writer = writable.getWriter();
    const written = Promise.all([writer.write(new Float32Array(11)), writer.close()]);
    await idle();
    const { chunks, error } = await collectUntilError(readable);
    await written;
    expect(chunks.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(error).toBeInstanceOf(RangeError);
  });
});

describe("chunks of another kind", () => {
  test.each([
    ["a Float64Array of length 2", new Float64Array(2)],
    ["an Int32Array of length 2", new Int32Array(2)],
    ["an array of length 2", [1, 2]],
    ['"1, 2"', "1, 2"],
    ["12", 12],
    ["null", null],
    ["undefined", undefined],
    ["an object", {}],
  ])("%s", async (what, chunk) => {
    const { chunks, error } = await collectUntilError(
      streamOf([new Float32Array(5), chunk]).pipeThrough(softmaxStream({ length: 2, rows: 1 })),
    );
    expect(chunks.length).toBe(2);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/^softmaxStream: a chunk must be a Float32Array or bytes/);
    expect((error as Error).message).toContain(`got ${what}`);
  });

  test("a Float32Array where doubles are expected", async () => {
    const stream = softmaxStream({ length: 2, type: "f64" });
    await expect(collect(streamOf([new Float32Array(2)]).pipeThrough(stream))).rejects.toThrow(
      "a chunk must be a Float64Array or bytes (Uint8Array, ArrayBuffer, SharedArrayBuffer, DataView), got a Float32Array",
    );
  });

  test("numbers in the middle of a number", async () => {
    const chunks = [new Uint8Array(7), new Float32Array(2)];
    await expect(collect(streamOf(chunks).pipeThrough(softmaxStream({ length: 2 })))).rejects.toThrow(
      "softmaxStream: a Float32Array of length 2 came after 3 of the 4 bytes of a number",
    );
  });

  test.each([
    ["Float32Array", (buffer: ArrayBuffer) => new Float32Array(buffer), /: a chunk is detached/],
    ["Uint8Array", (buffer: ArrayBuffer) => new Uint8Array(buffer), /: a chunk is detached/],
    ["DataView", (buffer: ArrayBuffer) => new DataView(buffer), /detached/],
    ["ArrayBuffer", (buffer: ArrayBuffer) => buffer, /detached/],
  ])("a %s without memory", async (_, make, message) => {
    const buffer = new ArrayBuffer(8);
    const chunk = make(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    const { error } = await collectUntilError(streamOf([chunk]).pipeThrough(softmaxStream({ length: 2 })));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
  });
});

describe("errors and their ways", () => {
  const failure = new Error("failure");

  test.each([
    [
      "throws",
      () => {
        throw failure;
      },
    ],
    ["rejects", () => Promise.reject(failure)],
  ])("a computation that %s ends the stream at both ends", async (_, fail) => {
    const pool = { softmax: fail, logSoftmax: fail, logSumExp: fail };
    const { readable, writable } = softmaxStream({ length: 1, rows: 1, pool });
    const writer = writable.getWriter();
    const reader = readable.getReader();
    const read = reader.read();
    await writer.write(Float32Array.of(1));
    await expect(read).rejects.toBe(failure);
    await expect(reader.read()).rejects.toBe(failure);
    await expect(reader.closed).rejects.toBe(failure);
    await expect(writer.closed).rejects.toBe(failure);
    await expect(writer.write(Float32Array.of(1))).rejects.toBe(failure);
  });

  test("results before a failing computation are delivered, none after it", async () => {
    let calls = 0;
    const run = (x: FloatArray) => (++calls === 3 ? Promise.reject(failure) : x);
    const pool = { softmax: run, logSoftmax: run, logSumExp: run };
    const { chunks, error } = await collectUntilError(
      streamOf([rowsFrom(0, 10)]).pipeThrough(softmaxStream({ length: 1, rows: 1, pool })),
    );
    expect(chunks.map(([first]) => first)).toEqual([0, 1]);
    expect(error).toBe(failure);
    await idle();
    expect(calls).toBeLessThanOrEqual(4);
  });

  test("a pool that gives no array", async () => {
    const pool = { softmax: () => undefined } as unknown as StreamPool;
    const stream = softmaxStream({ length: 2, pool });
    await expect(collect(streamOf([new Float32Array(2)]).pipeThrough(stream))).rejects.toThrow(
      "softmaxStream: pool.softmax must give an array, got undefined",
    );
  });

  test("an error of the source, after what it gave", async () => {
    function* chunks() {
      yield rowsFrom(0, 5);
      throw failure;
    }
    const { chunks: results, error } = await collectUntilError(
      streamOf(chunks()).pipeThrough(softmaxStream({ length: 2, rows: 1 })),
    );
    expect(results.length).toBe(2);
    expect(error).toBe(failure);
  });

  test("writer.abort, with a read that waits and without", async () => {
    for (const waits of [true, false]) {
      const { readable, writable } = softmaxStream({ length: 2 });
      const writer = writable.getWriter();
      const reader = readable.getReader();
      const read = waits ? reader.read() : undefined;
      if (waits) await writer.write(new Float32Array(2));
      await writer.abort(failure);
      await expect(read ?? reader.read()).rejects.toBe(failure);
      await expect(reader.closed).rejects.toBe(failure);
    }
  });

  test("reader.cancel ends the source, and a read that waits", async () => {
    let reason: unknown;
    const source = new ReadableStream<unknown>({
      start: (controller) => controller.enqueue(new Float32Array(3)),
      cancel(given) {
        reason = given;
      },
    });
    const reader = source.pipeThrough(softmaxStream({ length: 2 })).getReader();
    const read = reader.read();
    await idle();
    await reader.cancel(failure);
    expect((await read).done).toBe(true);
    await idle();
    expect(reason).toBe(failure);
  });

  test("reader.cancel while batches are computed: no more are", async () => {
    const { calls, pool } = slowPool();
    const { readable, writable } = softmaxStream({ length: 1, rows: 1, pool });
    const writer = writable.getWriter();
    const write = writer.write(rowsFrom(0, 10));
    const reader = readable.getReader();
    const read = reader.read();
    await write;
    await idle();
    expect(calls.length).toBe(2);
    await reader.cancel(failure);
    calls[0].give();
    calls[1].fail(new Error("too late to matter"));
    expect((await read).done).toBe(true);
    await idle();
    expect(calls.length).toBe(2);
    await expect(writer.write(rowsFrom(0, 1))).rejects.toBe(failure);
  });

  test("reader.cancel while a batch is filled: what it has is not computed", async () => {
    const { calls, pool } = slowPool();
    const { readable, writable } = softmaxStream({ length: 1, rows: 3, pool });
    const write = writable.getWriter().write(rowsFrom(0, 4));
    const reader = readable.getReader();
    const read = reader.read();
    await write;
    await idle();
    await reader.cancel(failure);
    expect((await read).done).toBe(true);
    await idle();
    expect(calls.length).toBe(1);
  });
});
