/**
 * A part, computed in a thread: this command again, as `score --shard`. The main thread only waits, so the timer that renews the
 * lock of a part runs on time, and a signal is heard at once.
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Signal } from "../signals.js";
import type { PartJob } from "./job.js";

export interface Ended {
  /** As an exit code of the command, but 2 for bad data too: never worth another try. */
  readonly code: number;
  /** What it said. */
  readonly said: string;
}

export interface PartThread {
  readonly ended: Promise<Ended>;
  /** Ends it by 130 or 143, with nothing half-written left behind. */
  stop(signal: Signal): void;
}

export function startPart(
  { input, output, part, of, options }: PartJob,
  threads: string | undefined,
): PartThread {
  const own = threads === undefined ? [] : [`--threads=${threads}`];
  const argv = [
    "score",
    `--shard=${part}/${of}`,
    ...options,
    ...own,
    `--output=${output}`,
    "--quiet",
    "--",
    input,
  ];
  const thread = new Worker(fileURLToPath(import.meta.url), { argv, stdout: true, stderr: true });
  let said = "";
  thread.stderr.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    // What nobody caught, such as the end of memory.
    thread.on("error", (error) => {
      said += `${error.message}\n`;
    });
    thread.on("exit", (code) => resolve({ code, said: said.trim() }));
  });
  return { ended, stop: (signal) => thread.postMessage(signal) };
}
