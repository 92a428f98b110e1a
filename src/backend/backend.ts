export type FloatArray = Float32Array | Float64Array;
export type BackendName = "relaxed" | "simd" | "js";
export type Operation = "softmax" | "logSoftmax" | "logSumExp";

/**
 * Where the lanes of a row-major array lie. Lane (o, i), with 0 <= o < outer and 0 <= i < inner, has its
 * elements at o * length * inner + k * inner + i for k = 0 … length - 1, and is number o * inner + i.
 */
export interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** An array that lives where the backend computes: it is used in place, without a copy. */
export interface Resident<T extends FloatArray = FloatArray> {
  /** The array. Read it anew for each use: when linear memory grows, older views become detached. */
  readonly view: T;
  /** Returns the memory to the instance. `view` throws from then on. */
  free(): void;
  [Symbol.dispose](): void;
}

/** What an operation needs of a place to compute. Arguments are validated; nothing here throws on data. */
export interface Backend {
  readonly name: BackendName;
  /**
   * Runs `operation` on every lane of `x` at `temperature` and writes `out`: as long as `x` for softmax and
   * logSoftmax, one value per lane for logSumExp. `out` may be `x`; it overlaps it in no other way.
   */
  run(operation: Operation, x: FloatArray, out: FloatArray, layout: Layout, temperature: number): void;
  /** Throws a RangeError if there is no memory for it. */
  allocate(type: "f32" | "f64", length: number): Resident;
}
