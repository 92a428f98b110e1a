import { execFileSync, fork } from "node:child_process";
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
  return runFile(new URL("./run-table.ts", import.meta.url), task, engine);
}

/** The message that a script sends, which gets a task as its argument, in a process of its own. */
export function runFile<Message>(script: URL, task: object, engine?: Engine): Promise<Message> {
  const child = fork(fileURLToPath(script), [JSON.stringify(task)], engine);
  return new Promise((resolve, reject) => {
    let sent: Message;
    child.once("message", (message: Message) => {
      sent = message;
    });
    child.once("close", (code) => {
      if (code === 0) resolve(sent);
      else reject(new Error(`${JSON.stringify(task)} ended with exit code ${code}`));
    });
  });
}

/** A Node of this version by npx, which starts as this process does. Before version 22 relaxed SIMD needs a flag. */
export function engineOf(version: string, ...flags: string[]): Engine {
  const print = ["--yes", `node@${version}`, "--print", "process.execPath"];
  const execPath = execFileSync("npx", print, { encoding: "utf8" }).trim();
  const loaders = process.execArgv.filter((argument) => !argument.startsWith("--experimental-wasm"));
  const relaxed = Number.parseInt(version, 10) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];
  return { execPath, execArgv: [...loaders, ...relaxed, ...flags] };
}
