/** The number high + low, which changes. */
export interface MutablePair {
  high: number;
  low: number;
}

/** Adds a term to a sum, which keeps twice the digits of a double (Knuth, TAOCP 4.2.2). */
export function plus(sum: MutablePair, term: number): void {
  const { high } = sum;
  const next = high + term;
  const added = next - high;
  sum.low += high - (next - added) + (term - added);
  sum.high = next;
}

/** The sum of `count` weights, as `plus` has it: in numbers, which takes a third of the time. */
export function sumInto(weights: Float64Array, count: number, sum: MutablePair): void {
  let high = 0;
  let low = 0;
  for (let k = 0; k < count; k++) {
    const term = weights[k];
    const next = high + term;
    const added = next - high;
    low += high - (next - added) + (term - added);
    high = next;
  }
  sum.high = high;
  sum.low = low;
}

/**
 * cumulative[k] = the sum of the first k + 1 of `count` weights, rounded once, never falling. Returns the last one, 0
 * of none.
 */
export function accumulate(weights: Float64Array, count: number, cumulative: Float64Array): number {
  let high = 0;
  let low = 0;
  let last = 0;
  for (let k = 0; k < count; k++) {
    const term = weights[k];
    const next = high + term;
    const added = next - high;
    low += high - (next - added) + (term - added);
    high = next;
    last = Math.max(last, high + low);
    cumulative[k] = last;
  }
  return last;
}

/** The first k of `count` > 0 with cumulative[k] > share · total; the first that reaches the total if rounding leaves none. */
export function findShare(cumulative: Float64Array, count: number, share: number): number {
  const total = cumulative[count - 1];
  const target = share * total;
  const isLast = target >= total;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isLast ? cumulative[middle] >= total : cumulative[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
}
