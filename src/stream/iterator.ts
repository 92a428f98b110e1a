/**
 * Gives a stream the async iterator of the standard, where the engine's streams have none (WebKit):
 * https://streams.spec.whatwg.org/#rs-asynciterator, without preventCancel.
 */
export function iterable<R extends ReadableStream<unknown>>(stream: R): R {
  if (!(Symbol.asyncIterator in stream)) {
    Object.defineProperty(stream, Symbol.asyncIterator, { value: () => new StreamIterator(stream) });
  }
  return stream;
}

/** Holds the stream's lock from the beginning. Calls wait for each other, as those of a generator do. */
export class StreamIterator<T> implements AsyncIterableIterator<T, unknown> {
  private readonly reader: ReadableStreamDefaultReader<T>;
  private last: Promise<unknown> = Promise.resolve();
  private isOver = false;

  constructor(stream: ReadableStream<T>) {
    this.reader = stream.getReader();
  }

  next(): Promise<IteratorResult<T, unknown>> {
    return this.inTurn(async () => {
      if (this.isOver) return { done: true, value: undefined };
      try {
        const { done, value } = await this.reader.read();
        if (!done) return { done, value };
      } catch (error) {
        this.end();
        throw error;
      }
      this.end();
      return { done: true, value: undefined };
    });
  }

  /** Cancels the stream, as `break` does. */
  return(value?: unknown): Promise<IteratorResult<T, unknown>> {
    return this.inTurn(async () => {
      if (!this.isOver) {
        const cancelled = this.reader.cancel(value);
        this.end();
        await cancelled;
      }
      return { done: true, value };
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private inTurn<R>(step: () => Promise<R>): Promise<R> {
    const result = this.last.then(step, step);
    this.last = result;
    return result;
  }

  private end(): void {
    this.isOver = true;
    this.reader.releaseLock();
  }
}
