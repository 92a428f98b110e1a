import { describe, typedArrayName, verb } from "../describe.js";
import { newArray } from "../dtype.js";
import { widenHalf } from "../math/halfFloats.js";
import { checkInUse } from "../resident.js";
import type { FloatArray, IntegerArray } from "../types.js";
import { adviceOn, adviceOnNested } from "./advice.js";
import { bitsOf, isQuantized, PACKED, packedName } from "./packedTypes.js";

/**
 * What errors say of an argument: of lanes, that it has a shape; of elements, that it may be a number. An operand has the shape
 * of another argument.
 */
export type Place = "lanes" | "elements" | "operand";

/**
 * `readElements` of an x that may be packed: PACKED for half floats, for Uint8, and for Int8 of which the `options` say what they
 * stand for. These are for `withFloats`.
 */
export function readPackable(
  caller: string,
  x: unknown,
  name: string,
  options: unknown,
  place: Place = "lanes",
): FloatArray {
  // Not by `readElements`, which would ask for the type again.
  if (Array.isArray(x)) return numbersOf(caller, name, x, argumentArray(caller, false, x.length), place);
  if (arrayType(x) === undefined) {
    return isPacked(x, options) ? PACKED : readElements(caller, x, name, place);
  }
  const array = x as FloatArray;
  checkMemory(caller, name, array);
  return array;
}

/** Whether an x is for `withFloats`. */
export function isPacked(x: unknown, options: unknown): boolean {
  const type = packedName(x);
  return type !== undefined && (type !== "Int8Array" || isQuantized(options));
}

/** `x` if it is a typed array to compute on, or its numbers in a new Float64Array. `name` is what errors call it. */
export function readElements(caller: string, x: unknown, name = "x", place: Place = "lanes"): FloatArray {
  if (Array.isArray(x)) return numbersOf(caller, name, x, argumentArray(caller, false, x.length), place);
  if (arrayType(x) === undefined) {
    if (isIntegers(x)) return integersOf(caller, name, x, argumentArray(caller, false, x.length));
    throw wrongElements(caller, x, name, place);
  }
  const array = x as FloatArray;
  checkMemory(caller, name, array);
  return array;
}

/** `readElements` of what has no options of its own: of packed arrays only a Float16Array says what it holds. */
export function readNumbers(caller: string, x: unknown, name: string, place: Place): FloatArray {
  const numbers = readPackable(caller, x, name, undefined, place);
  if (numbers !== PACKED) return numbers;
  if (packedName(x) !== "Float16Array") throw wrongElements(caller, x, name, place);
  const halves = x as Uint16Array;
  if (typedArrayName(x) !== undefined) checkMemory(caller, name, halves);
  const bits = bitsOf(halves);
  const singles = newArray(caller, SINGLE, bits.length) as Float32Array;
  widenHalf("f16", bits, singles);
  return singles;
}

export function wrongElements(caller: string, x: unknown, name: string, place: Place = "lanes"): TypeError {
  return new TypeError(
    `${caller}: ${name} must be ${place === "elements" ? "a number, " : ""}a Float32Array, a Float64Array or a list of numbers, got ${describe(x)}${adviceOn(name, x, { hasShape: place === "lanes" })}`,
  );
}

/** A second operand: an array of `length` elements of the type of `x`, or their numbers. `reason` explains the count. */
export function readOperand(
  caller: string,
  name: string,
  value: unknown,
  x: FloatArray,
  length: number,
  reason: string,
  place: Place = "operand",
): FloatArray {
  if (arrayType(value) === arrayType(x) && (value as FloatArray).length === length) {
    checkMemory(caller, name, value as FloatArray);
    return value as FloatArray;
  }
  return readOtherOperand(caller, name, value, x, length, reason, place);
}

/** One that is a list or an array of integers, or wrong. */
function readOtherOperand(
  caller: string,
  name: string,
  value: unknown,
  x: FloatArray,
  length: number,
  reason: string,
  place: Place,
): FloatArray {
  const type = arrayType(x);
  const isSingle = x.BYTES_PER_ELEMENT === 4;
  if (Array.isArray(value)) {
    if (value.length === length)
      return numbersOf(caller, name, value, argumentArray(caller, isSingle, length), place);
  } else if (isIntegers(value)) {
    if (value.length === length)
      return integersOf(caller, name, value, argumentArray(caller, isSingle, length));
  } else if (arrayType(value) !== undefined) {
    checkAttached(caller, name, value as FloatArray);
  }
  const message = `${caller}: ${name} must be ${place === "elements" ? "a number, or " : ""}a ${type?.name} or a list of numbers, of length ${length} (${reason}), got ${describe(value)}`;
  if (Array.isArray(value) || isIntegers(value) || arrayType(value) === type) throw new RangeError(message);
  throw new TypeError(`${message}${adviceOn(name, value, { type: type?.name })}`);
}

/** Of a buffer that short arguments share, and how many elements of 8 bytes the longest of these has. */
const SLAB_BYTES = 32768;
const SHORT = 64;

let slab: ArrayBuffer | undefined;
let taken = SLAB_BYTES;

/**
 * A new array for the numbers of an argument, which no caller gets to see. A short one is a view of a buffer that it shares with
 * others: V8 puts arrays of more than 64 bytes outside its heap, which takes 260 to 1200 ns, a view 30 to 60. No part of the
 * buffer is given out twice, so a call that is pending, or one within another, keeps its own.
 */
export function argumentArray(caller: string, isSingle: false, length: number): Float64Array;
export function argumentArray(caller: string, isSingle: boolean, length: number): FloatArray;
export function argumentArray(caller: string, isSingle: boolean, length: number): FloatArray {
  if (length > SHORT) return newArray(caller, isSingle ? SINGLE : DOUBLE, length);
  if (slab === undefined || taken + 8 * length > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    taken = 0;
  }
  const at = taken;
  taken += 8 * length;
  return isSingle ? new Float32Array(slab, at, length) : new Float64Array(slab, at, length);
}

const SINGLE = /* @__PURE__ */ new Float32Array(0);
const DOUBLE = /* @__PURE__ */ new Float64Array(0);

/** An operand of one number per lane, for `count` lanes: a number if there is one lane, an array of any type, or a list. */
export function readPerLane(caller: string, name: string, value: unknown, count: number): FloatArray {
  const place = count === 1 ? "elements" : "operand";
  const numbers =
    typeof value === "number" ? Float64Array.of(value) : readNumbers(caller, value, name, place);
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
  const name = typedArrayName(value);
  return name === "Float32Array" ? Float32Array : name === "Float64Array" ? Float64Array : undefined;
}

/**
 * Whether it is an array of integers that is computed as a list is. Arrays of Uint8 and Uint16 are not: these mostly hold
 * the bytes of floats, or half floats, whose softmax would be wrong without a word.
 */
function isIntegers(value: unknown): value is IntegerArray {
  const name = typedArrayName(value);
  return name === "Int32Array" || name === "Int16Array" || name === "Int8Array" || name === "Uint32Array";
}

function integersOf(caller: string, name: string, integers: IntegerArray, numbers: FloatArray): FloatArray {
  checkMemory(caller, name, integers);
  numbers.set(integers);
  return numbers;
}

/** Fills `numbers` from a list. */
function numbersOf(
  caller: string,
  name: string,
  list: readonly unknown[],
  numbers: FloatArray,
  place: Place,
): FloatArray {
  for (let k = 0; k < numbers.length; k++) {
    const element = list[k];
    if (typeof element !== "number") {
      const advice = adviceOnNested(name, element, place === "lanes");
      throw new TypeError(`${caller}: ${name}[${k}] must be a number, got ${describe(element)}${advice}`);
    }
    numbers[k] = element;
  }
  return numbers;
}

/** Throws a TypeError for an array that is detached or that was freed. */
export function checkMemory(
  caller: string,
  name: string,
  array: FloatArray | Uint8Array | Uint16Array | IntegerArray,
): void {
  if (array.length === 0) checkAttached(caller, name, array);
  else checkInUse(caller, name, array);
}

/** A detached array shows length 0, and its methods throw. */
export function checkAttached(
  caller: string,
  name: string,
  array: FloatArray | Uint8Array | Uint16Array | IntegerArray,
): void {
  try {
    array.indexOf(0);
  } catch {
    throw new TypeError(
      `${caller}: ${name} ${verb(name, "is", "are")} detached: the buffer was transferred or shrunk, or the memory of a Resident has grown: read its view again`,
    );
  }
}
