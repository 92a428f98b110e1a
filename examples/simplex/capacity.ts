import { softmax, softmaxVjp } from "softmax-wasm";

export interface Capacity {
  /** The information per symbol that `input` carries, in nats. */
  readonly information: number;
  /** The capacity lies between `information` and this. */
  readonly bound: number;
  /** The probabilities with which to send the symbols. */
  readonly input: Float64Array;
  readonly steps: number;
}

/** 1 / curvature: at the maximum, the curvature of I along x is at most 1/2, whatever the channel. */
const STEP_LENGTH = 2;

/**
 * The capacity of a discrete memoryless channel (Shannon, "A mathematical theory of communication", 1948): the
 * maximum over p of the mutual information I(p) = Σ p_i D_i, where D_i = Σ_j W_ij log(W_ij / q_j) and q = pW.
 * Row i of `channel` holds the probabilities W_ij that the symbol i arrives as j.
 *
 * p has to be a probability vector, x can be anything: with p = softmax(x), gradient ascent on x never leaves the
 * simplex. I is concave in p, and softmax reaches every p > 0, so that ascent can only end at a maximum. There all D_i
 * are equal (Kuhn and Tucker), and I(p) ≤ capacity ≤ max D_i holds for any p (Arimoto 1972, Blahut 1972): ascent stops
 * once these differ by no more than `tolerance`, which proves the result.
 *
 * The number of steps grows with log(1 / tolerance), unless the best p leaves a symbol out: softmax gives no zeros and
 * comes near one ever more slowly. `maximumSteps` ends that, and `bound` tells how much may be missing.
 */
export function capacity(
  channel: readonly (readonly number[])[],
  tolerance = 1e-12,
  maximumSteps = 10_000,
): Capacity {
  const x = new Float64Array(channel.length);
  for (let steps = 0; ; steps++) {
    const input = softmax(x);
    const divergences = relativeEntropies(channel, input);
    const information = divergences.reduce((sum, divergence, i) => sum + input[i] * divergence, 0);
    const bound = Math.max(...divergences);
    if (bound - information <= tolerance || steps === maximumSteps) {
      return { information, bound, input, steps };
    }
    // ∂I/∂p_i = D_i - 1, and the Jacobian of softmax takes constants such as this 1 to 0.
    const gradient = softmaxVjp(input, divergences);
    for (let i = 0; i < x.length; i++) x[i] += STEP_LENGTH * gradient[i];
  }
}

/** D_i: how far, in nats, what arrives when i is sent differs from all that arrives. */
function relativeEntropies(channel: readonly (readonly number[])[], input: Float64Array): Float64Array {
  const output = channel[0].map((_, j) => channel.reduce((sum, row, i) => sum + input[i] * row[j], 0));
  return Float64Array.from(channel, (row) =>
    row.reduce((sum, w, j) => sum + (w === 0 ? 0 : w * Math.log(w / output[j])), 0),
  );
}
