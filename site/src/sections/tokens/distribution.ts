import { candidates, sample, softmax, topK } from "softmax-wasm";
import type { Filters } from "./writer.js";

/** How often the next word is drawn, for the counts beside the probabilities. */
export const DRAWS = 1000;

export interface Distribution {
  /** Words by falling logit. */
  readonly order: Int32Array;
  /** Of each word, at T = 1 and at T. */
  readonly model: Float32Array;
  readonly tempered: Float32Array;
  /** Of each word after the filters; 0 of what they cut. */
  readonly kept: Float32Array;
  /** How many words stay. */
  readonly left: number;
  /** How many of DRAWS fell on each word. */
  readonly drawn: Uint16Array;
  /** What each filter that is on keeps by itself, at T. */
  readonly alone: readonly Cut[];
}

export interface Cut {
  readonly name: string;
  readonly left: number;
}

export function distributionOf(logits: Float32Array, filters: Filters, seed: number): Distribution {
  const { temperature, topK: k, topP, minP } = filters;
  const { indices, probabilities } = candidates(logits, filters);
  const kept = new Float32Array(logits.length);
  for (const [k, word] of indices.entries()) kept[word] = probabilities[k];
  const drawn = new Uint16Array(logits.length);
  for (const word of sample(logits, { ...filters, seed, draws: DRAWS })) drawn[word]++;
  const alone = (filter: Partial<Filters>) => candidates(logits, { temperature, ...filter }).indices.length;
  return {
    order: topK(logits, logits.length).indices,
    model: softmax(logits),
    tempered: softmax(logits, { temperature }),
    kept,
    left: indices.length,
    drawn,
    alone: [
      ...(k > 0 ? [{ name: `top-k ${k}`, left: alone({ topK: k }) }] : []),
      ...(topP < 1 ? [{ name: `top-p ${topP}`, left: alone({ topP }) }] : []),
      ...(minP > 0 ? [{ name: `min-p ${minP}`, left: alone({ minP }) }] : []),
    ],
  };
}
