/** What the readers and writers of all formats share. */
import type { FloatArray } from "../types.js";
import type { KeptType } from "./tableKept.js";

/** The element types of files. */
export type FileType = "float16" | "bfloat16" | "float32" | "float64";

/** The types that are computed on. */
export type ComputeType = "float32" | "float64";

/** Columns that pass through beside the logits, by name: an element per row. */
export type Kept = ReadonlyMap<string, readonly unknown[]>;

/** Some lanes of a file, in their order. */
export interface Batch {
  /** Row-major [outer, length, inner]: the lanes are along the middle dimension. May be resident memory. */
  readonly values: FloatArray;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  /** As long as `values`: 0 where a value is missing. */
  readonly mask?: Uint8Array | undefined;
  readonly kept?: Kept | undefined;
  /** Gives the memory back, after the results have been written. */
  release(): void;
}

/** A file of logits, open for reading. */
export interface Reader {
  readonly name: string;
  readonly type: ComputeType;
  /** The names of the columns, where each element of a lane has one of its own. */
  readonly columns?: readonly string[] | undefined;
  /** The names of the columns that pass through. */
  readonly kept?: readonly string[] | undefined;
  /** Of what types these are, where the format says it. */
  readonly keptTypes?: ReadonlyMap<string, KeptType> | undefined;
  /** The name of the one column of lists. */
  readonly field?: string | undefined;
  /** The length of all lists, where the schema says it. */
  readonly listSize?: number | undefined;
  /** The dimensions, where the format has them. */
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  /** Bytes of the input, where they are known. */
  readonly size: number | undefined;
  /** Bytes read so far. */
  readonly position: number;
  /** What the user should know of the data, once all has been read. */
  readonly warnings?: readonly string[];
  batches(): AsyncIterable<Batch>;
  close(): Promise<void>;
}

/** What a writer is told before the first batch. */
export interface Header {
  readonly operation: OperationName;
  readonly k: number;
  readonly reader: Reader;
  readonly type: ComputeType;
}

/** The results of a batch. */
export interface Results {
  readonly batch: Batch;
  /** As long as the batch, or a value per lane, or `k` of them per lane. */
  readonly values: FloatArray | Int32Array;
  /** Of top-k, as long as `values`. */
  readonly indices?: Int32Array | undefined;
}

export interface Writer {
  write(results: Results): Promise<void>;
  /** Writes what comes at the end. */
  end(): Promise<void>;
}

/** Where the bytes of a writer go. All have been taken when the promise is fulfilled. */
export interface Target {
  write(bytes: Uint8Array): Promise<void>;
  /** Undefined where bytes can only follow each other. */
  readonly writeAt?: ((bytes: Uint8Array, position: number) => Promise<void>) | undefined;
}

export const OPERATIONS = ["softmax", "log-softmax", "log-sum-exp", "entropy", "argmax", "top-k"] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Whether an operation gives an element for each element. */
export function isElementwise(operation: OperationName): operation is "softmax" | "log-softmax" {
  return operation === "softmax" || operation === "log-softmax";
}
