/** What examples give beside what their comments say. Imports nothing: it is bundled with examples that run elsewhere. */

/** A line of an example whose comment says what comes out. */
export interface Result {
  readonly line: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** A number as written: within half a unit of its last digit. */
class About {
  readonly value: number;
  readonly tolerance: number;

  constructor(text: string) {
    const [, decimals = "", exponent = "0"] = /\.(\d+)(?:e(-?\d+))?$/.exec(text) ?? [];
    this.value = Number(text);
    // And a little more: digits written in full are no nearer to the double than its own rounding.
    this.tolerance = 0.501 * 10 ** (Number(exponent) - decimals.length) + 1e-14 * Math.abs(this.value);
  }
}

/** What the calls in an instrumented example are of. */
export function createRecorder() {
  const results: Result[] = [];
  return {
    results,
    recordResult: (line: string, actual: unknown, expected: unknown) =>
      results.push({ line, actual, expected }),
    about: (text: string) => new About(text),
  };
}

/** The lines that give something else than they say, and what that is. */
export function differences(results: readonly Result[]): string[] {
  return results.flatMap(({ line, actual, expected }) => {
    const difference = differenceOf(actual, expected);
    return difference === undefined ? [] : [`${line} gives ${difference}`];
  });
}

/** Compares numbers as far as they are written, and arrays of any type as lists. */
function differenceOf(actual: unknown, expected: unknown): string | undefined {
  if (expected instanceof About) return isWithin(actual, expected.value, expected.tolerance);
  if (typeof expected === "number") return isWithin(actual, expected, 0.5e-4);
  if (typeof expected !== "object" || expected === null) {
    return Object.is(actual, expected) ? undefined : String(actual);
  }
  if (typeof actual !== "object" || actual === null) return String(actual);
  const values = actual as Record<string, unknown>;
  const [keys, wanted] = [Object.keys(values), Object.keys(expected)];
  if (keys.join() !== wanted.join()) return `the keys ${keys.join()}`;
  for (const [key, value] of Object.entries(expected)) {
    const difference = differenceOf(values[key], value);
    if (difference !== undefined) return `${difference} at ${key}`;
  }
  return undefined;
}

function isWithin(actual: unknown, expected: number, tolerance: number): string | undefined {
  const isNear = typeof actual === "number" && Math.abs(actual - expected) <= tolerance;
  return isNear || Object.is(actual, expected) ? undefined : String(actual);
}
