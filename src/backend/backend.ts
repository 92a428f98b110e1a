import type { Layout } from "../layout.js";

export type FloatArray = Float32Array | Float64Array;
export type BackendName = "relaxed" | "simd" | "js";
export type Operation = "softmax" | "logSoftmax" | "logSumExp";

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
