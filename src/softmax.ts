import { checkOut, newArray, readElements, readOptions } from "./arguments.js";
import type { Backend, FloatArray, Operation } from "./backend/backend.js";
import { type Arrangement, gather, resolve, scatter } from "./layout.js";

/** What a new array is: not a bare `Float32Array`, which from TypeScript 5.7 on may lie in shared memory. */
export type NewFloat32Array = ReturnType<typeof Float32Array.of>;
export type NewFloat64Array = ReturnType<typeof Float64Array.of>;

/** Which elements form a lane, the set that an operation is taken over. */
export interface AxisOptions {
  /** The sizes of the dimensions of `x`, row-major. Without it `x` is one vector. */
  shape?: readonly number[];
  /**
   * The dimension that lanes run along: the last one unless told; negative numbers count from the end. A list
   * means these dimensions jointly, `null` all of them, `[]` that each element is a lane of its own.
   */
  axis?: number | readonly number[] | null;
}

export interface SoftmaxOptions<O extends FloatArray = FloatArray> extends AxisOptions {
  /** T in softmax(x / T), from 1e-30 to 1e30; 1 unless told. x / T is not rounded on the way. */
  temperature?: number;
  /** Is filled and returned: an array of the element type and length of the result; `x` itself is allowed. */
  out?: O;
}

/** As for softmax, except that `out` has one element per lane. */
export interface LogSumExpOptions<O extends FloatArray = FloatArray> extends SoftmaxOptions<O> {}

/**
 * The signature of `softmax`, exp(x / T) / Σ exp(x / T), and `logSoftmax`, x / T - log Σ exp(x / T), over each lane
 * of x. T is the temperature, 1 unless told.
 */
export interface Softmax {
  /**
   * Gives as many elements as `x`, of its type, each lane by itself: in `out`, or in a new array.
   *
   * The exponentials are taken relative to the maximum of the lane, whose own 1 stays apart from the sum of the
   * others (Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", 2021), so
   * that nothing overflows and logSoftmax keeps its digits where one logit dominates. Errors are a few units in the
   * last place for every finite input, subnormal results included, whatever the length and spread.
   *
   * -Infinity counts as probability 0. A lane with NaN or +Infinity, or with nothing but -Infinity, becomes NaN; its
   * neighbours do not.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for a shape that does not fit `x`, an axis or temperature out of range, or an `out` of the
   * wrong length or overlapping `x` in part.
   */
  // NoInfer: what the result is assigned to says nothing about `out`.
  <O extends Float32Array = NewFloat32Array>(x: Float32Array, options?: SoftmaxOptions<O>): NoInfer<O>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options?: SoftmaxOptions<O>,
  ): NoInfer<O>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options?: SoftmaxOptions<NoInfer<X>>): X;
  (x: FloatArray | readonly number[], options?: SoftmaxOptions<never>): FloatArray;
}

/** The signature of `logSumExp`, log Σ exp(x / T) over each lane of x. */
export interface LogSumExp {
  /**
   * Gives the one number of a vector, without overflow or loss of digits, rounded to the element type of `x`. With
   * T = 1 it is the logarithm of the denominator of softmax; in general, of that of softmax at temperature T.
   *
   * -Infinity for an empty vector or nothing but -Infinity; +Infinity beside +Infinity; NaN beside NaN.
   *
   * @throws TypeError, RangeError as softmax does.
   */
  (
    x: FloatArray | readonly number[],
    options?: { temperature?: number; axis?: AxisOptions["axis"]; shape?: undefined; out?: undefined },
  ): number;
  /** With `shape` or `out`: one element per lane, in row-major order of the dimensions that are not summed over. */
  <O extends Float32Array = NewFloat32Array>(x: Float32Array, options: LogSumExpOptions<O>): NoInfer<O>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options: LogSumExpOptions<O>,
  ): NoInfer<O>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options: LogSumExpOptions<NoInfer<X>>): X;
  (x: FloatArray | readonly number[], options: LogSumExpOptions<never>): FloatArray;
}

export function transform(
  backend: Backend,
  operation: "softmax" | "logSoftmax",
  x: unknown,
  options: unknown,
): FloatArray {
  const { shape, axis, temperature, out } = readOptions(operation, options);
  const source = readElements(operation, x);
  const arrangement = resolve(operation, shape, axis, source.length);
  const result =
    out === undefined
      ? newArray(operation, source, source.length)
      : checkOut(operation, out, source, source.length, "as x is");
  run(backend, operation, source, result, arrangement, temperature);
  return result;
}

export function reduce(backend: Backend, x: unknown, options: unknown): number | FloatArray {
  const { shape, axis, temperature, out } = readOptions("logSumExp", options);
  const source = readElements("logSumExp", x);
  const arrangement = resolve("logSumExp", shape, axis, source.length);
  const lanes = arrangement.outer * arrangement.inner;
  const single = shape === undefined && out === undefined;
  if (single && lanes !== 1) {
    throw new RangeError(
      "logSumExp: axis [] gives one value per element of x: pass its shape to get an array",
    );
  }
  const result =
    out === undefined
      ? newArray("logSumExp", source, lanes)
      : checkOut("logSumExp", out, source, lanes, "one element per lane");
  run(backend, "logSumExp", source, result, arrangement, temperature);
  return single ? result[0] : result;
}

function run(
  backend: Backend,
  operation: Operation,
  x: FloatArray,
  out: FloatArray,
  arrangement: Arrangement,
  temperature: number,
): void {
  const { offsets } = arrangement;
  if (offsets === undefined) {
    backend.run(operation, x, out, arrangement, temperature);
    return;
  }
  const copy = newArray(operation, x, x.length);
  gather(x, offsets, copy);
  if (operation === "logSumExp") {
    backend.run(operation, copy, out, arrangement, temperature);
  } else {
    backend.run(operation, copy, copy, arrangement, temperature);
    scatter(copy, offsets, out);
  }
}
