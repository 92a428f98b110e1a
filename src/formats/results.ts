import type { Batch, Header, Results } from "./format.js";
import { isElementwise } from "./format.js";

export function lanesOf({ outer, inner }: Batch): number {
  return outer * inner;
}

/** Result k of a lane. */
export function valueAt(
  { batch, values }: Results,
  { operation, k: count }: Header,
  lane: number,
  k: number,
): number {
  if (operation === "top-k") return values[lane * Math.min(count, batch.length) + k];
  if (!isElementwise(operation)) return values[lane];
  const { length, inner } = batch;
  return values[(Math.floor(lane / inner) * length + k) * inner + (lane % inner)];
}

const NAMES = { "log-sum-exp": "log_sum_exp", entropy: "entropy", argmax: "argmax" } as const;

/** The names of the columns of results, for lanes of `length` elements. */
export function resultNames({ operation, k, reader }: Header, length: number): string[] {
  if (operation === "top-k") {
    const names: string[] = [];
    for (let place = 1; place <= Math.min(k, length); place++) names.push(`index_${place}`, `value_${place}`);
    return names;
  }
  if (operation === "softmax" || operation === "log-softmax") {
    return reader.columns ? [...reader.columns] : Array.from({ length }, (_, place) => String(place));
  }
  return [NAMES[operation]];
}

/** What a field of results is called that is no list of elements. */
export function resultName(operation: keyof typeof NAMES): string {
  return NAMES[operation];
}
