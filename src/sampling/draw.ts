import { exponentiate } from "../math/exponentials.js";
import { logRatio } from "../math/logarithms.js";
import { accumulate, findShare } from "../math/runningSum.js";
import type { FloatArray } from "../types.js";
import type { Lane } from "./lane.js";
import { BLOCK, type Survey } from "./survey.js";
import { massOfLane, weigh } from "./tokens.js";
import type { Workspace } from "./workspace.js";

/**
 * By inversion: token k of those that are kept, by index, is drawn where u of their mass falls on its own. The order is that of
 * the indices and not of the logits, so a filter that removes nothing changes no draw.
 */
export interface Draws {
  /** The index that u draws. */
  index(u: number): number;
  /** The log-probability of a token under what is drawn from. */
  logProbability(value: number): number;
}

/** From the tokens in the workspace, of which there are some. */
export function drawsFromTokens(workspace: Workspace, temperature: number): Draws {
  const { indices, weights, cumulative, count, max } = workspace;
  if (temperature === 0) return { index: () => indices[0], logProbability: () => 0 };
  weigh(workspace, temperature);
  const total = accumulate(weights, count, cumulative);
  return {
    index: (u) => indices[findShare(cumulative, count, u)],
    logProbability: logarithmOfShare(max, temperature, total),
  };
}

/** From all tokens of a lane, in double precision: they are weighed once for all draws. */
export function drawsFromLane(lane: Lane, temperature: number, workspace: Workspace): Draws {
  const { logits, max } = lane;
  const { length } = logits;
  workspace.reserve(length);
  const { keys, weights, cumulative } = workspace;
  keys.set(logits);
  exponentiate(keys, length, max, temperature, weights);
  const total = accumulate(weights, length, cumulative);
  return {
    index: (u) => findShare(cumulative, length, u),
    logProbability: logarithmOfShare(max, temperature, total),
  };
}

function logarithmOfShare(max: number, temperature: number, total: number): (value: number) => number {
  const logarithm = logRatio(total, 1);
  return (value) => (value - max) / temperature - logarithm;
}

/**
 * What `drawsFromLane` draws, where a survey of the lane leaves no doubt of it, else -1: in a block of it, only that is weighed.
 */
export function drawBySurvey(
  logits: FloatArray,
  { max, masses, total, doubt }: Survey,
  temperature: number,
  u: number,
  { keys, weights }: Workspace,
): number {
  const target = u * total;
  // Both the target and the sum that it is compared with may be off.
  const margin = 2 * doubt * total;
  let below = 0;
  let block = 0;
  while (block < masses.length - 1 && below + masses[block] <= target) below += masses[block++];
  const from = block * BLOCK;
  const count = Math.min(BLOCK, logits.length - from);
  for (let k = 0; k < count; k++) keys[k] = logits[from + k];
  exponentiate(keys, count, max, temperature, weights);
  for (let k = 0; k < count; k++) {
    const next = below + weights[k];
    if (target < next) return target > below + margin && target < next - margin ? from + k : -1;
    below = next;
  }
  return -1;
}

/** log softmax of an element of a lane of logits as they are, at temperature 1. NaN where softmax is. */
export function unfilteredLogProbability(
  logits: FloatArray,
  workspace: Workspace,
): (value: number) => number {
  let max = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) max = Math.max(max, logits[k]);
  if (!Number.isFinite(max)) return () => Number.NaN;
  return logarithmOfShare(max, 1, massOfLane(logits, max, 1, workspace));
}
