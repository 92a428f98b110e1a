import type { AsyncFunctions, Functions } from "../../src/functions/instance.js";
import type { FloatArray } from "../../src/index.js";
import { random } from "../support/random.js";
import { expectSame } from "../support/same.js";
import type { ElementType } from "../support/ulp.js";

export type Name = keyof Functions;
export type Arrays = { readonly [argument: string]: FloatArray | Uint8Array | Int32Array };

/** A function and its arguments. Arrays `x` and `y` are the first two, the others are options. */
export interface Call {
  readonly name: Name;
  readonly arrays: Arrays;
  readonly options: object;
}

/** The choices that make a call. Those that a function does not take have no effect. */
export interface Recipe {
  readonly name: SharedName;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly axis: number | readonly number[] | null;
  readonly temperature: number;
  /** Masks and weights are as long as x, or as one lane. */
  readonly mask?: "whole" | "lane";
  readonly weights?: "whole" | "lane";
  readonly normalizer?: boolean;
  readonly targets?: boolean;
  readonly labelSmoothing?: number;
  readonly weight?: boolean;
  readonly reduction?: "mean" | "sum" | "none";
  /** Whether some lanes hold NaN or infinities. */
  readonly edges?: boolean;
  readonly seed: number;
}

/** The functions that the calling thread computes: those that tabulate derivatives, and one of few elements. */
export const ALONE = [
  "softmaxJacobian",
  "softmaxHessian",
  "alrJacobian",
  "alrInverseJacobian",
  "clrJacobian",
  "clrInverseJacobian",
  "penalize",
] as const satisfies readonly Name[];

/** The functions with results of other types, which a pool shares by other rules: topK.test.ts is of these. */
export const RANKINGS = ["topK", "argmax"] as const satisfies readonly Name[];

/** The functions that call a backend several times, which calibration.test.ts runs in pools. */
type Composed = "fitTemperature" | "calibration";

/** A function that a pool shares. */
export type SharedName = Exclude<Name, (typeof ALONE | typeof RANKINGS)[number] | Composed>;

/** Every function that a pool shares, and the arrays among its arguments that `out` may be. */
export const OVERWRITABLE: { readonly [name in SharedName]: readonly string[] } = {
  softmax: ["x"],
  logSoftmax: ["x"],
  logSumExp: [],
  logSumExpSigned: [],
  entropy: [],
  logAddExp: ["x", "y"],
  logDiffExp: ["x", "y"],
  softmaxVjp: ["x", "y"],
  logSoftmaxVjp: ["x", "y"],
  logSumExpVjp: ["x"],
  crossEntropy: [],
  crossEntropyGrad: ["x"],
  alr: [],
  alrInverse: [],
  clr: ["x"],
  clrInverse: ["x"],
  sigmoid: ["x"],
  logSigmoid: ["x"],
  softplus: ["x"],
  logit: ["x"],
};
export const NAMES = Object.keys(OVERWRITABLE) as SharedName[];

/** Numbers uniform in [0, 1). Arrays start somewhere in them: drawing each number would take most of a test's time. */
const NUMBERS = Float32Array.from({ length: 2 ** 19 + 11 }, random(77));

export function callOf(recipe: Recipe): Call {
  const { name, type, shape, axis, temperature, seed } = recipe;
  const total = shape.reduce((product, size) => product * size, 1);
  const reduced = (axis === null ? shape.map((_, d) => d) : [axis].flat()).map((d) => shape.at(d) as number);
  const length = reduced.reduce((product, size) => product * size, 1);
  const lanes = total / length;
  const next = random(seed);
  const floats = (count: number, low: number, high: number) => {
    const array = type === "f32" ? new Float32Array(count) : new Float64Array(count);
    let from = Math.floor(next() * NUMBERS.length);
    for (let k = 0; k < count; k++) {
      array[k] = low + (high - low) * NUMBERS[from];
      if (++from === NUMBERS.length) from = 0;
    }
    return array;
  };
  const edged = (array: FloatArray) => {
    const edges = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38, -1e38];
    for (let k = 0; recipe.edges && k < 40; k++) {
      array[Math.floor(next() * array.length)] = edges[Math.floor(next() * edges.length)];
    }
    return array;
  };
  const bits = (count: number) => {
    const bytes = new Uint8Array(count);
    const u = floats(count, 0, 1);
    for (let k = 0; k < count; k++) bytes[k] = u[k] < 0.7 ? 1 : 0;
    return bytes;
  };
  const logits = () => edged(floats(total, -20, 20));
  const lanesOnly = { shape, axis };
  const options = { ...lanesOnly, temperature };
  switch (name) {
    case "softmax":
    case "logSoftmax":
    case "logSumExp":
    case "logSumExpSigned":
    case "entropy": {
      const isSum = name.startsWith("logSumExp");
      const ofLanes = (which: "whole" | "lane") => (which === "whole" ? total : length);
      return {
        name,
        arrays: {
          x: logits(),
          ...(recipe.mask && { mask: bits(ofLanes(recipe.mask)) }),
          ...(recipe.weights && isSum && { weights: edged(floats(ofLanes(recipe.weights), -0.5, 2)) }),
          ...(recipe.normalizer && !isSum && name !== "entropy" && { normalizer: floats(lanes, 15, 30) }),
        },
        options,
      };
    }
    case "logAddExp":
    case "logDiffExp":
      return { name, arrays: { x: logits(), y: logits() }, options: {} };
    case "softmaxVjp":
      return { name, arrays: { x: floats(total, 0, 0.1), y: logits() }, options };
    case "logSoftmaxVjp":
      return { name, arrays: { x: floats(total, -20, 0), y: logits() }, options };
    case "logSumExpVjp":
      return { name, arrays: { x: logits(), y: floats(lanes, -2, 2) }, options };
    case "crossEntropy":
    case "crossEntropyGrad": {
      const { labelSmoothing, reduction, targets } = recipe;
      const labels = () =>
        Int32Array.from(floats(lanes, 0, 1.1), (u) =>
          u < 1 ? Math.min(Math.floor(u * length), length - 1) : -100,
        );
      return {
        name,
        arrays: {
          x: logits(),
          y: targets ? floats(total, 0, 0.1) : labels(),
          ...(recipe.weight && { weight: floats(length, 0, 3) }),
        },
        options: {
          ...options,
          ...(reduction && { reduction }),
          ...(labelSmoothing !== undefined && { labelSmoothing }),
        },
      };
    }
    case "alr":
      return {
        name,
        arrays: { x: edged(floats(total, 0, 0.1)) },
        options: { ...lanesOnly, validate: false, reference: -1 },
      };
    case "alrInverse":
      return { name, arrays: { x: logits() }, options: { ...lanesOnly, scale: 2 } };
    case "clr":
      return {
        name,
        arrays: { x: edged(floats(total, 0, 0.1)) },
        options: { ...lanesOnly, validate: false },
      };
    case "clrInverse":
      return { name, arrays: { x: logits() }, options: lanesOnly };
    case "logit":
      return { name, arrays: { x: edged(floats(total, 0, 1)) }, options: {} };
    default:
      return { name, arrays: { x: logits() }, options: {} };
  }
}

/** Makes the call. */
export function execute(
  functions: Functions | AsyncFunctions,
  { name, arrays, options }: Call,
  out?: unknown,
): unknown {
  const { x, y, ...others } = arrays;
  const all = { ...options, ...others, ...(out !== undefined && { out }) };
  const call = functions[name] as (...args: unknown[]) => unknown;
  return y === undefined ? call(x, all) : call(x, y, all);
}

/** The numbers of a result, which is one or two arrays, or one or two numbers. */
export function numbersOf(result: unknown): FloatArray[] {
  if (typeof result === "number") return [Float64Array.of(result)];
  if (ArrayBuffer.isView(result)) return [result as FloatArray];
  return Object.values(result as object).flatMap(numbersOf);
}

export function expectSameResults(actual: unknown, expected: unknown): void {
  const numbers = numbersOf(actual);
  for (const [k, array] of numbersOf(expected).entries()) expectSame(numbers[k], array);
}
