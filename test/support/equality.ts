/** A setup file: `toEqual` takes a second for 100,000 numbers. What it finds equal here, it need not look at one by one. */
import { expect } from "vitest";

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";

/** True for arrays of one class with the same numbers. Undefined for others: toEqual then says what differs. */
function isSame(a: unknown, b: unknown): true | undefined {
  if (!isList(a) || !isList(b) || a.constructor !== b.constructor || a.length !== b.length) return undefined;
  for (let k = 0; k < a.length; k++) if (!isNumber(a[k]) || !Object.is(a[k], b[k])) return undefined;
  return true;
}

// Once in a process that runs several files, each with its setup.
const KEY = Symbol.for("softmax-wasm's equality");
if (!Object.hasOwn(globalThis, KEY)) {
  Object.defineProperty(globalThis, KEY, {});
  expect.addEqualityTesters([isSame]);
}
