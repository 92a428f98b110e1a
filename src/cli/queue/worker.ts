/** `softmax-wasm worker`: works off the parts in a queue, until it is told to end. */
import type { Job, Worker } from "bullmq";
import { UsageError } from "../../formats/errors.js";
import { TRY_AGAIN } from "../longParts.js";
import { integer, parsed } from "../options.js";
import { readRecord, recordName } from "../shards.js";
import { endBy, type Signal } from "../signals.js";
import { type Connected, connect, QUEUE_OPTIONS, readPlace } from "./connection.js";
import { describeJob, isPartJob, type PartJob, type PartResult, partOf } from "./job.js";
import { startPart } from "./thread.js";

const OPTIONS = {
  ...QUEUE_OPTIONS,
  concurrency: { type: "string", default: "1" },
  threads: { type: "string" },
  grace: { type: "string", default: "20" },
  quiet: { type: "boolean", short: "q", default: false },
} as const;

/**
 * A part whose worker has gone is taken over 25 to 34 s later. Whichever worker looks decides, so these are no options. A part may
 * stall often: it takes no attempt, and the count never goes back.
 */
const LOCKS = { lockDuration: 30_000, stalledInterval: 5000, maxStalledCount: 50 } as const;

/** A part of a long row waits so long for the sums of the other parts, and takes no attempt. */
const AGAIN_MS = 2000;

export async function worker(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args, OPTIONS);
  if (positionals.length > 0)
    throw new UsageError(`worker takes no files, got ${positionals[0]}: give them to submit`);
  const concurrency = integer("concurrency", values.concurrency, 1, 64);
  const grace = integer("grace", values.grace, 0, 86_400);
  if (values.threads !== undefined) integer("threads", values.threads, 1, 64);
  const threads = values.threads ?? (concurrency > 1 ? "1" : undefined);
  const log = (line: string) => {
    if (!values.quiet) process.stderr.write(`${line}\n`);
  };
  const connected = await connect(readPlace(values), "forever");
  const ending = new Ending(grace, log);
  const worker = startWorker(connected, concurrency, threads, ending, log);
  log(`${values.queue}: at work, ${concurrency} at a time`);
  await ending.by(worker);
  connected.complaints.end();
}

function startWorker(
  { bullmq, name, connection, complaints }: Connected,
  concurrency: number,
  threads: string | undefined,
  ending: Ending,
  log: (line: string) => void,
): Worker {
  const { DelayedError, UnrecoverableError, WaitingError } = bullmq;
  // A processor that does not name the signal gets none.
  const run = async (job: Job<unknown>, token?: string, signal?: AbortSignal): Promise<PartResult> => {
    const { data } = job;
    if (!isPartJob(data))
      throw new UnrecoverableError('it is not a part that "softmax-wasm submit" has added');
    const start = performance.now();
    const thread = startPart(data, threads);
    const stop = () => thread.stop("SIGTERM");
    signal?.addEventListener("abort", stop);
    const { code, said } = await thread.ended;
    if (code === 0) {
      if (said !== "") log(said);
      return resultOf(data, Math.round(performance.now() - start));
    }
    if (signal?.aborted) {
      ending.givesBack();
      log(`${describeJob(data)}: given back`);
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if (code === TRY_AGAIN) {
      await job.moveToDelayed(Date.now() + AGAIN_MS, token);
      throw new DelayedError();
    }
    const reason = said.replace(/^softmax-wasm: /, "") || `it ended with ${code}`;
    throw code === 2 ? new UnrecoverableError(reason) : new Error(reason);
  };
  const worker = new bullmq.Worker(name, run, { connection, concurrency, ...LOCKS });
  worker.on("error", (error) => complaints.add(error));
  // The part goes on: what it writes is right, also if another worker does the same meanwhile.
  worker.on("lockRenewalFailed", (ids) =>
    complaints.add(new Error(`the lock of ${ids.join(", ")} was lost`)),
  );
  worker.on("stalled", (id) => log(`${id}: its worker has gone, so it is run again`));
  worker.on("completed", ({ data }, { ms }) => log(`${describeJob(data as PartJob)}: done in ${ms} ms`));
  worker.on("failed", (job, { message }) => {
    const { data, attemptsMade = 0, opts } = job ?? {};
    const isLast = job?.finishedOn !== undefined;
    const attempt = `attempt ${attemptsMade} of ${opts?.attempts ?? 1}${isLast ? ", the last" : ""}`;
    log(`${isPartJob(data) ? describeJob(data) : job?.id}: failed, ${attempt}: ${message}`);
  });
  return worker;
}

function resultOf(job: PartJob, ms: number): PartResult {
  const record = readRecord(recordName(partOf(job)));
  if (record === undefined) throw new Error(`${recordName(partOf(job))}: it was written, and is not there`);
  const { bytes, sha256 } = record;
  return { bytes, sha256, ms };
}

/** The end of a worker, by a signal. Parts may finish for `grace` seconds, then they go back to the queue. */
class Ending {
  private hasGivenBack = false;

  constructor(
    private readonly grace: number,
    private readonly log: (line: string) => void,
  ) {}

  givesBack(): void {
    this.hasGivenBack = true;
  }

  by(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      endBy((code, signal) => {
        // close() waits without a limit, and as long again if it is forced afterwards.
        endBy((code) => process.exit(code));
        this.drain(worker, code, signal).then(resolve);
      });
    });
  }

  private async drain(worker: Worker, code: number, signal: Signal): Promise<void> {
    this.log(`${signal}: no new parts; running ones have ${this.grace} s, a second signal ends at once`);
    const closing = worker.close();
    const timer = setTimeout(() => worker.cancelAllJobs(signal), 1000 * this.grace);
    await closing;
    clearTimeout(timer);
    if (this.hasGivenBack) process.exitCode = code;
  }
}
