/** `softmax-wasm submit`: files into a queue, a job for each part. To submit again is safe at any time. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { JobType, Queue } from "bullmq";
import { NEW_MEMORY } from "../../formats/buffers.js";
import { UsageError } from "../../formats/errors.js";
import { readScoreArguments, SCORE_OPTIONS, type ScoreArguments } from "../arguments.js";
import { formatOf, openReader } from "../files.js";
import { expand, targetOf } from "../inputs.js";
import { integer, parsed, wordsOf } from "../options.js";
import { wantedOf } from "../shards.js";
import { connect, QUEUE_OPTIONS, readPlace } from "./connection.js";
import { isPartDone, JOB_OPTIONS, jobId, type PartJob } from "./job.js";
import { countsOf } from "./status.js";

/** How a part is computed is for `submit` to say; where and on how many threads, for the worker. Nothing adds up what they measure. */
const { shard, threads, force, json, quiet, labels, ...RESULT_OPTIONS } = SCORE_OPTIONS;

const OPTIONS = {
  ...RESULT_OPTIONS,
  ...QUEUE_OPTIONS,
  quiet,
  parts: { type: "string" },
  run: { type: "string" },
  "retry-failed": { type: "boolean", default: false },
} as const;

/** A job, with what its record is to say. */
interface Planned {
  readonly id: string;
  readonly data: PartJob;
  readonly isDone: boolean;
}

/** Jobs that are added by one command: 20,000 take 2 s. */
const AT_ONCE = 1000;

export async function submit(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args, OPTIONS);
  const { redis, queue: name, parts, run, "retry-failed": retryFailed, quiet, output, ...rest } = values;
  if (parts === undefined)
    throw new UsageError("submit needs --parts N: how many parts each file is cut into");
  if (output === undefined || output === "-")
    throw new UsageError("submit needs -o DIR, for what workers write");
  const n = integer("parts", parts, 1, 999_999);
  if (run !== undefined && !/^[\w-]+$/.test(run)) {
    throw new UsageError(`--run must be of letters, digits, - and _, got ${run}`);
  }
  const place = readPlace({ redis, queue: name });
  // All parts by one backend, whose bits are the same everywhere.
  const backend = rest.backend === undefined || rest.backend === "auto" ? "simd" : rest.backend;
  const options = { ...rest, backend };
  const settings = readScoreArguments([...wordsOf({ ...options, output }), "--", ...positionals]);
  // What @FILE holds may change until a worker reads it.
  const words = wordsOf({ ...options, temperature: settings.temperature });
  const planned = await plan(settings, n, run, words);
  const { open, complaints } = await connect(place, "seconds");
  const queue = open();
  try {
    const known = await removeStale(queue, planned, retryFailed);
    const added = planned.filter(({ id }) => !known.has(id));
    for (let at = 0; at < added.length; at += AT_ONCE) {
      await queue.addBulk(
        added
          .slice(at, at + AT_ONCE)
          .map(({ id, data }) => ({ name: "part", data, opts: { ...JOB_OPTIONS, jobId: id } })),
      );
    }
    if (quiet) return;
    const jobs = (count: number) => `${count.toLocaleString("en-US")} ${count === 1 ? "part" : "parts"}`;
    const old = planned.length - added.length;
    process.stderr.write(
      `${jobs(added.length)} added, ${jobs(old)} known; in the queue: ${await countsOf(queue)}\n`,
    );
  } finally {
    await queue.close();
    complaints.end();
  }
}

async function plan(
  settings: ScoreArguments,
  n: number,
  run: string | undefined,
  options: readonly string[],
): Promise<Planned[]> {
  if (settings.inputs.includes("-")) {
    throw new UsageError("submit needs files: no worker can read this standard input");
  }
  const { output, to } = settings;
  if (output?.endsWith("/")) await mkdir(output, { recursive: true });
  else if (
    output !== undefined &&
    to === undefined &&
    !existsSync(output) &&
    formatOf(output) === undefined
  ) {
    throw new UsageError(
      `-o ${output}: end a directory with /, or give the name of a file an ending such as .npy`,
    );
  }
  const inputs = await expand(settings.inputs);
  const targets = inputs.map((name) => targetOf(name, inputs.length, settings) as string);
  if (new Set(targets).size < targets.length) {
    throw new UsageError("two of the inputs have the same name, so they would have the same output");
  }
  const planned: Planned[] = [];
  for (const [place, name] of inputs.entries()) {
    // Workers may stand elsewhere.
    const input = resolve(name);
    const output = resolve(targets[place]);
    await checkReadable(input, { ...settings, shard: { k: 1, n } });
    const first = await wantedOf(input, { k: 1, n }, settings, settings.backend);
    for (let part = 1; part <= n; part++) {
      const data = { input, output, part, of: n, options };
      const wanted = { ...first, part };
      planned.push({ id: jobId(run, output, wanted), data, isDone: isPartDone(data, wanted) });
    }
  }
  return planned;
}

/** What is wrong with a file, or does not fit it, is said here and not by every worker. */
async function checkReadable(input: string, settings: ScoreArguments): Promise<void> {
  const { reader } = await openReader(input, settings, NEW_MEMORY);
  await reader.close();
}

/**
 * The jobs that are known already, but for those that have to run again: done for the queue, but not on the disk, and failed
 * ones if that is asked for. Only a job that is added anew counts its stalls from 0.
 */
async function removeStale(
  queue: Queue,
  planned: readonly Planned[],
  retryFailed: boolean,
): Promise<Set<string>> {
  // Without bounds this gives two ids.
  const idsOf = (...states: JobType[]) => queue.getRanges(states, 0, -1);
  const isCompleted = new Set(await idsOf("completed"));
  const isFailed = new Set(await idsOf("failed"));
  for (const { id, isDone } of planned) {
    if ((isCompleted.has(id) && !isDone) || (isFailed.has(id) && retryFailed)) await queue.remove(id);
  }
  return new Set(await idsOf("waiting", "active", "delayed", "completed", "failed"));
}
