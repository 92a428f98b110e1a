import type { FloatArray } from "../src/index.js";
import { type Candidates, references } from "./measure.js";

/** Of the result or of the mean of all, whichever is larger: far above rounding, far below a missing term. */
const TOLERANCE = 1e-5;

/** Throws unless all candidates compute what the naive loop does, so that no row compares different work. */
export function checkAgreement(candidates: Candidates): void {
  const computed = elements(candidates.naive());
  const expected = computed.slice();
  computed.fill(Number.NaN);
  let mean = 0;
  for (const value of expected) mean += Math.abs(value) / expected.length;
  for (const [name, run] of Object.entries(candidates)) {
    if (references.includes(name)) continue;
    const actual = elements(run());
    const wrong = expected.findIndex((value, k) => {
      return !(Math.abs(actual[k] - value) <= TOLERANCE * Math.max(Math.abs(value), mean));
    });
    if (wrong >= 0) {
      throw new Error(`${name} gives ${actual[wrong]} at ${wrong}, the naive loop ${expected[wrong]}`);
    }
    // The candidates share their out: what one of them left must not pass for the result of the next.
    actual.fill(Number.NaN);
  }
}

function elements(result: number | FloatArray): FloatArray {
  return typeof result === "number" ? Float64Array.of(result) : result;
}
