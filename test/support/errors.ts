import { expect } from "vitest";

export type ErrorType = typeof TypeError | typeof RangeError;

/** The error is of this type and its message names the argument. */
export function expectError(run: () => unknown, type: ErrorType, argument: string): void {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(type);
  expect((thrown as Error).message).toMatch(new RegExp(`\\b${argument}\\b`));
}
