/** The words that every room uses. Types only. */
import type { Disposal } from "./disposal.js";

export type FloatArray = Float32Array | Float64Array;

/** Arrays of integers whose numbers are computed as those of a list are. */
export type IntegerArray = Int8Array | Int16Array | Int32Array | Uint32Array;

/** A Float16Array, of TypeScript's libraries where they have it, or of a polyfill. */
export interface HalfArray extends ArrayLike<number> {
  readonly BYTES_PER_ELEMENT: number;
  readonly buffer: ArrayBufferLike;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly [Symbol.toStringTag]: "Float16Array";
}

/**
 * Arrays of 16 or 8 bits an element that are computed as f32: half floats, as a Float16Array or as bits of which option
 * `dtype` says which ones they are, and integers with a `scale`, as an Int8Array may be too.
 */
export type PackedArray = HalfArray | Uint16Array | Uint8Array;

/** Elements of 16 or 8 bits each, as a backend takes them. */
export interface PackedElements {
  readonly bits: Uint16Array | Int8Array | Uint8Array;
  /** Half floats, or integers q: then the numbers are scale (q - zeroPoint), rounded to f32 once. */
  readonly format: "f16" | "bf16" | "i8" | "u8";
  readonly scale: number;
  readonly zeroPoint: number;
}

/** What a new array is: not a bare `Float32Array`, which from TypeScript 5.7 on may lie in shared memory. */
export type NewFloat32Array = ReturnType<typeof Float32Array.of>;
export type NewFloat64Array = ReturnType<typeof Float64Array.of>;
export type NewUint16Array = ReturnType<typeof Uint16Array.of>;
export type NewInt32Array = ReturnType<typeof Int32Array.of>;
export type NewUint8Array = ReturnType<typeof Uint8Array.of>;

export type BackendName = "relaxed" | "simd" | "js";

/** The type of the elements of an array, by name. */
export type ElementType = "f32" | "f64";

/** The types of elements that an array of the package may hold. Half floats are bits. */
export type StoredType = ElementType | "f16" | "bf16";

/** An array of such elements. */
export type StoredArray = FloatArray | Uint16Array;

/** The dimension or dimensions that lanes run along. `null` names all of them. */
export type Axis = number | readonly number[] | null | undefined;

/**
 * Where the lanes of a row-major array lie. Lane (o, i), with 0 <= o < outer and 0 <= i < inner, is number
 * o * inner + i. Its elements are at o * length * inner + k * inner + i for k = 0 … length - 1.
 */
export interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  /** Set where lanes have no single stride. The rest then describes the copy that `gather` makes. */
  readonly offsets?: Offsets;
}

/** Lanes without a single stride: element k of lane l is at lanes[l] + elements[k]. */
export interface Offsets {
  readonly lanes: Float64Array;
  readonly elements: Float64Array;
}

/** The number high + low. */
export interface Pair {
  readonly high: number;
  readonly low: number;
}

/** An array that lives where the backend computes: the backend uses it in place, without a copy. */
export interface Resident<T extends StoredArray = FloatArray> extends Disposal {
  /** The array. Read it for each use: when linear memory grows, older views become detached. */
  readonly view: T;
  /**
   * Returns the memory to the instance. `view` throws from then on. A `using` block calls it at its end.
   *
   * @throws Error while a pool's call on the array is pending. Then nothing is freed.
   */
  free(): void;
}

/** The operands of an operation other than x. */
export interface Operands {
  /** One number per element, of the type of x. */
  readonly y?: FloatArray;
  /** One number per lane, or two. */
  readonly numbers?: Float64Array;
  /**
   * Leaves out the elements where it is 0, whatever they are. As long as x, or as one lane. For softmax, logSoftmax,
   * logSumExp, entropy and what takes normalizers.
   */
  readonly mask?: Uint8Array;
  /** Whether only the TypeScript path gives the right result here, and not the kernels. */
  readonly js?: boolean;
}
