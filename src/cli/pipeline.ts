/** Data on its way: while one piece is written, the next one is computed and the one after it is read. */

/** Computes each piece of a source, and writes the results in their order. What fails there is told to `stop`, at once. */
export async function pipeline<T, R>(
  source: AsyncIterable<T>,
  compute: (piece: T) => Promise<R>,
  write: (result: R) => Promise<void>,
  stop: (error: unknown) => void,
): Promise<void> {
  let written = Promise.resolve();
  try {
    for await (const piece of source) {
      const computed = compute(piece);
      // It is awaited below, in its turn.
      computed.catch(() => {});
      written = written.then(async () => write(await computed));
      // The source may wait for ever: for memory that does not come back, or bytes that do not come.
      written.catch(stop);
    }
  } finally {
    await written;
  }
}
