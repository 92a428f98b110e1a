import { crossEntropy, crossEntropyGrad, softmax, softmaxJacobian } from "softmax-wasm";
import { solve } from "./cholesky.js";
import { computeScores } from "./classifier.js";
import { CLASSES, type Flowers, INPUTS } from "./data.js";

export interface Step {
  /** Mean cross-entropy and penalty, in nats. */
  readonly objective: number;
  /** The Euclidean norm of its gradient. */
  readonly gradient: number;
}

export interface Model {
  /** [5, 3], the intercepts last. */
  readonly coefficients: Float64Array;
  /** What Newton's method went through; the last one is the result. */
  readonly steps: readonly Step[];
}

const SIZE = INPUTS * CLASSES;

/**
 * Multinomial logistic regression: the coefficients that minimise
 *
 *     F = mean of −log softmax(inputs · coefficients)[species] + penalty / 2 · Σ coefficient²
 *
 * by Newton's method, until the norm of the gradient is below `tolerance`. F is convex. The penalty, which is on the
 * intercepts too, makes its minimum one finite point: setosa can be told from the others without an error, so that
 * otherwise coefficients grow forever, and a constant added to those of all species would change nothing. Steps are
 * taken in full length: from zero, each lowers F on these data.
 */
export function train(flowers: Flowers, penalty: number, tolerance: number): Model {
  const coefficients = new Float64Array(SIZE);
  const steps: Step[] = [];
  for (;;) {
    const scores = computeScores(coefficients, flowers);
    const gradient = gradientOf(coefficients, scores, flowers, penalty);
    const norm = Math.hypot(...gradient);
    steps.push({ objective: objectiveOf(coefficients, scores, flowers, penalty), gradient: norm });
    if (!(norm >= tolerance)) return { coefficients, steps };
    const step = solve(hessianOf(scores, flowers, penalty), gradient);
    for (let i = 0; i < SIZE; i++) coefficients[i] -= step[i];
  }
}

function objectiveOf(
  coefficients: Float64Array,
  scores: Float64Array,
  { count, species }: Flowers,
  penalty: number,
): number {
  const squares = coefficients.reduce((sum, coefficient) => sum + coefficient ** 2, 0);
  return crossEntropy(scores, species, { shape: [count, CLASSES] }) + (penalty / 2) * squares;
}

/** inputsᵀ · ∂(mean cross-entropy)/∂scores + penalty · coefficients */
function gradientOf(
  coefficients: Float64Array,
  scores: Float64Array,
  { count, inputs, species }: Flowers,
  penalty: number,
): Float64Array {
  const upstream = crossEntropyGrad(scores, species, { shape: [count, CLASSES] });
  const gradient = coefficients.map((coefficient) => penalty * coefficient);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < INPUTS; i++) {
      for (let c = 0; c < CLASSES; c++) {
        gradient[i * CLASSES + c] += inputs[row * INPUTS + i] * upstream[row * CLASSES + c];
      }
    }
  }
  return gradient;
}

/** The mean over the flowers of (input · inputᵀ) ⊗ (Jacobian of softmax), and the penalty on the diagonal. */
function hessianOf(scores: Float64Array, { count, inputs }: Flowers, penalty: number): Float64Array {
  const shape = [count, CLASSES];
  const jacobians = softmaxJacobian(softmax(scores, { shape }), { shape });
  const hessian = new Float64Array(SIZE * SIZE);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < INPUTS; i++) {
      for (let j = 0; j < INPUTS; j++) {
        const weight = (inputs[row * INPUTS + i] * inputs[row * INPUTS + j]) / count;
        for (let c = 0; c < CLASSES; c++) {
          for (let d = 0; d < CLASSES; d++) {
            const at = (i * CLASSES + c) * SIZE + j * CLASSES + d;
            hessian[at] += weight * jacobians[(row * CLASSES + c) * CLASSES + d];
          }
        }
      }
    }
  }
  for (let a = 0; a < SIZE; a++) hessian[a * SIZE + a] += penalty;
  return hessian;
}
