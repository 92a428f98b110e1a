import { accumulatorOf, type LogSumExpConstructor } from "./accumulator.js";
import { describe } from "./arguments.js";
import type { Backend, BackendName, FloatArray, Resident } from "./backend/backend.js";
import { type BackendOptions, precompile, select } from "./backend/select.js";
import {
  type CrossEntropy,
  type CrossEntropyGrad,
  crossEntropyGrad as crossEntropyGradOf,
  crossEntropy as crossEntropyOf,
} from "./crossEntropy.js";
import { type Elementwise, type LogAddExp, map, mapPairs } from "./elementwise.js";
import {
  type Alr,
  alrInverse as alrInverseOf,
  alr as alrOf,
  type Clr,
  clrInverse as clrInverseOf,
  clr as clrOf,
} from "./logRatio.js";
import { type LogSumExpFunction, type LogSumExpSigned, reduce, reduceSigned } from "./logSumExp.js";
import { type Softmax, transform } from "./softmax.js";
import { type LogSumExpVjp, logSumExpVjp as logSumExpVjpOf, pullBack, type Vjp } from "./vjp.js";

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

/** The operations, bound to one backend with a memory of its own. */
export interface Operations {
  readonly softmax: Softmax;
  readonly logSoftmax: Softmax;
  readonly logSumExp: LogSumExpFunction;
  readonly logSumExpSigned: LogSumExpSigned;
  readonly logAddExp: LogAddExp;
  readonly softmaxVjp: Vjp;
  readonly logSoftmaxVjp: Vjp;
  readonly logSumExpVjp: LogSumExpVjp;
  readonly crossEntropy: CrossEntropy;
  readonly crossEntropyGrad: CrossEntropyGrad;
  readonly alr: Alr;
  readonly alrInverse: Alr;
  readonly clr: Clr;
  readonly clrInverse: Clr;
  readonly sigmoid: Elementwise;
  readonly logSigmoid: Elementwise;
  readonly softplus: Elementwise;
  readonly logit: Elementwise;
  readonly LogSumExp: LogSumExpConstructor;
  readonly allocate: Allocate;
}

export interface Instance extends Operations {
  readonly backend: BackendName;
}

/**
 * Makes an instance of its own: to choose the backend, or to be able to give memory back, which happens when the
 * instance is dropped. Throws if the backend or module that was asked for cannot be used.
 */
export function createSoftmax(options?: BackendOptions): Instance {
  const backend = select(options);
  return { backend: backend.name, ...bind(() => backend) };
}

let shared: Backend | undefined;

function sharedBackend(): Backend {
  shared ??= select();
  return shared;
}

export const {
  softmax,
  logSoftmax,
  logSumExp,
  logSumExpSigned,
  logAddExp,
  softmaxVjp,
  logSoftmaxVjp,
  logSumExpVjp,
  crossEntropy,
  crossEntropyGrad,
  alr,
  alrInverse,
  clr,
  clrInverse,
  sigmoid,
  logSigmoid,
  softplus,
  logit,
  LogSumExp,
  allocate,
} = /* @__PURE__ */ bind(sharedBackend);

/** The accumulator that the class LogSumExp makes. */
export type LogSumExp = InstanceType<LogSumExpConstructor>;

/** The backend of the plain functions. */
export function backend(): BackendName {
  return sharedBackend().name;
}

/**
 * Optional: compiles the kernels without blocking, so that the first call of an operation need not, and resolves
 * to the backend found. With options, the plain functions use that backend or module from then on.
 */
export async function init(options?: BackendOptions): Promise<BackendName> {
  if (options !== undefined || shared === undefined) await precompile(options);
  if (options !== undefined) shared = select(options);
  return backend();
}

/** Arguments are unknown until they are checked: the types of Operations say what passes. */
function bind(backend: () => Backend): Operations {
  type Arguments = [unknown, unknown, unknown];
  const operations = {
    softmax: (x: unknown, options: unknown) => transform(backend(), "softmax", x, options),
    logSoftmax: (x: unknown, options: unknown) => transform(backend(), "logSoftmax", x, options),
    logSumExp: (x: unknown, options: unknown) => reduce(backend(), x, options),
    logSumExpSigned: (x: unknown, options: unknown) => reduceSigned(backend(), x, options),
    logAddExp: (...[a, b, options]: Arguments) => mapPairs(backend(), a, b, options),
    softmaxVjp: (...[p, dy, options]: Arguments) => pullBack(backend(), "softmaxVjp", p, dy, options),
    logSoftmaxVjp: (...[logp, dy, options]: Arguments) =>
      pullBack(backend(), "logSoftmaxVjp", logp, dy, options),
    logSumExpVjp: (...[x, dy, options]: Arguments) => logSumExpVjpOf(backend(), x, dy, options),
    crossEntropy: (...[logits, labels, options]: Arguments) =>
      crossEntropyOf(backend(), logits, labels, options),
    crossEntropyGrad: (...[logits, labels, options]: Arguments) =>
      crossEntropyGradOf(backend(), logits, labels, options),
    alr: (p: unknown, options: unknown) => alrOf(backend(), p, options),
    alrInverse: (y: unknown, options: unknown) => alrInverseOf(backend(), y, options),
    clr: (p: unknown, options: unknown) => clrOf(backend(), p, options),
    clrInverse: (z: unknown, options: unknown) => clrInverseOf(backend(), z, options),
    sigmoid: (x: unknown, options: unknown) => map(backend(), "sigmoid", x, options),
    logSigmoid: (x: unknown, options: unknown) => map(backend(), "logSigmoid", x, options),
    softplus: (x: unknown, options: unknown) => map(backend(), "softplus", x, options),
    logit: (p: unknown, options: unknown) => map(backend(), "logit", p, options),
    LogSumExp: accumulatorOf(backend),
    allocate: (type: unknown, length: unknown) => allocateIn(backend(), type, length),
  };
  return operations as unknown as Operations;
}

function allocateIn(backend: Backend, type: unknown, length: unknown): Resident<FloatArray> {
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
