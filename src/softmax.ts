import { checkOut, newArray, readElements, readOptions, readPerLane, settled } from "./arguments.js";
import type { Backend, FloatArray } from "./backend/backend.js";
import { masked } from "./backend/plain.js";
import { resolve } from "./layout.js";
import { readMask } from "./mask.js";
import { normalize } from "./normalizer.js";
import { run } from "./run.js";
import { type Given, give, type When } from "./when.js";

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
  /**
   * Leaves out the elements where it is 0, even those that are NaN or infinite: as long as `x`, or as one lane, its
   * elements in row-major order, for all lanes alike. Softmax is 0 there and logSoftmax -Infinity.
   */
  mask?: Uint8Array;
  /**
   * The log-sum-exp L of each lane, computed elsewhere; a number where there is one lane. Finishes a chunk of what L
   * was taken over, at the same temperature: softmax is exp(x / T - L), and logSoftmax x / T - L, where x / T and the
   * difference are rounded to doubles. An error of δ in L is one of δ in these logarithms.
   *
   * A lane whose L is NaN or +Infinity becomes NaN. Elsewhere -Infinity is 0 and -Infinity, even where L is -Infinity.
   */
  normalizer?: number | FloatArray | readonly number[];
  /** Is filled and returned: an array of the element type and length of the result; `x` itself is allowed. */
  out?: O;
}

/**
 * The signature of `softmax`, exp(x / T) / Σ exp(x / T), and `logSoftmax`, x / T - log Σ exp(x / T), over each lane
 * of x. T is the temperature, 1 unless told.
 */
export interface Softmax<W extends When = "now"> {
  /**
   * Gives as many elements as `x`, of its type, each lane by itself: in `out`, or in a new array.
   *
   * The exponentials are taken relative to the maximum of the lane, whose own 1 stays apart from the sum of the
   * others (Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", 2021), so
   * that nothing overflows and logSoftmax keeps its digits where one logit dominates. Errors are a few units in the
   * last place for every finite input, subnormal results included, whatever the length and spread.
   *
   * -Infinity counts as probability 0. A lane with NaN or +Infinity, or with nothing but -Infinity, becomes NaN; its
   * neighbours do not, nor do elements that the mask leaves out. A lane of which it leaves nothing is 0, or -Infinity.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for a shape that does not fit `x`, an axis or temperature out of range, a mask or normalizer of
   * the wrong length, or an `out` of the wrong length, overlapping `x` or a normalizer in part, or the mask.
   */
  // NoInfer: what the result is assigned to says nothing about `out`.
  <O extends Float32Array = NewFloat32Array>(
    x: Float32Array,
    options?: SoftmaxOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options?: SoftmaxOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options?: SoftmaxOptions<NoInfer<X>>): Given<W, X>;
  (x: FloatArray | readonly number[], options?: Omit<SoftmaxOptions, "out">): Given<W, FloatArray>;
}

export function transform(
  backend: Backend,
  operation: "softmax" | "logSoftmax",
  x: unknown,
  options: unknown,
): FloatArray | Promise<FloatArray> {
  const { shape, axis, temperature, out } = readOptions(operation, options);
  const { mask, normalizer } = (options ?? {}) as { readonly [K in "mask" | "normalizer"]?: unknown };
  const given = settled(normalizer);
  const source = readElements(operation, x);
  const arrangement = resolve(operation, shape, axis, source.length);
  const kept = readMask(operation, mask, source, arrangement);
  const lanes = arrangement.outer * arrangement.inner;
  const normalizers = given === undefined ? undefined : readPerLane(operation, "normalizer", given, lanes);
  const others = kept || normalizers ? { mask: kept, normalizer: normalizers } : undefined;
  const result =
    out === undefined
      ? newArray(operation, source, source.length)
      : checkOut(operation, out, source, source.length, "as x is", others);
  const pending =
    normalizers === undefined
      ? run(
          backend,
          operation,
          source,
          result,
          arrangement,
          temperature,
          kept && { mask: kept, plain: masked },
        )
      : normalize(backend, operation, source, result, arrangement, temperature, normalizers, kept);
  return give(pending, result);
}
