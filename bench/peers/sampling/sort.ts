import type { Choice, SamplingCandidate, TokenWay } from "./choice.js";

/** What one writes without a library. */
export const sort: readonly SamplingCandidate[] = [
  {
    name: "sort of all",
    includes: "indices sorted by their logits, exponentials and sums of those that are kept, Math.random",
    make: ({ draws, filters }, logits) => {
      const run = () => sorted(logits, draws, filters);
      return { run, read: run } satisfies TokenWay;
    },
  },
];

function sorted(
  logits: Float32Array,
  draws: boolean,
  { topK = logits.length, topP = 1, minP = 0 }: Choice["filters"],
): ArrayLike<number> {
  const order = Uint32Array.from(logits.keys())
    .sort((a, b) => logits[b] - logits[a])
    .subarray(0, topK);
  if (!draws) return order;
  const weights = Float64Array.from(order, (k) => Math.exp(logits[k] - logits[order[0]]));
  const share = topP * weights.reduce((a, b) => a + b, 0);
  let kept = 0;
  let mass = 0;
  while (kept < weights.length && mass < share && weights[kept] >= minP) mass += weights[kept++];
  let left = Math.random() * mass;
  let place = 0;
  while (place < kept - 1 && left >= weights[place]) left -= weights[place++];
  return [order[place]];
}
