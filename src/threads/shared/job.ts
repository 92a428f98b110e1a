import type { ElementOperation, LaneOperation } from "../../backend/backend.js";
import { OPERATIONS } from "../../backend/operations.js";
import type { Layout } from "../../types.js";

/** How a job is taken apart: by slices (rows), by columns of slices, by elements, or one long row by chunks. */
export type Kind = "slices" | "columns" | "elements" | "row";

/** Where an array lies: in the memory of the pool, or in a buffer that threads know by a number from 1 on. */
export interface Place {
  readonly buffer: number;
  readonly offset: number;
  readonly length: number;
}

/** The buffer number of the pool's memory. */
export const MEMORY = 0;

/** Part of a call, for threads to share. */
export interface Job {
  readonly kind: Kind;
  readonly operation: LaneOperation | ElementOperation;
  /** Whether elements are f32, or else f64. */
  readonly isSingle: boolean;
  readonly js: boolean;
  /** Whether arrays are copied by the calling thread. */
  readonly isStaged: boolean;
  readonly layout: Layout;
  readonly temperature: number;
  readonly x: Place;
  readonly out: Place;
  readonly y?: Place;
  readonly numbers?: Place;
  readonly mask?: Place;
  /** Of a row: the addresses at which it is computed, and of its records. */
  readonly src: number;
  readonly dst: number;
  readonly records: number;
}

const KINDS: readonly Kind[] = ["slices", "columns", "elements", "row"];
const BY_CODE = new Map(OPERATIONS.map((operation) => [operation.code, operation]));
const ARRAYS = ["x", "out", "y", "numbers", "mask"] as const;
const FIRST_ARRAY = 12;

/** Writes a job as the numbers of a slot. */
export function writeJob(numbers: Float64Array, job: Job): void {
  const { outer, length, inner } = job.layout;
  numbers.set([
    KINDS.indexOf(job.kind),
    job.operation.code,
    job.isSingle ? 1 : 0,
    job.js ? 1 : 0,
    job.isStaged ? 1 : 0,
    outer,
    length,
    inner,
    job.temperature,
    job.src,
    job.dst,
    job.records,
  ]);
  ARRAYS.forEach((name, k) => {
    const { buffer, offset, length } = job[name] ?? { buffer: NONE, offset: 0, length: 0 };
    numbers.set([buffer, offset, length], FIRST_ARRAY + 3 * k);
  });
}

const NONE = -1;

/** The inverse of `writeJob`. */
export function readJob(numbers: Float64Array): Job {
  const [kind, code, isSingle, js, isStaged, outer, length, inner, temperature] = numbers;
  const [src, dst, records] = numbers.subarray(9);
  const [x, out, y, numbersAt, mask] = ARRAYS.map((_, k): Place | undefined => {
    const [buffer, offset, length] = numbers.subarray(FIRST_ARRAY + 3 * k);
    return buffer === NONE ? undefined : { buffer, offset, length };
  });
  const operation = BY_CODE.get(code);
  if (operation === undefined || x === undefined || out === undefined) throw new Error("not a job");
  return {
    kind: KINDS[kind],
    operation,
    isSingle: isSingle === 1,
    js: js === 1,
    isStaged: isStaged === 1,
    layout: { outer, length, inner },
    temperature,
    x,
    out,
    y,
    numbers: numbersAt,
    mask,
    src,
    dst,
    records,
  };
}
