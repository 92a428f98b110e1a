import {
  checkOut,
  newArray,
  readElements,
  readOperand,
  readOptions,
  readPerLane,
  settled,
} from "./arguments.js";
import type { Backend, FloatArray } from "./backend/backend.js";
import { pullBack as pullBackPlain, residual } from "./backend/plain.js";
import { resolve } from "./layout.js";
import { run } from "./run.js";
import type { AxisOptions, NewFloat32Array, NewFloat64Array } from "./softmax.js";
import { type Given, give, type When } from "./when.js";

export interface VjpOptions<O extends FloatArray = FloatArray> extends AxisOptions {
  /** T of the operation that is differentiated, from 1e-30 to 1e30; 1 unless told. */
  temperature?: number;
  /** Is filled and returned: an array of the element type and length of the result; either argument is allowed. */
  out?: O;
}

/** As for softmaxVjp, except that of the arguments only `x` can be `out`. */
export interface LogSumExpVjpOptions<O extends FloatArray = FloatArray> extends VjpOptions<O> {}

/**
 * The signature of the vector-Jacobian products (the backward passes) of softmax and log-softmax with respect to the
 * logits, from the values of these and the gradient `dy` of a number with respect to them:
 *
 *   softmaxVjp(p, dy) = p (dy - Σ p dy) / T,  logSoftmaxVjp(logp, dy) = (dy - e^logp Σ dy) / T,
 *
 * every sum over a lane. The Jacobian of softmax, (diag(p) - p pᵀ) / T, is symmetric (Gao and Pavel, "On the
 * properties of the softmax function", 2017): softmaxVjp(p, v) is the Jacobian-vector product too, the derivative of
 * softmax in the direction v.
 */
export interface Vjp<W extends When = "now"> {
  /**
   * Gives as many elements as the first argument, of its type, each lane by itself: in `out`, or in a new array. `dy`
   * is as long, and of that type or a list of numbers. `p` is what softmax gives, `logp` what logSoftmax does: numbers
   * above 0 by more than rounding mean nothing there.
   *
   * For exactly these `p` or `logp` and `dy`, errors are up to 1.6 units in the last place for a Float32Array, 3 for a
   * Float64Array, and one more at temperatures other than 1, whatever the length: units of the result or, where terms
   * cancel, of the largest of them. In double precision that holds for dy = 0 and 1e-260 < |dy| < 1e260. logSoftmaxVjp
   * keeps its digits where p is near 1 and dy near the sum.
   *
   * Where p is 0, so is softmaxVjp, and logSoftmaxVjp is dy / T. A lane with NaN or an infinity in `p` or `dy` is NaN
   * throughout; NaN in `logp` stays in its place.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for a `dy` of the wrong length, a shape that does not fit, an axis or temperature out of
   * range, or an `out` of the wrong length or overlapping an argument in part.
   */
  <O extends Float32Array = NewFloat32Array>(
    y: Float32Array,
    dy: Float32Array | readonly number[],
    options?: VjpOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    y: Float64Array | readonly number[],
    dy: Float64Array | readonly number[],
    options?: VjpOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of the arrays is known only when it runs. */
  <X extends FloatArray>(
    y: X,
    dy: NoInfer<X> | readonly number[],
    options?: VjpOptions<NoInfer<X>>,
  ): Given<W, X>;
  (
    y: FloatArray | readonly number[],
    dy: FloatArray | readonly number[],
    options?: Omit<VjpOptions, "out">,
  ): Given<W, FloatArray>;
}

/** One number for a single lane, or one per lane in row-major order of the dimensions that are kept. */
type PerLane = number | FloatArray | readonly number[];

/**
 * The signature of `logSumExpVjp`, softmax(x / T) dy / T: the vector-Jacobian product of log-sum-exp, whose gradient
 * softmax is (Boyd and Vandenberghe, "Convex optimization", 2004, section 3.1.5).
 */
export interface LogSumExpVjp<W extends When = "now"> {
  /**
   * Gives as many elements as `x`, of its type: in `out`, or in a new array. `dy` is not rounded to that type.
   *
   * Errors are up to 4 units in the last place for a Float32Array and 5 for a Float64Array, as nothing cancels. Softmax
   * below 2^-166 and 2^-1130 counts as 0, which a large dy may show.
   *
   * A lane with NaN or +Infinity, or with nothing but -Infinity, becomes NaN, and so does one whose `dy` is NaN; its
   * neighbours do not. A `dy` of 0 gives zeros.
   *
   * @throws TypeError, RangeError as softmaxVjp does.
   */
  <O extends Float32Array = NewFloat32Array>(
    x: Float32Array,
    dy: PerLane,
    options?: LogSumExpVjpOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    dy: PerLane,
    options?: LogSumExpVjpOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, dy: PerLane, options?: LogSumExpVjpOptions<NoInfer<X>>): Given<W, X>;
  (
    x: FloatArray | readonly number[],
    dy: PerLane,
    options?: Omit<LogSumExpVjpOptions, "out">,
  ): Given<W, FloatArray>;
}

export function pullBack(
  backend: Backend,
  operation: "softmaxVjp" | "logSoftmaxVjp",
  value: unknown,
  dy: unknown,
  options: unknown,
): FloatArray | Promise<FloatArray> {
  const name = operation === "softmaxVjp" ? "p" : "logp";
  const { shape, axis, temperature, out } = readOptions(operation, options);
  const given = settled(dy);
  const source = readElements(operation, value, name);
  const y = readOperand(operation, "dy", given, source, source.length, `as ${name} is`);
  const arrangement = resolve(operation, shape, axis, source.length, name);
  const result =
    out === undefined
      ? newArray(operation, source, source.length)
      : checkOut(operation, out, source, source.length, `as ${name} is`, { dy: y }, name);
  const operands = { y, plain: pullBackPlain };
  return give(run(backend, operation, source, result, arrangement, temperature, operands), result);
}

export function logSumExpVjp(
  backend: Backend,
  x: unknown,
  dy: unknown,
  options: unknown,
): FloatArray | Promise<FloatArray> {
  const operation = "logSumExpVjp";
  const { shape, axis, temperature, out } = readOptions(operation, options);
  const given = settled(dy);
  const source = readElements(operation, x);
  const arrangement = resolve(operation, shape, axis, source.length);
  const lanes = new Float64Array(readPerLane(operation, "dy", given, arrangement.outer * arrangement.inner));
  const result =
    out === undefined
      ? newArray(operation, source, source.length)
      : checkOut(operation, out, source, source.length, "as x is");
  const operands = { lanes, plain: residual };
  return give(run(backend, operation, source, result, arrangement, temperature, operands), result);
}
