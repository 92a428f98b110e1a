import { readOperand, readPackable, readPerLane, settled } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import { LANES, MASK, TEMPERATURE } from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions } from "../arguments/options.js";
import { checkApart, outFor } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import type { Backend, LaneOperation } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { fillLeftOut, replaceLeftOut, startOf, stepOf, wholeMask } from "../backend/lanes.js";
import * as ops from "../backend/operations.js";
import { type MaybePromise, resultWhenDone, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import { define } from "./define.js";
import { borrow, giveBack, giveBackWhenDone } from "./loans.js";
import { withFloats } from "./packed.js";
import type { LaneOptions, MaskOption, Numbers, TemperatureOption } from "./parameters.js";
import type { LaneOperandFunction, PairFunction } from "./signatures.js";

/** T is that of the function that is differentiated. */
export interface VjpOptions extends LaneOptions, TemperatureOption, MaskOption {}

/**
 * The vector-Jacobian product (backward pass) of softmax with respect to its logits:
 *
 *   softmaxVjp(p, dy) = p (dy - Σ p dy) / T,  every sum over a lane,
 *
 * from p = softmax(x / T) and the gradient `dy` of a number with respect to p. The Jacobian of softmax, (diag(p) - p pᵀ) / T,
 * is symmetric (Gao and Pavel, "On the properties of the softmax function", 2017): softmaxVjp(p, v) is the Jacobian-vector
 * product too, the derivative of softmax in the direction v.
 *
 * Returns as many elements as `p`, of its type. `dy` is as long, and of that type or a list. Values of `p` above 1 by more
 * than rounding mean nothing.
 *
 * For exactly these `p` and `dy`, errors are at most 1.6 units in the last place for a Float32Array, 3 for a Float64Array,
 * and one more at temperatures other than 1, whatever the length: units of the result or, where terms cancel, of the
 * largest term. In double precision that holds for dy = 0 and 1e-260 < |dy| < 1e260. Where p is 0, so is the result. A lane
 * with NaN or an infinity in `p` or `dy` is NaN throughout. What `mask` leaves out, in both, adds nothing, and its result is 0.
 *
 * @example
 * softmaxVjp([0.25, 0.75], [1, 0]); // [0.1875, -0.1875]
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for a `dy` of the wrong length, a shape that does not fit, an axis or temperature out of range, or an
 * `out` of the wrong length or overlapping an argument in part.
 */
export const softmaxVjp: PairFunction<VjpOptions> = /* @__PURE__ */ define(
  (backend) => (p: unknown, dy: unknown, options: unknown) =>
    pullBack(backend(), ops.softmaxVjp, "p", p, dy, options),
);

/**
 * The vector-Jacobian product (backward pass) of log-softmax with respect to its logits:
 *
 *   logSoftmaxVjp(logp, dy) = (dy - e^logp Σ dy) / T,  the sum over a lane,
 *
 * from logp = log softmax(x / T) and the gradient `dy` of a number with respect to logp (the transpose of the Jacobian
 * I - 1 pᵀ of Gao and Pavel, "On the properties of the softmax function", 2017).
 *
 * Returns as many elements as `logp`, of its type. `dy` is as long, and of that type or a list. Values of `logp` above 0 by
 * more than rounding mean nothing.
 *
 * For exactly these `logp` and `dy`, errors are at most 1.6 units in the last place for a Float32Array, 3 for a
 * Float64Array, and one more at temperatures other than 1, whatever the length: units of the result or, where terms
 * cancel, of the larger term. It keeps its digits where p is near 1 and dy near the sum. In double precision the bound
 * holds for dy = 0 and 1e-260 < |dy| < 1e260. Where p is 0 the result is dy / T. A lane with NaN or an infinity in `dy` is NaN
 * throughout; NaN in `logp` stays in its place. What `mask` leaves out is a constant of logSoftmax, -Infinity: its `dy` is not
 * read, and its result is 0.
 *
 * @example
 * logSoftmaxVjp([-Math.LN2, -Math.LN2], [1, 0]); // [0.5, -0.5]
 *
 * @throws TypeError, RangeError as softmaxVjp does.
 */
export const logSoftmaxVjp: PairFunction<VjpOptions> = /* @__PURE__ */ define(
  (backend) => (logp: unknown, dy: unknown, options: unknown) =>
    pullBack(backend(), ops.logSoftmaxVjp, "logp", logp, dy, options),
);

/**
 * The vector-Jacobian product (backward pass) of log-sum-exp:
 *
 *   logSumExpVjp(x, dy) = softmax(x / T) dy / T,
 *
 * as softmax is the gradient of log-sum-exp (Boyd and Vandenberghe, "Convex optimization", 2004, section 3.1.5).
 *
 * Returns as many elements as `x`, of its type. `dy` is a number for a single lane, or has one number per lane in row-major
 * order of the dimensions that remain. It is not rounded to the type of `x`. `out` may be `x` and overlaps it in no other
 * way.
 *
 * Errors are at most 4 units in the last place for a Float32Array and 5 for a Float64Array, as nothing cancels. Softmax
 * below 2^-166 and 2^-1130 counts as 0, which a large dy may show. A lane with NaN or +Infinity becomes NaN, and so does one
 * whose `dy` is NaN; its neighbours do not. A `dy` of 0 gives zeros. So does a lane of nothing but -Infinity, whose log-sum-exp
 * does not change, unless its `dy` is NaN or infinite. What `mask` leaves out is 0, whatever it is.
 *
 * @example
 * logSumExpVjp([0, 0], 2); // [1, 1]
 *
 * @throws TypeError, RangeError as softmaxVjp does.
 */
export const logSumExpVjp: LaneOperandFunction<number | Numbers, VjpOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, dy: unknown, options: unknown) => pullBackSum(backend(), x, dy, options),
);

function pullBack(
  backend: Backend,
  operation: LaneOperation,
  name: string,
  value: unknown,
  dy: unknown,
  options: unknown,
): MaybePromise<FloatArray> {
  const caller = operation.name;
  const { shape, axis, temperature, out } = readOptions(caller, options, LANES | TEMPERATURE | MASK, value);
  const { mask } = (options ?? NO_OPTIONS) as { readonly mask?: unknown };
  const given = settled(dy);
  const list = settled(mask);
  const source = readPackable(caller, value, name, options);
  if (source === PACKED) {
    return withFloats(pullBack, {
      caller,
      name,
      args: [backend, operation, name, value, dy, options],
      at: 3,
    });
  }
  // Not put together at each call: that takes 15 ns.
  const reason = name === "p" ? "as p is" : "as logp is";
  const y = readOperand(caller, "dy", given, source, source.length, reason);
  const layout = resolve(caller, shape, axis, source.length, name);
  const kept = readMask(caller, list, source, layout);
  const result = outFor(caller, out, source, source.length, name);
  if (out !== undefined) {
    checkApart(caller, "dy", y, result);
    checkApart(caller, "mask", kept, result);
  }
  if (kept !== undefined) {
    return pullBackMasked(backend, operation, source, y, layout, temperature, kept, result);
  }
  return resultWhenDone(run(backend, operation, source, result, layout, temperature, { y }), result);
}

/** What is left out is 0 in both operands, so that it adds nothing, and in the result. */
function pullBackMasked(
  backend: Backend,
  operation: LaneOperation,
  source: FloatArray,
  dy: FloatArray,
  layout: Layout,
  temperature: number,
  mask: Uint8Array,
  result: FloatArray,
): MaybePromise<FloatArray> {
  const whole = wholeMask(mask, layout, source.length);
  const x = replaceLeftOut(operation.name, source, whole, 0);
  const y = replaceLeftOut(operation.name, dy, whole, 0);
  return whenDone(run(backend, operation, x, result, layout, temperature, { y }), () => {
    fillLeftOut(result, whole, 0);
    return result;
  });
}

function pullBackSum(backend: Backend, x: unknown, dy: unknown, options: unknown): MaybePromise<FloatArray> {
  const operation = ops.logSumExpVjp;
  const caller = operation.name;
  const { shape, axis, temperature, out } = readOptions(caller, options, LANES | TEMPERATURE | MASK, x);
  const { mask } = (options ?? NO_OPTIONS) as { readonly mask?: unknown };
  const given = settled(dy);
  const list = settled(mask);
  const source = readPackable(caller, x, "x", options);
  if (source === PACKED) {
    return withFloats(pullBackSum, { caller, name: "x", args: [backend, x, dy, options], at: 1 });
  }
  const layout = resolve(caller, shape, axis, source.length);
  const kept = readMask(caller, list, source, layout);
  const slopes = readPerLane(caller, "dy", given, layout.outer * layout.inner);
  const result = outFor(caller, out, source, source.length, "x");
  if (out !== undefined) checkApart(caller, "mask", kept, result);
  const whole = kept && wholeMask(kept, layout, source.length);
  const logits = whole ? replaceLeftOut(caller, source, whole, Number.NEGATIVE_INFINITY) : source;
  const numbers = borrow(caller, slopes.length);
  numbers.set(slopes);
  // Before `out`, which may be x, is written.
  const nothing = lanesOfNothing(logits, layout, numbers.length);
  const pending = run(backend, operation, logits, result, layout, temperature, { numbers });
  if (nothing.length === 0 && whole === undefined) {
    return resultWhenDone(giveBackWhenDone(pending, numbers), result);
  }
  return whenDone(pending, () => {
    // Their softmax, NaN, counts as 0: the log-sum-exp stays -Infinity.
    for (const lane of nothing) fillLane(result, layout, lane, 0 * numbers[lane] + 0);
    if (whole !== undefined) fillLeftOut(result, whole, 0);
    giveBack(numbers);
    return result;
  });
}

/** The lanes of nothing but -Infinity. Of the others it reads little. */
function lanesOfNothing(x: FloatArray, layout: Layout, lanes: number): number[] {
  const { length, inner, offsets } = layout;
  const found: number[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const start = startOf(layout, lane);
    let k = 0;
    while (k < length && x[start + stepOf(k, inner, offsets)] === Number.NEGATIVE_INFINITY) k++;
    if (k === length) found.push(lane);
  }
  return found;
}

function fillLane(out: FloatArray, layout: Layout, lane: number, value: number): void {
  const { length, inner, offsets } = layout;
  const start = startOf(layout, lane);
  for (let k = 0; k < length; k++) out[start + stepOf(k, inner, offsets)] = value;
}
