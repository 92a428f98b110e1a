/** A setup file: `toEqual` takes a second for 100,000 numbers. What it finds equal here, it need not look at one by one. */
import { expect } from "vitest";

/** True for typed arrays of one class with the same numbers. Undefined for others: toEqual then says what differs. */
function isSame(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  if (a instanceof DataView) return undefined;
  const [some, others] = [a, b] as unknown as [ArrayLike<unknown>, ArrayLike<unknown>];
  if (some.length !== others.length) return undefined;
  for (let k = 0; k < some.length; k++) if (!Object.is(some[k], others[k])) return undefined;
  return true;
}

expect.addEqualityTesters([isSame]);
