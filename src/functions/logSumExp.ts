import { readPackable, settled } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import { LANES, MASK, TEMPERATURE, WEIGHTS } from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions } from "../arguments/options.js";
import { checkOverlap } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { readWeights } from "../arguments/weights.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import * as ops from "../backend/operations.js";
import { describe } from "../describe.js";
import { newArray } from "../dtype.js";
import { type MaybePromise, type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout } from "../types.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import { runRows } from "./packedRows.js";
import type { LaneOptions, MaskOption, Numbers, TemperatureOption } from "./parameters.js";
import { checkPerLane, isOneNumber, lanesOf, reducedWhenDone } from "./perLane.js";
import type { PerLaneFunction, Signed, SignedFunction } from "./signatures.js";
import { logWeightedSums, weightsOfElements } from "./weights.js";

export interface LogSumExpOptions extends LaneOptions, TemperatureOption, MaskOption {
  /**
   * w in log Σ w exp(x / T), of either sign. As long as `x`, or as one lane and then used for every lane; of the element
   * type of `x` or a list. An element of weight 0 is left out, even if it is NaN or infinite.
   */
  weights?: Numbers | undefined;
}

/**
 * log Σ exp(x / T), over each lane of x, or log Σ w exp(x / T) with weights w (the `b` of SciPy's logsumexp).
 *
 * Returns nats: the one number of a vector, rounded to the element type of `x`; with `shape` or `out`, an array of one
 * element per lane, in row-major order of the dimensions that remain. Errors are at most 1 unit in the last place for a
 * Float32Array (0.51 in TypeScript) and 2 for a Float64Array; near zero, where the maximum cancels against the logarithm
 * of the rest, the units are those of the larger of the two.
 *
 * It is taken as max / T + log1p(s), where s is the sum of the other exponentials relative to the maximum (Blanchard,
 * Higham and Higham, 2021), so nothing overflows. -Infinity for an empty lane or nothing but -Infinity; +Infinity beside
 * +Infinity; NaN beside NaN.
 *
 * With weights: NaN where the sum is negative, or infinite terms have both signs; -Infinity where it is exactly 0. Errors
 * are at most 1.7 units for a Float32Array and 2.3 for a Float64Array, of the result and, on top, of max / T where that and
 * the logarithm of the rest cancel to as little as a sixteenth, and of 1 where terms cancel to as little as half. Lanes that
 * cancel more are computed again with twice the digits, at some ten times the cost: their errors are at most 1 unit of the
 * result, and 2^-90 Σ |w| exp(x / T) / |Σ w exp(x / T)| on top. So a difference of two exponentials, weights 1 and -1, keeps
 * all its digits. The bound is for weights whose sizes, within a lane, differ by less than a factor of 1e30 in single
 * precision and 1e300 in double.
 *
 * @example
 * logSumExp([0, 0]); // 0.6931
 * logSumExp([1, 2, 3, 4], { shape: [2, 2] }); // [2.3133, 4.3133]
 * logSumExp([0, 0], { weights: [3, 1] }); // 1.3863
 *
 * @throws TypeError, RangeError as softmax does, for `weights` as for `mask`.
 */
export const logSumExp: PerLaneFunction<LogSumExpOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => reduce(backend(), x, options),
);

/**
 * log|S| and the sign of S = Σ w exp(x / T), over each lane of x: what logSumExp with weights is where the sum may be
 * negative, as SciPy's logsumexp with `return_sign`.
 *
 * Returns `{ value, sign }` with S = sign · exp(value), value in nats: two numbers for a vector; with `shape` or `out`,
 * two arrays of one element per lane, of the element type of `x`. `out` is `{ value, sign }` too. The sign is 1, -1, 0
 * where the value is -Infinity, or NaN where it is NaN. Weights, mask, edge values and errors are those of logSumExp.
 *
 * @example
 * logSumExpSigned([0, 0], { weights: [1, -3] }); // { value: 0.6931, sign: -1 }
 *
 * @throws TypeError, RangeError as logSumExp does.
 */
export const logSumExpSigned: SignedFunction<LogSumExpOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => reduceSigned(backend(), x, options),
);

const TAKEN = LANES | TEMPERATURE | MASK | WEIGHTS;

/** What `readOptions` does not read. */
type Lists = { readonly [K in "mask" | "weights"]?: unknown };

// No function of its own reads what both take: an object with all of it takes a small call a tenth of its time.

function reduce(backend: Backend, x: unknown, options: unknown): MaybePromise<number | FloatArray> {
  const caller = "logSumExp";
  const settings = readOptions(caller, options, TAKEN, x);
  const { temperature, out } = settings;
  const { mask, weights } = (options ?? NO_OPTIONS) as Lists;
  const given = settled(weights);
  const list = settled(mask);
  const source = readPackable(caller, x, "x", options);
  if (source === PACKED) {
    const isAlone = list === undefined && given === undefined;
    const result = isAlone ? runRows(backend, ops.logSumExp, settings, x, options, "x") : undefined;
    if (result !== undefined) return result;
    return withFloats(reduce, { caller, name: "x", args: [backend, x, options], at: 1 });
  }
  const layout = lanesOf(caller, settings, source, "x");
  const kept = list === undefined ? undefined : readMask(caller, list, source, layout);
  const all = given === undefined ? undefined : readWeights(caller, given, source, layout);
  const value =
    out === undefined
      ? newArray(caller, source, layout.outer * layout.inner)
      : checkPerLane(caller, out, "out", source, "x", layout, kept, all);
  const pending =
    all === undefined
      ? run(backend, ops.logSumExp, source, value, layout, temperature, kept && { mask: kept })
      : weigh(caller, backend, source, all, layout, temperature, kept, value);
  return reducedWhenDone(pending, value, isOneNumber(settings));
}

type SignedResult = Signed<number> | Signed<FloatArray>;

function reduceSigned(backend: Backend, x: unknown, options: unknown): MaybePromise<SignedResult> {
  const caller = "logSumExpSigned";
  const settings = readOptions(caller, options, TAKEN, x);
  const { temperature } = settings;
  const { mask, weights } = (options ?? NO_OPTIONS) as Lists;
  const out = readSignedOut(caller, settings.out);
  const given = settled(weights);
  const list = settled(mask);
  const source = readPackable(caller, x, "x", options);
  if (source === PACKED) {
    return withFloats(reduceSigned, { caller, name: "x", args: [backend, x, options], at: 1 });
  }
  const layout = lanesOf(caller, settings, source, "x");
  const kept = readMask(caller, list, source, layout);
  const all = readWeights(caller, given, source, layout);
  const [value, sign] = (["value", "sign"] as const).map((name) =>
    out === undefined
      ? newArray(caller, source, layout.outer * layout.inner)
      : checkPerLane(caller, out[name], `out.${name}`, source, "x", layout, kept, all),
  );
  if (out !== undefined) checkOverlap(caller, "out.value", value, sign, "out.sign", false);
  const pending =
    all === undefined
      ? run(backend, ops.logSumExp, source, value, layout, temperature, kept && { mask: kept })
      : weigh(caller, backend, source, all, layout, temperature, kept, value, sign);
  return whenDone(pending, (): SignedResult => {
    if (all === undefined) fillSigns(value, sign);
    if (isOneNumber(settings)) return { value: value[0], sign: sign[0] };
    return out === undefined ? { value, sign } : (settings.out as Signed<FloatArray>);
  });
}

function readSignedOut(caller: string, out: unknown): Signed<unknown> | undefined {
  if (out === undefined) return undefined;
  if (typeof out !== "object" || out === null) {
    throw new TypeError(`${caller}: out must be an object with value and sign, got ${describe(out)}`);
  }
  const { value, sign } = out as Partial<Signed<unknown>>;
  return { value, sign };
}

/** value = log|S| of each lane and its sign; without `sign`, NaN where S is negative. */
function weigh(
  caller: string,
  backend: Backend,
  x: FloatArray,
  weights: FloatArray,
  layout: Layout,
  temperature: number,
  mask: Uint8Array | undefined,
  value: FloatArray,
  sign?: FloatArray,
): Pending {
  const all = weightsOfElements(caller, weights, mask, x, layout);
  return logWeightedSums(caller, backend, x, all, layout, temperature, value, sign);
}

/** The signs of sums without weights. */
function fillSigns(value: FloatArray, sign: FloatArray): void {
  for (let lane = 0; lane < value.length; lane++) {
    sign[lane] = value[lane] === Number.NEGATIVE_INFINITY ? 0 : Number.isNaN(value[lane]) ? Number.NaN : 1;
  }
}
