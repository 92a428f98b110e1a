import { describe, typedArrayName, verb } from "../describe.js";
import { newArray } from "../dtype.js";
import type { FloatArray } from "../types.js";
import { adviceOn } from "./advice.js";
import { argumentArray, arrayType, checkAttached, checkMemory } from "./arrays.js";
import { PackedOut, packedName } from "./packedTypes.js";

/** The array for `length` results of `x`: `out`, checked as `checkOut` does, or a new one. */
export function outFor(
  caller: string,
  out: unknown,
  x: FloatArray,
  length: number,
  name: string,
  reason?: string,
): FloatArray {
  return out === undefined ? newArray(caller, x, length) : checkOut(caller, out, x, length, name, reason);
}

/**
 * `out` if it can take `length` results of `x`, which errors call `name`. It must not overlap `x`, but may be the very memory
 * of it. `reason` explains the count where it is not that of `x`.
 */
export function checkOut(
  caller: string,
  out: unknown,
  x: FloatArray,
  length: number,
  name: string,
  reason?: string,
  outName = "out",
): FloatArray {
  const type = arrayType(x);
  const array = out as FloatArray;
  if (arrayType(out) !== type || array.length !== length) {
    if (out instanceof PackedOut) return numbersFor(caller, out, length, name, reason, outName);
    const why = reason ?? `as ${name} ${verb(name, "is", "are")}`;
    throw wrongOut(caller, out, type, length, why, outName);
  }
  checkMemory(caller, outName, array);
  if (array !== x) checkOverlap(caller, name, x, array, outName, true);
  return array;
}

/** Throws if `out` overlaps another input. It may be the very memory of one, as an array of the same type. */
export function checkApart(
  caller: string,
  name: string,
  input: FloatArray | Uint8Array | undefined,
  out: FloatArray,
  outName = "out",
): void {
  if (input === undefined || input === out) return;
  checkOverlap(caller, name, input, out, outName, arrayType(input) === arrayType(out));
}

/** `out` if it is an Int32Array of `length` indices, whose count `reason` explains. */
export function checkIndices(
  caller: string,
  out: unknown,
  length: number,
  reason: string,
  outName = "out",
): Int32Array {
  const array = out as Int32Array;
  const isIndices = typedArrayName(out) === "Int32Array";
  if (isIndices) checkMemory(caller, outName, array);
  if (isIndices && array.length === length) return array;
  const message = `${caller}: ${outName} must be an Int32Array of length ${length} (${reason}), got ${describe(out)}`;
  throw isIndices ? new RangeError(message) : new TypeError(message);
}

// The errors have functions of their own, here and elsewhere: V8 puts one function into another only where both are short, and a
// small call should become one piece of code (measured: 3 % of a call of ten).

function wrongOut(
  caller: string,
  out: unknown,
  type: ReturnType<typeof arrayType>,
  length: number,
  reason: string,
  outName: string,
): Error {
  if (arrayType(out) !== undefined) checkAttached(caller, outName, out as FloatArray);
  const message = `${caller}: ${outName} must be a ${type?.name} of length ${length} (${reason}), got ${describe(out)}${adviceOn(outName, out, { type: type?.name, isOut: true })}`;
  return arrayType(out) === type ? new RangeError(message) : new TypeError(message);
}

/** The f32 results of a packed `out`. */
function numbersFor(
  caller: string,
  out: PackedOut,
  length: number,
  name: string,
  reason: string | undefined,
  outName: string,
): Float32Array {
  checkPackedOut(caller, out, length, name, reason, outName);
  out.numbers = argumentArray(caller, true, length) as Float32Array;
  return out.numbers;
}

/** Checks a packed `out` as one of f32 is. */
export function checkPackedOut(
  caller: string,
  out: PackedOut,
  length: number,
  name: string,
  reason?: string,
  outName = "out",
): void {
  const array = out.array as FloatArray;
  const isHalf = out.name === "Float16Array" || out.name === "Uint16Array";
  const isRight = isHalf && packedName(array) === out.name;
  if (isRight && typedArrayName(array) !== undefined) checkMemory(caller, outName, array);
  if (!isRight || array.length !== length) {
    const why = reason ?? `as ${name} ${verb(name, "is", "are")}`;
    const message = `${caller}: ${outName} must be a ${isHalf ? `${out.name} or ` : ""}Float32Array of length ${length} (${why}), got ${describe(array)}`;
    throw isRight ? new RangeError(message) : new TypeError(message);
  }
  if (array !== out.x) checkOverlap(caller, name, out.x as FloatArray, array, outName, true);
}

/** Throws if `out` overlaps `x`. They may be the same memory if they `mayCoincide`, being of one type. */
export function checkOverlap(
  caller: string,
  name: string,
  x: FloatArray | Uint8Array,
  out: FloatArray | Int32Array,
  outName: string,
  mayCoincide: boolean,
): void {
  // Reading `buffer` takes longest (15 ns). Equal places mean the same memory or two buffers, and residents lie apart.
  if (mayCoincide) {
    const distance = out.byteOffset - x.byteOffset;
    if (distance === 0 ? out.length === x.length : distance >= x.byteLength || -distance >= out.byteLength)
      return;
  }
  if (out.buffer === x.buffer) checkPlaces(caller, name, x, out, outName, mayCoincide);
}

/** The same for arrays of one buffer. */
function checkPlaces(
  caller: string,
  name: string,
  x: FloatArray | Uint8Array,
  out: FloatArray | Int32Array,
  outName: string,
  mayCoincide: boolean,
): void {
  if (out.byteOffset + out.byteLength <= x.byteOffset || x.byteOffset + x.byteLength <= out.byteOffset)
    return;
  const itself = mayCoincide ? `be ${name} itself or ` : "";
  throw new RangeError(
    `${caller}: ${outName} must ${itself}not overlap ${name}, got bytes ${range(out)} beside ${name} at bytes ${range(x)} of one buffer`,
  );
}

function range(array: FloatArray | Uint8Array | Int32Array): string {
  return `${array.byteOffset} to ${array.byteOffset + array.byteLength}`;
}
