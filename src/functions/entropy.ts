import { settled } from "../arguments/arrays.js";
import { LANES, MASK, TEMPERATURE } from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions } from "../arguments/options.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { keepsNothing, wholeMask } from "../backend/lanes.js";
import * as ops from "../backend/operations.js";
import { type MaybePromise, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import type { LaneOptions, MaskOption, TemperatureOption } from "./parameters.js";
import { type Reduction, readReduction, reducedWhenDone, resultFor } from "./perLane.js";
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

function entropyOf(backend: Backend, logits: unknown, options: unknown): MaybePromise<number | FloatArray> {
  const settings = readOptions("entropy", options, LANES | TEMPERATURE | MASK, logits);
  const { mask: given } = (options ?? NO_OPTIONS) as { readonly mask?: unknown };
  const reduction = readReduction("entropy", "logits", logits, settings, settled(given), options);
  if (reduction === undefined) {
    const args = [backend, logits, options];
    const rows = given === undefined ? { backend, operation: ops.entropy, settings } : undefined;
    return withFloats(entropyOf, { caller: "entropy", name: "logits", args, at: 1, rows });
  }
  const { x, layout, temperature, mask, isOneNumber } = reduction;
  const value = resultFor(reduction, settings.out);
  const pending = run(backend, ops.entropy, x, value, layout, temperature, mask && { mask });
  if (mask === undefined) return reducedWhenDone(pending, value, isOneNumber);
  return whenDone(pending, () => {
    clearMasked(reduction, mask, value);
    return isOneNumber ? value[0] : value;
  });
}

/** Writes 0 for lanes of which the mask leaves nothing: the kernels see lanes of nothing but -Infinity there. */
function clearMasked({ x, layout }: Reduction, mask: Uint8Array, value: FloatArray): void {
  const kept = wholeMask(mask, layout, x.length);
  for (let lane = 0; lane < value.length; lane++) {
    if (Number.isNaN(value[lane]) && keepsNothing(kept, layout, lane)) value[lane] = 0;
  }
}
