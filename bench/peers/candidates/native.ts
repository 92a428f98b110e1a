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

/** A process that waits for its turns. */
async function way(library: string, workload: Workload): Promise<Way> {
  const { operation, type, shape, x } = workload;
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-peers-"));
  const input = join(folder, "input");
  const output = join(folder, "output");
  writeFileSync(input, new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  const child = spawn(program, [library, operation, type, ...shape.map(String), input, output], {
    stdio: ["pipe", "pipe", "inherit"],
  });
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
  const ready = await Promise.race([lines.next(), failed]);
  if (ready.value !== "ready") {
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
