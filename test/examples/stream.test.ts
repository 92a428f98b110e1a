import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { score, writeLogits } from "../../examples/stream/logits.js";
import { init } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { runExample } from "./run.js";

/** The summary, from its definitions in doubles. The logits are far from overflow. */
function summary(logits: Float32Array, classes: number) {
  const rows = logits.length / classes;
  let [entropy, confidence, decided] = [0, 0, 0];
  for (let r = 0; r < rows; r++) {
    const powers = Array.from(logits.subarray(r * classes, (r + 1) * classes), Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    const best = Math.max(...powers) / sum;
    for (const power of powers) entropy -= (power / sum) * Math.log(power / sum);
    confidence += best;
    if (best > 0.5) decided++;
  }
  return { rows, entropy: entropy / rows, confidence: confidence / rows, decided };
}

async function withFile<T>(use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "softmax-wasm-"));
  try {
    return await use(join(folder, "logits.f32"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.each(backends)("examples/stream on %s", (backend) => {
  beforeAll(() => init({ backend }));

  it("summarises a file whose rows lie across the chunks that it is read in", async () => {
    const classes = 37;
    await withFile(async (path) => {
      await writeLogits(path, 15_000, classes, 2);
      const { buffer, byteOffset, byteLength } = await readFile(path);
      const expected = summary(new Float32Array(buffer, byteOffset, byteLength / 4), classes);
      const { rows, chunks, entropy, confidence, decided } = await score(path, classes);
      expect(rows).toBe(15_000);
      expect(chunks).toBe(3);
      expect(Math.abs(entropy / expected.entropy - 1)).toBeLessThan(1e-6);
      expect(Math.abs(confidence / expected.confidence - 1)).toBeLessThan(1e-6);
      expect(decided).toBe(expected.decided);
    });
  });

  it("fails where the file ends within a row", async () => {
    await withFile(async (path) => {
      await writeLogits(path, 3, 10, 3);
      await expect(score(path, 20)).rejects.toThrow("the last row has 10 of 20 values: 10 are missing");
    });
  });
});

it("examples/stream prints what it computes", async () => {
  const text = await runExample("stream");
  await withFile(async (path) => {
    await writeLogits(path, 30_000, 100, 1);
    const { entropy, confidence, decided } = await score(path, 100);
    expect(text).toContain("30,000 rows of 100 logits, 12,000,000 bytes");
    expect(text).toContain("30,000 rows, which came in 12 chunks");
    expect(text).toContain(`${entropy.toFixed(4)} nats`);
    expect(text).toContain(`${(100 * confidence).toFixed(1)} % for the likeliest class`);
    expect(text).toContain(`${((100 * decided) / 30_000).toFixed(1)} % of the rows`);
  });
  expect(text).not.toContain("\x1b");
});
