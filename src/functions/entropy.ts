import { readPackable, settled } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import { LANES, MASK, TEMPERATURE } from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions } from "../arguments/options.js";
import { PACKED } from "../arguments/packedTypes.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { keepsNothing, wholeMask } from "../backend/lanes.js";
import * as ops from "../backend/operations.js";
import { newArray } from "../dtype.js";
import { type MaybePromise, type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import { runRows } from "./packedRows.js";
import type { LaneOptions, MaskOption, TemperatureOption } from "./parameters.js";
import { checkPerLane, isOneNumber, lanesOf, reducedWhenDone } from "./perLane.js";
import type { PerLaneFunction } from "./signatures.js";

export interface EntropyOptions extends LaneOptions, TemperatureOption, MaskOption {}

/**
 * The Shannon entropy of softmax over each lane of logits, H = -Σ p log p with p = softmax(x / T).
 *
 * Returns nats: the one number of a vector, rounded to the element type of `logits`; with `shape` or `out`, an array of one
 * element per lane, in row-major order of the dimensions that remain. Errors are at most 0.51 units in the last place for a
 * Float32Array and 2 for a Float64Array, and one more at temperatures other than 1, subnormal results included, whatever
 * the length and spread.
 *
 * It is taken from the logits, as log1p(s) + Σ e^z |z| / (1 + s) with z = (x - max) / T, where s is the sum of the other
 * exponentials relative to the maximum (after Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax
 * functions", 2021). Both terms are positive, so nothing cancels, and lanes that one logit dominates keep their digits.
 *
 * From 0 to log n. n equal logits give log n within the bound; a lane with a single finite logit gives exactly 0, as
 * 0 · log 0 = 0. A lane with NaN or +Infinity, or with nothing but -Infinity, gives NaN, as its softmax does. A lane of no
 * elements, or of which the mask leaves nothing, gives 0.
 *
 * @example
 * entropy([0, 0]); // 0.6931
 * entropy([1, 2, 3, 0, 0, 0], { shape: [2, 3] }); // [0.8324, 1.0986]
 *
 * @throws TypeError, RangeError as softmax does.
 */
export const entropy: PerLaneFunction<EntropyOptions> = /* @__PURE__ */ define(
  (backend) => (logits: unknown, options: unknown) => entropyOf(backend(), logits, options),
);

const CALLER = "entropy";

function entropyOf(backend: Backend, logits: unknown, options: unknown): MaybePromise<number | FloatArray> {
  const settings = readOptions(CALLER, options, LANES | TEMPERATURE | MASK, logits);
  const { temperature, out } = settings;
  const { mask } = (options ?? NO_OPTIONS) as { readonly mask?: unknown };
  const list = settled(mask);
  const source = readPackable(CALLER, logits, "logits", options);
  if (source === PACKED) {
    const isAlone = list === undefined;
    const result = isAlone ? runRows(backend, ops.entropy, settings, logits, options, "logits") : undefined;
    if (result !== undefined) return result;
    const args = [backend, logits, options];
    return withFloats(entropyOf, { caller: CALLER, name: "logits", args, at: 1 });
  }
  const layout = lanesOf(CALLER, settings, source, "logits");
  const kept = list === undefined ? undefined : readMask(CALLER, list, source, layout);
  const value =
    out === undefined
      ? newArray(CALLER, source, layout.outer * layout.inner)
      : checkPerLane(CALLER, out, "out", source, "logits", layout, kept);
  const pending = run(backend, ops.entropy, source, value, layout, temperature, kept && { mask: kept });
  if (kept === undefined) return reducedWhenDone(pending, value, isOneNumber(settings));
  return clearedWhenDone(pending, source, layout, kept, value, isOneNumber(settings));
}

/** A function of its own, so that `entropyOf` has no closure: see `resultWhenDone`. */
function clearedWhenDone(
  pending: Pending,
  x: FloatArray,
  layout: Layout,
  mask: Uint8Array,
  value: FloatArray,
  isNumber: boolean,
): MaybePromise<number | FloatArray> {
  return whenDone(pending, () => {
    clearMasked(x, layout, mask, value);
    return isNumber ? value[0] : value;
  });
}

/** Writes 0 for lanes of which the mask leaves nothing: the kernels see lanes of nothing but -Infinity there. */
function clearMasked(x: FloatArray, layout: Layout, mask: Uint8Array, value: FloatArray): void {
  const kept = wholeMask(mask, layout, x.length);
  for (let lane = 0; lane < value.length; lane++) {
    if (Number.isNaN(value[lane]) && keepsNothing(kept, layout, lane)) value[lane] = 0;
  }
}
