/** What travels through the queue: where a part is and what is to be done, never data. */
import { createHash } from "node:crypto";
import { isDone, partName, readRecord, recordName, type Wanted } from "../shards.js";

/** A part of a file, as `score --shard` takes it. */
export interface PartJob {
  readonly input: string;
  readonly output: string;
  readonly part: number;
  readonly of: number;
  /** Options of `score`, as arguments. */
  readonly options: readonly string[];
}

/** What is kept of a part that is done. */
export interface PartResult {
  readonly bytes: number;
  readonly sha256: string;
  readonly ms: number;
}

/** Nothing is removed by itself: a job that is known cannot be added again by mistake, and a failed one keeps its reason. */
export const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: "exponential", delay: 5000 },
  removeOnComplete: false,
  removeOnFail: false,
} as const;

/** The same part of the same file, by the same options and to the same place, has the same id: it cannot be added twice. */
export function jobId(
  run: string | undefined,
  output: string,
  { part, of, input, options, backend }: Wanted,
): string {
  const identity = JSON.stringify({ output, of, input, options, backend });
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 16);
  return `${run === undefined ? "" : `${run}-`}${hash}-${String(part).padStart(6, "0")}`;
}

export function partOf({ output, part, of }: PartJob): string {
  return partName(output, { k: part, n: of });
}

export function isPartDone(job: PartJob, wanted: Partial<Wanted>): boolean {
  const part = partOf(job);
  return isDone(part, readRecord(recordName(part)), wanted);
}

/** Queues are open to all: what is in one need not be from `submit`. */
export function isPartJob(data: unknown): data is PartJob {
  const { input, output, part, of, options } = (data ?? {}) as { [K in keyof PartJob]?: unknown };
  return (
    typeof input === "string" &&
    typeof output === "string" &&
    Number.isInteger(part) &&
    Number.isInteger(of) &&
    Array.isArray(options) &&
    options.every((option) => typeof option === "string" && option.startsWith("--"))
  );
}

export function describeJob({ input, part, of }: PartJob): string {
  return `${input}, part ${part} of ${of}`;
}
