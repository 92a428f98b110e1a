export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/** One hidden layer: logits = relu(pixels · first + firstBias) · second + secondBias. */
export interface Network {
  /** [784, hidden] */
  readonly first: Float32Array;
  readonly firstBias: Float32Array;
  /** [hidden, 10] */
  readonly second: Float32Array;
  readonly secondBias: Float32Array;
}

/** [count, 784], ink from 0 to 1 → [count, 10] */
export function logitsOf(network: Network, pixels: Float32Array, count: number): Float32Array {
  return affine(hiddenOf(network, pixels, count), network.second, network.secondBias, count);
}

/** [count, 784] → [count, hidden] */
export function hiddenOf({ first, firstBias }: Network, pixels: Float32Array, count: number): Float32Array {
  const hidden = affine(pixels, first, firstBias, count);
  for (let k = 0; k < hidden.length; k++) if (hidden[k] < 0) hidden[k] = 0;
  return hidden;
}

/** inputs · weights + bias. Most inputs are 0: blank paper, or a unit that is off. */
export function affine(
  inputs: Float32Array,
  weights: Float32Array,
  bias: Float32Array,
  count: number,
): Float32Array {
  const outputs = bias.length;
  const width = inputs.length / count;
  const result = new Float32Array(count * outputs);
  for (let row = 0; row < count; row++) {
    const to = row * outputs;
    result.set(bias, to);
    for (let i = 0; i < width; i++) {
      const input = inputs[row * width + i];
      if (input === 0) continue;
      for (let o = 0; o < outputs; o++) result[to + o] += input * weights[i * outputs + o];
    }
  }
  return result;
}

/** Integers from −127 to 127 that stand for scale · q. */
export interface Quantized {
  readonly integers: Int8Array;
  readonly scale: number;
}

export function quantize(values: Float32Array): Quantized {
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  return { integers: Int8Array.from(values, (value) => Math.round(value / scale)), scale };
}

export function dequantize({ integers, scale }: Quantized): Float32Array {
  return Float32Array.from(integers, (integer) => scale * integer);
}
