import { describe, typedArrayName } from "../describe.js";
import { newArray } from "../dtype.js";
import type { FloatArray } from "../types.js";

/** `x` if it is a typed array to compute on, or its numbers in a new Float64Array. `name` is what errors call it. */
export function readElements(caller: string, x: unknown, name = "x"): FloatArray {
  if (Array.isArray(x)) return numbersOf(caller, name, x, new Float64Array(x.length));
  if (arrayType(x) === undefined) {
    throw new TypeError(
      `${caller}: ${name} must be a Float32Array, a Float64Array or an array of numbers, got ${describe(x)}`,
    );
  }
  const array = x as FloatArray;
  if (array.length === 0) checkAttached(caller, name, array);
  return array;
}

/** A second operand: an array of `length` elements of the type of `x`, or their numbers. `reason` explains the count. */
export function readOperand(
  caller: string,
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
    if (isList) return numbersOf(caller, name, value, newArray(caller, x, length));
    if (length === 0) checkAttached(caller, name, array);
    return array;
  }
  if (arrayType(value) !== undefined) checkAttached(caller, name, value as FloatArray);
  const message = `${caller}: ${name} must be a ${type?.name} or an array of numbers, of length ${length} (${reason}), got ${describe(value)}`;
  throw isList || arrayType(value) === type ? new RangeError(message) : new TypeError(message);
}

/** An operand of one number per lane, for `count` lanes: a number if there is one lane, an array of any type, or a list. */
export function readPerLane(caller: string, name: string, value: unknown, count: number): FloatArray {
  const numbers = typeof value === "number" ? Float64Array.of(value) : readElements(caller, value, name);
  if (numbers.length !== count) {
    throw new RangeError(
      `${caller}: ${name} must have length ${count} (one number per lane), got ${describe(value)}`,
    );
  }
  return numbers;
}

/** A copy of a list. Its elements may have getters, which must have run before any length is read. */
export function settled(value: unknown): unknown {
  return Array.isArray(value) ? value.slice() : value;
}

export function arrayType(value: unknown): Float32ArrayConstructor | Float64ArrayConstructor | undefined {
  // Not by `instanceof`, which believes the prototype and does not know arrays of another realm.
  const name = typedArrayName.call(value);
  return name === "Float32Array" ? Float32Array : name === "Float64Array" ? Float64Array : undefined;
}

/** Fills `numbers` from a list. */
function numbersOf(caller: string, name: string, list: readonly unknown[], numbers: FloatArray): FloatArray {
  for (let k = 0; k < numbers.length; k++) {
    const element = list[k];
    if (typeof element !== "number") {
      throw new TypeError(`${caller}: ${name}[${k}] must be a number, got ${describe(element)}`);
    }
    numbers[k] = element;
  }
  return numbers;
}

/** A detached array shows length 0, and its methods throw. */
export function checkAttached(caller: string, name: string, array: FloatArray | Uint8Array): void {
  try {
    array.indexOf(0);
  } catch {
    throw new TypeError(
      `${caller}: ${name} is detached: its buffer was transferred, or shrunk below the view`,
    );
  }
}
