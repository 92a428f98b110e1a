import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CLASSES } from "./data.js";

/** What `npx softmax-wasm` runs. */
const COMMAND = fileURLToPath(new URL("../../build/cli.js", import.meta.url));

/** The probabilities of [count, 10] logits, from file to file by the command. What it says goes to standard output. */
export function scoreByCommand(logits: Float32Array, labels: Uint8Array): Float32Array {
  const folder = mkdtempSync(join(tmpdir(), "digits-"));
  try {
    writeFileSync(join(folder, "logits.bin"), logits);
    writeFileSync(join(folder, "labels.txt"), labels.join("\n"));
    const files = ["logits.bin", "--dtype", "float32", "--length", `${CLASSES}`, "--labels", "labels.txt"];
    const args = ["score", ...files, "-o", "probabilities.bin"];
    console.log(`\n$ softmax-wasm ${args.join(" ")}`);
    const { status, error } = spawnSync(process.execPath, [COMMAND, ...args], {
      cwd: folder,
      stdio: ["ignore", 1, 1],
    });
    if (status !== 0) throw new Error(`softmax-wasm ended with ${status}`, { cause: error });
    const { buffer, byteOffset, length } = readFileSync(join(folder, "probabilities.bin"));
    return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
