import { createReadStream } from "node:fs";
import { appendFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { softmaxStream } from "softmax-wasm";
import { normal } from "../random.js";

/** What the rows of a file are like, on average. */
export interface Summary {
  readonly rows: number;
  /** The chunks that they came in. */
  readonly chunks: number;
  /** The mean entropy of a row, in nats. */
  readonly entropy: number;
  /** The mean probability of the likeliest class. */
  readonly confidence: number;
  /** How many rows have a class with more than half of the probability. */
  readonly decided: number;
}

/** Makes a file of rows of normal logits, floats one after another. In every third row they are spread four times as far. */
export async function writeLogits(path: string, rows: number, classes: number, seed: number): Promise<void> {
  const next = normal(seed);
  for (let first = 0; first < rows; first += 1000) {
    const count = Math.min(1000, rows - first);
    const block = Float32Array.from({ length: count * classes }, (_, i) => {
      const row = first + Math.floor(i / classes);
      return (row % 3 === 0 ? 4 : 1) * next();
    });
    await appendFile(path, new Uint8Array(block.buffer));
  }
}

/** Reads the file once and holds a few batches of it at a time. */
export async function score(path: string, classes: number): Promise<Summary> {
  let [rows, chunks, entropy, confidence, decided] = [0, 0, 0, 0, 0];
  // The cast: Node's types of streams are not quite those of the DOM library.
  const bytes = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
  for await (const probabilities of bytes.pipeThrough(softmaxStream({ length: classes }))) {
    chunks++;
    for (let at = 0; at < probabilities.length; at += classes) {
      let largest = 0;
      for (let c = 0; c < classes; c++) {
        const p = probabilities[at + c];
        if (p > 0) entropy -= p * Math.log(p);
        if (p > largest) largest = p;
      }
      rows++;
      confidence += largest;
      if (largest > 0.5) decided++;
    }
  }
  return { rows, chunks, entropy: entropy / rows, confidence: confidence / rows, decided };
}
