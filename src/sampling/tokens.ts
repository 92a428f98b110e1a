import type { Backend } from "../backend/backend.js";
import { exponentiate } from "../math/exponentials.js";
import { selectFirst, sortFirst } from "../math/ranking.js";
import { sumInto } from "../math/runningSum.js";
import type { FloatArray } from "../types.js";
import type { Workspace } from "./workspace.js";

/** Leaves in the workspace the tokens of a lane whose logits are at `limit` or above, and a few below; none at -Infinity. */
export function collect(backend: Backend, logits: FloatArray, limit: number, workspace: Workspace): void {
  backend.above(logits, limit - (Math.abs(limit) * 2 ** -20 + 1e-30), workspace);
  workspace.isWeighed = false;
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
  workspace.isWeighed = false;
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
  keepUpTo(workspace, values, keys[kept - 1], places[kept - 1]);
}

/** Makes the tokens' scores ready to be put in order. */
export function loadKeys({ keys, places, count }: Workspace, scores: Float64Array): void {
  for (let k = 0; k < count; k++) {
    keys[k] = scores[k];
    places[k] = k;
  }
}

/** Keeps the tokens whose scores are above one, and those at it up to some place. */
export function keepUpTo(workspace: Workspace, scores: Float64Array, least: number, last: number): void {
  const { values, indices, weights, count } = workspace;
  let to = 0;
  for (let k = 0; k < count; k++) {
    const score = scores[k];
    if (score < least || (score === least && k > last)) continue;
    values[to] = values[k];
    weights[to] = weights[k];
    indices[to++] = indices[k];
  }
  workspace.count = to;
}

/** Computes the weights of the tokens, where they are not known. */
export function weigh(workspace: Workspace, temperature: number): void {
  const { values, weights, count, max, isWeighed } = workspace;
  if (!isWeighed) exponentiate(values, count, max, temperature, weights);
  workspace.isWeighed = true;
}

/** The sum of the weights, to twice the digits of a double and then rounded. */
export function massOf({ weights, count, mass }: Workspace): number {
  sumInto(weights, count, mass);
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
  const { keys, cumulative, mass } = workspace;
  keys.set(logits);
  exponentiate(keys, length, max, temperature, cumulative);
  sumInto(cumulative, length, mass);
  return mass.high + mass.low;
}
