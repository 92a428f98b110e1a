/** `softmax-wasm info`: what computes here, and that it does. */
import { availableParallelism } from "node:os";
import { backend, createSoftmax } from "../index.js";
import { createPool } from "../threads/index.js";

const ALL = ["relaxed", "simd", "js"] as const;
const CHECKED = { rows: 64, columns: 1000 };

export async function info(): Promise<void> {
  const lines = [
    `node       ${process.version}, ${process.arch}, ${process.platform}`,
    `backend    ${backend()}`,
    ...ALL.map((name) => `  ${name.padEnd(8)} ${stateOf(name)}`),
    `threads    ${await threads()}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Whether a backend runs here, and how far its probabilities are from adding up to 1. */
function stateOf(name: (typeof ALL)[number]): string {
  try {
    const { softmax } = createSoftmax({ backend: name });
    const { rows, columns } = CHECKED;
    const x = Float32Array.from({ length: rows * columns }, (_, k) => 10 * Math.sin(k));
    const p = softmax(x, { shape: [rows, columns] });
    let error = 0;
    for (let row = 0; row < rows; row++) {
      const sum = p.subarray(row * columns, (row + 1) * columns).reduce((all, value) => all + value, 0);
      error = Math.max(error, Math.abs(sum - 1));
    }
    return error < 1e-5 ? "runs" : `WRONG: probabilities add up to 1 ± ${error}`;
  } catch (error) {
    const { message, cause } = error as Error;
    const isMissing = (cause as Error | undefined)?.name === "CompileError";
    return `does not run: ${isMissing ? "this engine lacks the instructions" : message.replace(/^createSoftmax: /, "")}`;
  }
}

async function threads(): Promise<string> {
  const count = availableParallelism();
  const pool = await createPool({ threads: count });
  const running = pool.threads;
  await pool.close();
  return running === count ? `${running}` : `${running} of ${count}`;
}
