import { readPackable, readPerLane, settled } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import { LANES, MASK, NORMALIZER, TEMPERATURE } from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions } from "../arguments/options.js";
import { checkApart, outFor } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import type { Backend, LaneOperation } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import * as ops from "../backend/operations.js";
import { type MaybePromise, type Pending, resultWhenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import { define } from "./define.js";
import { borrow, giveBackWhenDone } from "./loans.js";
import { withFloats } from "./packed.js";
import { runRows } from "./packedRows.js";
import type { LaneOptions, MaskOption, Numbers, TemperatureOption } from "./parameters.js";
import type { ArrayFunction } from "./signatures.js";

export interface SoftmaxOptions extends LaneOptions, TemperatureOption, MaskOption {
  /**
   * The log-sum-exp L of each lane, computed elsewhere at the same temperature. A number where there is one lane. Finishes
   * a chunk of what L was taken over: softmax is exp(x / T - L), and logSoftmax is x / T - L, where x / T and the
   * difference are rounded to doubles. An error of δ in L is one of δ in these logarithms.
   *
   * A lane whose L is NaN or +Infinity becomes NaN. Elsewhere -Infinity gives 0 and -Infinity, even where L is -Infinity.
   */
  normalizer?: number | Numbers | undefined;
}

/**
 * softmax(x / T) = exp(x / T) / Σ exp(x / T), over each lane of x.
 *
 * Returns probabilities: as many as `x` has elements, of its type, each lane by itself. Errors are at most 1.8 units in
 * the last place for a Float32Array, 2 at temperatures other than 1 (0.51 in TypeScript), and 2 for a Float64Array, for
 * every finite input, subnormal results included, whatever the length and spread.
 *
 * The exponentials are taken relative to the maximum of the lane, whose own 1 stays apart from the sum of the others
 * (Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", 2021), so nothing
 * overflows. -Infinity counts as probability 0. A lane with NaN or +Infinity, or with nothing but -Infinity, becomes NaN;
 * its neighbours do not. What the mask leaves out is 0.
 *
 * @example
 * softmax([1, 2, 3]); // [0.0900, 0.2447, 0.6652]
 * softmax(new Float32Array(6), { shape: [2, 3] }); // [0.3333, 0.3333, 0.3333, 0.3333, 0.3333, 0.3333]
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for a shape that does not fit `x`, an axis or temperature out of range, a mask or normalizer of the
 * wrong length, or an `out` of the wrong length, overlapping `x` or a normalizer in part, or the mask.
 */
export const softmax: ArrayFunction<SoftmaxOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) =>
    transform(backend(), ops.softmax, ops.normalizedSoftmax, x, options),
);

/**
 * log softmax(x / T) = x / T - log Σ exp(x / T), over each lane of x.
 *
 * Returns log-probabilities in nats: as many as `x` has elements, of its type, each lane by itself. Errors are at most 1
 * unit in the last place for a Float32Array, 1.2 at temperatures other than 1 (0.51 in TypeScript), and 2 for a
 * Float64Array, for every finite input, whatever the length and spread.
 *
 * It is taken as (x - max) / T - log1p(s), where s is the sum of the other exponentials relative to the maximum
 * (Blanchard, Higham and Higham, 2021), so it keeps its digits where one logit dominates. -Infinity stays -Infinity. A lane
 * with NaN or +Infinity, or with nothing but -Infinity, becomes NaN; its neighbours do not. What the mask leaves out is
 * -Infinity.
 *
 * @example
 * logSoftmax([0, 0]); // [-0.6931, -0.6931]
 * logSoftmax([1000, 0]); // [0, -1000]
 *
 * @throws TypeError, RangeError as softmax does.
 */
export const logSoftmax: ArrayFunction<SoftmaxOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) =>
    transform(backend(), ops.logSoftmax, ops.normalizedLogSoftmax, x, options),
);

function transform(
  backend: Backend,
  operation: LaneOperation,
  normalized: LaneOperation,
  x: unknown,
  options: unknown,
): MaybePromise<FloatArray> {
  const caller = operation.name;
  const settings = readOptions(caller, options, LANES | TEMPERATURE | MASK | NORMALIZER, x);
  const { shape, axis, temperature, out } = settings;
  const { mask, normalizer } = (options ?? NO_OPTIONS) as { readonly [K in "mask" | "normalizer"]?: unknown };
  const given = settled(normalizer);
  const list = settled(mask);
  const source = readPackable(caller, x, "x", options);
  if (source === PACKED) {
    const isAlone = list === undefined && given === undefined;
    const result = isAlone ? runRows(backend, operation, settings, x, options, "x") : undefined;
    if (result !== undefined) return result as FloatArray;
    const args = [backend, operation, normalized, x, options];
    return withFloats(transform, { caller, name: "x", args, at: 3 });
  }
  const layout = resolve(caller, shape, axis, source.length);
  const kept = list === undefined ? undefined : readMask(caller, list, source, layout);
  const lanes = layout.outer * layout.inner;
  const normalizers = given === undefined ? undefined : readPerLane(caller, "normalizer", given, lanes);
  const result = outFor(caller, out, source, source.length, "x");
  if (out !== undefined && kept !== undefined) checkApart(caller, "mask", kept, result);
  if (out !== undefined && normalizers !== undefined) checkApart(caller, "normalizer", normalizers, result);
  const pending =
    normalizers === undefined
      ? run(backend, operation, source, result, layout, temperature, kept && { mask: kept })
      : normalize(caller, backend, normalized, source, result, layout, temperature, normalizers, kept);
  return resultWhenDone(pending, result);
}

function normalize(
  caller: string,
  backend: Backend,
  operation: LaneOperation,
  x: FloatArray,
  out: FloatArray,
  layout: Layout,
  temperature: number,
  normalizers: FloatArray,
  mask: Uint8Array | undefined,
): Pending {
  const numbers = borrow(caller, normalizers.length);
  numbers.set(normalizers);
  const js = operation === ops.normalizedLogSoftmax;
  return giveBackWhenDone(
    run(backend, operation, x, out, layout, temperature, { numbers, mask, js }),
    numbers,
  );
}
