import {
  checkOut,
  checkOverlap,
  describe,
  newArray,
  readElements,
  readOptions,
  type Settings,
  settled,
} from "./arguments.js";
import type { Backend, FloatArray, Pending } from "./backend/backend.js";
import { masked } from "./backend/plain.js";
import { type Arrangement, resolve } from "./layout.js";
import { readMask } from "./mask.js";
import { run } from "./run.js";
import type { NewFloat32Array, NewFloat64Array, SoftmaxOptions } from "./softmax.js";
import { logWeightedSums, readWeights, weightsOfElements } from "./weights.js";
import { after, type Given, give, type When } from "./when.js";

/** As for softmax, with weights and without a normalizer; `out` has one element per lane. */
export interface LogSumExpOptions<O extends FloatArray = FloatArray>
  extends Omit<SoftmaxOptions<O>, "normalizer"> {
  /**
   * w in log Σ w exp(x / T), of either sign: as long as `x`, or as one lane, for all lanes alike; of the element type
   * of `x` or a plain array. An element of weight 0 is left out, even if it is NaN or infinite.
   */
  weights?: FloatArray | readonly number[];
}

/** Without `shape` and `out`: x is one lane. */
type OneLane<Options> = Omit<Options, "shape" | "out"> & { shape?: undefined; out?: undefined };

/** The signature of `logSumExp`, log Σ exp(x / T) over each lane of x, or log Σ w exp(x / T). */
export interface LogSumExpFunction<W extends When = "now"> {
  /**
   * Gives the one number of a vector, without overflow or loss of digits, rounded to the element type of `x`. With
   * T = 1 it is the logarithm of the denominator of softmax; in general, of that of softmax at temperature T.
   *
   * -Infinity for an empty vector or nothing but -Infinity; +Infinity beside +Infinity; NaN beside NaN.
   *
   * With weights (the `b` of SciPy's logsumexp): NaN where the sum is negative, or infinite terms have both signs;
   * -Infinity where it is exactly 0. The error is 1.7 ulp in single precision and 2.3 in double; where terms cancel, so
   * many ulp of 1 times Σ |w| exp(x / T) / |Σ w exp(x / T)| more. That is for weights whose sizes, within a lane, differ
   * by less than a factor of 1e30 in single precision and 1e300 in double.
   *
   * @throws TypeError, RangeError as softmax does, for `weights` as for `mask`.
   */
  (x: FloatArray | readonly number[], options?: OneLane<LogSumExpOptions>): Given<W, number>;
  /** With `shape` or `out`: one element per lane, in row-major order of the dimensions that are not summed over. */
  <O extends Float32Array = NewFloat32Array>(
    x: Float32Array,
    options: LogSumExpOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same in double precision. The numbers of a plain array give a Float64Array. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options: LogSumExpOptions<O>,
  ): Given<W, NoInfer<O>>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options: LogSumExpOptions<NoInfer<X>>): Given<W, X>;
  (x: FloatArray | readonly number[], options: Omit<LogSumExpOptions, "out">): Given<W, FloatArray>;
}

/** S = sign · exp(value). The sign is 1, -1, 0 where the value is -Infinity, or NaN where it is NaN. */
export interface Signed<T> {
  value: T;
  sign: T;
}

/** As for logSumExp; `out` takes both results. */
export interface LogSumExpSignedOptions<O extends FloatArray = FloatArray>
  extends Omit<LogSumExpOptions<O>, "out"> {
  out?: Signed<O>;
}

/** The signature of `logSumExpSigned`: log|S| and the sign of S = Σ w exp(x / T), over each lane of x. */
export interface LogSumExpSigned<W extends When = "now"> {
  /**
   * Gives the two numbers of a vector, as SciPy's logsumexp does with `return_sign`: what logSumExp with weights is
   * where their sum may be negative. Weights, mask, edge values and errors are as there.
   *
   * @throws TypeError, RangeError as logSumExp does.
   */
  (x: FloatArray | readonly number[], options?: OneLane<LogSumExpSignedOptions>): Given<W, Signed<number>>;
  /** With `shape` or `out`: arrays with one element per lane, both of the element type of `x`. */
  <O extends Float32Array = NewFloat32Array>(
    x: Float32Array,
    options: LogSumExpSignedOptions<O>,
  ): Given<W, Signed<NoInfer<O>>>;
  /** The same in double precision. The numbers of a plain array give Float64Arrays. */
  <O extends Float64Array = NewFloat64Array>(
    x: Float64Array | readonly number[],
    options: LogSumExpSignedOptions<O>,
  ): Given<W, Signed<NoInfer<O>>>;
  /** The same where the type of `x` is known only when it runs. */
  <X extends FloatArray>(x: X, options: LogSumExpSignedOptions<NoInfer<X>>): Given<W, Signed<X>>;
  (
    x: FloatArray | readonly number[],
    options: Omit<LogSumExpSignedOptions, "out">,
  ): Given<W, Signed<FloatArray>>;
}

export function reduce(
  backend: Backend,
  x: unknown,
  options: unknown,
): number | FloatArray | Promise<number | FloatArray> {
  const settings = readOptions("logSumExp", options);
  const terms = readTerms("logSumExp", x, settings, options);
  const value = settings.out === undefined ? newResult(terms) : checkResult(terms, settings.out, "out");
  const pending = sum(backend, terms, value);
  if (!isOneNumber(settings)) return give(pending, value);
  return pending === undefined ? value[0] : giveFirst(pending, value);
}

async function giveFirst(pending: Promise<void>, value: FloatArray): Promise<number> {
  await pending;
  return value[0];
}

type SignedResult = Signed<number> | Signed<FloatArray>;

export function reduceSigned(
  backend: Backend,
  x: unknown,
  options: unknown,
): SignedResult | Promise<SignedResult> {
  const operation = "logSumExpSigned";
  const settings = readOptions(operation, options);
  const out = readSignedOut(operation, settings.out);
  const terms = readTerms(operation, x, settings, options);
  const value = out === undefined ? newResult(terms) : checkResult(terms, out.value, "out.value");
  const sign = out === undefined ? newResult(terms) : checkResult(terms, out.sign, "out.sign");
  if (out !== undefined) checkOverlap(operation, "out.value", value, sign, "out.sign", false);
  return after(sum(backend, terms, value, sign), (): SignedResult => {
    if (terms.weights === undefined) fillSigns(value, sign);
    if (isOneNumber(settings)) return { value: value[0], sign: sign[0] };
    return out === undefined ? { value, sign } : (settings.out as Signed<FloatArray>);
  });
}

/** The arguments, checked but for `out`. */
interface Terms {
  readonly operation: string;
  readonly x: FloatArray;
  readonly arrangement: Arrangement;
  readonly temperature: number;
  readonly mask: Uint8Array | undefined;
  readonly weights: FloatArray | undefined;
}

function readTerms(operation: string, x: unknown, settings: Settings, options: unknown): Terms {
  const { mask, weights } = (options ?? {}) as { readonly [K in "mask" | "weights"]?: unknown };
  const given = settled(weights);
  const { shape, axis, temperature } = settings;
  const source = readElements(operation, x);
  const arrangement = resolve(operation, shape, axis, source.length);
  if (isOneNumber(settings) && arrangement.outer * arrangement.inner !== 1) {
    throw new RangeError(
      `${operation}: axis [] gives one value per element of x: pass its shape to get an array`,
    );
  }
  return {
    operation,
    x: source,
    arrangement,
    temperature,
    mask: readMask(operation, mask, source, arrangement),
    weights: readWeights(operation, given, source, arrangement),
  };
}

function isOneNumber({ shape, out }: Settings): boolean {
  return shape === undefined && out === undefined;
}

function readSignedOut(operation: string, out: unknown): Signed<unknown> | undefined {
  if (out === undefined) return undefined;
  if (typeof out !== "object" || out === null) {
    throw new TypeError(`${operation}: out must be an object with value and sign, got ${describe(out)}`);
  }
  const { value, sign } = out as Partial<Signed<unknown>>;
  return { value, sign };
}

function newResult({ operation, x, arrangement }: Terms): FloatArray {
  return newArray(operation, x, arrangement.outer * arrangement.inner);
}

function checkResult(
  { operation, x, arrangement, mask, weights }: Terms,
  out: unknown,
  name: string,
): FloatArray {
  const lanes = arrangement.outer * arrangement.inner;
  const others = mask || weights ? { mask, weights } : undefined;
  return checkOut(operation, out, x, lanes, "one element per lane", others, "x", name);
}

/** value = log|S| of each lane and, with weights, its sign; without `sign`, NaN where S is negative. */
function sum(
  backend: Backend,
  { operation, x, arrangement, temperature, mask, weights }: Terms,
  value: FloatArray,
  sign?: FloatArray,
): Pending {
  if (weights !== undefined) {
    const all = weightsOfElements(operation, weights, mask, x, arrangement);
    return logWeightedSums(backend, x, all, arrangement, temperature, value, sign);
  }
  return run(backend, "logSumExp", x, value, arrangement, temperature, mask && { mask, plain: masked }, true);
}

/** The signs of sums without weights. */
function fillSigns(value: FloatArray, sign: FloatArray): void {
  for (let lane = 0; lane < value.length; lane++) {
    sign[lane] = value[lane] === Number.NEGATIVE_INFINITY ? 0 : Number.isNaN(value[lane]) ? Number.NaN : 1;
  }
}
