import type { Functions } from "../../src/functions/instance.js";
import type { FloatArray } from "../../src/index.js";
import { fill, floatArray, uniform } from "./random.js";
import type { ElementType } from "./ulp.js";

/** The arguments of some calls. New ones each time, as a call may overwrite them. */
type Inputs = (type: ElementType) => unknown[][];

/** Of 288 elements: lanes of 24 at no single stride, which are gathered; of 12 along the middle; of 24 in rows. */
const gathered = () => ({ shape: [4, 12, 6], axis: [0, 2] });
const strided = () => ({ shape: [4, 12, 6], axis: 1 });
const rows = () => ({ shape: [12, 24] });
/** Of 2,709 elements: lanes of 9 beside each other, and not in whole vectors. */
const wide = () => ({ shape: [9, 301], axis: 0 });
const WIDE = 2709;
/** Past the length at which a row is computed in chunks. */
const LONG = 66_001;

// Only arithmetic that every engine rounds alike: no Math.log, Math.exp or Math.cos.
const logits = (type: ElementType, length = 288) => uniform(type, length, -9, 9, 1);
const gradients = (type: ElementType, length = 288) => uniform(type, length, -2, 2, 2);
const probabilities = (type: ElementType) => uniform(type, 288, 0, 1, 3);
const list = (length: number) => Array.from(uniform("f64", length, -2, 2, 4));
const mask = (length = 288) => Uint8Array.from({ length }, (_, k) => (k % 5 === 0 ? 0 : 1));
const labels = (count: number) => Array.from({ length: count }, (_, k) => (k === 3 ? -1 : k % 12));
const huge = () => fill("f64", 288, (k) => (k % 24 < 3 ? 1.7e308 : k % 2 === 0 ? 1e300 : -1e300));
const empty = (type: ElementType) => floatArray(type, 0);

/** Rows of which some hold NaN or an infinity, and some -0. */
const special = (type: ElementType) =>
  fill(type, 288, (k) => {
    if (k % 97 === 5) return k < 100 ? Number.NaN : Number.POSITIVE_INFINITY;
    return k % 31 === 7 ? Number.NEGATIVE_INFINITY : k % 13 === 0 ? -0 : (k % 17) - 8;
  });

/** Lanes of `length`, each of which adds up to 1. */
function simplex(type: ElementType, length: number, count: number): FloatArray {
  const p = uniform(type, length * count, 0.1, 1, 5);
  for (let from = 0; from < p.length; from += length) {
    let sum = 0;
    for (let k = from; k < from + length; k++) sum += p[k];
    for (let k = from; k < from + length; k++) p[k] /= sum;
  }
  return p;
}

/** The first argument is `out` too. */
function inPlace(array: FloatArray, options: object, ...others: unknown[]): unknown[] {
  return [array, ...others, { ...options, out: array }];
}

const transform: Inputs = (type) => [
  [logits(type)],
  [list(10)],
  [empty(type)],
  [empty(type), { shape: [3, 0] }],
  [special(type), rows()],
  [logits(type, LONG)],
  [logits(type, WIDE), wide()],
  [logits(type), { ...gathered(), temperature: 2.5 }],
  [logits(type), { ...strided(), mask: mask() }],
  [logits(type), { ...gathered(), mask: mask() }],
  [logits(type), { ...rows(), mask: mask(24), out: floatArray(type, 288) }],
  [logits(type), { ...rows(), normalizer: list(12).map((value) => value + 12) }],
  [logits(type), { ...rows(), normalizer: list(12), mask: mask() }],
  [logits(type), { ...gathered(), normalizer: list(12).map((value) => value + 12) }],
  inPlace(logits(type), gathered()),
  inPlace(logits(type), rows()),
];

function sum(out: (type: ElementType) => unknown): Inputs {
  return (type) => [
    [logits(type)],
    [[]],
    [special(type), rows()],
    [logits(type, LONG)],
    [logits(type, WIDE), wide()],
    [logits(type), { weights: list(288), mask: mask() }],
    [logits(type), { ...rows(), out: out(type) }],
    [logits(type), { ...strided(), weights: gradients(type, 12) }],
    [logits(type), { ...gathered(), mask: mask() }],
    [logits(type), { ...gathered(), weights: list(24), mask: mask(24), out: out(type) }],
    [fill(type, 288, (k) => (k < 30 ? -1 / 0 : k)), { ...rows(), weights: gradients(type, 24) }],
    [gradients("f64"), { ...rows(), weights: huge() }],
    [gradients("f64"), { ...gathered(), weights: huge() }],
  ];
}

const product: Inputs = (type) => [
  [probabilities(type), list(288)],
  [empty(type), []],
  [special(type), gradients(type), rows()],
  [uniform(type, LONG, -12, 0, 6), gradients(type, LONG)],
  [uniform(type, WIDE, -6, 0, 6), gradients(type, WIDE), wide()],
  [probabilities(type), gradients(type), { ...gathered(), temperature: 3 }],
  inPlace(probabilities(type), rows(), gradients(type)),
];

const loss: Inputs = (type) => [
  [logits(type), [3]],
  [special(type), labels(12), { ...rows(), ignoreIndex: -1, reduction: "none" }],
  [logits(type), labels(24), { ...strided(), ignoreIndex: -1, weight: list(12).map(Math.abs) }],
  [logits(type), labels(12), { ...gathered(), ignoreIndex: -1, labelSmoothing: 0.1 }],
  [logits(type), labels(12), { ...rows(), ignoreIndex: -1, reduction: "none" }],
  [logits(type), simplex(type, 24, 12), { ...rows(), reduction: "sum", temperature: 2 }],
  [logits(type), list(288), { ...gathered(), labelSmoothing: 0.2, weight: list(24).map(Math.abs) }],
  [empty(type), [], { shape: [0, 3], reduction: "none" }],
];

/** Labels that the logits often contradict, and -1 here and there. */
const labelled: Inputs = (type) => [
  [logits(type), labels(12), { ...rows(), ignoreIndex: -1 }],
  [logits(type), labels(24), { ...strided(), ignoreIndex: -1, weight: list(12).map(Math.abs) }],
  [logits(type), labels(12), { ...gathered(), ignoreIndex: -1, mask: mask(24).fill(1, 0, 12) }],
  [logits(type, WIDE), Int8Array.from({ length: 301 }, (_, k) => k % 9), wide()],
  [logits(type), [0]],
  [special(type), labels(12), { ...rows(), ignoreIndex: -1 }],
  [empty(type), [], { shape: [0, 3] }],
];

const element: Inputs = (type) => [
  [probabilities(type)],
  [uniform(type, 1001, -40, 40, 7)],
  [special(type)],
  [list(10)],
  [empty(type)],
  inPlace(probabilities(type), {}),
];

const jacobian: Inputs = (type) => [
  [simplex(type, 5, 1)],
  [simplex(type, 4, 9), { shape: [9, 4] }],
  [simplex(type, 1, 6), { shape: [2, 1, 3], axis: 1 }],
];

/** The table of inputs, a row for each function of the list: calls that take every path of the function. */
export const INPUTS: Readonly<Record<keyof Functions, Inputs>> = {
  softmax: transform,
  logSoftmax: transform,
  logSumExp: sum((type) => floatArray(type, 12)),
  logSumExpSigned: sum((type) => ({ value: floatArray(type, 12), sign: floatArray(type, 12) })),
  entropy: (type) => [
    [logits(type)],
    [[]],
    [list(10)],
    [special(type), rows()],
    [logits(type, LONG)],
    [logits(type, WIDE), wide()],
    [logits(type), { ...rows(), temperature: 2.5, out: floatArray(type, 12) }],
    [logits(type), { ...strided(), mask: mask() }],
    [logits(type), { ...gathered(), mask: mask(24) }],
  ],
  topK: (type) => [
    [logits(type), 7],
    [list(10), 3],
    [[], 3],
    [special(type), 5, rows()],
    [logits(type, LONG), 50],
    [logits(type, WIDE), 2, wide()],
    [logits(type), 5, { ...strided(), mask: mask() }],
    [logits(type), 30, { ...gathered(), mask: mask(24) }],
    [logits(type), 2, { ...rows(), out: { values: floatArray(type, 24), indices: new Int32Array(24) } }],
  ],
  argmax: (type) => [
    [logits(type)],
    [[]],
    [special(type), rows()],
    [logits(type, LONG)],
    [logits(type), { ...gathered(), mask: mask(24) }],
    [logits(type), { ...strided(), out: new Int32Array(24) }],
  ],
  penalize: (type) => [
    [logits(type), [0, 5, 5, 287], { repetition: 1.3, frequency: 0.5, presence: 0.25, window: 3 }],
    [special(type), Array.from(special(type).keys()), { repetition: 2, out: floatArray(type, 288) }],
  ],
  logAddExp: (type) => [
    [logits(type), 1],
    [logits(type), list(288)],
    [special(type), logits(type)],
    inPlace(logits(type), {}, gradients(type)),
  ],
  logDiffExp: (type) => [
    [logits(type), -10],
    [logits(type), list(288)],
    [special(type), logits(type)],
    [uniform(type, 1001, 0, 30, 7), uniform(type, 1001, -40, 0, 8)],
    [uniform(type, 1001, 0, 2 ** -20, 7), uniform(type, 1001, -(2 ** -20), 0, 8)],
    inPlace(logits(type), {}, gradients(type)),
  ],
  softmaxVjp: product,
  logSoftmaxVjp: product,
  logSumExpVjp: (type) => [
    [logits(type), 2],
    [special(type), list(12), rows()],
    [logits(type), list(12), gathered()],
    inPlace(logits(type), strided(), list(24)),
  ],
  softmaxJacobian: jacobian,
  softmaxHessian: jacobian,
  crossEntropy: (type) => [
    ...loss(type),
    [logits(type), labels(12), { ...rows(), ignoreIndex: -1, reduction: "none", out: floatArray(type, 12) }],
  ],
  crossEntropyGrad: (type) => [
    ...loss(type),
    inPlace(logits(type), { ...rows(), ignoreIndex: -1 }, labels(12)),
  ],
  fitTemperature: labelled,
  calibration: labelled,
  alr: (type) => [
    [simplex(type, 12, 12), { shape: [12, 12], reference: -1, scale: 3 }],
    [logits(type), { ...strided(), reference: 5, validate: false }],
  ],
  alrInverse: (type) => [
    [logits(type), { ...strided(), reference: 5, scale: 3 }],
    [list(100), { out: new Float64Array(101) }],
  ],
  clr: (type) => [
    [simplex(type, 24, 12), rows()],
    inPlace(probabilities(type), { ...gathered(), validate: false }),
  ],
  clrInverse: (type) => [[logits(type), gathered()], inPlace(logits(type), rows())],
  alrJacobian: jacobian,
  alrInverseJacobian: jacobian,
  clrJacobian: jacobian,
  clrInverseJacobian: jacobian,
  sigmoid: element,
  logSigmoid: element,
  softplus: element,
  logit: element,
};
