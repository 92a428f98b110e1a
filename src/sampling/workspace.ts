import type { Found } from "../backend/above.js";
import { SEARCH } from "../backend/search.js";
import type { Reached } from "../math/massSelection.js";
import type { MutablePair } from "../math/runningSum.js";

/** Lanes up to this length leave their scratch memory, 44 bytes a token, to those that follow. */
const KEPT_LENGTH = 2 ** 18;

/** Room for a block of a survey at least. */
const LEAST_LENGTH = 1024;

/** Scratch memory for one lane: tokens by index, ascending, and what is known of them. */
export class Workspace implements Found {
  values = new Float64Array(LEAST_LENGTH);
  indices = new Int32Array(LEAST_LENGTH);
  /** exp((value - max) / T). */
  weights = new Float64Array(LEAST_LENGTH);
  /** Sums of weights. */
  cumulative = new Float64Array(LEAST_LENGTH);
  /** A copy to be put in order, and the places that its elements had. */
  keys = new Float64Array(LEAST_LENGTH);
  places = new Int32Array(LEAST_LENGTH);
  readonly search = SEARCH;
  /** How many tokens there are. */
  count = 0;
  /** What `weights` are relative to. */
  max = 0;
  /** Whether `weights` are those of the tokens. */
  isWeighed = false;
  readonly mass: MutablePair = { high: 0, low: 0 };
  readonly reached: Reached = { score: 0, place: 0, count: 0, mass: { high: 0, low: 0 } };

  /** Makes room for so many tokens, and keeps those that there are. */
  reserve(length: number): void {
    if (length <= this.values.length) return;
    const size = Math.max(length, 2 * this.values.length);
    this.values = grown(this.values, new Float64Array(size));
    this.indices = grown(this.indices, new Int32Array(size));
    this.weights = grown(this.weights, new Float64Array(size));
    this.cumulative = grown(this.cumulative, new Float64Array(size));
    this.keys = grown(this.keys, new Float64Array(size));
    this.places = grown(this.places, new Int32Array(size));
  }
}

function grown<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from as never);
  return to;
}

let kept: Workspace | undefined;

/** The workspace of a call. No call takes it while another has it: nothing is pending from here to `leave`. */
export function enter(): Workspace {
  const workspace = kept ?? new Workspace();
  kept = undefined;
  return workspace;
}

export function leave(workspace: Workspace): void {
  if (workspace.values.length <= KEPT_LENGTH) kept = workspace;
}
