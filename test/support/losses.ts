import type { FloatArray } from "../../src/index.js";
import {
  add,
  type DoubleDouble,
  divide,
  multiply,
  multiplyByNumber,
  negate,
  ONE,
  type Scaled,
  scaleByPowerOfTwo,
  twoSum,
  ZERO,
} from "./doubleDouble.js";
import { FULL } from "./extent.js";
import { forEachLane, gather, type Lanes } from "./lanes.js";
import { normal, random, uniform } from "./random.js";
import { laneReference, ScaledArray } from "./reference.js";
import type { ElementType } from "./ulp.js";

/** What a loss is taken of: labels, with -100 for an ignored lane, or else targets. Weights are of the type of x. */
export interface LossProblem {
  readonly lanes: Lanes;
  readonly labels?: readonly number[];
  readonly targets?: FloatArray;
  readonly weight?: FloatArray;
  readonly labelSmoothing?: number;
  readonly temperature?: number;
}

export interface LaneLoss {
  readonly loss: Scaled;
  /** Of this loss with respect to the logits. */
  readonly gradient: ScaledArray;
  /** The larger of p Σ q / T and q / T, whose difference the gradient is. */
  readonly cancelling: Float64Array;
}

export interface LossReference {
  /** Undefined where the label is ignored. */
  readonly lanes: readonly (LaneLoss | undefined)[];
  /** What the mean divides the sum of the losses by. */
  readonly divisor: DoubleDouble;
}

/** torch.nn.functional.cross_entropy by the definitions in its documentation, in double-double. */
export function lossReference({
  lanes,
  labels,
  targets,
  weight,
  labelSmoothing = 0,
  temperature = 1,
}: LossProblem): LossReference {
  const { x, length, inner } = lanes;
  const weights = Array.from({ length }, (_, k) => weight?.[k] ?? 1);
  const kept = twoSum(1, -labelSmoothing);
  const share = divide(number(labelSmoothing), number(length));
  const results: (LaneLoss | undefined)[] = [];
  let divisor = ZERO;
  forEachLane(lanes, (lane, offset) => {
    const label = labels?.[lane];
    if (label === -100) {
      results.push(undefined);
      return;
    }
    // Labels: (1 - ε) w_y loss_y + ε / C Σ w loss. Targets: Σ w (q (1 - ε) + ε / C) loss.
    const shares = weights.map((w) => multiplyByNumber(share, w));
    const aims = shares.map((part, k) => {
      const q = label === undefined ? (targets?.[offset + k * inner] ?? 0) : Number(k === label);
      return add(part, multiplyByNumber(multiplyByNumber(kept, q), weights[k]));
    });
    divisor = add(divisor, number(label === undefined ? 1 : weights[label]));
    results.push(laneLoss(gather(x, offset, length, inner), aims, temperature));
  });
  return { lanes: results, divisor };
}

/** Σ q (-log softmax(x / T)) over the one lane x, and its gradient (softmax(x / T) Σ q - q) / T. */
export function laneLoss(x: ArrayLike<number>, q: readonly DoubleDouble[], temperature: number): LaneLoss {
  const { softmax, logSoftmax } = laneReference(x, temperature);
  const products = q.map((aim, k) => times(negate(aim), logSoftmax.at(k)));
  let derivatives: Pick<LaneLoss, "gradient" | "cancelling"> | undefined;
  // Computed when it is asked for, as most tests want the loss alone.
  const derived = () => (derivatives ??= laneGradient(x.length, softmax, q, temperature));
  return {
    loss: sumOf(products),
    get gradient() {
      return derived().gradient;
    },
    get cancelling() {
      return derived().cancelling;
    },
  };
}

function laneGradient(
  length: number,
  softmax: ScaledArray,
  q: readonly DoubleDouble[],
  temperature: number,
): Pick<LaneLoss, "gradient" | "cancelling"> {
  const total = q.reduce(add, ZERO);
  const gradient = new ScaledArray(length);
  const cancelling = new Float64Array(length);
  const inverse = divide(ONE, number(temperature));
  for (let k = 0; k < length; k++) {
    // p Σ q - q = p Σ' q - q Σ' p, where Σ' leaves out element k: for a label one of the two is 0.
    const p = softmax.at(k);
    const probability = p.high * 2 ** p.exponent;
    const rest = q[k].high === 0 ? scaled(ZERO) : probability > 0.5 ? sumWithout(softmax, k) : complement(p);
    const up = times(add(total, negate(q[k])), p);
    const down = times(negate(q[k]), rest);
    const value = times(inverse, sumOf([up, down]));
    gradient.set(k, value, value.exponent);
    cancelling[k] = Math.max(probability * Math.abs(total.high), Math.abs(q[k].high)) / temperature;
  }
  return { gradient, cancelling };
}

/** The sum, or the mean, of the losses. */
export function reduced({ lanes, divisor }: LossReference, reduction: "mean" | "sum"): Scaled {
  const total = sumOf(lanes.map((lane) => lane?.loss ?? scaled(ZERO)));
  return reduction === "sum" ? total : { ...divide(total, divisor), exponent: total.exponent };
}

export function number(high: number): DoubleDouble {
  return { high, low: 0 };
}

export function times(a: DoubleDouble, b: Scaled): Scaled {
  return { ...multiply(a, b), exponent: b.exponent };
}

/** In units of the largest term, so that tiny sums keep their bits. */
export function sumOf(terms: readonly Scaled[]): Scaled {
  let exponent = Number.NEGATIVE_INFINITY;
  for (const term of terms) if (term.high !== 0) exponent = Math.max(exponent, term.exponent);
  if (exponent === Number.NEGATIVE_INFINITY) return scaled(ZERO);
  let sum = ZERO;
  for (const term of terms) {
    const shift = term.exponent - exponent;
    if (term.high !== 0 && shift > -900) sum = add(sum, scaleByPowerOfTwo(term, shift));
  }
  return { ...sum, exponent };
}

function scaled(value: DoubleDouble): Scaled {
  return { ...value, exponent: 0 };
}

function complement(p: Scaled): Scaled {
  return scaled(add(ONE, negate(scaleByPowerOfTwo(p, p.exponent))));
}

function sumWithout(values: ScaledArray, index: number): Scaled {
  return sumOf(Array.from({ length: values.length }, (_, k) => (k === index ? scaled(ZERO) : values.at(k))));
}

const SHAPES: [outer: number, length: number, inner: number][] = [
  [1, 10, 1],
  [1, FULL ? 1000 : 200, 1],
  [9, 1, 1],
  [40, 2, 1],
  [FULL ? 40 : 20, 7, 1],
  [FULL ? 9 : 3, 100, 1],
  [3, 1, 5],
  [5, 9, 6],
  [1, 33, FULL ? 40 : 9],
];

export interface LossCase {
  readonly name: string;
  readonly inputs: () => LossProblem[];
}

/** Every combination of options, over lanes of every kind. */
export function problems(type: ElementType): LossCase[] {
  const cases: LossCase[] = [];
  for (const kind of ["labels", "targets"] as const) {
    for (const isWeighted of [false, true]) {
      for (const labelSmoothing of [0, 0.1]) {
        for (const temperature of [1, 0.7]) {
          const name = `${kind}${isWeighted ? ", weights" : ""}, labelSmoothing ${labelSmoothing}, temperature ${temperature}`;
          const inputs = () =>
            SHAPES.map(([outer, length, inner], seed) => {
              const lanes = { x: normal(type, outer * length * inner, 4, seed), outer, length, inner };
              const weight = isWeighted ? uniform(type, length, 0.1, 3, 6) : undefined;
              const shared = { lanes, weight, labelSmoothing, temperature };
              return kind === "labels"
                ? { ...shared, labels: labelsFor(lanes) }
                : { ...shared, targets: targetsFor(type, lanes) };
            });
          cases.push({ name, inputs });
        }
      }
    }
  }
  return cases;
}

/** One label in ten is ignored. */
export function labelsFor({ outer, length, inner }: Lanes): number[] {
  const next = random(length);
  return Array.from({ length: outer * inner }, () => (next() < 0.1 ? -100 : Math.floor(next() * length)));
}

/** Probabilities, but that a lane adds up to 1 only roughly; some are 0. */
export function targetsFor(type: ElementType, { x, length }: Lanes): FloatArray {
  return uniform(type, x.length, -0.5 / length, 2.5 / length, 5).map((q) => Math.max(q, 0)) as FloatArray;
}
