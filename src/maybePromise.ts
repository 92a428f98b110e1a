/** What a function returns that computes at once or, in a pool, on other threads. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * What a backend returns once it has started: undefined if the results are there, otherwise a promise of them. If the
 * promise rejects, the contents of `out` are unspecified.
 */
export type Pending = Promise<void> | undefined;

/** Whether a function returns its result or a promise of it. */
export type Mode = "sync" | "async";

/** What a function of that mode returns for a result T. */
export type Returned<M extends Mode, T> = M extends "async" ? Promise<T> : T;

/** `result`, once nothing is pending. */
export function resultWhenDone<T>(pending: Pending, result: T): MaybePromise<T> {
  // Not by `whenDone`: a closure costs a small call 5 to 10 %, even one that is never made, for what it would capture.
  return pending === undefined ? result : resultLater(pending, result);
}

async function resultLater<T>(pending: Promise<void>, result: T): Promise<T> {
  await pending;
  return result;
}

/** What `then` returns, called once nothing is pending. */
export function whenDone(pending: Pending, then: () => Pending): Pending;
export function whenDone<T>(pending: Pending, then: () => T): MaybePromise<T>;
export function whenDone(pending: Pending, then: () => unknown): unknown {
  return pending === undefined ? then() : pending.then(then);
}
