import { readPackable } from "../arguments/arrays.js";
import { LANES, REFERENCE, SCALE, SIMPLEX } from "../arguments/optionNames.js";
import { readOptions } from "../arguments/options.js";
import { outFor } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { checkReference, readPinning, resolveDimension } from "../arguments/pinning.js";
import { resolve } from "../arguments/shape.js";
import { checkSimplex, readSimplexOptions, type SimplexOptions } from "../arguments/simplex.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { toLanes } from "../backend/lanes.js";
import * as ops from "../backend/operations.js";
import { type MaybePromise, resultWhenDone, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { borrow, giveBack } from "./loans.js";
import { withFloats } from "./packed.js";
import type { LaneOptions } from "./parameters.js";
import type { ArrayFunction } from "./signatures.js";

export interface AlrOptions extends SimplexOptions {
  /** The sizes of the dimensions of the first argument, row-major. Without it the argument is one vector. */
  shape?: readonly number[] | undefined;
  /** The one dimension that lanes run along. Negative numbers count from the end. Default: the last dimension. */
  axis?: number | undefined;
  /** The component that the others are compared with. Negative numbers count from the end. Default: 0. */
  reference?: number | undefined;
  /** λ, from 1e-30 to 1e30. Default: 1. */
  scale?: number | undefined;
}

export interface ClrOptions extends LaneOptions, SimplexOptions {}

/**
 * The additive log-ratio of probabilities, η_i = log(p_i / p_ref) / λ, over the components i other than the reference
 * (Aitchison, "The statistical analysis of compositional data", 1982).
 *
 * Takes lanes of n probabilities and returns n - 1 numbers for each, along the same axis, in nats over λ and of the type of
 * `p`. `out` must not overlap `p`.
 *
 * Errors are those of logit, at most 1.5 units in the last place for a Float32Array and 3 for a Float64Array; if λ is not a
 * power of two, dividing by it rounds once more. A probability of 0 gives -Infinity. Where the reference is 0, the others
 * are Infinity and zeros NaN. Without validation, numbers that are negative or NaN give NaN, and where the reference is
 * one, all components are NaN.
 *
 * @example
 * alr([0.25, 0.75]); // [1.0986]
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for a shape that does not fit, an axis, reference, scale or tolerance out of range, a lane that is no
 * probability vector, or an `out` of the wrong length or overlapping the argument.
 */
export const alr: ArrayFunction<AlrOptions> = /* @__PURE__ */ define(
  (backend) => (p: unknown, options: unknown) => alrOf(backend(), p, options),
);

/**
 * The inverse of alr, the pinned softmax: p = e^(λη) / (1 + Σ e^(λη)), with 1 for e^(λη) in the place of the reference
 * (Aitchison, "The statistical analysis of compositional data", 1982).
 *
 * Takes lanes of n - 1 numbers, any, and returns n probabilities for each, along the same axis and of the type of the
 * argument. `validate` and `tolerance` have no effect. `out` must not overlap the argument.
 *
 * Errors are those of softmax. It takes 1/λ as a temperature, rounded to double precision: if λ is not a power of two, that
 * adds up to d units in the last place for a Float64Array where e^-d is the ratio to the largest probability. -Infinity
 * gives 0. A lane with Infinity or NaN becomes NaN. If the only finite component is the reference, it is 1.
 *
 * @example
 * alrInverse([Math.log(3)]); // [0.25, 0.75]
 *
 * @throws TypeError, RangeError as alr does.
 */
export const alrInverse: ArrayFunction<AlrOptions> = /* @__PURE__ */ define(
  (backend) => (y: unknown, options: unknown) => alrInverseOf(backend(), y, options),
);

/**
 * The centred log-ratio of probabilities, log p_i - (Σ log p) / n: the logits whose sum is 0 (Aitchison, "The statistical
 * analysis of compositional data", 1982).
 *
 * Returns nats: as many elements as `p`, of its type, each lane by itself.
 *
 * The logarithms are taken relative to the largest probability of the lane, in double precision, so nearly equal ones keep
 * their digits: the result is log(p_i / max) less the mean of these. Errors are at most 0.51 units in the last place for a
 * Float32Array and 4 for a Float64Array: units of the result, or of that mean if it is larger. A probability of 0 gives
 * -Infinity and makes the others in its lane Infinity, which is the limit. Without validation, lanes with a number that is
 * negative or NaN, and lanes of zeros, become NaN.
 *
 * @example
 * clr([0.25, 0.75]); // [-0.5493, 0.5493]
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for a shape that does not fit, an axis or tolerance out of range, a lane that is no probability vector,
 * or an `out` of the wrong length or overlapping the argument in part.
 */
export const clr: ArrayFunction<ClrOptions> = /* @__PURE__ */ define(
  (backend) => (p: unknown, options: unknown) => clrOf(backend(), p, options),
);

/**
 * The inverse of clr, which is softmax: e^z / Σ e^z (Aitchison, "The statistical analysis of compositional data", 1982).
 *
 * Returns probabilities: as many as `z` has elements, of its type, each lane by itself, with the errors of softmax.
 * `validate` and `tolerance` have no effect. A lane with NaN or +Infinity becomes NaN, and so does what clr gives for a lane
 * with a 0.
 *
 * @example
 * clrInverse([-0.5493, 0.5493]); // [0.25, 0.75]
 *
 * @throws TypeError, RangeError as clr does.
 */
export const clrInverse: ArrayFunction<ClrOptions> = /* @__PURE__ */ define(
  (backend) => (z: unknown, options: unknown) => clrInverseOf(backend(), z, options),
);

const PINNED = LANES | SIMPLEX | REFERENCE | SCALE;

function alrOf(backend: Backend, p: unknown, options: unknown): MaybePromise<FloatArray> {
  const { shape, axis, out } = readOptions("alr", options, PINNED, p);
  const { reference, scale } = readPinning("alr", options);
  const simplex = readSimplexOptions("alr", options);
  const source = readPackable("alr", p, "p", undefined);
  if (source === PACKED) {
    return withFloats(alrOf, {
      caller: "alr",
      name: "p",
      args: [backend, p, options],
      at: 1,
      isPinned: true,
      isSimplex: true,
    });
  }
  const { outer, length, inner } = resolveDimension("alr", shape, axis, source.length, "p");
  const pinned = checkReference("alr", reference, length);
  const layout = { outer, length: length - 1, inner };
  const count = outer * layout.length * inner;
  const result = outFor("alr", out, source, count, "p", "one less per lane than p has");
  checkSimplex("alr", source, length, inner, simplex, source);
  const numbers = borrow("alr", outer * inner);
  const before = pinned * inner;
  for (let o = 0, from = 0, to = 0; o < outer; o++) {
    copy(source, from, result, to, before);
    from += before;
    to += before;
    for (let i = 0; i < inner; i++) numbers[o * inner + i] = source[from++];
    const after = (length - 1) * inner - before;
    copy(source, from, result, to, after);
    from += after;
    to += after;
  }
  return whenDone(run(backend, ops.alr, result, result, layout, 1, { numbers }), () => {
    giveBack(numbers);
    if (scale !== 1) for (let k = 0; k < count; k++) result[k] /= scale;
    return result;
  });
}

/** For a few elements a loop is faster than a view. */
function copy(source: FloatArray, from: number, target: FloatArray, to: number, count: number): void {
  if (count > 64) target.set(source.subarray(from, from + count), to);
  else for (let k = 0; k < count; k++) target[to + k] = source[from + k];
}

function alrInverseOf(backend: Backend, y: unknown, options: unknown): MaybePromise<FloatArray> {
  const { shape, axis, out } = readOptions("alrInverse", options, PINNED, y);
  const { reference, scale } = readPinning("alrInverse", options);
  const source = readPackable("alrInverse", y, "y", undefined);
  if (source === PACKED) {
    return withFloats(alrInverseOf, {
      caller: "alrInverse",
      name: "y",
      args: [backend, y, options],
      at: 1,
      isPinned: true,
    });
  }
  const { outer, length, inner } = resolveDimension("alrInverse", shape, axis, source.length, "y");
  const layout = { outer, length: length + 1, inner };
  const pinned = checkReference("alrInverse", reference, layout.length);
  const count = outer * layout.length * inner;
  const result = outFor("alrInverse", out, source, count, "y", "one more per lane than y has");
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < layout.length; k++) {
      for (let i = 0; i < inner; i++) {
        result[(o * layout.length + k) * inner + i] = k === pinned ? 0 : source[from++];
      }
    }
  }
  return resultWhenDone(backend.run(ops.softmax, result, result, layout, 1 / scale), result);
}

function clrOf(backend: Backend, p: unknown, options: unknown): MaybePromise<FloatArray> {
  const { shape, axis, out } = readOptions("clr", options, LANES | SIMPLEX, p);
  const simplex = readSimplexOptions("clr", options);
  const source = readPackable("clr", p, "p", options);
  if (source === PACKED) {
    return withFloats(clrOf, {
      caller: "clr",
      name: "p",
      args: [backend, p, options],
      at: 1,
      isSimplex: true,
    });
  }
  const layout = resolve("clr", shape, axis, source.length, "p");
  const result = outFor("clr", out, source, source.length, "p");
  const isJoint = layout.offsets !== undefined;
  const lanes = isJoint ? toLanes(source, layout) : source;
  checkSimplex("clr", lanes, layout.length, isJoint ? 1 : layout.inner, simplex, source);
  return resultWhenDone(run(backend, ops.clr, source, result, layout, 1), result);
}

function clrInverseOf(backend: Backend, z: unknown, options: unknown): MaybePromise<FloatArray> {
  const { shape, axis, out } = readOptions("clrInverse", options, LANES | SIMPLEX, z);
  const source = readPackable("clrInverse", z, "z", options);
  if (source === PACKED) {
    return withFloats(clrInverseOf, { caller: "clrInverse", name: "z", args: [backend, z, options], at: 1 });
  }
  const layout = resolve("clrInverse", shape, axis, source.length, "z");
  const result = outFor("clrInverse", out, source, source.length, "z");
  return resultWhenDone(run(backend, ops.softmax, source, result, layout, 1), result);
}
