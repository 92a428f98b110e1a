/**
 * The signatures of the functions, one for each kind. A kind is a single signature, with conditional types in place of
 * overloads: editors show the documentation of a constant only where its type has one signature.
 */
import type { LogProbability } from "../arguments/draws.js";
import type { Mode, Returned } from "../maybePromise.js";
import type {
  FloatArray,
  HalfArray,
  IntegerArray,
  NewFloat64Array,
  NewInt32Array,
  PackedArray,
} from "../types.js";
import type { Alike, Fixed, NewArray, Numbers, OutOption, PackedOptions, Packing } from "./parameters.js";

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
