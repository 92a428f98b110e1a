import type { FloatArray } from "../../src/index.js";
import type { StreamPool } from "../../src/stream/stream.js";

/** A stream of these chunks, each when it is asked for; `onTake` is called before each. */
export function streamOf(chunks: Iterable<unknown>, onTake = () => {}): ReadableStream<unknown> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = iterator.next();
        if (done) return controller.close();
        onTake();
        controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

/** All chunks of a stream; what it fails with is thrown. */
export async function collect(stream: unknown): Promise<FloatArray[]> {
  const chunks: FloatArray[] = [];
  const reader = (stream as ReadableStream<FloatArray>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
  }
}

/** All chunks up to the error that a stream ends with. */
export async function collectUntilError(stream: unknown): Promise<{ chunks: FloatArray[]; error: unknown }> {
  const chunks: FloatArray[] = [];
  const reader = (stream as ReadableStream<FloatArray>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { chunks, error: "none" };
      chunks.push(value);
    }
  } catch (error) {
    return { chunks, error };
  }
}

/** Until everything that needs no further event has happened. */
export function idle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A pool whose results are given by hand. */
export function slowPool() {
  const calls: { give: () => void; fail: (error: unknown) => void }[] = [];
  const later = (x: FloatArray) =>
    new Promise<FloatArray>((resolve, reject) => {
      calls.push({ give: () => resolve(x), fail: reject });
    });
  return { calls, pool: { softmax: later, logSoftmax: later, logSumExp: later } satisfies StreamPool };
}

/** Numbers that count up: they tell the rows apart. */
export const rowsFrom = (first: number, count: number) =>
  Float32Array.from({ length: count }, (_, i) => first + i);
