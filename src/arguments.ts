import type { FloatArray } from "./backend/backend.js";
import type { Axis } from "./layout.js";

/** What an operation reads of its options. */
export interface Settings {
  readonly shape: readonly number[] | undefined;
  readonly axis: Axis;
  readonly temperature: number;
  readonly out: unknown;
}

const NONE: Settings = { shape: undefined, axis: undefined, temperature: 1, out: undefined };

/** The getter of %TypedArray%.prototype[@@toStringTag]: the true type of a typed array, undefined for all else. */
export const typedArrayName = /* @__PURE__ */ Object.getOwnPropertyDescriptor(
  /* @__PURE__ */ Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

/**
 * Reads each option once and copies the lists: no getter runs afterwards, so none can detach or shrink a buffer
 * whose length has already been read.
 */
export function readOptions(operation: string, options: unknown): Settings {
  if (options === undefined) return NONE;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${operation}: options must be an object, got ${describe(options)}`);
  }
  const { shape, axis, temperature = 1, out } = options as { [K in keyof Settings]?: unknown };
  if (shape !== undefined && !Array.isArray(shape)) {
    throw new TypeError(`${operation}: shape must be an array of numbers, got ${describe(shape)}`);
  }
  if (axis !== undefined && axis !== null && typeof axis !== "number" && !Array.isArray(axis)) {
    throw new TypeError(
      `${operation}: axis must be a number, an array of numbers or null, got ${describe(axis)}`,
    );
  }
  if (typeof temperature !== "number") {
    throw new TypeError(`${operation}: temperature must be a number, got ${describe(temperature)}`);
  }
  if (!(temperature >= 1e-30 && temperature <= 1e30)) {
    throw new RangeError(`${operation}: temperature must be between 1e-30 and 1e30, got ${temperature}`);
  }
  return {
    shape: shape?.slice(),
    axis: Array.isArray(axis) ? axis.slice() : axis,
    temperature,
    out,
  };
}

/** `x` if it is a typed array to compute on, or its numbers in a new Float64Array. `name` is what errors call it. */
export function readElements(operation: string, x: unknown, name = "x"): FloatArray {
  if (Array.isArray(x)) return numbersOf(operation, name, x, new Float64Array(x.length));
  if (arrayType(x) === undefined) {
    throw new TypeError(
      `${operation}: ${name} must be a Float32Array, a Float64Array or an array of numbers, got ${describe(x)}`,
    );
  }
  const array = x as FloatArray;
  if (array.length === 0) checkAttached(operation, name, array);
  return array;
}

/** A second operand: an array of `length` elements of the type of `x`, or their numbers. `reason` explains the count. */
export function readOperand(
  operation: string,
  name: string,
  value: unknown,
  x: FloatArray,
  length: number,
  reason: string,
): FloatArray {
  const type = arrayType(x);
  const isList = Array.isArray(value);
  if ((isList || arrayType(value) === type) && (value as FloatArray).length === length) {
    const array = value as FloatArray;
    if (isList) return numbersOf(operation, name, value, newArray(operation, x, length));
    if (length === 0) checkAttached(operation, name, array);
    return array;
  }
  if (arrayType(value) !== undefined) checkAttached(operation, name, value as FloatArray);
  const message = `${operation}: ${name} must be a ${type?.name} or an array of numbers, of length ${length} (${reason}), got ${describe(value)}`;
  throw isList || arrayType(value) === type ? new RangeError(message) : new TypeError(message);
}

/** An operand of one number per lane, of `count` of them: a number if there is one, an array of any type, or a list. */
export function readPerLane(operation: string, name: string, value: unknown, count: number): FloatArray {
  const numbers = typeof value === "number" ? Float64Array.of(value) : readElements(operation, value, name);
  if (numbers.length !== count) {
    throw new RangeError(
      `${operation}: ${name} must have length ${count} (one number per lane), got ${describe(value)}`,
    );
  }
  return numbers;
}

/** A list as a copy: its elements may have getters, which must have run before any length is read. */
export function settled(value: unknown): unknown {
  return Array.isArray(value) ? value.slice() : value;
}

/**
 * `out` if it can take `length` results of `x`, whose count `reason` explains, and overlaps neither `x` nor one of
 * the `others`, unless it is their very memory as an array of the same type.
 */
export function checkOut(
  operation: string,
  out: unknown,
  x: FloatArray,
  length: number,
  reason: string,
  others?: { readonly [name: string]: FloatArray | Uint8Array | undefined },
  name = "x",
  outName = "out",
): FloatArray {
  const type = arrayType(x);
  const array = out as FloatArray;
  if (arrayType(out) !== type || array.length !== length) {
    if (arrayType(out) !== undefined) checkAttached(operation, outName, array);
    const message = `${operation}: ${outName} must be a ${type?.name} of length ${length} (${reason}), got ${describe(out)}`;
    throw arrayType(out) === type ? new RangeError(message) : new TypeError(message);
  }
  if (length === 0) checkAttached(operation, outName, array);
  if (array !== x) checkOverlap(operation, name, x, array, outName, true);
  if (others === undefined) return array;
  for (const other in others) {
    const input = others[other];
    if (input === undefined || input === array) continue;
    checkOverlap(operation, other, input, array, outName, arrayType(input) === type);
  }
  return array;
}

/** A new array of the element type of `x`. */
export function newArray(operation: string, x: FloatArray, length: number): FloatArray {
  try {
    return x.BYTES_PER_ELEMENT === 4 ? new Float32Array(length) : new Float64Array(length);
  } catch {
    throw new RangeError(`${operation}: there is no memory for a new array of ${length} elements`);
  }
}

/** Says what a value is, for the end of an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) {
    const name = typedArrayName.call(value) ?? "DataView";
    const count = "length" in value ? ` of length ${value.length}` : "";
    return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}${count}`;
  }
  if (typeof value === "string" && value.length < 40) return JSON.stringify(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function arrayType(value: unknown): Float32ArrayConstructor | Float64ArrayConstructor | undefined {
  // Not by `instanceof`, which believes the prototype and knows no arrays of another realm.
  const name = typedArrayName.call(value);
  return name === "Float32Array" ? Float32Array : name === "Float64Array" ? Float64Array : undefined;
}

/** Fills `numbers` from a list. */
function numbersOf(
  operation: string,
  name: string,
  list: readonly unknown[],
  numbers: FloatArray,
): FloatArray {
  for (let k = 0; k < numbers.length; k++) {
    const element = list[k];
    if (typeof element !== "number") {
      throw new TypeError(`${operation}: ${name}[${k}] must be a number, got ${describe(element)}`);
    }
    numbers[k] = element;
  }
  return numbers;
}

/** Arrays that lost their memory show length 0; their methods throw. */
export function checkAttached(operation: string, name: string, array: FloatArray | Uint8Array): void {
  try {
    array.indexOf(0);
  } catch {
    throw new TypeError(
      `${operation}: ${name} has no memory: its buffer was detached, or shrunk below the view`,
    );
  }
}

/** Throws if `out` overlaps `x`. They may be the same memory if they `mayCoincide`, being of one type. */
export function checkOverlap(
  operation: string,
  name: string,
  x: FloatArray | Uint8Array,
  out: FloatArray,
  outName: string,
  mayCoincide: boolean,
): void {
  // Where these are equal the arrays are the same memory or of two buffers. Reading `buffer` takes longest (15 ns).
  if (mayCoincide && out.byteOffset === x.byteOffset && out.length === x.length) return;
  if (out.buffer !== x.buffer) return;
  if (out.byteOffset + out.byteLength <= x.byteOffset || x.byteOffset + x.byteLength <= out.byteOffset)
    return;
  throw new RangeError(
    `${operation}: ${outName} must ${mayCoincide ? `be ${name} itself or ` : ""}not overlap ${name}, got bytes ${range(out)} beside ${name} at bytes ${range(x)} of one buffer`,
  );
}

function range(array: FloatArray | Uint8Array): string {
  return `${array.byteOffset} to ${array.byteOffset + array.byteLength}`;
}
