import { createSoftmax } from "softmax-wasm";
import { type Digits, range } from "../../examples/digits/data.js";
import { uniform } from "../../examples/random.js";
import { affine, CLASSES, hiddenOf, type Network, PIXELS } from "../src/sections/digits/network.js";

/** The same bits on every machine, which relaxed SIMD does not promise. */
const { crossEntropyGrad } = createSoftmax({ backend: "simd" });

export interface Schedule {
  readonly hidden: number;
  readonly epochs: number;
  readonly batch: number;
  /** The first step length; it falls evenly to zero. */
  readonly rate: number;
  readonly seed: number;
}

/** Mini-batch gradient descent on the log-loss, from seeded weights (He et al., 2015), in the order of the digits. */
export function train(digits: Digits, { hidden, epochs, batch, rate, seed }: Schedule): Network {
  const random = uniform(seed);
  const network: Network = {
    first: randomWeights(PIXELS, hidden, random),
    firstBias: new Float32Array(hidden),
    second: randomWeights(hidden, CLASSES, random),
    secondBias: new Float32Array(CLASSES),
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let from = 0; from < digits.count; from += batch) {
      descend(network, range(digits, from, from + batch), rate * (1 - epoch / epochs));
    }
  }
  return network;
}

function randomWeights(inputs: number, outputs: number, random: () => number): Float32Array {
  const limit = Math.sqrt(6 / inputs);
  return Float32Array.from({ length: inputs * outputs }, () => limit * (2 * random() - 1));
}

/** One step down the gradient of the mean log-loss. */
function descend(network: Network, { count, pixels, labels }: Digits, rate: number): void {
  const { first, firstBias, second, secondBias } = network;
  const hidden = hiddenOf(network, pixels, count);
  const logits = affine(hidden, second, secondBias, count);
  const dLogits = crossEntropyGrad(logits, labels, { shape: [count, CLASSES], out: logits });
  const dHidden = hiddenGradient(hidden, dLogits, second, count);
  update(second, secondBias, hidden, dLogits, count, rate);
  update(first, firstBias, pixels, dHidden, count, rate);
}

/** dLogits · secondᵀ, where the unit was on. */
function hiddenGradient(
  hidden: Float32Array,
  dLogits: Float32Array,
  second: Float32Array,
  count: number,
): Float32Array {
  const width = hidden.length / count;
  return hidden.map((value, k) => {
    if (value === 0) return 0;
    const row = Math.floor(k / width) * CLASSES;
    const unit = (k % width) * CLASSES;
    let sum = 0;
    for (let c = 0; c < CLASSES; c++) sum += dLogits[row + c] * second[unit + c];
    return sum;
  });
}

/** weights −= rate · inputsᵀ · gradient */
function update(
  weights: Float32Array,
  bias: Float32Array,
  inputs: Float32Array,
  gradient: Float32Array,
  count: number,
  rate: number,
): void {
  const outputs = bias.length;
  const width = inputs.length / count;
  for (let row = 0; row < count; row++) {
    const from = row * outputs;
    for (let o = 0; o < outputs; o++) bias[o] -= rate * gradient[from + o];
    for (let i = 0; i < width; i++) {
      const step = rate * inputs[row * width + i];
      if (step === 0) continue;
      for (let o = 0; o < outputs; o++) weights[i * outputs + o] -= step * gradient[from + o];
    }
  }
}
