import type { Pending } from "./backend/backend.js";

/** When a function gives its result: at once, or later, as a promise. */
export type When = "now" | "later";

/** A result T of a function that gives it then. */
export type Given<W extends When, T> = W extends "later" ? Promise<T> : T;

/** The result of what is pending: at once if nothing is, otherwise a promise of it. */
export function give<T>(pending: Pending, result: T): T | Promise<T> {
  // Not by `after`: a closure costs a small call 5 to 10 %, even where it is not made, by what it would capture.
  return pending === undefined ? result : giveLater(pending, result);
}

async function giveLater<T>(pending: Promise<void>, result: T): Promise<T> {
  await pending;
  return result;
}

/** What `then` gives when nothing is pending any more: at once, or a promise of it. */
export function after(pending: Pending, then: () => Pending): Pending;
export function after<T>(pending: Pending, then: () => T): T | Promise<T>;
export function after(pending: Pending, then: () => unknown): unknown {
  return pending === undefined ? then() : pending.then(then);
}
