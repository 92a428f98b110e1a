import { checkOut, describe, newArray, readElements, readOptions } from "./arguments.js";
import type { Backend, FloatArray, Layout } from "./backend/backend.js";
import { mapElements } from "./backend/elementwise.js";
import { fromLanes, toLanes } from "./lanes.js";
import { type Axis, resolve } from "./layout.js";
import { run } from "./run.js";
import { checkSimplex, readSimplexOptions, type SimplexOptions } from "./simplex.js";
import type { AxisOptions, NewFloat32Array, NewFloat64Array } from "./softmax.js";
import { after, type Given, give, type When } from "./when.js";

export interface AlrOptions<O extends FloatArray = FloatArray> extends SimplexOptions {
  /** The sizes of the dimensions of the first argument, row-major. Without it that is one vector. */
  shape?: readonly number[];
  /** The one dimension that lanes run along: the last one unless told; negative numbers count from the end. */
  axis?: number;
  /** The component that the others are compared with, 0 unless told; negative numbers count from the end. */
  reference?: number;
  /** λ, from 1e-30 to 1e30; 1 unless told. */
  scale?: number;
  /** Is filled and returned: an array of the element type and length of the result, apart from the arguments. */
  out?: O;
}

/**
 * The signature of `alr`, the additive log-ratio η_i = log(p_i / p_ref) / λ of the components i other than the
 * reference, and of `alrInverse`, p = e^(λη) / (1 + Σ e^(λη)) with 1 for e^(λη) in the place of the reference: the
 * pinned softmax (Aitchison, "The statistical analysis of compositional data", 1982).
 */
export interface Alr<W extends When = "now"> {
  /**
   * `alr` takes lanes of n probabilities and gives n - 1 numbers for each, along the same axis; `alrInverse` takes n - 1
   * numbers, any, and gives n probabilities. The result has the type of the argument and is `out`, or a new array.
   *
   * Errors are those of logit and of softmax, a few units in the last place, if λ is a power of two. Otherwise alr
   * rounds once more, in dividing by λ. And alrInverse takes 1/λ as a temperature, rounded to double precision: for a
   * Float64Array that adds up to d units in the last place where e^-d is the ratio to the largest probability.
   *
   * A probability of 0 gives -Infinity, and that gives 0 again. Where the reference is 0, the others are Infinity and
   * zeros NaN: that way back is lost. alrInverse makes a lane with Infinity or NaN NaN, as softmax does; if the only
   * finite component is the reference, it is 1. `validate` and `tolerance` are for alr; without validation numbers
   * that are negative or NaN give NaN, and where the reference is that, so do all.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for a shape that does not fit, an axis, reference, scale or tolerance out of range, a lane that
   * is no probability vector, or an `out` of the wrong length or overlapping the argument.
   */
  <O extends Float32Array = NewFloat32Array>(x: Float32Array, options?: AlrOptions<O>): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options?: AlrOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options?: AlrOptions<NoInfer<X>>): Given<W, X>;
  (x: FloatArray | readonly number[], options?: Omit<AlrOptions, "out">): Given<W, FloatArray>;
}

export interface ClrOptions<O extends FloatArray = FloatArray> extends AxisOptions, SimplexOptions {
  /** Is filled and returned: an array of the element type and length of the argument, which is allowed itself. */
  out?: O;
}

/**
 * The signature of `clr`, the centred log-ratio log p_i - (Σ log p) / n, and of `clrInverse`, which is softmax: clr
 * gives the logits whose sum is 0 (Aitchison, "The statistical analysis of compositional data", 1982).
 */
export interface Clr<W extends When = "now"> {
  /**
   * Gives as many elements as the argument, of its type, each lane by itself: in `out`, or in a new array.
   *
   * clr takes the logarithms relative to the largest probability of the lane, in double precision, so that nearly equal
   * ones keep their digits: the result is log(p_i / max) less the mean of these. Errors are up to 0.51 units in the
   * last place for a Float32Array, 4 for a Float64Array: units of the result, or of that mean if it is larger.
   * clrInverse has the errors of softmax.
   *
   * A probability of 0 gives -Infinity and makes the others in its lane Infinity, which is the limit; clrInverse gives
   * NaN for such a lane. `validate` and `tolerance` are for clr; without validation lanes with a number that is
   * negative or NaN, and lanes of zeros, become NaN.
   *
   * @throws TypeError for an argument of the wrong type or without memory.
   * @throws RangeError for a shape that does not fit, an axis or tolerance out of range, a lane that is no probability
   * vector, or an `out` of the wrong length or overlapping the argument in part.
   */
  <O extends Float32Array = NewFloat32Array>(x: Float32Array, options?: ClrOptions<O>): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options?: ClrOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options?: ClrOptions<NoInfer<X>>): Given<W, X>;
  (x: FloatArray | readonly number[], options?: Omit<ClrOptions, "out">): Given<W, FloatArray>;
}

export function alr(backend: Backend, p: unknown, options: unknown): FloatArray | Promise<FloatArray> {
  const { shape, axis, out } = readOptions("alr", options);
  const { reference, scale } = readPinning("alr", options);
  const simplex = readSimplexOptions("alr", options);
  const source = readElements("alr", p, "p");
  const layout = resolveDimension("alr", shape, axis, source.length);
  const { outer, length, inner } = layout;
  const pinned = checkReference("alr", reference, length);
  const count = outer * (length - 1) * inner;
  const result =
    out === undefined
      ? newArray("alr", source, count)
      : checkOut("alr", out, source, count, "one less per lane than p has", {}, "p");
  checkSimplex("alr", source, length, inner, simplex, source);
  const references = newArray("alr", source, count);
  const before = pinned * inner;
  const behind = (length - 1 - pinned) * inner;
  for (let o = 0, from = 0, to = 0; o < outer; o++) {
    const start = from + before;
    for (let k = 0; k < before; k++) result[to + k] = source[from + k];
    for (let k = before; k < before + behind; k++) result[to + k] = source[from + inner + k];
    // The components that stay are whole rows, beside each of which lies that of the references.
    if (inner === 1) references.fill(source[start], to, to + length - 1);
    else for (let k = 0; k < before + behind; k++) references[to + k] = source[start + (k % inner)];
    from += length * inner;
    to += before + behind;
  }
  return after(backend.map("logRatio", result, references, result, mapElements), () => {
    if (scale !== 1) for (let k = 0; k < count; k++) result[k] /= scale;
    return result;
  });
}

export function alrInverse(backend: Backend, y: unknown, options: unknown): FloatArray | Promise<FloatArray> {
  const { shape, axis, out } = readOptions("alrInverse", options);
  const { reference, scale } = readPinning("alrInverse", options);
  const source = readElements("alrInverse", y, "y");
  const { outer, length, inner } = resolveDimension("alrInverse", shape, axis, source.length, "y");
  const layout = { outer, length: length + 1, inner };
  const pinned = checkReference("alrInverse", reference, layout.length);
  const count = outer * layout.length * inner;
  const result =
    out === undefined
      ? newArray("alrInverse", source, count)
      : checkOut("alrInverse", out, source, count, "one more per lane than y has", {}, "y");
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < layout.length; k++) {
      for (let i = 0; i < inner; i++) {
        result[(o * layout.length + k) * inner + i] = k === pinned ? 0 : source[from++];
      }
    }
  }
  return give(backend.run("softmax", result, result, layout, 1 / scale), result);
}

export function clr(backend: Backend, p: unknown, options: unknown): FloatArray | Promise<FloatArray> {
  const { shape, axis, out } = readOptions("clr", options);
  const simplex = readSimplexOptions("clr", options);
  const source = readElements("clr", p, "p");
  const arrangement = resolve("clr", shape, axis, source.length, "p");
  const result =
    out === undefined
      ? newArray("clr", source, source.length)
      : checkOut("clr", out, source, source.length, "as p is", {}, "p");
  const { length } = arrangement;
  const lanes = toLanes(source, arrangement);
  checkSimplex("clr", lanes, length, 1, simplex, source);
  const largest = new Float64Array(lanes.length);
  for (let start = 0; start < lanes.length; start += length) {
    let max = 0;
    for (let k = start; k < start + length; k++) if (lanes[k] > max) max = lanes[k];
    for (let k = start; k < start + length; k++) largest[k] = max;
  }
  return after(backend.map("logRatio", lanes, largest, lanes, mapElements), () => {
    for (let start = 0; start < lanes.length; start += length) centre(lanes, start, start + length);
    fromLanes(lanes, arrangement, result);
    return result;
  });
}

export function clrInverse(backend: Backend, z: unknown, options: unknown): FloatArray | Promise<FloatArray> {
  const { shape, axis, out } = readOptions("clrInverse", options);
  const source = readElements("clrInverse", z, "z");
  const arrangement = resolve("clrInverse", shape, axis, source.length, "z");
  const result =
    out === undefined
      ? newArray("clrInverse", source, source.length)
      : checkOut("clrInverse", out, source, source.length, "as z is", {}, "z");
  return give(run(backend, "softmax", source, result, arrangement, 1), result);
}

/** Subtracts the mean of numbers that are not positive. */
function centre(numbers: Float64Array, start: number, end: number): void {
  let sum = 0;
  let rest = 0;
  for (let k = start; k < end; k++) {
    const next = sum + numbers[k];
    const added = next - sum;
    rest += sum - (next - added) + (numbers[k] - added); // Knuth
    sum = next;
  }
  // Beside -Infinity the rest is NaN.
  const mean = sum === Number.NEGATIVE_INFINITY ? sum : (sum + rest) / (end - start);
  for (let k = start; k < end; k++) {
    const value = numbers[k];
    numbers[k] = value === Number.NEGATIVE_INFINITY && mean === value ? value : value - mean;
  }
}

interface Pinning {
  readonly reference: number;
  readonly scale: number;
}

export function readPinning(operation: string, options: unknown): Pinning {
  const { reference = 0, scale = 1 } = (options ?? {}) as { readonly [K in keyof Pinning]?: unknown };
  if (typeof reference !== "number") {
    throw new TypeError(`${operation}: reference must be a number, got ${describe(reference)}`);
  }
  if (typeof scale !== "number") {
    throw new TypeError(`${operation}: scale must be a number, got ${describe(scale)}`);
  }
  if (!(scale >= 1e-30 && scale <= 1e30)) {
    throw new RangeError(`${operation}: scale must be between 1e-30 and 1e30, got ${scale}`);
  }
  return { reference, scale };
}

/** The number of the component that `reference` names, of `length`. */
export function checkReference(operation: string, reference: number, length: number): number {
  if (length === 0)
    throw new RangeError(`${operation}: p must have a component to be the reference, got none`);
  if (!Number.isInteger(reference) || reference < -length || reference >= length) {
    throw new RangeError(
      `${operation}: reference must be an integer from ${-length} to ${length - 1}, got ${reference}`,
    );
  }
  return reference < 0 ? reference + length : reference;
}

export function resolveDimension(
  operation: string,
  shape: readonly number[] | undefined,
  axis: Axis,
  size: number,
  name = "p",
): Layout {
  if (axis !== undefined && typeof axis !== "number") {
    throw new RangeError(`${operation}: axis must be one dimension, a number, got ${describe(axis)}`);
  }
  return resolve(operation, shape, axis, size, name);
}
