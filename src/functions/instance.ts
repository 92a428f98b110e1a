import { checkNames } from "../arguments/optionNames.js";
import type { Backend, SyncBackend } from "../backend/backend.js";
import { type BackendOptions, precompile, select } from "../backend/select.js";
import { counted, describe } from "../describe.js";
import { isStoredType } from "../dtype.js";
import type { BackendName, NewUint16Array, Resident, StoredArray } from "../types.js";
import { LogSumExp, type LogSumExpConstructor } from "./accumulator.js";
import { all } from "./all.js";
import { define, hasSharedBackend, onBackend, sharedBackend, useBackend } from "./define.js";
import type * as families from "./families.js";
import { type SamplerFunction, sampler } from "./sampler.js";
import type { AsyncFunction } from "./signatures.js";

/** A function of the list. Its type is taken from where it is defined, with its documentation. */
type Defined = Pick<typeof families, keyof typeof all>;

/** All functions, on one backend. */
export type Functions = { readonly [Name in keyof Defined]: Defined[Name] };

/** All functions, with promises of their results. */
export type AsyncFunctions = { readonly [Name in keyof Defined]: AsyncFunction<Defined[Name]> };

export interface Allocate {
  (type: "f32", length: number): Resident<Float32Array>;
  (type: "f64", length: number): Resident<Float64Array>;
  (type: "f32" | "f64", length: number): Resident;
  (type: "f16" | "bf16", length: number): Resident<NewUint16Array>;
}

export interface Instance extends Functions {
  readonly LogSumExp: LogSumExpConstructor;
  readonly sampler: SamplerFunction;
  readonly allocate: Allocate;
  readonly backend: BackendName;
}

const OPTIONS = ["backend", "module"];

/**
 * Makes an instance with a backend and memory of its own: to choose the backend, or to be able to give memory back, which
 * happens when the instance is dropped.
 *
 * @example
 * createSoftmax({ backend: "js" }).softmax([0, 0]); // [0.5, 0.5]
 *
 * @throws TypeError, RangeError for an option of the wrong type or out of range.
 * @throws Error if the engine refuses the backend or module that was asked for.
 */
export function createSoftmax(options?: BackendOptions): Instance {
  if (options !== undefined) checkNames("createSoftmax", options, OPTIONS);
  const backend = select(options);
  return { ...functionsOn(() => backend), ...memoryOn(() => backend), backend: backend.name };
}

/** The list on another backend. */
export function functionsOn(backend: () => SyncBackend): Functions {
  return mapFunctions((defined) => onBackend(defined, backend)) as Functions;
}

/** Gives back the result of a call that is pending, and may watch over the arguments until it is there. */
export type Hold = (name: keyof Functions, args: readonly unknown[], result: Promise<unknown>) => unknown;

/** The same on any backend. A promise rejects with what the function would throw. */
export function asyncFunctionsOn(
  backend: () => Backend,
  hold: Hold = (_name, _args, result) => result,
): AsyncFunctions {
  return mapFunctions((defined, name) => {
    const bound = onBackend(defined, backend) as (...args: unknown[]) => unknown;
    return async (...args: unknown[]) => {
      const result = bound(...args);
      // Asked here: V8 then makes no array of the arguments of a call that is done.
      return result instanceof Promise ? hold(name, args, result) : result;
    };
  }) as AsyncFunctions;
}

function mapFunctions(on: (defined: unknown, name: keyof Functions) => unknown): object {
  return Object.fromEntries(
    Object.entries(all).map(([name, defined]) => [name, on(defined, name as keyof Functions)]),
  );
}

/** What else an instance has that depends on its backend. */
export function memoryOn(backend: () => SyncBackend): Pick<Instance, "LogSumExp" | "sampler" | "allocate"> {
  return {
    LogSumExp: onBackend(LogSumExp, backend),
    sampler: onBackend(sampler, backend),
    allocate: onBackend(allocate, backend),
  };
}

/**
 * A zeroed array in the memory of the instance: as `x` or `out` of its functions it is not copied, except in calls
 * of up to 256 numbers.
 *
 * Returns a Resident: read its `view` for each use, and `free()` it when done. One that is dropped without `free()` is given
 * back when an array needs its memory, once it has been collected as garbage. In a pool it is not: `close` the pool.
 * Half floats, "f16" and "bf16", are bits in a Uint16Array, for `dtype: "float16"` and "bfloat16".
 *
 * @example
 * allocate("f32", 2).view; // [0, 0]
 *
 * @throws TypeError, RangeError for a type of another name, or a length that is no non-negative integer.
 * @throws RangeError if the memory cannot grow that far.
 */
export const allocate: Allocate = /* @__PURE__ */ define(
  (backend) => (type: unknown, length: unknown) => allocateIn(backend(), type, length),
);

function allocateIn(backend: Backend, type: unknown, length: unknown): Resident<StoredArray> {
  if (!isStoredType(type)) {
    const message = `allocate: type must be "f32", "f64", "f16" or "bf16", got ${describe(type)}`;
    throw typeof type === "string" ? new RangeError(message) : new TypeError(message);
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
    throw new RangeError(`allocate: there is no memory for ${counted(length, "element")} of ${type}`, {
      cause,
    });
  }
}

/**
 * The backend of the module's functions.
 *
 * @example
 * ["relaxed", "simd", "js"].includes(backend()); // true
 */
export function backend(): BackendName {
  return sharedBackend().name;
}

/**
 * Compiles the kernels without blocking, so that the first call of a function need not. Optional. With options, the
 * module's functions use that backend or module from then on.
 *
 * Returns a promise of the backend found.
 *
 * @example
 * await init({ backend: "js" }); // "js"
 *
 * @throws TypeError, RangeError, Error as createSoftmax does.
 */
export async function init(options?: BackendOptions): Promise<BackendName> {
  if (options !== undefined) checkNames("init", options, OPTIONS);
  if (options !== undefined || !hasSharedBackend()) await precompile(options);
  if (options !== undefined) useBackend(select(options, "init"));
  return backend();
}
