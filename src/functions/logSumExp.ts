import { settled } from "../arguments/arrays.js";
import { LANES, MASK, TEMPERATURE, WEIGHTS } from "../arguments/optionNames.js";
import { NO_OPTIONS, readOptions, type Settings } from "../arguments/options.js";
import { checkOverlap } from "../arguments/out.js";
import { readWeights } from "../arguments/weights.js";
import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import * as ops from "../backend/operations.js";
import { describe } from "../describe.js";
import { type MaybePromise, type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import type { LaneOptions, MaskOption, Numbers, TemperatureOption } from "./parameters.js";
import { type Reduction, readReduction, reducedWhenDone, resultFor } from "./perLane.js";
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

function reduce(backend: Backend, x: unknown, options: unknown): MaybePromise<number | FloatArray> {
  const settings = readOptions("logSumExp", options, TAKEN, x);
  const terms = readTerms("logSumExp", x, settings, options);
  if (terms === undefined) {
    const { mask, weights } = (options ?? NO_OPTIONS) as { readonly [K in "mask" | "weights"]?: unknown };
    const isAlone = mask === undefined && weights === undefined;
    const rows = isAlone ? { backend, operation: ops.logSumExp, settings } : undefined;
    return withFloats(reduce, { caller: "logSumExp", name: "x", args: [backend, x, options], at: 1, rows });
  }
  const { reduction, weights } = terms;
  const value = resultFor(reduction, settings.out, "out", settings.out !== undefined, weights);
  return reducedWhenDone(sum(backend, reduction, weights, value), value, reduction.isOneNumber);
}

const TAKEN = LANES | TEMPERATURE | MASK | WEIGHTS;

type SignedResult = Signed<number> | Signed<FloatArray>;

function reduceSigned(backend: Backend, x: unknown, options: unknown): MaybePromise<SignedResult> {
  const caller = "logSumExpSigned";
  const settings = readOptions(caller, options, TAKEN, x);
  const out = readSignedOut(caller, settings.out);
  const isGiven = out !== undefined;
  const terms = readTerms(caller, x, settings, options);
  if (terms === undefined) {
    return withFloats(reduceSigned, { caller, name: "x", args: [backend, x, options], at: 1 });
  }
  const { reduction, weights } = terms;
  const value = resultFor(reduction, out?.value, "out.value", isGiven, weights);
  const sign = resultFor(reduction, out?.sign, "out.sign", isGiven, weights);
  if (isGiven) checkOverlap(caller, "out.value", value, sign, "out.sign", false);
  return whenDone(sum(backend, reduction, weights, value, sign), (): SignedResult => {
    if (weights === undefined) fillSigns(value, sign);
    if (reduction.isOneNumber) return { value: value[0], sign: sign[0] };
    return isGiven ? (settings.out as Signed<FloatArray>) : { value, sign };
  });
}

/** An object of its own, not a copy of the reduction: spreading one costs a small call 1.5 µs on Node 20. */
interface Terms {
  readonly reduction: Reduction;
  readonly weights: FloatArray | undefined;
}

/** Undefined if x is packed. */
function readTerms(caller: string, x: unknown, settings: Settings, options: unknown): Terms | undefined {
  const { mask, weights } = (options ?? NO_OPTIONS) as { readonly [K in "mask" | "weights"]?: unknown };
  const given = settled(weights);
  const list = settled(mask);
  const reduction = readReduction(caller, "x", x, settings, list, options);
  if (reduction === undefined) return undefined;
  return { reduction, weights: readWeights(caller, given, reduction.x, reduction.layout) };
}

function readSignedOut(caller: string, out: unknown): Signed<unknown> | undefined {
  if (out === undefined) return undefined;
  if (typeof out !== "object" || out === null) {
    throw new TypeError(`${caller}: out must be an object with value and sign, got ${describe(out)}`);
  }
  const { value, sign } = out as Partial<Signed<unknown>>;
  return { value, sign };
}

/** value = log|S| of each lane and, with weights, its sign; without `sign`, NaN where S is negative. */
function sum(
  backend: Backend,
  { caller, x, layout, temperature, mask }: Reduction,
  weights: FloatArray | undefined,
  value: FloatArray,
  sign?: FloatArray,
): Pending {
  if (weights !== undefined) {
    const all = weightsOfElements(caller, weights, mask, x, layout);
    return logWeightedSums(caller, backend, x, all, layout, temperature, value, sign);
  }
  return run(backend, ops.logSumExp, x, value, layout, temperature, mask && { mask });
}

/** The signs of sums without weights. */
function fillSigns(value: FloatArray, sign: FloatArray): void {
  for (let lane = 0; lane < value.length; lane++) {
    sign[lane] = value[lane] === Number.NEGATIVE_INFINITY ? 0 : Number.isNaN(value[lane]) ? Number.NaN : 1;
  }
}
