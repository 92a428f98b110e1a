import { counted } from "./describe.js";
import type {
  FloatArray,
  NewFloat32Array,
  NewFloat64Array,
  NewInt32Array,
  NewUint16Array,
  StoredArray,
  StoredType,
} from "./types.js";

/** A new array of a type's elements by each type. Half floats are bits. */
export interface NewArrays {
  f32: NewFloat32Array;
  f64: NewFloat64Array;
  f16: NewUint16Array;
  bf16: NewUint16Array;
}

export function isStoredType(value: unknown): value is StoredType {
  return value === "f32" || value === "f64" || value === "f16" || value === "bf16";
}

/** The bytes of an element. */
export function bytesOf(type: StoredType): number {
  return type === "f32" ? 4 : type === "f64" ? 8 : 2;
}

/** A view of `length` elements, or a new array of zeros where no buffer is given. */
export function arrayOf(
  type: StoredType,
  length: number,
  buffer?: ArrayBuffer,
  offset?: number,
): StoredArray {
  const ArrayType = type === "f32" ? Float32Array : type === "f64" ? Float64Array : Uint16Array;
  return buffer === undefined ? new ArrayType(length) : new ArrayType(buffer, offset, length);
}

/** A new array of a type. Throws a RangeError that starts with `caller` if there is no memory. */
export function newStored(caller: string, type: StoredType, length: number): StoredArray {
  try {
    return arrayOf(type, length);
  } catch {
    throw noMemory(caller, length);
  }
}

/** A new array of the element type of `x`. Throws a RangeError that starts with `caller` if there is no memory. */
export function newArray(caller: string, x: FloatArray, length: number): FloatArray {
  try {
    return x.BYTES_PER_ELEMENT === 4 ? new Float32Array(length) : new Float64Array(length);
  } catch {
    throw noMemory(caller, length);
  }
}

/** The same of a class. */
export function newOf<T>(caller: string, ArrayType: new (length: number) => T, length: number): T {
  try {
    return new ArrayType(length);
  } catch {
    throw noMemory(caller, length);
  }
}

/** A new array of indices. Throws as `newArray` does. */
export function newIndices(caller: string, length: number): NewInt32Array {
  try {
    return new Int32Array(length);
  } catch {
    throw noMemory(caller, length);
  }
}

function noMemory(caller: string, length: number): RangeError {
  return new RangeError(`${caller}: there is no memory for a new array of ${counted(length, "element")}`);
}
