/** The elements of binary files: little or big endian, of four types. */
import { widenHalf } from "../math/halfFloats.js";
import type { FloatArray } from "../types.js";
import type { ComputeType, FileType } from "./format.js";

const BYTES: { readonly [type in FileType]: number } = { float16: 2, bfloat16: 2, float32: 4, float64: 8 };

const NAMES: { readonly [name: string]: FileType } = {
  float16: "float16",
  f16: "float16",
  bfloat16: "bfloat16",
  bf16: "bfloat16",
  float32: "float32",
  f32: "float32",
  float64: "float64",
  f64: "float64",
};

/** The type of that name, in full or short. */
export function fileType(name: string): FileType | undefined {
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
}

export function bytesOfType(type: FileType): number {
  return BYTES[type];
}

/** Double precision is kept; all else is computed as float32, which holds every half float. */
export function computeType(type: FileType): ComputeType {
  return type === "float64" ? "float64" : "float32";
}

/** Whether this machine has the least byte first, as all machines that run Node have. */
const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Reverses the bytes of each element. */
function swapBytes({ buffer, byteOffset, byteLength }: Uint8Array, size: number): void {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
}

/**
 * Turns `bytes` of half floats into numbers; of other types, turns around the bytes of numbers where they came from a machine of
 * the other order.
 */
export function decode(bytes: Uint8Array, type: FileType, isBigEndian: boolean, to: FloatArray): void {
  const size = BYTES[type];
  if (isBigEndian === isLittle) swapBytes(bytes, size);
  if (size > 2) return;
  const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  widenHalf(type === "float16" ? "f16" : "bf16", bits, to as Float32Array);
}

/** The bytes of numbers in a file, the least one first. */
export function encoded(numbers: FloatArray | Int32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (isLittle) return bytes;
  const copy = bytes.slice();
  swapBytes(copy, numbers.BYTES_PER_ELEMENT);
  return copy;
}
