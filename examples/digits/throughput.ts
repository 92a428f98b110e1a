/** What one writes without a library: the textbook loop, over rows of `length` logits, into `out`. */
export function naiveSoftmax(x: Float32Array, length: number, out: Float32Array): Float32Array {
  for (let start = 0; start < x.length; start += length) {
    const end = start + length;
    let max = Number.NEGATIVE_INFINITY;
    for (let k = start; k < end; k++) if (x[k] > max) max = x[k];
    let sum = 0;
    for (let k = start; k < end; k++) sum += out[k] = Math.exp(x[k] - max);
    for (let k = start; k < end; k++) out[k] /= sum;
  }
  return out;
}

/** The median time of a call of each candidate, in nanoseconds. They take turns, so a slow moment hits all of them. */
export function medianTimes(candidates: readonly (() => unknown)[], rounds = 25): number[] {
  const times = candidates.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [k, run] of candidates.entries()) {
      const start = performance.now();
      run();
      times[k].push((performance.now() - start) * 1e6);
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[all.length >> 1]);
}
