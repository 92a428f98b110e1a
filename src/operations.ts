import { accumulatorOf, type LogSumExpConstructor } from "./accumulator.js";
import { describe } from "./arguments.js";
import type { Backend, FloatArray, Resident, SyncBackend } from "./backend/backend.js";
import {
  type CrossEntropy,
  type CrossEntropyGrad,
  crossEntropy as loss,
  crossEntropyGrad as lossGrad,
} from "./crossEntropy.js";
import { type Elementwise, type LogAddExp, map, mapPairs } from "./elementwise.js";
import {
  type Alr,
  type Clr,
  clr as centre,
  alrInverse as fromLogRatios,
  alr as toLogRatios,
  clrInverse as uncentre,
} from "./logRatio.js";
import { type LogSumExpFunction, type LogSumExpSigned, reduce, reduceSigned } from "./logSumExp.js";
import { type Softmax, transform } from "./softmax.js";
import { type LogSumExpVjp, pullBack, logSumExpVjp as pullBackSum, type Vjp } from "./vjp.js";
import type { When } from "./when.js";

export interface Allocate {
  /**
   * A zeroed Float32Array in the memory of the instance: as `x` or `out` of its operations it is not copied.
   * Throws a RangeError if the memory cannot grow that far.
   */
  (type: "f32", length: number): Resident<Float32Array>;
  /** A Float64Array in the memory of the instance. */
  (type: "f64", length: number): Resident<Float64Array>;
  (type: "f32" | "f64", length: number): Resident;
}

/** The functions that compute, bound to one backend. W says when they give their results. */
export interface Functions<W extends When = "now"> {
  readonly softmax: Softmax<W>;
  readonly logSoftmax: Softmax<W>;
  readonly logSumExp: LogSumExpFunction<W>;
  readonly logSumExpSigned: LogSumExpSigned<W>;
  readonly logAddExp: LogAddExp<W>;
  readonly softmaxVjp: Vjp<W>;
  readonly logSoftmaxVjp: Vjp<W>;
  readonly logSumExpVjp: LogSumExpVjp<W>;
  readonly crossEntropy: CrossEntropy<W>;
  readonly crossEntropyGrad: CrossEntropyGrad<W>;
  readonly alr: Alr<W>;
  readonly alrInverse: Alr<W>;
  readonly clr: Clr<W>;
  readonly clrInverse: Clr<W>;
  readonly sigmoid: Elementwise<W>;
  readonly logSigmoid: Elementwise<W>;
  readonly softplus: Elementwise<W>;
  readonly logit: Elementwise<W>;
}

/** The operations, bound to one backend with a memory of its own. */
export interface Operations extends Functions {
  readonly LogSumExp: LogSumExpConstructor;
  readonly allocate: Allocate;
}

/**
 * Each operation bound to a backend, found when it is called. One function each, and not one for all, so that a bundle
 * leaves out what it does not use. Arguments are unknown until they are checked: the types say what passes.
 */
type Bind<T> = (backend: () => SyncBackend) => T;

export const softmaxOn: Bind<Softmax> = (backend) =>
  ((x: unknown, options: unknown) => transform(backend(), "softmax", x, options)) as Softmax;

export const logSoftmaxOn: Bind<Softmax> = (backend) =>
  ((x: unknown, options: unknown) => transform(backend(), "logSoftmax", x, options)) as Softmax;

export const logSumExpOn: Bind<LogSumExpFunction> = (backend) =>
  ((x: unknown, options: unknown) => reduce(backend(), x, options)) as LogSumExpFunction;

export const logSumExpSignedOn: Bind<LogSumExpSigned> = (backend) =>
  ((x: unknown, options: unknown) => reduceSigned(backend(), x, options)) as LogSumExpSigned;

export const logAddExpOn: Bind<LogAddExp> = (backend) =>
  ((a: unknown, b: unknown, options: unknown) => mapPairs(backend(), a, b, options)) as LogAddExp;

export const softmaxVjpOn: Bind<Vjp> = (backend) =>
  ((p: unknown, dy: unknown, options: unknown) => pullBack(backend(), "softmaxVjp", p, dy, options)) as Vjp;

export const logSoftmaxVjpOn: Bind<Vjp> = (backend) =>
  ((logp: unknown, dy: unknown, options: unknown) =>
    pullBack(backend(), "logSoftmaxVjp", logp, dy, options)) as Vjp;

export const logSumExpVjpOn: Bind<LogSumExpVjp> = (backend) =>
  ((x: unknown, dy: unknown, options: unknown) => pullBackSum(backend(), x, dy, options)) as LogSumExpVjp;

export const crossEntropyOn: Bind<CrossEntropy> = (backend) =>
  ((logits: unknown, labels: unknown, options: unknown) =>
    loss(backend(), logits, labels, options)) as CrossEntropy;

export const crossEntropyGradOn: Bind<CrossEntropyGrad> = (backend) =>
  ((logits: unknown, labels: unknown, options: unknown) =>
    lossGrad(backend(), logits, labels, options)) as CrossEntropyGrad;

export const alrOn: Bind<Alr> = (backend) =>
  ((p: unknown, options: unknown) => toLogRatios(backend(), p, options)) as Alr;

export const alrInverseOn: Bind<Alr> = (backend) =>
  ((y: unknown, options: unknown) => fromLogRatios(backend(), y, options)) as Alr;

export const clrOn: Bind<Clr> = (backend) =>
  ((p: unknown, options: unknown) => centre(backend(), p, options)) as Clr;

export const clrInverseOn: Bind<Clr> = (backend) =>
  ((z: unknown, options: unknown) => uncentre(backend(), z, options)) as Clr;

export const sigmoidOn: Bind<Elementwise> = (backend) =>
  ((x: unknown, options: unknown) => map(backend(), "sigmoid", x, options)) as Elementwise;

export const logSigmoidOn: Bind<Elementwise> = (backend) =>
  ((x: unknown, options: unknown) => map(backend(), "logSigmoid", x, options)) as Elementwise;

export const softplusOn: Bind<Elementwise> = (backend) =>
  ((x: unknown, options: unknown) => map(backend(), "softplus", x, options)) as Elementwise;

export const logitOn: Bind<Elementwise> = (backend) =>
  ((p: unknown, options: unknown) => map(backend(), "logit", p, options)) as Elementwise;

export const LogSumExpOn: Bind<LogSumExpConstructor> = accumulatorOf;

export const allocateOn: Bind<Allocate> = (backend) =>
  ((type: unknown, length: unknown) => allocateIn(backend(), type, length)) as Allocate;

/** All of them. */
export function bind(backend: () => SyncBackend): Operations {
  return { ...bindFunctions(backend), LogSumExp: LogSumExpOn(backend), allocate: allocateOn(backend) };
}

/** Those that compute. */
export function bindFunctions(backend: () => SyncBackend): Functions {
  return {
    softmax: softmaxOn(backend),
    logSoftmax: logSoftmaxOn(backend),
    logSumExp: logSumExpOn(backend),
    logSumExpSigned: logSumExpSignedOn(backend),
    logAddExp: logAddExpOn(backend),
    softmaxVjp: softmaxVjpOn(backend),
    logSoftmaxVjp: logSoftmaxVjpOn(backend),
    logSumExpVjp: logSumExpVjpOn(backend),
    crossEntropy: crossEntropyOn(backend),
    crossEntropyGrad: crossEntropyGradOn(backend),
    alr: alrOn(backend),
    alrInverse: alrInverseOn(backend),
    clr: clrOn(backend),
    clrInverse: clrInverseOn(backend),
    sigmoid: sigmoidOn(backend),
    logSigmoid: logSigmoidOn(backend),
    softplus: softplusOn(backend),
    logit: logitOn(backend),
  };
}

/** The functions on any backend. What they would throw, their promises reject with. */
export function bindLater(backend: () => Backend): Functions<"later"> {
  // By their types these would give at once what the backend may only have promised.
  const functions = bindFunctions(backend as () => SyncBackend);
  const later = Object.entries(functions).map(([name, call]) => [
    name,
    async (...args: unknown[]) => call(...args),
  ]);
  return Object.fromEntries(later);
}

function allocateIn(backend: SyncBackend, type: unknown, length: unknown): Resident<FloatArray> {
  if (type !== "f32" && type !== "f64") {
    throw new TypeError(`allocate: type must be "f32" or "f64", got ${describe(type)}`);
  }
  if (typeof length !== "number") {
    throw new TypeError(`allocate: length must be a number, got ${describe(length)}`);
  }
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`allocate: length must be a non-negative integer, got ${length}`);
  }
  try {
    return backend.allocate(type, length);
  } catch (cause) {
    throw new RangeError(`allocate: there is no memory for ${length} elements of ${type}`, { cause });
  }
}
