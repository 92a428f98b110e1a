import type { ElementOperation, LaneOperation } from "../../backend/backend.js";
import { OPERATIONS } from "../../backend/operations.js";
import type { Layout } from "../../types.js";

/** How work is cut: by slices (rows), by columns of slices, by elements, or one long row by chunks. */
export type Kind = "slices" | "columns" | "elements" | "row";

/** Where an array lies: in the memory of the pool, or in a buffer that threads know by a number from 1 on. */
export interface Place {
  readonly buffer: number;
  readonly offset: number;
  readonly length: number;
}

/** The buffer number of the pool's memory. */
export const MEMORY = 0;

/** A tile of a call as the threads see it. */
export interface Job {
  /** How threads share it: a task is a share. */
  readonly kind: Kind;
  readonly operation: LaneOperation | ElementOperation;
  /** Whether elements are f32, or else f64. */
  readonly isSingle: boolean;
  readonly js: boolean;
  /** Whether the calling thread copies arrays. */
  readonly isStaged: boolean;
  readonly layout: Layout;
  readonly temperature: number;
  readonly x: Place;
  readonly out: Place;
  readonly y?: Place;
  readonly numbers?: Place;
  readonly mask?: Place;
  /** The addresses at which a long row is computed, and that of its records. Else 0. */
  readonly src: number;
  readonly dst: number;
  readonly records: number;
}

const KINDS: readonly Kind[] = ["slices", "columns", "elements", "row"];
const BY_CODE = new Map(OPERATIONS.map((operation) => [operation.code, operation]));
const ARRAYS = ["x", "out", "y", "numbers", "mask"] as const;
const FIRST_ARRAY = 12;
const NO_PLACE: Place = { buffer: -1, offset: 0, length: 0 };

/** Writes a job as the numbers of a slot. */
export function writeJob(numbers: Float64Array, job: Job): void {
  const { outer, length, inner } = job.layout;
  const flags = [job.isSingle, job.js, job.isStaged].map(Number);
  const { temperature, src, dst, records } = job;
  numbers.set([KINDS.indexOf(job.kind), job.operation.code, ...flags, outer, length, inner]);
  numbers.set([temperature, src, dst, records], 8);
  ARRAYS.forEach((name, k) => {
    const { buffer, offset, length } = job[name] ?? NO_PLACE;
    numbers.set([buffer, offset, length], FIRST_ARRAY + 3 * k);
  });
}

/** The inverse of `writeJob`. */
export function readJob(numbers: Float64Array): Job {
  const [kind, code, isSingle, js, isStaged, outer, length, inner, temperature] = numbers;
  const [src, dst, records] = numbers.subarray(9);
  const [x, out, y, numbersAt, mask] = ARRAYS.map((_, k): Place | undefined => {
    const [buffer, offset, length] = numbers.subarray(FIRST_ARRAY + 3 * k);
    return buffer === NO_PLACE.buffer ? undefined : { buffer, offset, length };
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
