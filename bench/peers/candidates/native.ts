import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Candidate, type FloatArray, lacks, type Way } from "../candidate.js";
import { program } from "../native/build.js";
import type { Workload } from "../workload.js";

export const native: readonly Candidate[] = ["libmvec", "SLEEF", "XNNPACK"].map((library) => ({
  name: `C, ${library}`,
  includes: "a process of its own, whose clock it is; arrays kept",
  make: (workload) => way(library, workload),
}));

async function way(library: string, workload: Workload): Promise<Way> {
  const { operation, type, shape, x } = workload;
  const { ask, free, first, output } = await talkTo(program, x, (input, output) => [
    library,
    operation,
    type,
    ...shape.map(String),
    input,
    output,
  ]);
  if (first !== "ready") {
    free();
    lacks(`${operation} of ${type}`);
  }
  return {
    run: () => ask("run 1"),
    time: async (calls) => Number(await ask(`run ${calls}`)),
    read: async () => {
      await ask("write");
      const bytes = new Uint8Array(readFileSync(output));
      const results: FloatArray =
        type === "f32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
      return results;
    },
    free,
  };
}

/** A process that waits for its turns: it answers each line with one. `first` is what it said before. */
export interface Process {
  ask(line: string): Promise<string>;
  free(): void;
  readonly first: string;
  /** A file that it may write. */
  readonly output: string;
}

/** Starts a native program, with the numbers in a file. */
export async function talkTo(
  path: string,
  x: FloatArray,
  argumentsOf: (input: string, output: string) => string[],
): Promise<Process> {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-peers-"));
  const input = join(folder, "input");
  const output = join(folder, "output");
  writeFileSync(input, new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  const child = spawn(path, argumentsOf(input, output), { stdio: ["pipe", "pipe", "inherit"] });
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function ask(line: string): Promise<string> {
    child.stdin.write(`${line}\n`);
    const answer = await Promise.race([lines.next(), failed]);
    if (answer.done) throw new Error("the native program ended");
    return answer.value;
  }
  function free(): void {
    child.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }

  child.stdin.on("error", () => {});
  const { value = "" } = await Promise.race([lines.next(), failed]);
  return { ask, free, first: value, output };
}
