import type { Way } from "../candidate.js";

/** What comes after the logits of a step. */
export interface Choice {
  readonly title: string;
  /** Whether a token is drawn. Otherwise the first 50 are listed. */
  readonly draws: boolean;
  readonly filters: { readonly topK?: number; readonly topP?: number; readonly minP?: number };
}

export const COUNT = 50;

/** What is measured, in the order of the columns. */
export const CHOICES: readonly Choice[] = [
  { title: "first 50", draws: false, filters: { topK: COUNT } },
  { title: "draw: 50", draws: true, filters: { topK: COUNT } },
  { title: "draw: 50, top-p 0.9", draws: true, filters: { topK: COUNT, topP: 0.9 } },
  { title: "draw: top-p 0.9", draws: true, filters: { topP: 0.9 } },
  { title: "draw: min-p 0.05", draws: true, filters: { minP: 0.05 } },
  { title: "draw: all", draws: true, filters: {} },
];

/** One that most can make, for lanes in which there is nothing to draw, or no order. */
export const EDGE_CHOICE = CHOICES[1];

export interface SamplingCandidate {
  readonly name: string;
  readonly includes: string;
  /** `read` gives the first 50 indices in order, or the token of one draw. Throws where the candidate lacks something. */
  make(choice: Choice, logits: Float32Array): TokenWay | Promise<TokenWay>;
}

/** A way that gives indices. */
export type TokenWay = Omit<Way, "read"> & { read(): ArrayLike<number> | Promise<ArrayLike<number>> };
