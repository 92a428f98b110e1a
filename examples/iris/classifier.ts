import { crossEntropy, softmax } from "softmax-wasm";
import { CLASSES, type Flowers, INPUTS } from "./data.js";

/**
 * inputs · coefficients, [count, 3]: a score of each species, affine in the measurements. `coefficients` is [5, 3],
 * the intercepts last.
 */
export function computeScores(coefficients: Float64Array, { count, inputs }: Flowers): Float64Array {
  const scores = new Float64Array(count * CLASSES);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < INPUTS; i++) {
      for (let c = 0; c < CLASSES; c++) {
        scores[row * CLASSES + c] += inputs[row * INPUTS + i] * coefficients[i * CLASSES + c];
      }
    }
  }
  return scores;
}

export interface Classification {
  /** softmax of the scores, [count, 3] */
  readonly probabilities: Float64Array;
  /** The most probable species of each flower. */
  readonly guesses: Uint8Array;
  /** The share of flowers whose guess is right. */
  readonly accuracy: number;
  /** The mean of −log p(species) in nats. */
  readonly logLoss: number;
}

export function classify(coefficients: Float64Array, flowers: Flowers): Classification {
  const { count, species } = flowers;
  const shape = [count, CLASSES];
  const scores = computeScores(coefficients, flowers);
  const probabilities = softmax(scores, { shape });
  const guesses = species.map((_, row) => {
    const probability = probabilities.subarray(row * CLASSES, (row + 1) * CLASSES);
    return probability.indexOf(Math.max(...probability));
  });
  const right = guesses.filter((guess, row) => guess === species[row]).length;
  return {
    probabilities,
    guesses,
    accuracy: right / count,
    logLoss: crossEntropy(scores, species, { shape }),
  };
}
