import { expect } from "vitest";
import type { FloatArray } from "../../src/index.js";

/** The same element type, length and bits, but for the bits of a NaN. Names one difference instead of all. */
export function expectSame(actual: FloatArray, expected: FloatArray): void {
  expect(Object.prototype.toString.call(actual)).toBe(Object.prototype.toString.call(expected));
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) expect.fail(`got ${actual[i]} at ${i}, expected ${expected[i]}`);
  }
}
