/** `softmax-wasm status`: what the queue says, and with --files what is on the disk. */
import { existsSync, statSync } from "node:fs";
import type { Queue } from "bullmq";
import { UsageError } from "../../formats/errors.js";
import { parsed } from "../options.js";
import { readRecord, recordName, sha256Of } from "../shards.js";
import { connect, QUEUE_OPTIONS, readPlace } from "./connection.js";
import { describeJob, isPartJob, type PartJob, partOf } from "./job.js";

const OPTIONS = {
  ...QUEUE_OPTIONS,
  files: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

const STATES = ["waiting", "active", "delayed", "completed", "failed"] as const;

/** One line of counts. */
export async function countsOf(queue: Queue): Promise<string> {
  const counts = await queue.getJobCounts(...STATES);
  return STATES.map((state) => `${(counts[state] ?? 0).toLocaleString("en-US")} ${state}`).join(", ");
}

export async function status(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args, OPTIONS);
  if (positionals.length > 0) throw new UsageError(`status takes no files, got ${positionals[0]}`);
  const { open, complaints } = await connect(readPlace(values), "seconds");
  const queue = open();
  try {
    const workers = (await queue.getWorkers()).length;
    const failed = (await queue.getFailed()).map(({ id, data, failedReason, attemptsMade }) => ({
      id,
      part: isPartJob(data) ? describeJob(data) : undefined,
      attempts: attemptsMade,
      reason: failedReason,
    }));
    const missing = values.files ? await missingFiles(queue) : undefined;
    if (missing !== undefined && missing.length > 0) process.exitCode = 1;
    if (values.json) {
      const counts = await queue.getJobCounts(...STATES);
      process.stdout.write(
        `${JSON.stringify({ queue: values.queue, ...counts, workers, failures: failed, missing })}\n`,
      );
      return;
    }
    const lines = [
      `${values.queue}: ${await countsOf(queue)}; ${workers} ${workers === 1 ? "worker" : "workers"}`,
    ];
    for (const { id, part, attempts, reason } of failed) {
      lines.push(
        `failed: ${part ?? id}, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}: ${reason}`,
      );
    }
    for (const file of missing ?? []) lines.push(`not there: ${file}`);
    if (missing?.length === 0) lines.push("files: all of them are there, and are what their records say");
    process.stdout.write(`${lines.join("\n")}\n`);
  } finally {
    await queue.close();
    complaints.end();
  }
}

/** The parts in the queue, in any state, that are not on the disk as their records say. */
async function missingFiles(queue: Queue): Promise<string[]> {
  const jobs = await queue.getJobs([...STATES]);
  const parts = new Set(
    jobs
      .map(({ data }) => data)
      .filter(isPartJob)
      .map((data: PartJob) => partOf(data)),
  );
  const missing: string[] = [];
  for (const part of [...parts].sort()) if (!(await isWhole(part))) missing.push(part);
  return missing;
}

async function isWhole(part: string): Promise<boolean> {
  const record = readRecord(recordName(part));
  if (record === undefined || !existsSync(part) || statSync(part).size !== record.bytes) return false;
  return (await sha256Of(part)) === record.sha256;
}
