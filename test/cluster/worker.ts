import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { afterAll } from "vitest";
import { until } from "./services.js";

export interface RunningWorker {
  readonly process: ChildProcess;
  /** What it has said so far. */
  said(): string;
  /** By its exit code, or the name of the signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Workers that a test has left are killed. */
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

export function startWorker(url: string, ...args: string[]): RunningWorker {
  const child = spawn(process.execPath, ["build/cli.js", "worker", "--redis", url, ...args]);
  running.add(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve(signal ?? code);
    });
  });
  return { process: child, said: () => text, ended };
}

/** Files that a worker is writing, by the process in their names. */
export function unfinished(folder: string, { process: { pid } }: RunningWorker): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".tmp") && name.includes(`.${pid}.`));
}

/** Stops a worker by SIGSTOP when it has begun a part and not finished it. The result is the part's file. */
export async function stopInThePart(worker: RunningWorker, folder: string): Promise<string> {
  let part: string | undefined;
  await until(() => {
    if (unfinished(folder, worker).length === 0) return false;
    worker.process.kill("SIGSTOP");
    // Looked at again: it may have gone on until it was stopped. Records are written in the same way.
    part = unfinished(folder, worker).find((name) => !name.includes(".json."));
    if (part !== undefined) return true;
    worker.process.kill("SIGCONT");
    return false;
  }, "a part that is being written");
  return (part as string).replace(/\.\d+\.[0-9a-f]{8}\.tmp$/, "");
}
