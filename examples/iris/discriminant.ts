import { solve } from "./cholesky.js";
import { CLASSES, type Flowers, INPUTS, MEASUREMENTS } from "./data.js";

const FEATURES = MEASUREMENTS.length;

export interface Model {
  /** [3]: how frequent each species is. */
  readonly priors: Float64Array;
  /** [3, 4], in centimetres. */
  readonly means: Float64Array;
  /** [4, 4], within the species and common to them, in square centimetres. */
  readonly covariance: Float64Array;
  /** [5, 3], the intercepts last. */
  readonly coefficients: Float64Array;
}

/**
 * Linear discriminant analysis: flowers of species c are taken to be normally distributed about the mean μ_c, with
 * one covariance Σ for all species. The estimates are those of maximum likelihood (so Σ is divided by the number of
 * flowers). In Bayes' rule
 *
 *     log(prior_c · density_c(x)) = x · Σ⁻¹μ_c + log prior_c − μ_c · Σ⁻¹μ_c / 2 + (what is the same for every c)
 *
 * the square of x is part of what is the same and drops out of softmax: the posterior is softmax of scores that are
 * affine in x, as in logistic regression. Hastie, Tibshirani and Friedman, "The elements of statistical learning",
 * 2009, section 4.3.
 */
export function train(flowers: Flowers): Model {
  const counts = new Float64Array(CLASSES);
  for (const c of flowers.species) counts[c]++;
  const priors = counts.map((count) => count / flowers.count);
  const means = meansOf(flowers, counts);
  const covariance = covarianceOf(flowers, means);

  const coefficients = new Float64Array(INPUTS * CLASSES);
  for (let c = 0; c < CLASSES; c++) {
    const mean = means.subarray(c * FEATURES, (c + 1) * FEATURES);
    const weights = solve(covariance, mean);
    for (let i = 0; i < FEATURES; i++) coefficients[i * CLASSES + c] = weights[i];
    const square = mean.reduce((sum, value, i) => sum + value * weights[i], 0);
    coefficients[FEATURES * CLASSES + c] = Math.log(priors[c]) - square / 2;
  }
  return { priors, means, covariance, coefficients };
}

function meansOf({ count, inputs, species }: Flowers, counts: Float64Array): Float64Array {
  const means = new Float64Array(CLASSES * FEATURES);
  for (let row = 0; row < count; row++) {
    const c = species[row];
    for (let i = 0; i < FEATURES; i++) means[c * FEATURES + i] += inputs[row * INPUTS + i] / counts[c];
  }
  return means;
}

function covarianceOf({ count, inputs, species }: Flowers, means: Float64Array): Float64Array {
  const covariance = new Float64Array(FEATURES * FEATURES);
  for (let row = 0; row < count; row++) {
    const mean = means.subarray(species[row] * FEATURES, (species[row] + 1) * FEATURES);
    const deviation = mean.map((value, i) => inputs[row * INPUTS + i] - value);
    for (let i = 0; i < FEATURES; i++) {
      for (let j = 0; j < FEATURES; j++)
        covariance[i * FEATURES + j] += (deviation[i] * deviation[j]) / count;
    }
  }
  return covariance;
}
