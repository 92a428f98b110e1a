/**
 * The signatures of the functions, one for each kind. A kind is a single signature, with conditional types in place of
 * overloads: editors show the documentation of a constant only where its type has one signature.
 */
import type { Bias } from "../arguments/bias.js";
import type { LogProbability } from "../arguments/draws.js";
import type { Mask } from "../arguments/mask.js";
import type { Mode, Returned } from "../maybePromise.js";
import type {
  FloatArray,
  HalfArray,
  IntegerArray,
  NewFloat32Array,
  NewFloat64Array,
  NewInt32Array,
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

declare const TWIN: unique symbol;

/**
 * Says which function gives a promise of the result. No function has this property: to infer the kind from the signatures
 * takes TypeScript ten times as long.
 */
interface Twin<F> {
  readonly [TWIN]?: F;
}

/** One array in, one array out. */
export interface ArrayFunction<Options, M extends Mode = "sync">
  extends Twin<ArrayFunction<Options, "async">> {
  <
    X extends Numbers,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> = NewArray<X, Q>,
  >(
    x: X,
    options?: Options & Packing<Options, Q> & OutOption<O>,
  ): Returned<M, Fixed<O>>;
}

/** Two arrays of one element type in, one array out. */
export interface PairFunction<Options, M extends Mode = "sync"> extends Twin<PairFunction<Options, "async">> {
  <
    X extends Numbers,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> = NewArray<X, Q>,
  >(
    a: X,
    b: Alike<X> | IntegerArray | readonly number[],
    options?: Options & Packing<Options, Q> & OutOption<O>,
  ): Returned<M, Fixed<O>>;
}

/** An array in, an array out; or a number in, a number out, and then no `out`. */
export interface ElementFunction<Options, M extends Mode = "sync">
  extends Twin<ElementFunction<Options, "async">> {
  <
    X extends Numbers | number,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> = NewArray<X, Q>,
  >(
    x: X,
    options?: Options & Packing<Options, Q> & OutOption<O>,
  ): Returned<M, NumberOr<X, Fixed<O>>>;
}

/** The same of two. The second may be one number for all elements of the first, and is beside a number. */
export interface ElementPairFunction<Options, M extends Mode = "sync">
  extends Twin<ElementPairFunction<Options, "async">> {
  <
    X extends Numbers | number,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> = NewArray<X, Q>,
  >(
    a: X,
    b: Alike<X> | IntegerArray | readonly number[] | number,
    options?: Options & Packing<Options, Q> & OutOption<O>,
  ): Returned<M, NumberOr<X, Fixed<O>>>;
}

/** A number for one, otherwise the array. */
type NumberOr<X, O> = X extends number ? number : O;

/** An array and something about its lanes in, one array out. */
export interface LaneOperandFunction<Second, Options, M extends Mode = "sync">
  extends Twin<LaneOperandFunction<Second, Options, "async">> {
  <
    X extends Numbers,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> = NewArray<X, Q>,
  >(
    x: X,
    second: Second,
    options?: Options & Packing<Options, Q> & OutOption<O>,
  ): Returned<M, Fixed<O>>;
}

/** A number without `shape` and `out`, otherwise an array. */
export type NumberOrArray<X extends Numbers, S, O, Q = undefined> = O extends
  | FloatArray
  | HalfArray
  | Uint16Array
  ? O
  : S extends readonly number[]
    ? NewArray<X, Q>
    : number;

/** One array in, one number per lane out. */
export interface PerLaneFunction<Options, M extends Mode = "sync">
  extends Twin<PerLaneFunction<Options, "async">> {
  <
    X extends Numbers,
    S extends readonly number[] | undefined = undefined,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> | undefined = undefined,
  >(
    x: X,
    options?: Options & { shape?: S } & Packing<Options, Q> & OutOption<O>,
  ): Returned<M, NumberOrArray<X, S, Fixed<O>, Q>>;
}

/** A number as its logarithm and sign: sign · exp(value). The sign is 1, -1, 0 beside -Infinity, or NaN beside NaN. */
export interface Signed<T> {
  value: T;
  sign: T;
}

/** One array in, two numbers per lane out. */
export interface SignedFunction<Options, M extends Mode = "sync">
  extends Twin<SignedFunction<Options, "async">> {
  <
    X extends Numbers,
    S extends readonly number[] | undefined = undefined,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> | undefined = undefined,
  >(
    x: X,
    options?: Options & { shape?: S } & Packing<Options, Q> & OutOption<Signed<O>>,
  ): Returned<M, Signed<NumberOrArray<X, S, Fixed<O>, Q>>>;
}

/** What can be written in the place of X, where X itself cannot or need not be. */
type Overwritten<X> = X extends Float64Array ? Float64Array : Float32Array;

/** An array that is overwritten, and something about it. Integers are not: they need an `out`. */
export interface OverwritingFunction<Second, Options, M extends Mode = "sync">
  extends Twin<OverwritingFunction<Second, Options, "async">> {
  <X extends FloatArray | PackedArray | Int8Array, O extends X | Overwritten<X> = X>(
    x: X,
    second: Second,
    options?: Options & PackedOptions<number | Numbers> & OutOption<O>,
  ): Returned<M, Fixed<O>>;
}

/** The largest elements of lanes, in order, and their indices. */
export interface Ranked<V, I extends Int32Array = Int32Array> {
  values: V;
  indices: I;
}

/** One array in, so many values and indices per lane out. */
export interface RankingFunction<Options, M extends Mode = "sync">
  extends Twin<RankingFunction<Options, "async">> {
  <
    X extends Numbers,
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> = NewArray<X, Q>,
    I extends Int32Array = NewInt32Array,
  >(
    x: X,
    k: number,
    options?: Options & Packing<Options, Q> & OutOption<Ranked<O, I>>,
  ): Returned<M, Ranked<Fixed<O>, Fixed<I>>>;
}

/** One array in, one index per lane out. */
export interface IndexFunction<Options, M extends Mode = "sync">
  extends Twin<IndexFunction<Options, "async">> {
  <S extends readonly number[] | undefined = undefined, I extends Int32Array | undefined = undefined>(
    x: Numbers,
    options?: Options & { shape?: S } & Packing<Options, number | Numbers> & OutOption<I>,
  ): Returned<M, I extends Int32Array ? Fixed<I> : S extends readonly number[] ? NewInt32Array : number>;
}

/** One array in, the candidates of its lanes out. */
export interface CandidatesFunction<Options, M extends Mode = "sync">
  extends Twin<CandidatesFunction<Options, "async">> {
  <S extends readonly number[] | undefined = undefined>(
    logits: Numbers,
    options?: Options & { shape?: S },
  ): Returned<M, CandidatesOf<S>>;
}

/** Tokens and their probabilities; of several lanes, also where each begins. */
export type CandidatesOf<S> = {
  indices: NewInt32Array;
  probabilities: NewFloat64Array;
} & (S extends readonly number[] ? { offsets: NewInt32Array } : unknown);

/** One array in, the index of a token out, or one for each draw of each lane. */
export interface SamplingFunction<Options, M extends Mode = "sync">
  extends Twin<SamplingFunction<Options, "async">> {
  <
    S extends readonly number[] | undefined = undefined,
    D extends number | undefined = undefined,
    L extends LogProbability | undefined = undefined,
  >(
    logits: Numbers,
    options?: Options & { shape?: S; draws?: D; logProbability?: L },
  ): Returned<M, Drawn<S extends readonly number[] ? true : D extends number ? true : false, L>>;
}

/** Several tokens or one, with their log-probabilities or without. */
export type Drawn<Several extends boolean, L> = L extends string
  ? Several extends true
    ? { indices: NewInt32Array; logProbabilities: NewFloat64Array }
    : { index: number; logProbability: number }
  : Several extends true
    ? NewInt32Array
    : number;

/** What becomes of the losses of the lanes. */
export type Reduction = "mean" | "sum" | "none";

/** Logits and labels in, one number out, or one per lane. */
export interface LossFunction<Labels, Options, M extends Mode = "sync">
  extends Twin<LossFunction<Labels, Options, "async">> {
  <
    X extends Numbers,
    R extends Reduction | undefined = "mean",
    Q extends number | Numbers | undefined = undefined,
    O extends Alike<X, Q> = NewArray<X, Q>,
  >(
    logits: X,
    labels: Labels,
    options?: Options & { reduction?: R } & Packing<Options, Q> & OutOption<"none" extends R ? O : undefined>,
  ): Returned<M, R extends "none" ? Fixed<O> : number>;
}

/** Logits and labels in, a record out. */
export interface LabelFunction<Labels, Options, Result, M extends Mode = "sync">
  extends Twin<LabelFunction<Labels, Options, Result, "async">> {
  (
    logits: Numbers,
    labels: Labels,
    options?: Options & Packing<Options, number | Numbers>,
  ): Returned<M, Result>;
}

/** The same function with a promise of its result. */
export type AsyncFunction<F> = F extends Twin<infer G> ? G : never;
