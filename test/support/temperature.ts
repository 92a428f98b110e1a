import type { FloatArray } from "../../src/index.js";
import { Exact, exact } from "./decimal.js";
import { add, type DoubleDouble, negate, scaleByPowerOfTwo, ZERO } from "./doubleDouble.js";
import { fill, normal, random } from "./random.js";
import { laneReference } from "./reference.js";
import type { ElementType } from "./ulp.js";

/** Rows of logits with a label each. */
export interface Labelled {
  readonly x: FloatArray;
  readonly labels: Int32Array;
  readonly shape: readonly [rows: number, classes: number];
}

/** Logits `factor` times those by which the labels have been drawn: the true temperature is `factor`. */
export function drawn(
  type: ElementType,
  rows: number,
  classes: number,
  factor: number,
  seed: number,
): Labelled {
  const truth = normal("f64", rows * classes, 1.5, seed);
  const next = random(seed + 1);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    // The largest of logits with Gumbel noise is drawn by their softmax.
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) {
      const noisy = truth[row * classes + k] - Math.log(-Math.log(1 - next()));
      if (noisy <= best) continue;
      best = noisy;
      labels[row] = k;
    }
  }
  return { x: fill(type, truth.length, (k) => factor * truth[k]), labels, shape: [rows, classes] };
}

/** Logits N(0, 3²) with labels that are as likely to be any. */
export function labelled(
  type: ElementType,
  rows: number,
  classes: number,
  seed: number,
  deviation = 3,
): Labelled {
  const next = random(seed + 99);
  const labels = Int32Array.from({ length: rows }, () => Math.floor(next() * classes));
  return { x: normal(type, rows * classes, deviation, seed), labels, shape: [rows, classes] };
}

/** The mean loss at β, its slope β L'(β), its curvature β² L''(β), and the mean of the terms of the slope. */
export interface ExactLoss {
  readonly loss: Exact;
  readonly slope: Exact;
  readonly curvature: Exact;
  readonly size: Exact;
}

/** By the definitions, to 60 digits. */
export function exactLoss({ x, labels, shape: [rows, classes] }: Labelled, inverse: Exact): ExactLoss {
  let [loss, slope, curvature, size] = Array.from({ length: 4 }, () => new Exact(0));
  for (let row = 0; row < rows; row++) {
    const logits = Array.from(x.subarray(row * classes, (row + 1) * classes), exact);
    const max = Exact.max(...logits);
    const distances = logits.map((logit) => max.minus(logit).times(inverse));
    const terms = distances.map((u) => u.neg().exp());
    const total = terms.reduce((sum, term) => sum.plus(term));
    let [mean, square] = [new Exact(0), new Exact(0)];
    for (const [k, term] of terms.entries()) {
      const weighed = term.times(distances[k]);
      mean = mean.plus(weighed);
      square = square.plus(weighed.times(distances[k]));
    }
    [mean, square] = [mean.div(total), square.div(total)];
    const aim = distances[labels[row]];
    loss = loss.plus(aim).plus(total.ln());
    slope = slope.plus(aim).minus(mean);
    size = size.plus(aim).plus(mean);
    curvature = curvature.plus(square).minus(mean.times(mean));
  }
  return {
    loss: loss.div(rows),
    slope: slope.div(rows),
    curvature: curvature.div(rows),
    size: size.div(rows),
  };
}

/** The sum of the losses at a temperature, to some 90 bits. */
function lossAt({ x, labels, shape: [rows, classes] }: Labelled, temperature: number): DoubleDouble {
  let loss = ZERO;
  for (let row = 0; row < rows; row++) {
    const { logSoftmax } = laneReference(x.subarray(row * classes, (row + 1) * classes), temperature);
    const { exponent, ...term } = logSoftmax.at(labels[row]);
    loss = add(loss, negate(scaleByPowerOfTwo(term, exponent)));
  }
  return loss;
}

/**
 * The temperature of the least loss, by comparing losses alone: golden section search in log T between 1 / 64 and 64. Losses of 90
 * bits tell temperatures apart that differ by 2^-45, as the loss is flat there.
 */
export function bruteForce(labelled: Labelled): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  const at = (log: number) => lossAt(labelled, Math.exp(log));
  let [a, b] = [-Math.log(64), Math.log(64)];
  let [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [atC, atD] = [at(c), at(d)];
  while (b - a > 1e-13) {
    if (atC.high < atD.high || (atC.high === atD.high && atC.low < atD.low)) {
      [b, d, atD] = [d, c, atC];
      c = b - ratio * (b - a);
      atC = at(c);
    } else {
      [a, c, atC] = [c, d, atD];
      d = a + ratio * (b - a);
      atD = at(d);
    }
  }
  return Math.exp((a + b) / 2);
}
