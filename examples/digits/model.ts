import { crossEntropyGrad } from "softmax-wasm";
import { CLASSES, type Digits, PIXELS, type Progress, range } from "./data.js";

/**
 * Multinomial logistic regression: logits = pixels · weights + bias, probabilities = softmax(logits).
 * `weights` is [784, 10], `bias` is [10].
 */
export interface Model {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface Schedule {
  readonly epochs: number;
  readonly batch: number;
  /** The first step length; it falls evenly to zero, so that the last steps only settle. */
  readonly rate: number;
}

/** Mini-batch gradient descent on the log-loss. The digits are taken in the order given. */
export function train(digits: Digits, schedule: Schedule, onProgress: Progress = () => {}): Model {
  const model = { weights: new Float32Array(PIXELS * CLASSES), bias: new Float32Array(CLASSES) };
  const steps = Math.ceil(digits.count / schedule.batch);
  for (let epoch = 0; epoch < schedule.epochs; epoch++) {
    const rate = schedule.rate * (1 - epoch / schedule.epochs);
    for (let step = 0; step < steps; step++) {
      descend(model, range(digits, step * schedule.batch, (step + 1) * schedule.batch), rate);
    }
    onProgress((epoch + 1) / schedule.epochs);
  }
  return model;
}

/** One step down the gradient of the mean log-loss. */
function descend(model: Model, digits: Digits, rate: number): void {
  const { weights, bias } = model;
  const { count, pixels, labels } = digits;
  const classes = bias.length;
  const inputs = pixels.length / count;

  const logits = computeLogits(model, digits);
  const gradient = crossEntropyGrad(logits, labels, { shape: [count, classes], out: logits });
  for (let row = 0; row < count; row++) {
    const from = row * classes;
    for (let c = 0; c < classes; c++) bias[c] -= rate * gradient[from + c];
    for (let i = 0; i < inputs; i++) {
      const ink = pixels[row * inputs + i];
      if (ink === 0) continue; // four fifths of a digit is blank paper
      for (let c = 0; c < classes; c++) weights[i * classes + c] -= rate * ink * gradient[from + c];
    }
  }
}

/** [count, 784] · [784, 10] + [10] = [count, 10] */
export function computeLogits({ weights, bias }: Model, { count, pixels }: Digits): Float32Array {
  const classes = bias.length;
  const inputs = pixels.length / count;
  const logits = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) {
    const to = row * classes;
    logits.set(bias, to);
    for (let i = 0; i < inputs; i++) {
      const ink = pixels[row * inputs + i];
      if (ink === 0) continue;
      for (let c = 0; c < classes; c++) logits[to + c] += ink * weights[i * classes + c];
    }
  }
  return logits;
}
