import type { FloatArray } from "../../src/index.js";
import { resultLength, type Workload } from "./workload.js";

export type { FloatArray };

/** One way to compute a workload, with its arrays, tensors and models made. */
export interface Way {
  /** Computes once. A promise is awaited before the next call. */
  run(): unknown;
  /** The numbers that one call gives: as many as the workload's results. */
  read(): FloatArray | Promise<FloatArray>;
  /** Nanoseconds of so many calls, where another process computes and knows them better. */
  time?(calls: number): Promise<number>;
  free?(): unknown;
}

export interface Candidate {
  readonly name: string;
  /** What a call includes besides the computation. */
  readonly includes: string;
  /** Throws an error that says why not, where the candidate cannot compute the workload. */
  make(workload: Workload): Way | Promise<Way>;
}

/** What a candidate does not offer. Reported in its cell, as any error is. */
export function lacks(what: string): never {
  throw new Error(`no ${what}`);
}

/** The numbers in an array of the workload's type: the same array where it is one. A number counts as an array of one. */
export function numbers({ type }: Workload, values: ArrayLike<number> | number): FloatArray {
  if (values instanceof (type === "f32" ? Float32Array : Float64Array)) return values;
  const list = typeof values === "number" ? [values] : values;
  return type === "f32" ? new Float32Array(list) : new Float64Array(list);
}

/** Zeros, as many as the workload has results. */
export function emptyResults(workload: Workload): FloatArray {
  const length = resultLength(workload);
  return workload.type === "f32" ? new Float32Array(length) : new Float64Array(length);
}
