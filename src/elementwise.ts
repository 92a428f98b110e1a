import { checkOut, newArray, readElements, readOperand, readOptions, settled } from "./arguments.js";
import type { Backend, FloatArray, Elementwise as Operation } from "./backend/backend.js";
import { mapElements } from "./backend/elementwise.js";
import type { NewFloat32Array, NewFloat64Array } from "./softmax.js";
import { type Given, give, type When } from "./when.js";

export interface ElementwiseOptions<O extends FloatArray = FloatArray> {
  /** Is filled and returned: an array of the element type and length of the first argument, which is allowed itself. */
  out?: O;
}

/**
 * The signature of `sigmoid`, 1 / (1 + exp(-x)), of `logSigmoid`, its logarithm, of `softplus`, log(1 + exp(x)), and
 * of `logit`, log(p / (1 - p)), the inverse of sigmoid: softmax, log-softmax, log-sum-exp and the log-ratio of two
 * classes whose logits are x and 0.
 */
export interface Elementwise<W extends When = "now"> {
  /**
   * Gives as many elements as `x`, of its type, each by itself: in `out`, or in a new array.
   *
   * Nothing cancels or overflows on the way (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012, treats the
   * logarithms): errors are up to 1.5 units in the last place for a Float32Array, 2.5 for a Float64Array, for every
   * number, subnormal results included. So sigmoid keeps its digits near 0, logSigmoid and softplus where they tend to
   * 0, and logit on both sides of 1/2 and near 0. Near 1 it is p itself that has no more digits: sigmoid(-x) has those
   * of 1 - sigmoid(x), and logSigmoid those of its logarithm.
   *
   * |            | -Infinity | Infinity  | besides                                                |
   * | ---------- | --------- | --------- | ------------------------------------------------------ |
   * | sigmoid    | 0         | 1         | 1/2 at 0                                               |
   * | logSigmoid | -Infinity | 0         | never positive                                         |
   * | softplus   | 0         | Infinity  | never negative                                         |
   * | logit      | NaN       | NaN       | -Infinity at 0, 0 at 1/2, Infinity at 1, NaN elsewhere |
   *
   * NaN gives NaN.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for an `out` of the wrong length or overlapping `x` in part.
   */
  <O extends Float32Array = NewFloat32Array>(
    x: Float32Array,
    options?: ElementwiseOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options?: ElementwiseOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options?: ElementwiseOptions<NoInfer<X>>): Given<W, X>;
  (x: FloatArray | readonly number[], options?: Omit<ElementwiseOptions, "out">): Given<W, FloatArray>;
}

/** The signature of `logAddExp`, log(exp(a) + exp(b)): the log-sum-exp of pairs. */
export interface LogAddExp<W extends When = "now"> {
  /**
   * Gives as many elements as `a`, of its type: in `out`, which may be `a` or `b`, or in a new array. `b` is as long, and
   * of that type or a list of numbers; or it is one number for all. Numbers are rounded to that type first.
   *
   * The larger one plus log(1 + exp(-|a - b|)): errors are up to 1.5 units in the last place for a Float32Array, 2.5
   * for a Float64Array. Where both are negative and the result is smaller than that logarithm, the units are those
   * of the logarithm: near 0 nothing better is known without more digits of a and b.
   *
   * -Infinity adds nothing, and two of them give -Infinity. Infinity beside anything but NaN gives Infinity; NaN gives
   * NaN.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for a `b` or `out` of the wrong length, or an `out` that overlaps `a` or `b` in part.
   */
  <O extends Float32Array = NewFloat32Array>(
    a: Float32Array,
    b: Float32Array | readonly number[] | number,
    options?: ElementwiseOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    a: Float64Array | readonly number[],
    b: Float64Array | readonly number[] | number,
    options?: ElementwiseOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of the arrays is known only when it runs. */
  <X extends FloatArray>(
    a: X,
    b: NoInfer<X> | readonly number[] | number,
    options?: ElementwiseOptions<NoInfer<X>>,
  ): Given<W, X>;
  (
    a: FloatArray | readonly number[],
    b: FloatArray | readonly number[] | number,
    options?: Omit<ElementwiseOptions, "out">,
  ): Given<W, FloatArray>;
}

export function map(
  backend: Backend,
  operation: Exclude<Operation, "logAddExp" | "logRatio">,
  x: unknown,
  options: unknown,
): FloatArray | Promise<FloatArray> {
  const out = readOut(operation, options);
  const name = operation === "logit" ? "p" : "x";
  const source = readElements(operation, x, name);
  const result =
    out === undefined
      ? newArray(operation, source, source.length)
      : checkOut(operation, out, source, source.length, `as ${name} is`, {}, name);
  return give(backend.map(operation, source, undefined, result, mapElements), result);
}

export function mapPairs(
  backend: Backend,
  a: unknown,
  b: unknown,
  options: unknown,
): FloatArray | Promise<FloatArray> {
  const operation = "logAddExp";
  const out = readOut(operation, options);
  const given = settled(b);
  const source = readElements(operation, a, "a");
  const { length } = source;
  const y =
    typeof given === "number"
      ? newArray(operation, source, length).fill(given)
      : readOperand(operation, "b", given, source, length, "as a is");
  const result =
    out === undefined
      ? newArray(operation, source, length)
      : checkOut(operation, out, source, length, "as a is", { b: y }, "a");
  return give(backend.map(operation, source, y, result, mapElements), result);
}

/** The one option, `out`. Others are not read: what they mean elsewhere means nothing here. */
function readOut(operation: string, options: unknown): unknown {
  const isObject = typeof options === "object" && options !== null;
  return isObject ? (options as { readonly out?: unknown }).out : readOptions(operation, options).out;
}
