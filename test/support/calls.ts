import type { Functions } from "../../src/functions/instance.js";
import type { FloatArray } from "../../src/index.js";
import { fill, floatArray, normal, uniform } from "./random.js";
import type { ElementType } from "./ulp.js";

/** A call of one of the functions. */
export interface Call {
  readonly operation: keyof Functions;
  /** New ones each time, as a call may overwrite them. */
  readonly args: () => unknown[];
}

/** Of 288 elements: lanes of 24 at no single stride, which are gathered; of 12 along the middle; of 24 in rows. */
const gathered = () => ({ shape: [4, 12, 6], axis: [0, 2] });
const strided = () => ({ shape: [4, 12, 6], axis: 1 });
const rows = () => ({ shape: [12, 24] });

/** Calls that take every path of every function: one step or several, on the kernels or beside them, or no step. */
export function callsOf(type: ElementType): Call[] {
  const x = (length = 288) => normal(type, length, 3, 1);
  const empty = () => floatArray(type, 0);
  const lane = (length = 24) => normal(type, length, 1, 2);
  const list = (length: number) => Array.from(normal("f64", length, 1, 3));
  const mask = (length = 288) => Uint8Array.from({ length }, (_, k) => (k % 5 === 0 ? 0 : 1));
  const simplex = (length: number, count: number) => {
    const p = uniform(type, length * count, 0.1, 1, 4);
    for (let from = 0; from < p.length; from += length) {
      let sum = 0;
      for (let k = from; k < from + length; k++) sum += p[k];
      for (let k = from; k < from + length; k++) p[k] /= sum;
    }
    return p;
  };
  /** The first argument is `out` too. */
  const inPlace = (array: FloatArray, options: object, ...others: unknown[]) => [
    array,
    ...others,
    { ...options, out: array },
  ];
  const labels = (count: number) => Array.from({ length: count }, (_, k) => (k === 3 ? -1 : k % 12));
  const huge = () => fill("f64", 288, (k) => (k % 24 < 3 ? 1.7e308 : k % 2 === 0 ? 1e300 : -1e300));

  const transforms = (["softmax", "logSoftmax"] as const).flatMap((operation): Call[] => [
    { operation, args: () => [x()] },
    { operation, args: () => [list(10)] },
    { operation, args: () => [empty()] },
    { operation, args: () => [empty(), { shape: [3, 0] }] },
    { operation, args: () => [x(), { ...gathered(), temperature: 2.5 }] },
    { operation, args: () => [x(), { ...strided(), mask: mask() }] },
    { operation, args: () => [x(), { ...gathered(), mask: mask() }] },
    { operation, args: () => [x(), { ...rows(), mask: mask(24), out: floatArray(type, 288) }] },
    { operation, args: () => [x(), { ...rows(), normalizer: list(12).map((value) => value + 9) }] },
    { operation, args: () => [x(), { ...rows(), normalizer: list(12), mask: mask() }] },
    { operation, args: () => [x(), { ...gathered(), normalizer: list(12).map((value) => value + 9) }] },
    { operation, args: () => inPlace(x(), gathered()) },
    { operation, args: () => inPlace(x(), rows()) },
  ]);
  const sums = (["logSumExp", "logSumExpSigned"] as const).flatMap((operation): Call[] => {
    const out = () => {
      const value = floatArray(type, 12);
      return operation === "logSumExp" ? value : { value, sign: floatArray(type, 12) };
    };
    return [
      { operation, args: () => [x()] },
      { operation, args: () => [[]] },
      { operation, args: () => [x(), { weights: list(288), mask: mask() }] },
      { operation, args: () => [x(), { ...rows(), out: out() }] },
      { operation, args: () => [x(), { ...strided(), weights: lane(12) }] },
      { operation, args: () => [x(), { ...gathered(), mask: mask() }] },
      { operation, args: () => [x(), { ...gathered(), weights: list(24), mask: mask(24), out: out() }] },
      {
        operation,
        args: () => [fill(type, 288, (k) => (k < 30 ? -1 / 0 : k)), { ...rows(), weights: lane() }],
      },
      { operation, args: () => [normal("f64", 288, 1, 5), { ...rows(), weights: huge() }] },
      { operation, args: () => [normal("f64", 288, 1, 5), { ...gathered(), weights: huge() }] },
    ];
  });
  const products = (["softmaxVjp", "logSoftmaxVjp"] as const).flatMap((operation): Call[] => [
    { operation, args: () => [x(), list(288)] },
    { operation, args: () => [empty(), []] },
    { operation, args: () => [x(), x(), { ...gathered(), temperature: 3 }] },
    { operation, args: () => inPlace(x(), rows(), x()) },
  ]);
  const losses = (["crossEntropy", "crossEntropyGrad"] as const).flatMap((operation): Call[] => [
    { operation, args: () => [x(), [3]] },
    { operation, args: () => [x(), labels(24), { ...strided(), ignoreIndex: -1, weight: list(12) }] },
    { operation, args: () => [x(), labels(12), { ...gathered(), ignoreIndex: -1, labelSmoothing: 0.1 }] },
    { operation, args: () => [x(), labels(12), { ...rows(), ignoreIndex: -1, reduction: "none" }] },
    { operation, args: () => [x(), simplex(24, 12), { ...rows(), reduction: "sum", temperature: 2 }] },
    { operation, args: () => [x(), list(288), { ...gathered(), labelSmoothing: 0.2, weight: list(24) }] },
    { operation, args: () => [empty(), [], { shape: [0, 3], reduction: "none" }] },
  ]);
  const elementwise = (["sigmoid", "logSigmoid", "softplus", "logit"] as const).flatMap(
    (operation): Call[] => [
      { operation, args: () => [uniform(type, 288, 0, 1, 6)] },
      { operation, args: () => [list(10)] },
      { operation, args: () => [empty()] },
      { operation, args: () => inPlace(uniform(type, 288, 0, 1, 7), {}) },
    ],
  );
  return [
    ...transforms,
    ...sums,
    ...products,
    ...losses,
    ...elementwise,
    {
      operation: "crossEntropy",
      args: () => [
        x(),
        labels(12),
        { ...rows(), ignoreIndex: -1, reduction: "none", out: floatArray(type, 12) },
      ],
    },
    { operation: "crossEntropyGrad", args: () => inPlace(x(), { ...rows(), ignoreIndex: -1 }, labels(12)) },
    { operation: "logSumExpVjp", args: () => [x(), 2] },
    { operation: "logSumExpVjp", args: () => [x(), list(12), gathered()] },
    { operation: "logSumExpVjp", args: () => inPlace(x(), strided(), list(24)) },
    { operation: "logAddExp", args: () => [x(), 1] },
    { operation: "logAddExp", args: () => [x(), list(288)] },
    { operation: "logAddExp", args: () => inPlace(x(), {}, x()) },
    { operation: "alr", args: () => [simplex(12, 12), { shape: [12, 12], reference: -1, scale: 3 }] },
    { operation: "alr", args: () => [x(), { ...strided(), reference: 5, validate: false }] },
    { operation: "alrInverse", args: () => [x(), { ...strided(), reference: 5, scale: 3 }] },
    { operation: "alrInverse", args: () => [list(100), { out: new Float64Array(101) }] },
    { operation: "clr", args: () => [simplex(24, 12), rows()] },
    { operation: "clr", args: () => inPlace(x(), { ...gathered(), validate: false }) },
    { operation: "clrInverse", args: () => [x(), gathered()] },
    { operation: "clrInverse", args: () => inPlace(x(), rows()) },
  ];
}
