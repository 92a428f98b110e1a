import { describe, typedArrayName } from "../describe.js";
import { newArray } from "../dtype.js";
import type { FloatArray, IntegerArray } from "../types.js";
import { adviceOn } from "./advice.js";

/** `x` if it is a typed array to compute on, or its numbers in a new Float64Array. `name` is what errors call it. */
export function readElements(caller: string, x: unknown, name = "x"): FloatArray {
  if (Array.isArray(x)) return numbersOf(caller, name, x, new Float64Array(x.length));
  if (arrayType(x) === undefined) {
    if (isIntegers(x)) return integersOf(caller, name, x, new Float64Array(x.length));
    throw new TypeError(
      `${caller}: ${name} must be a Float32Array, a Float64Array or a list of numbers, got ${describe(x)}${adviceOn(name, x)}`,
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
  const isRightType = isList || arrayType(value) === type || isIntegers(value);
  if (isRightType && (value as FloatArray).length === length) {
    if (isList) return numbersOf(caller, name, value, newArray(caller, x, length));
    if (isIntegers(value)) return integersOf(caller, name, value, newArray(caller, x, length));
    if (length === 0) checkAttached(caller, name, value as FloatArray);
    return value as FloatArray;
  }
  if (arrayType(value) !== undefined) checkAttached(caller, name, value as FloatArray);
  const message = `${caller}: ${name} must be a ${type?.name} or a list of numbers, of length ${length} (${reason}), got ${describe(value)}`;
  if (isRightType) throw new RangeError(message);
  throw new TypeError(`${message}${adviceOn(name, value)}`);
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

/**
 * Whether it is an array of integers that is computed as a list is. Arrays of Uint8 and Uint16 are not: these mostly hold
 * the bytes of floats, or half floats, whose softmax would be wrong without a word.
 */
function isIntegers(value: unknown): value is IntegerArray {
  const name = typedArrayName.call(value);
  return name === "Int32Array" || name === "Int16Array" || name === "Int8Array" || name === "Uint32Array";
}

function integersOf(caller: string, name: string, integers: IntegerArray, numbers: FloatArray): FloatArray {
  if (numbers.length === 0) checkAttached(caller, name, integers);
  numbers.set(integers);
  return numbers;
}

/** Fills `numbers` from a list. */
function numbersOf(caller: string, name: string, list: readonly unknown[], numbers: FloatArray): FloatArray {
  for (let k = 0; k < numbers.length; k++) {
    const element = list[k];
    if (typeof element !== "number") {
      const isNested = Array.isArray(element) || typedArrayName.call(element) !== undefined;
      const advice = isNested ? `: flatten ${name}, and give its shape` : "";
      throw new TypeError(`${caller}: ${name}[${k}] must be a number, got ${describe(element)}${advice}`);
    }
    numbers[k] = element;
  }
  return numbers;
}

/** A detached array shows length 0, and its methods throw. */
export function checkAttached(
  caller: string,
  name: string,
  array: FloatArray | Uint8Array | IntegerArray,
): void {
  try {
    array.indexOf(0);
  } catch {
    throw new TypeError(
      `${caller}: ${name} is detached: its buffer was transferred, or shrunk below the view`,
    );
  }
}
