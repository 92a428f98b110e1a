import type { Way } from "../candidate.js";
import type { Cell } from "../report.js";

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

/** What one Node has measured. */
export interface SamplingTable {
  readonly node: string;
  readonly date: string;
  /** How many processes wanted a core meanwhile, this one among them. */
  readonly load: number;
  readonly candidates: Readonly<Record<string, SamplingEntry>>;
}

export interface SamplingEntry {
  readonly includes: string;
  /** Nanoseconds per token, by the title of the choice. */
  readonly times: Readonly<Record<string, Cell>>;
  /** By the name of the lane: the token that is drawn, "several" or "error". */
  readonly edges: Readonly<Record<string, string>>;
}
