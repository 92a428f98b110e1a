import { log1p } from "./log1p.js";
import { STEPS } from "./tables.js";

/**
 * Tables for log(1 + f) = log(n / 512) + log(1 + r), -1/2 <= f <= 1, where n is the integer nearest to 512 (1 + f):
 * with d = f - (n - 512) / 512, which is exact, r = d / (n / 512) = d - d * (n - 512) / n. Nothing is below n = 256.
 */
export interface LogarithmTables {
  /** log(n / 512), rounded to a multiple of 2^-47: a multiple of LN2_HIGH can be added without an error. */
  readonly logarithms: Float64Array;
  /** The rest of log(n / 512). */
  readonly rests: Float64Array;
  /** (n - 512) / n. */
  readonly excesses: Float64Array;
}

export function makeLogarithmTables(): LogarithmTables {
  const logarithms = new Float64Array(2 * STEPS + 1);
  const rests = new Float64Array(2 * STEPS + 1);
  const excesses = new Float64Array(2 * STEPS + 1);
  for (const direction of [1, -1]) {
    let high = 0;
    let low = 0;
    for (let n = STEPS + direction; n >= STEPS / 2 && n <= 2 * STEPS; n += direction) {
      // log(n / (n - direction)) = 2 artanh(1 / m). In `high`, to 2^-49, nothing is rounded.
      const m = 2 * n * direction - 1;
      const z = 1 / m;
      const short = Math.round(z * 2 ** 50) / 2 ** 50;
      high += 2 * short;
      low += 2 * ((1 - short * m) * z + z * z * z * (1 / 3 + z * z * (1 / 5 + z * z * (1 / 7))));
      logarithms[n] = Math.round((high + low) * 2 ** 47) / 2 ** 47;
      rests[n] = high - logarithms[n] + low;
      excesses[n] = (n - STEPS) / n;
    }
  }
  return { logarithms, rests, excesses };
}

/** log(a / b) for any two numbers, relative to the result: ± log(1 + |a - b| / min(a, b)). */
export function logRatio(a: number, b: number): number {
  const min = Math.min(a, b);
  const max = Math.max(a, b);
  if (min < 0) return Number.NaN;
  let u = Math.abs((max - min) / min);
  let factor = a < b ? -1 : 1;
  if (u === Number.POSITIVE_INFINITY) {
    // It may be finite but beyond the largest number.
    u = Math.sqrt(Math.sqrt(max)) / Math.sqrt(Math.sqrt(Math.abs(min)));
    factor *= 4;
  }
  return factor * (u < Number.POSITIVE_INFINITY ? log1p(u) : u);
}
