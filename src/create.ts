import { describe } from "./arguments.js";
import type { Backend, BackendName, FloatArray, Resident } from "./backend/backend.js";
import { type BackendOptions, precompile, select } from "./backend/select.js";
import { type LogSumExp, reduce, type Softmax, transform } from "./softmax.js";

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
  readonly logSumExp: LogSumExp;
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

export const { softmax, logSoftmax, logSumExp, allocate } = /* @__PURE__ */ bind(sharedBackend);

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

function bind(backend: () => Backend): Operations {
  return {
    softmax: ((x: unknown, options: unknown) => transform(backend(), "softmax", x, options)) as Softmax,
    logSoftmax: ((x: unknown, options: unknown) => transform(backend(), "logSoftmax", x, options)) as Softmax,
    logSumExp: ((x: unknown, options: unknown) => reduce(backend(), x, options)) as LogSumExp,
    allocate: ((type: unknown, length: unknown) => allocateIn(backend(), type, length)) as Allocate,
  };
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
