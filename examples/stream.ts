/**
 * How sure is a classifier of its guesses? Scores a file of logits, a few batches of it in memory at a time.
 * `npx tsx examples/stream.ts` runs this.
 */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { score, writeLogits } from "./stream/logits.js";
import { bold } from "./terminal.js";

const ROWS = 30_000;
const CLASSES = 100;

const folder = await mkdtemp(join(tmpdir(), "softmax-wasm-"));
try {
  const path = join(folder, "logits.f32");
  await writeLogits(path, ROWS, CLASSES, 1);
  const { size } = await stat(path);
  console.log(`File      ${count(ROWS)} rows of ${CLASSES} logits, ${count(size)} bytes`);

  const { rows, chunks, entropy, confidence, decided } = await score(path, CLASSES);
  console.log(`Scored    ${count(rows)} rows, which came in ${chunks} chunks`);
  console.log(
    `Entropy   ${bold(`${entropy.toFixed(4)} nats`)} a row: as if of ${bold(among(entropy))} classes alike`,
  );
  console.log(`Best      ${bold(percent(confidence))} for the likeliest class, on average`);
  console.log(`Decided   ${bold(percent(decided / rows))} of the rows: one class has more than half`);
} finally {
  await rm(folder, { recursive: true });
}

/** So many classes of equal probability have this entropy. */
function among(entropy: number): string {
  return Math.exp(entropy).toFixed(1);
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
