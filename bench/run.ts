import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Timings } from "./report.js";
import type { Task } from "./run-table.js";

/** A Node to measure in. */
export interface Engine {
  readonly execPath: string;
  readonly execArgv: string[];
}

/** Nanoseconds by row and candidate of a table, measured in a process of its own. */
export function runTable(task: Task, engine?: Engine): Promise<Record<string, Timings>> {
  const file = fileURLToPath(new URL("./run-table.ts", import.meta.url));
  const child = fork(file, [JSON.stringify(task)], engine);
  return new Promise((resolve, reject) => {
    let timings: Record<string, Timings>;
    child.once("message", (message: Record<string, Timings>) => {
      timings = message;
    });
    child.once("close", (code) => {
      if (code === 0) resolve(timings);
      else reject(new Error(`The table "${task.table}" ended with exit code ${code}`));
    });
  });
}
