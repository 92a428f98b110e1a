import type { Plain } from "./plain.js";

export type FloatArray = Float32Array | Float64Array;
export type BackendName = "relaxed" | "simd" | "js";

/** The three that everything else is made of. */
export type CoreOperation = "softmax" | "logSoftmax" | "logSumExp";

/**
 * The operations on lanes. T is the temperature, m the maximum of a lane; every sum is over a lane.
 *
 * | operation               | x      | y, per element | lanes, per lane    | out                                |
 * | ----------------------- | ------ | -------------- | ------------------ | ---------------------------------- |
 * | softmax                 | logits |                |                    | exp(x / T) / Σ exp(x / T)          |
 * | logSoftmax              | logits |                |                    | x / T - log Σ exp(x / T)           |
 * | logSumExp               | logits |                |                    | log Σ exp(x / T), one per lane     |
 * | logSumExpParts          | logits |                |                    | m, s, log(1 + s), rest: f64        |
 * | weightedParts           | logits | weights w      |                    | m, W, S: f64                       |
 * | normalizedSoftmax       | logits |                | L                  | exp(x / T - L)                     |
 * | softmaxVjp              | p      | dy             |                    | p (dy - Σ p dy) / T                |
 * | logSoftmaxVjp           | log p  | dy             |                    | (dy - p Σ dy) / T                  |
 * | logSumExpVjp            | logits |                | dy                 | softmax(x / T) dy / T              |
 * | crossEntropyGrad        | logits |                | coefficient, label | (softmax(x / T) - [label]) c / T   |
 * | crossEntropyTargetsGrad | logits | targets q      | coefficient        | (softmax(x / T) Σ q - q) c / T     |
 *
 * Parts are four or three f64 per lane whatever the type of x. Of log-sum-exp: m; s, the sum of exp((x - m) / T)
 * without one m; log(1 + s); and what rounding takes off s. With weights, of the elements whose weight is not 0: m;
 * W = Σ w where x = m; S = Σ w exp((x - m) / T) elsewhere. Where m is infinite the others mean nothing. A lane of no elements
 * has -Infinity and zeros. A coefficient of 0 makes a lane 0, whatever it holds.
 */
export type Operation =
  | CoreOperation
  | "logSumExpParts"
  | "weightedParts"
  | "normalizedSoftmax"
  | "softmaxVjp"
  | "logSoftmaxVjp"
  | "logSumExpVjp"
  | "crossEntropyGrad"
  | "crossEntropyTargetsGrad";

/** How many f64 an operation gives per lane, where these are its results; 0 of others. */
export function partsOf(operation: Operation | Elementwise): number {
  return operation === "logSumExpParts" ? 4 : operation === "weightedParts" ? 3 : 0;
}

/** The operations on single elements. `logRatio` is log(x / y), `logit` log(x / (1 - x)). */
export type Elementwise = "sigmoid" | "logSigmoid" | "softplus" | "logit" | "logAddExp" | "logRatio";

/** An operation on single elements in plain TypeScript. */
export type PlainMap = (
  operation: Elementwise,
  x: FloatArray,
  y: FloatArray | undefined,
  out: FloatArray,
) => void;

/** What an operation takes besides x. */
export interface Operands {
  /** The operation in plain TypeScript, for the backend that has no kernels and for what the others leave to it. */
  readonly plain: Plain;
  /** Whether the kernels are not to be used: their results would not be right. */
  readonly plainly?: boolean;
  /** One number per element, of the type of x. */
  readonly y?: FloatArray;
  /** One number per lane, or two. */
  readonly lanes?: Float64Array;
  /**
   * Leaves out the elements where it is 0, whatever they are: of softmax, logSoftmax, logSumExp and normalizedSoftmax.
   * As long as x, or as one lane.
   */
  readonly mask?: Uint8Array;
}

/**
 * Where the lanes of a row-major array lie. Lane (o, i), with 0 <= o < outer and 0 <= i < inner, has its
 * elements at o * length * inner + k * inner + i for k = 0 … length - 1, and is number o * inner + i.
 */
export interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** An array that lives where the backend computes: it is used in place, without a copy. */
export interface Resident<T extends FloatArray = FloatArray> {
  /** The array. Read it anew for each use: when linear memory grows, older views become detached. */
  readonly view: T;
  /** Returns the memory to the instance. `view` throws from then on. Not while a call on it is pending. */
  free(): void;
  [Symbol.dispose](): void;
}

/**
 * What a backend returns when it has begun: a promise that fulfils when the results are there, or undefined where they
 * are already. If the promise rejects, nothing is known of `out`.
 */
export type Pending = Promise<void> | undefined;

/** What an operation needs of a place to compute. Arguments are validated; nothing here throws on data. */
export interface Backend<P extends Pending = Pending> {
  readonly name: BackendName;
  /**
   * Runs `operation` on every lane of `x` at `temperature` and writes `out`: as long as `x`, or so many numbers per
   * lane. `out` may be `x` or `y`; it overlaps them in no other way. While it is pending, the arrays
   * are the backend's.
   */
  run(
    operation: Operation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
  ): P;
  /** The same for every element of `x`, and the one of `y` in its place; `out` may be either. */
  map(operation: Elementwise, x: FloatArray, y: FloatArray | undefined, out: FloatArray, plain: PlainMap): P;
  /** Throws a RangeError if there is no memory for it. */
  allocate(type: "f32" | "f64", length: number): Resident;
}

/** A backend whose results are there when it returns. */
export type SyncBackend = Backend<undefined>;
