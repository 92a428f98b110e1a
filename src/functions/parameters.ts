/** The parameters of the functions: arrays, and options that several functions have. */
import type { Bias } from "../arguments/bias.js";
import type { Mask } from "../arguments/mask.js";
import type {
  FloatArray,
  HalfArray,
  IntegerArray,
  NewFloat32Array,
  NewFloat64Array,
  NewUint16Array,
  PackedArray,
} from "../types.js";

/** What the functions take as an array. The numbers of a list, and integers, are computed in double precision. */
export type Numbers = FloatArray | IntegerArray | PackedArray | readonly number[];

/** The new array of results for X, of integers with a scale Q. */
export type NewArray<X extends Numbers | number, Q = undefined> = X extends Float32Array | Uint8Array
  ? NewFloat32Array
  : X extends HalfArray
    ? X
    : X extends Uint16Array
      ? NewUint16Array
      : X extends Int8Array
        ? Q extends undefined
          ? NewFloat64Array
          : NewFloat32Array
        : NewFloat64Array;

/**
 * An array of the element type of X, or of f32 beside half floats. The first part serves callers in which X is a type
 * parameter.
 */
export type Alike<X extends Numbers | number, Q = undefined> =
  | (X & FloatArray)
  | NewArray<X, Q>
  | (X extends Float32Array | Uint8Array
      ? Float32Array
      : X extends HalfArray | Uint16Array
        ? X | Float32Array
        : X extends Int8Array
          ? Q extends undefined
            ? Float64Array
            : Float32Array
          : Float64Array);

/** What the elements of the first argument are, where its class does not say that. */
export interface PackedOptions<Q> {
  /** What the bits of a Uint16Array are. A Float16Array may come with "float16". */
  dtype?: "float16" | "bfloat16" | undefined;
  /**
   * Of an Int8Array or Uint8Array: its numbers are scale · (integer - zeroPoint), computed as f32. Positive; one number, or
   * one per lane.
   */
  scale?: Q | undefined;
  /** The integer that stands for 0; one number, or one per lane. Default: 0. */
  zeroPoint?: number | Numbers | undefined;
}

/**
 * O itself, but never inferred from the variable that a result is assigned to. `NoInfer` would wrap a union, which then no
 * longer fits as the X of the next call.
 */
export type Fixed<O> = O extends infer R extends O ? R : never;

/** Which elements form a lane, the set that a function is taken over. */
export interface LaneOptions {
  /** The sizes of the dimensions of the first argument, row-major. Without it the argument is one vector. */
  shape?: readonly number[] | undefined;
  /**
   * The dimension that lanes run along. Negative numbers count from the end. A list names several dimensions jointly,
   * `null` names all of them, and with `[]` each element is a lane. Default: the last dimension.
   */
  axis?: number | readonly number[] | null | undefined;
}

export interface TemperatureOption {
  /** T in x / T, from 1e-30 to 1e30. x / T itself is never rounded. Default: 1. */
  temperature?: number | undefined;
}

export interface MaskOption {
  /**
   * Leaves out the elements where it is 0 or false, even those that are NaN or infinite. A Uint8Array, or a list of booleans or of
   * 0 and 1. As long as the first argument, or as one lane, its elements in row-major order, and then used for every lane.
   */
  mask?: Mask | undefined;
}

/**
 * Which tokens may be drawn. The filters apply in the order in which they stand here, after `mask`, `bias` and `temperature`; each takes
 * as the whole what the ones before it have left. All but the last keep first tokens, in the order: logit descending, then
 * index ascending.
 */
export interface FilterOptions extends MaskOption {
  /**
   * Is added to the logits, in double precision: a Map from tokens to numbers, or one number per token of a lane. -Infinity
   * makes a token impossible. For several lanes, to each.
   */
  bias?: Bias | undefined;
  /** T in x / T, from 1e-30 to 1e30; 0 keeps the largest logit alone, the first of equals. Default: 1. */
  temperature?: number | undefined;
  /**
   * Keeps logits of at least max - n σ, where σ is the standard deviation, as of a population, of the logits above -Infinity: top-nσ,
   * whatever the temperature. Default: Infinity, off.
   */
  topNSigma?: number | undefined;
  /** Keeps the first k tokens: exactly k, also among equals. Default: 0, off. */
  topK?: number | undefined;
  /** Keeps the fewest first tokens whose probabilities reach this, so the one that crosses it too; at 0 the first. Default: 1, off. */
  topP?: number | undefined;
  /** Keeps tokens of at least this times the largest probability. Default: 0, off. */
  minP?: number | undefined;
  /**
   * Keeps the fewest tokens whose probabilities reach this, those first whose -log p is nearest to the entropy, of equals that of the
   * lower index: locally typical sampling. Default: 1, off.
   */
  typicalP?: number | undefined;
  /** How many tokens all filters but topK leave at least, where there are so many. Default: 1. */
  minTokensToKeep?: number | undefined;
}

export interface SeedOptions {
  /** A safe integer or a bigint, taken modulo 2^64. Default: one from crypto.getRandomValues. */
  seed?: number | bigint | undefined;
  /** In the place of a seed: gives numbers in [0, 1), and is called once for each draw, in the order of lanes, before anything is computed. */
  random?: (() => number) | undefined;
}

/** Those beside other options: where scale is λ, integers have none. */
export type Packing<Options, Q> = "reference" extends keyof Options
  ? Pick<PackedOptions<Q>, "dtype">
  : PackedOptions<Q>;

export interface OutOption<O> {
  /**
   * Receives the result and is returned. It has the element type of the first argument, or beside half floats may be a
   * Float32Array, and the length of the result. May be an input of the same length; must not partly overlap one.
   */
  out?: O | undefined;
}
