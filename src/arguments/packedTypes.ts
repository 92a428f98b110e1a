import { typedArrayName } from "../describe.js";
import type { FloatArray } from "../types.js";

/** The arrays whose elements of 16 or 8 bits may be numbers that are computed as f32. */
export type PackedName = "Float16Array" | "Uint16Array" | "Int8Array" | "Uint8Array";

/** Stands for one of them where `readPackable` reads an array of floats: see functions/packed.ts. */
export const PACKED: FloatArray = /* @__PURE__ */ new Float32Array(0);

/** Which of them a value is. Undefined for all else. */
export function packedName(value: unknown): PackedName | undefined {
  const name = typedArrayName(value) ?? tagOf(value);
  return name === "Float16Array" || name === "Uint16Array" || name === "Int8Array" || name === "Uint8Array"
    ? name
    : undefined;
}

/** A polyfill's Float16Array is a proxy of the Uint16Array of its bits, and shows where these lie. */
function tagOf(value: unknown): "Float16Array" | undefined {
  try {
    const isHalf = Object.prototype.toString.call(value) === "[object Float16Array]";
    return isHalf && typedArrayName(bitsOf(value as Uint16Array)) ? "Float16Array" : undefined;
  } catch {
    // A proxy that was revoked, or an object that only has that name.
    return undefined;
  }
}

/** The bits of half floats. */
export function bitsOf(halves: ArrayBufferView & ArrayLike<number>): Uint16Array {
  if (typedArrayName(halves) === "Uint16Array") return halves as Uint16Array;
  return new Uint16Array(halves.buffer, halves.byteOffset, halves.length);
}

/**
 * The options that say what the elements of `x` are; of integers there are none where a scale is something else. All of them
 * where `x` is an object and no array: then the error is about that.
 */
export function packingOptionsOf(x: unknown, hasScale: boolean): readonly string[] {
  const name = packedName(x);
  if (name === "Float16Array" || name === "Uint16Array") return OF_HALVES;
  if (name !== undefined) return hasScale ? OF_INTEGERS : NONE;
  const isObject = typeof x === "object" && x !== null && !Array.isArray(x) && !ArrayBuffer.isView(x);
  return isObject ? [...OF_HALVES, ...OF_INTEGERS] : NONE;
}

const OF_HALVES = ["dtype"];
const OF_INTEGERS = ["scale", "zeroPoint"];
const NONE: string[] = [];

/** Whether options say what integers stand for. */
export function isQuantized(options: unknown): boolean {
  const { scale, zeroPoint } = (options ?? {}) as { readonly [name: string]: unknown };
  return scale !== undefined || zeroPoint !== undefined;
}

/** An `out` that is no Float32Array, beside a packed x. */
export class PackedOut {
  /** The results, to be converted into it. */
  numbers: Float32Array | undefined;

  constructor(
    /** What was given. */
    readonly array: unknown,
    /** What `x` is, and which arrays receive its results. */
    readonly x: ArrayBufferView,
    readonly name: PackedName,
  ) {}

  /** What errors call it. */
  get [Symbol.toStringTag](): string {
    return packedName(this.array) ?? "object";
  }
}
