import type { Backend } from "../backend/backend.js";
import { exponentiate } from "../math/exponentials.js";
import { selectFirst, sortFirst } from "../math/ranking.js";
import { type MutablePair, plus } from "../math/runningSum.js";
import type { FloatArray } from "../types.js";
import type { Workspace } from "./workspace.js";

/** Leaves in the workspace the tokens of a lane whose logits are at `limit` or above, and a few below; none at -Infinity. */
export function collect(backend: Backend, logits: FloatArray, limit: number, workspace: Workspace): void {
  backend.above(logits, limit - (Math.abs(limit) * 2 ** -20 + 1e-30), workspace);
}

/** Leaves in the workspace these tokens of a lane. */
export function takeTokens(
  logits: FloatArray,
  tokens: Int32Array,
  from: number,
  count: number,
  workspace: Workspace,
): void {
  workspace.reserve(count);
  const { values, indices, keys } = workspace;
  for (let k = 0; k < count; k++) {
    keys[k] = -tokens[from + k];
    indices[k] = tokens[from + k];
  }
  sortFirst(keys, indices, 0, count, count);
  for (let k = 0; k < count; k++) values[k] = logits[indices[k]];
  workspace.count = count;
}

/** Keeps the tokens at or above a limit, and at least so many. */
export function keepFrom(workspace: Workspace, limit: number, least: number): void {
  const { values, count } = workspace;
  let kept = 0;
  for (let k = 0; k < count; k++) if (values[k] >= limit) kept++;
  keepFirst(workspace, Math.max(kept, least));
}

/** Keeps the first `kept` tokens in the order of math/ranking.ts. */
export function keepFirst(workspace: Workspace, kept: number): void {
  const { values, count, keys, places } = workspace;
  if (kept >= count) return;
  loadKeys(workspace, values);
  selectFirst(keys, places, 0, count, kept);
  keepUpTo(workspace, values, kept);
}

/** Makes the tokens' scores ready to be put in order. */
export function loadKeys({ keys, places, count }: Workspace, scores: Float64Array): void {
  for (let k = 0; k < count; k++) {
    keys[k] = scores[k];
    places[k] = k;
  }
}

/** Keeps the first `kept` tokens by their scores, of which the last has been put at its place among the keys. */
export function keepUpTo(workspace: Workspace, scores: Float64Array, kept: number): void {
  const { values, indices, keys, places, count } = workspace;
  if (kept >= count) return;
  const least = keys[kept - 1];
  const last = places[kept - 1];
  let to = 0;
  for (let k = 0; k < count; k++) {
    const score = scores[k];
    if (score < least || (score === least && k > last)) continue;
    values[to] = values[k];
    indices[to++] = indices[k];
  }
  workspace.count = to;
}

/** Computes the weights of the tokens, and their sum as `mass`. Returns that sum rounded. */
export function weigh(workspace: Workspace, temperature: number): number {
  const { values, weights, count, max, mass } = workspace;
  exponentiate(values, count, max, temperature, weights);
  mass.high = 0;
  mass.low = 0;
  for (let k = 0; k < count; k++) plus(mass, weights[k]);
  return mass.high + mass.low;
}

/** The sum of exp((x - max) / T) over a lane, in double precision. Takes `keys` and `cumulative`. */
export function massOfLane(
  logits: FloatArray,
  max: number,
  temperature: number,
  workspace: Workspace,
): number {
  const { length } = logits;
  workspace.reserve(length);
  const { keys, cumulative } = workspace;
  keys.set(logits);
  exponentiate(keys, length, max, temperature, cumulative);
  const sum: MutablePair = { high: 0, low: 0 };
  for (let k = 0; k < length; k++) plus(sum, cumulative[k]);
  return sum.high + sum.low;
}
