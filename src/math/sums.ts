import type { Pair } from "../types.js";

/** a + b exactly (Knuth, TAOCP 4.2.2). */
export function twoSum(a: number, b: number): Pair {
  const high = a + b;
  const rounded = high - a;
  return { high, low: a - (high - rounded) + (b - rounded) };
}

/**
 * high + low = the sum of `count` numbers, `stride` apart from `start`, to twice the digits of a double. `high` is the
 * ordinary sum. Beside an infinite one `low` is NaN.
 */
export function compensatedSum(
  x: Float32Array | Float64Array,
  start = 0,
  count = x.length,
  stride = 1,
): Pair {
  let high = 0;
  let low = 0;
  for (let k = 0, at = start; k < count; k++, at += stride) {
    const term = x[at];
    const next = high + term;
    const added = next - high;
    low += high - (next - added) + (term - added); // as twoSum
    high = next;
  }
  return { high, low };
}

/** The sum of all elements, rounded once. Its error does not grow with their number. */
export function sum(x: Float32Array | Float64Array): number {
  const { high, low } = compensatedSum(x);
  return Number.isFinite(high) ? high + low : high;
}

/** The same number with `high` rounded to nearest. */
export function normalized({ high, low }: Pair): Pair {
  const rounded = high + low;
  return { high: rounded, low: low - (rounded - high) };
}

/** The same of numbers that come one by one. */
export class RunningSum {
  private high = 0;
  private low = 0;

  add(term: number): void {
    const next = this.high + term;
    const added = next - this.high;
    this.low += this.high - (next - added) + (term - added); // as twoSum
    this.high = next;
  }

  get value(): number {
    return Number.isFinite(this.high) ? this.high + this.low : this.high;
  }
}
