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

export interface LogSumExpOptions<O extends FloatArray = FloatArray> extends SoftmaxOptions<O> {}

/**
 * softmax or logSoftmax of each lane: as many elements as `x`, of its type; plain arrays give a Float64Array.
 */
export interface Softmax {
  // NoInfer: what the result is assigned to says nothing about out.
  <O extends Float32Array = NewFloat32Array>(x: Float32Array, options?: SoftmaxOptions<O>): NoInfer<O>;
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options?: SoftmaxOptions<O>,
  ): NoInfer<O>;
  <X extends FloatArray>(x: X, options?: SoftmaxOptions<NoInfer<X>>): X;
  (x: FloatArray | readonly number[], options?: SoftmaxOptions<never>): FloatArray;
}

/** logSumExp of one vector, or with `shape` or `out` of each lane, in row-major order of the other dimensions. */
export interface LogSumExp {
  (
    x: FloatArray | readonly number[],
    options?: { temperature?: number; axis?: AxisOptions["axis"]; shape?: undefined; out?: undefined },
  ): number;
  <O extends Float32Array = NewFloat32Array>(x: Float32Array, options: LogSumExpOptions<O>): NoInfer<O>;
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options: LogSumExpOptions<O>,
  ): NoInfer<O>;
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
      ? newArray(source, source.length)
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
      ? newArray(source, lanes)
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
  const copy = newArray(x, x.length);
  gather(x, offsets, copy);
  if (operation === "logSumExp") {
    backend.run(operation, copy, out, arrangement, temperature);
  } else {
    backend.run(operation, copy, copy, arrangement, temperature);
    scatter(copy, offsets, out);
  }
}
