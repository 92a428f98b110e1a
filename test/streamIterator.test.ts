import { describe, expect, test } from "vitest";
import { StreamIterator } from "../src/stream/iterator.js";
import { softmaxStream } from "../src/stream/stream.js";
import { idle, streamOf } from "./support/streams.js";

type Iterate = (stream: ReadableStream<number>) => AsyncIterator<number, unknown>;

/** Ours, and the engine's, which must do the same. */
const iterators: [string, Iterate][] = [["ours", (stream) => new StreamIterator(stream)]];
const native = (ReadableStream.prototype as Partial<AsyncIterable<number>>)[Symbol.asyncIterator];
if (native !== undefined) iterators.push(["the engine's", (stream) => native.call(stream)]);

const failure = new Error("failure");

/** A stream of these numbers, and the reasons that it was cancelled for. */
function numbers(...chunks: number[]) {
  const reasons: unknown[] = [];
  let taken = 0;
  const stream = new ReadableStream<number>(
    {
      pull(controller) {
        if (taken === chunks.length) controller.close();
        else controller.enqueue(chunks[taken++]);
      },
      cancel(reason) {
        reasons.push(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, reasons };
}

describe.each(iterators)("%s", (_, iterate) => {
  const over = (stream: ReadableStream<number>) => ({ [Symbol.asyncIterator]: () => iterate(stream) });

  test("gives the chunks, and then leaves the stream unlocked", async () => {
    const { stream, reasons } = numbers(1, 2, 3);
    const seen: number[] = [];
    for await (const chunk of over(stream)) seen.push(chunk);
    expect(seen).toEqual([1, 2, 3]);
    expect(stream.locked).toBe(false);
    expect(reasons).toEqual([]);
  });

  test("break cancels the stream", async () => {
    const { stream, reasons } = numbers(1, 2, 3);
    for await (const chunk of over(stream)) if (chunk === 2) break;
    expect(reasons).toEqual([undefined]);
    expect(stream.locked).toBe(false);
    expect(await stream.getReader().read()).toEqual({ done: true, value: undefined });
  });

  test("return cancels the stream, also before the first chunk, once", async () => {
    const { stream, reasons } = numbers(1);
    const iterator = iterate(stream);
    expect(await iterator.return?.(failure)).toEqual({ done: true, value: failure });
    expect(reasons).toEqual([failure]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(await iterator.return?.(2)).toEqual({ done: true, value: 2 });
    expect(reasons).toEqual([failure]);
  });

  test("return waits for the reads before it", async () => {
    const { stream, reasons } = numbers(1, 2, 3);
    const iterator = iterate(stream);
    const results = [iterator.next(), iterator.next(), iterator.return?.("enough"), iterator.next()];
    expect(await Promise.all(results)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: "enough" },
      { done: true, value: undefined },
    ]);
    expect(reasons).toEqual(["enough"]);
  });

  test("an error of the stream is thrown once, and unlocks it", async () => {
    const stream = new ReadableStream<number>({
      pull() {
        throw failure;
      },
    });
    const iterator = iterate(stream);
    await expect(iterator.next()).rejects.toBe(failure);
    expect(stream.locked).toBe(false);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("an error of cancelling is thrown by return", async () => {
    const stream = new ReadableStream<number>({
      cancel() {
        throw failure;
      },
    });
    await expect(iterate(stream).return?.()).rejects.toBe(failure);
    expect(stream.locked).toBe(false);
  });

  test("locks the stream at once, and refuses a locked one", async () => {
    const { stream } = numbers(1);
    const iterator = iterate(stream);
    expect(stream.locked).toBe(true);
    expect(() => iterate(stream)).toThrow(TypeError);
    await iterator.return?.();
  });

  test("is its own iterator", () => {
    const iterator = iterate(numbers(1).stream) as AsyncIterableIterator<number>;
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
  });
});

describe("for await over the results", () => {
  const input = () => streamOf([Float32Array.of(0, 0, 1, 1, 2, 2)]);
  const rows = () => input().pipeThrough(softmaxStream({ length: 2, rows: 1 })) as AsyncIterable<unknown>;

  async function expectRows(): Promise<void> {
    const seen: unknown[] = [];
    for await (const row of rows()) seen.push(row);
    expect(seen).toEqual(Array(3).fill(Float32Array.of(0.5, 0.5)));
  }

  test("with what the engine has", expectRows);

  // As in WebKit. The engine's own is kept where there is one.
  test("where streams have no async iterator", async () => {
    const { prototype } = ReadableStream;
    const before = Object.getOwnPropertyDescriptor(prototype, Symbol.asyncIterator);
    expect(Object.hasOwn(rows(), Symbol.asyncIterator)).toBe(before === undefined);
    Reflect.deleteProperty(prototype, Symbol.asyncIterator);
    try {
      await expectRows();
      let cancelled = false;
      const source = new ReadableStream({
        pull: (controller) => controller.enqueue(new Float32Array(2)),
        cancel: () => {
          cancelled = true;
        },
      });
      const stream = source.pipeThrough(softmaxStream({ length: 2, rows: 1 }));
      for await (const _ of stream as AsyncIterable<unknown>) break;
      await idle();
      expect(cancelled).toBe(true);
    } finally {
      if (before) Object.defineProperty(prototype, Symbol.asyncIterator, before);
    }
  });
});
