import { PER_LANE } from "../../../assembly/abi.js";
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

/** Stands in a job for `Backend.top`, which is no operation on lanes: its results are two arrays. */
export const TOP: LaneOperation = {
  name: "topK",
  code: PER_LANE,
  js() {
    throw new Error("candidates are found by Backend.top");
  },
};

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
  /** The address of the records of a long row. Else 0. */
  readonly records: number;
  /** How many candidates TOP finds in a lane: `out` has a pair of f64 for each. Else 0. */
  readonly count: number;
}

const KINDS: readonly Kind[] = ["slices", "columns", "elements", "row"];
const BY_CODE = new Map([...OPERATIONS, TOP].map((operation) => [operation.code, operation]));
const ARRAYS = ["x", "out", "y", "numbers", "mask"] as const;
const FIRST_ARRAY = 11;
const NO_PLACE: Place = { buffer: -1, offset: 0, length: 0 };

/** Writes a job as the numbers of a slot. One by one, as `readJob` reads them: by lists both take 5 µs more. */
export function writeJob(numbers: Float64Array, job: Job): void {
  numbers[0] = KINDS.indexOf(job.kind);
  numbers[1] = job.operation.code;
  numbers[2] = Number(job.isSingle);
  numbers[3] = Number(job.js);
  numbers[4] = Number(job.isStaged);
  numbers[5] = job.layout.outer;
  numbers[6] = job.layout.length;
  numbers[7] = job.layout.inner;
  numbers[8] = job.temperature;
  numbers[9] = job.records;
  numbers[10] = job.count;
  for (let k = 0; k < ARRAYS.length; k++) {
    const { buffer, offset, length } = job[ARRAYS[k]] ?? NO_PLACE;
    const at = FIRST_ARRAY + 3 * k;
    numbers[at] = buffer;
    numbers[at + 1] = offset;
    numbers[at + 2] = length;
  }
}

function readPlace(numbers: Float64Array, k: number): Place | undefined {
  const at = FIRST_ARRAY + 3 * k;
  if (numbers[at] === NO_PLACE.buffer) return undefined;
  return { buffer: numbers[at], offset: numbers[at + 1], length: numbers[at + 2] };
}

/** The inverse of `writeJob`. */
export function readJob(numbers: Float64Array): Job {
  const x = readPlace(numbers, 0);
  const out = readPlace(numbers, 1);
  const operation = BY_CODE.get(numbers[1]);
  if (operation === undefined || x === undefined || out === undefined) throw new Error("not a job");
  return {
    kind: KINDS[numbers[0]],
    operation,
    isSingle: numbers[2] === 1,
    js: numbers[3] === 1,
    isStaged: numbers[4] === 1,
    layout: { outer: numbers[5], length: numbers[6], inner: numbers[7] },
    temperature: numbers[8],
    x,
    out,
    y: readPlace(numbers, 2),
    numbers: readPlace(numbers, 3),
    mask: readPlace(numbers, 4),
    records: numbers[9],
    count: numbers[10],
  };
}
