import type { FloatArray } from "../types.js";
import type { Survey } from "./survey.js";

/** A lane that has tokens to draw: some above -Infinity, none NaN or +Infinity. */
export interface Lane {
  readonly logits: FloatArray;
  readonly max: number;
  /** Absent for short lanes. */
  readonly survey?: Survey | undefined;
  /** The first tokens, `count` of them from `from` on, where the filters keep no others. */
  readonly first?: FirstTokens | undefined;
}

export interface FirstTokens {
  readonly tokens: Int32Array;
  readonly from: number;
  readonly count: number;
}
