/** `--shard`: which part of a job this process is to do. */
import type { Shard } from "../formats/arrays.js";
import { UsageError } from "../formats/errors.js";

/** Where a scheduler says which task this is, and what its first one is called. */
const SCHEDULERS = [
  ["SLURM_ARRAY_TASK_ID", 1],
  ["JOB_COMPLETION_INDEX", 0],
  ["AWS_BATCH_JOB_ARRAY_INDEX", 0],
  ["PARALLEL_SEQ", 1],
] as const;

/** K/N, from 1 to N, or auto/N. N is what the user says alone: what schedulers say of it changes when tasks run again. */
export function readShard(text: string, environment: NodeJS.ProcessEnv = process.env): Shard {
  const [, place, count] = /^(\d+|auto)\/(\d+)$/.exec(text) ?? [];
  const n = Number(count);
  if (place === undefined || !Number.isSafeInteger(n) || n < 1) {
    throw new UsageError(`--shard must be K/N, as in 3/10, or auto/N, got ${text}`);
  }
  if (place !== "auto") return checked(Number(place), n, text);
  for (const [name, first] of SCHEDULERS) {
    const value = environment[name];
    if (value === undefined || value === "") continue;
    return checked(Number(value) - first + 1, n, `${name}=${value} of ${n}`);
  }
  throw new UsageError(
    `--shard auto/N needs one of ${SCHEDULERS.map(([name]) => name).join(", ")}, and none is set`,
  );
}

function checked(k: number, n: number, text: string): Shard {
  if (Number.isInteger(k) && k >= 1 && k <= n) return { k, n };
  const hint = text.startsWith("SLURM") ? ": submit with --array=1-N" : "";
  throw new UsageError(`--shard must name a part from 1 to ${n}, got ${text}${hint}`);
}
