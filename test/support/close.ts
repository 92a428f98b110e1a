import { expect } from "vitest";
import type { FloatArray } from "../../src/index.js";

/** As many numbers, each within what is allowed at its place. Names one that is not instead of all. */
export function expectClose(
  actual: FloatArray,
  expected: FloatArray,
  allowed: (index: number) => number,
): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) {
    if (!(Math.abs(actual[k] - expected[k]) <= allowed(k))) {
      expect.fail(`got ${actual[k]} at ${k}, expected ${expected[k]} within ${allowed(k)}`);
    }
  }
}
