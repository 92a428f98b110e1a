import { NUMBERS, PARTS } from "../../assembly/abi.js";
import type { Pending } from "../maybePromise.js";
import type {
  BackendName,
  FloatArray,
  Layout,
  Operands,
  PackedElements,
  Resident,
  StoredArray,
  StoredType,
} from "../types.js";
import type { Found } from "./above.js";
import type { JsMap } from "./js/elementwise.js";
import type { JsOperation } from "./js/loops.js";
import type { Top } from "./top.js";

/** An operation on lanes: a row of operations.ts. */
export interface LaneOperation {
  readonly name: string;
  /** By which the kernels know it. Its bits say what it takes and gives: see assembly/abi.ts. */
  readonly code: number;
  /** The same in TypeScript. It hangs on the row, so a bundle leaves out the paths of rows that it does not use. */
  readonly js: JsOperation;
}

/** An operation on single elements: a row of operations.ts. */
export interface ElementOperation {
  readonly name: string;
  readonly code: number;
  readonly js: JsMap;
}

/** How many f64 an operation gives per lane where these are its results, else 0. */
export function partsOf(code: number): number {
  return (code / PARTS) & 7;
}

/** How many f64 come with a lane. */
export function numbersOf(code: number): number {
  return (code / NUMBERS) & 3;
}

/** So many packed elements are computed at a time, where a row is not longer. */
export const PACKED_TILE = 8192;

/** A place to compute. Arguments have been validated, and nothing here throws on data. */
export interface Backend<P extends Pending = Pending> {
  readonly name: BackendName;
  /**
   * Runs `operation` on every lane of `x` at `temperature` and writes `out`: as long as `x`, or some numbers per lane.
   * `out` may be `x` or `y` and overlaps them in no other way. `layout` has no offsets. While the call is pending, the
   * arrays belong to the backend.
   */
  run(
    operation: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
  ): P;
  /** The same for every element of `x` and the element of `y` in its place. `out` may be either. */
  map(operation: ElementOperation, x: FloatArray, y: FloatArray | undefined, out: FloatArray): P;
  /**
   * `run` on rows of `length` packed elements that are logits alone, or `map` on all of them: as on the same numbers of f32, and
   * rounded once if `out` holds half floats, as x does. They are at most PACKED_TILE, or one row. Gives false, and does nothing,
   * where the caller has to convert them.
   */
  runPacked?(
    operation: LaneOperation | ElementOperation,
    x: PackedElements,
    out: Uint16Array | Float32Array,
    length: number,
    temperature: number,
  ): boolean;
  /** Writes the first candidates of each lane to `top`. `layout` has no offsets, and the mask is as long as x. */
  top(x: FloatArray, layout: Layout, mask: Uint8Array | undefined, top: Top): P;
  /**
   * Finds the elements of `x` that are above `limit`, in the order of their indices. None of `x` is NaN. At once, also where
   * other results are pending.
   */
  above(x: FloatArray, limit: number, found: Found): void;
  /** Throws a RangeError if there is no memory for it. */
  allocate(type: StoredType, length: number): Resident<StoredArray>;
}

/** A backend whose results are there when it returns. */
export type SyncBackend = Backend<undefined>;
