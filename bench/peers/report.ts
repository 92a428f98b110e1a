import type { ElementType } from "../workload.js";
import type { Operation } from "./workload.js";

/** What one run has measured: docs/peers.json, from which the page and the charts are made. */
export interface Report {
  readonly processor: string;
  readonly cores: number;
  readonly date: string;
  readonly notes: readonly string[];
  /** By package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly native: { readonly found: readonly string[]; readonly missing: readonly string[] };
  readonly runs: readonly Run[];
  /** By Node. */
  readonly sampling: readonly SamplingTable[];
}

export interface Run {
  readonly node: string;
  readonly tables: readonly Table[];
}

export interface Table {
  readonly operation: Operation;
  readonly type: ElementType;
  readonly candidates: Readonly<Record<string, Entry>>;
}

/** What did not work, in place of a number. */
export type Cell = number | string;

export interface Entry {
  readonly includes: string;
  /** Nanoseconds per element, by shape. */
  readonly times: Readonly<Record<string, Cell>>;
  /** The largest error in ulp for the numbers that are timed, N(0, 5²). */
  readonly ulp: Cell;
  /** The same for logits spread so far that results are subnormal. */
  readonly wide: Cell;
  /** What is given at edge values, where that is not what PyTorch, SciPy and JAX give. */
  readonly edges: Readonly<Record<string, string>>;
}

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
