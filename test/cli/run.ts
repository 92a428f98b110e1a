import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const CLI = "build/cli.js";

export interface Ran {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [CLI, ...args]);
}

/** Runs the command to its end. */
export function run(args: readonly string[], input?: string | Uint8Array): Promise<Ran> {
  const child = start(args);
  const out: Buffer[] = [];
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  // It may end before it has read all.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status, stdout: Buffer.concat(out), stderr }));
  });
}

/** A folder for the files of a test file. */
export function folder(): { path(name: string): string; names(): string[] } {
  const root = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return { path: (name) => join(root, name), names: () => readdirSync(root).sort() };
}
