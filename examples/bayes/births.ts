import { logSoftmax, logSumExp, softmax } from "softmax-wasm";

/** Baptised in Paris from 1745 to 1770: Laplace, "Mémoire sur les probabilités" (1781), article XIX. */
export const BIRTHS = { girls: 241_945, boys: 251_527 };

export interface Posterior {
  /** P(hypothesis | data) */
  readonly probabilities: Float64Array;
  readonly logProbabilities: Float64Array;
  /** log P(data), by which hypotheses of another kind would be compared with these. */
  readonly logEvidence: number;
}

/**
 * Bayes' rule: P(hypothesis | data) = P(data | hypothesis) P(hypothesis) / Σ P(data | hypothesis) P(hypothesis), the
 * sum over all hypotheses. In logarithms the numerators are the logits of a softmax, and the denominator is their
 * log-sum-exp. A product of many probabilities is too small for any number; its logarithm is a sum like any other.
 */
export function bayes(logLikelihoods: Float64Array, logPriors: Float64Array): Posterior {
  const logJoint = logLikelihoods.map((logLikelihood, i) => logLikelihood + logPriors[i]);
  return {
    probabilities: softmax(logJoint),
    logProbabilities: logSoftmax(logJoint),
    logEvidence: logSumExp(logJoint),
  };
}

/** The middles of equal cells of [0, 1]. Each stands for the hypothesis that a probability lies in its cell. */
export function middles(cells: number): Float64Array {
  return Float64Array.from({ length: cells }, (_, cell) => (cell + 0.5) / cells);
}

/**
 * What births tell of the probability θ of a girl, when every θ was as likely before. The likelihood of their sequence
 * is θ^girls (1 - θ)^boys. Its logarithm is near -342,000 for Laplace's births, where doubles are 6e-11 apart: the
 * posterior has about ten digits.
 */
export function learn({ girls, boys }: typeof BIRTHS, cells: number): Posterior {
  const logLikelihoods = middles(cells).map((theta) => girls * Math.log(theta) + boys * Math.log1p(-theta));
  return bayes(logLikelihoods, new Float64Array(cells).fill(-Math.log(cells)));
}

/** log P(θ ≥ 1/2 | data), for an even number of cells: 1/2 is then a boundary. */
export function logProbabilityOfHalfOrMore({ logProbabilities }: Posterior): number {
  return logSumExp(logProbabilities.subarray(logProbabilities.length / 2));
}
