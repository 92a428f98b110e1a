/** Data on its way: while one piece is written, the next one is computed and the one after it is read. */
import type { Engine } from "./engine.js";

/** Computes each piece of a source, and writes the results in their order. A reader gives its pieces one ahead of the consumer. */
export async function pipeline<T, R>(
  source: AsyncIterable<T>,
  compute: (piece: T) => Promise<R>,
  write: (result: R) => Promise<void>,
  engine: Engine,
): Promise<void> {
  let written = Promise.resolve();
  try {
    for await (const piece of source) {
      const computed = compute(piece);
      // It is awaited below, in its turn.
      computed.catch(() => {});
      written = written.then(async () => write(await computed));
      // A reader that waits for memory must hear that none will come back.
      written.catch((error) => engine.fail(error));
    }
  } finally {
    await written;
  }
}
