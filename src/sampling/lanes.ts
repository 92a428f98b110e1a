import type { Filters } from "../arguments/filters.js";
import type { Backend } from "../backend/backend.js";
import { top } from "../backend/gather.js";
import { newArray, newIndices } from "../dtype.js";
import type { Pending } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { keepsAll } from "./keep.js";
import type { Lane } from "./lane.js";
import { BLOCK, LEAST_LENGTH, partsOfBlocks, surveyOf } from "./survey.js";

/**
 * The lanes of a call. What other threads may compute is done by `prepare`, for all lanes; the rest lane by lane. Its memory is
 * used again by the next call for as many lanes of the same length.
 */
export class Lanes {
  private rows: FloatArray = NONE;
  private length = 0;
  private temperature = 1;
  /** How many first tokens of each lane have been found, 0 if it has been surveyed. */
  private k = 0;
  /** Whether the first tokens are all that may be kept, and not only the maximum. */
  private isFew = false;
  private values: FloatArray = NONE;
  private indices: Int32Array = NO_INDICES;
  private parts: Float64Array = NONE;
  private masses: Float64Array = NONE;

  constructor(private readonly caller: string) {}

  /** Lanes that lie one after another. */
  prepare(backend: Backend, rows: FloatArray, lanes: number, length: number, filters: Filters): Pending {
    const { temperature, topK, topP, topNSigma } = filters;
    this.rows = rows;
    this.length = length;
    this.temperature = temperature;
    if (lanes === 0 || length === 0) return undefined;
    const hasSigma = topNSigma < Number.POSITIVE_INFINITY;
    const hasTopK = topK > 0 && topK < length;
    this.isFew = temperature === 0 || (hasTopK && !hasSigma);
    const needsMass = keepsAll(filters, length) || (topP < 1 && !hasTopK && !hasSigma);
    this.k =
      temperature !== 0 && this.isFew ? topK : this.isFew || !needsMass || length < LEAST_LENGTH ? 1 : 0;
    if (this.k > 0) return this.findFirst(backend, lanes);
    const blocks = Math.floor(length / BLOCK);
    if (this.parts.length !== 4 * blocks * lanes) this.parts = new Float64Array(4 * blocks * lanes);
    if (this.masses.length !== blocks + 1) this.masses = new Float64Array(blocks + 1);
    return partsOfBlocks(backend, rows, lanes, length, temperature, this.parts);
  }

  private findFirst(backend: Backend, lanes: number): Pending {
    const { caller, rows, length, k } = this;
    const count = lanes * k;
    if (this.values.length !== count || this.values.BYTES_PER_ELEMENT !== rows.BYTES_PER_ELEMENT) {
      this.values = newArray(caller, rows, count);
    }
    if (this.indices.length !== count) this.indices = newIndices(caller, count);
    const { values, indices } = this;
    const layout = { outer: lanes, length, inner: 1 };
    return top(backend, caller, rows, layout, undefined, { k, values, indices });
  }

  /** Lane number l once it is prepared. Undefined where there is nothing to draw. It is valid until the next one is asked for. */
  lane(l: number): Lane | undefined {
    const { rows, length, k, temperature } = this;
    if (length === 0) return undefined;
    const logits = rows.length === length ? rows : rows.subarray(l * length, (l + 1) * length);
    if (k > 0) {
      const from = l * k;
      const max = this.values[from];
      if (!Number.isFinite(max)) return undefined;
      if (!this.isFew) return { logits, max };
      let count = k;
      while (this.values[from + count - 1] === Number.NEGATIVE_INFINITY) count--;
      return { logits, max, first: { tokens: this.indices, from, count } };
    }
    const blocks = this.masses.length - 1;
    const parts = this.parts.subarray(4 * blocks * l, 4 * blocks * (l + 1));
    const survey = surveyOf(logits, parts, temperature, this.masses);
    return Number.isFinite(survey.max) ? { logits, max: survey.max, survey } : undefined;
  }
}

const NONE = /* @__PURE__ */ new Float64Array(0);
const NO_INDICES = /* @__PURE__ */ new Int32Array(0);
