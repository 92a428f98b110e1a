import { describe, expect, test } from "vitest";
import { type FloatArray, softmax } from "../src/index.js";
import { type StreamPool, softmaxStream } from "../src/stream/stream.js";
import { expectSame } from "./support/same.js";
import { idle, rowsFrom, slowPool, streamOf } from "./support/streams.js";

describe("back-pressure", () => {
  test("64 MiB through batches of 1 MiB: the input is no more than two batches ahead", async () => {
    const chunk = new Uint8Array(65_536);
    const perBatch = 16;
    let taken = 0;
    const source = streamOf(
      Array.from({ length: 1024 }, () => chunk),
      () => taken++,
    );
    const reader = source.pipeThrough(softmaxStream({ length: 1024 })).getReader();
    await idle();
    expect(taken).toBeLessThanOrEqual(4);
    let read = 0;
    let ahead = 0;
    for (; !(await reader.read()).done; read++) {
      await idle();
      ahead = Math.max(ahead, taken - read * perBatch);
    }
    expect(read).toBe(64);
    expect(taken).toBe(1024);
    expect(ahead).toBeLessThanOrEqual(2 * perBatch + 4);
  });

  test("holds back within one long chunk as well", async () => {
    let calls = 0;
    const pool = {
      softmax(x: FloatArray) {
        calls++;
        return x;
      },
    } as unknown as StreamPool;
    const chunk = new Float32Array(1000);
    const reader = streamOf([chunk])
      .pipeThrough(softmaxStream({ length: 10, rows: 1, pool }))
      .getReader();
    for (let read = 0; read < 100; read++) {
      await idle();
      expect(calls).toBeLessThanOrEqual(read + 1);
      await reader.read();
    }
    expect(calls).toBe(100);
    expect((await reader.read()).done).toBe(true);
  });

  test("holds back the writer", async () => {
    const { readable, writable } = softmaxStream({ length: 10, rows: 1 });
    const writer = writable.getWriter();
    let written = 0;
    for (let k = 0; k < 10; k++) writer.write(new Float32Array(10)).then(() => written++);
    await idle();
    expect(written).toBe(0);
    expect(writer.desiredSize).toBeLessThan(0);
    const reader = readable.getReader();
    await reader.read();
    await idle();
    expect(written).toBeGreaterThanOrEqual(1);
    expect(written).toBeLessThanOrEqual(3);
    for (let k = 1; k < 10; k++) await reader.read();
    await idle();
    expect(written).toBe(10);
  });
});

describe("a pool with promises", () => {
  test("computes two batches at a time, and results come in the order of the rows", async () => {
    const { calls, pool } = slowPool();
    const x = rowsFrom(0, 5);
    const reader = streamOf([x])
      .pipeThrough(softmaxStream({ length: 1, rows: 1, pool }))
      .getReader();
    const seen: number[] = [];
    const reads = Array.from({ length: 5 }, () =>
      reader.read().then(({ value }) => seen.push(value?.[0] ?? -1)),
    );
    await idle();
    expect(calls.length).toBe(2);
    calls[1].give();
    await idle();
    expect(seen).toEqual([]);
    calls[0].give();
    await idle();
    expect(seen).toEqual([0, 1]);
    expect(calls.length).toBe(4);
    calls[3].give();
    calls[2].give();
    await idle();
    calls[4].give();
    await Promise.all(reads);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect((await reader.read()).done).toBe(true);
  });

  test("fills the next batch meanwhile", async () => {
    const { calls, pool } = slowPool();
    const { readable, writable } = softmaxStream({ length: 2, rows: 1, pool });
    const writer = writable.getWriter();
    const first = readable.getReader().read();
    await writer.write(rowsFrom(0, 2));
    await writer.write(rowsFrom(2, 1));
    expect(calls.length).toBe(1);
    await writer.write(rowsFrom(3, 1));
    await idle();
    expect(calls.length).toBe(2);
    calls[0].give();
    expectSame((await first).value as FloatArray, Float32Array.of(0, 1));
  });

  test("a result comes as soon as it is there, while the input waits", async () => {
    const { calls, pool } = slowPool();
    const { readable, writable } = softmaxStream({ length: 1, rows: 1, pool });
    const reader = readable.getReader();
    const first = reader.read();
    await writable.getWriter().write(Float32Array.of(7));
    await idle();
    calls[0].give();
    expectSame((await first).value as FloatArray, Float32Array.of(7));
  });
});

test("rows that trickle in come out one by one", async () => {
  const { readable, writable } = softmaxStream({ length: 3, rows: 1 });
  const writer = writable.getWriter();
  const reader = readable.getReader();
  for (let k = 0; k < 5; k++) {
    const row = Float32Array.of(k, -k, 1);
    const read = reader.read();
    await writer.write(row.slice());
    expectSame((await read).value as FloatArray, softmax(row));
  }
  await writer.close();
  expect((await reader.read()).done).toBe(true);
});
