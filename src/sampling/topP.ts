import type { Backend } from "../backend/backend.js";
import { reach } from "../math/massSelection.js";
import type { Lane } from "./lane.js";
import { collect, keepFirst, keepUpTo, massOf, massOfLane, weigh } from "./tokens.js";
import type { Workspace } from "./workspace.js";

/**
 * A sum reaches a share of the whole where it lacks no more than this of the whole, 8 units in the last place of 1: so decimals reach
 * theirs, [0.5, 0.3, 0.1, 0.1] 0.8 after two, though neither their logarithms nor sums of them are exact.
 */
export const TOLERANCE = 2 ** -49;

/** What a share takes of a sum of weights. */
interface Target {
  readonly share: number;
  readonly temperature: number;
  readonly least: number;
}

/** Keeps the first tokens whose weights reach a share of all that the workspace has, and at least so many. */
export function keepMass({ share, temperature, least }: Target, workspace: Workspace): void {
  weigh(workspace, temperature);
  keepReaching((share - TOLERANCE) * massOf(workspace), least, workspace);
}

/**
 * The same of all tokens of a lane, where the workspace has those at or above some limit. If these do not reach it, others are
 * collected too, unless they are to be left out in any case.
 */
export function keepMassOfLane(
  backend: Backend,
  lane: Lane,
  target: Target,
  leavesOutOthers: boolean,
  workspace: Workspace,
): void {
  const { logits, max, survey } = lane;
  const { temperature, least } = target;
  const share = target.share - TOLERANCE;
  weigh(workspace, temperature);
  let here = massOf(workspace);
  if (survey !== undefined) {
    const fewest = share * survey.total * (1 - survey.doubt);
    const most = share * survey.total * (1 + survey.doubt);
    if (leavesOutOthers && here < fewest) return;
    if (!leavesOutOthers && here < most) {
      collect(backend, logits, safeLimit(lane, temperature, target.share), workspace);
      weigh(workspace, temperature);
      here = massOf(workspace);
    }
    if (here >= most) {
      reachIn(workspace, fewest);
      const { mass } = workspace.reached;
      if (mass.high + mass.low >= most) {
        keepReached(least, workspace);
        return;
      }
    }
  }
  // It depends on digits that the survey has not.
  const wanted = share * massOfLane(logits, max, temperature, workspace);
  if (here < wanted) {
    if (leavesOutOthers) return;
    collect(backend, logits, Number.NEGATIVE_INFINITY, workspace);
    weigh(workspace, temperature);
  }
  keepReaching(wanted, least, workspace);
}

function keepReaching(wanted: number, least: number, workspace: Workspace): void {
  reachIn(workspace, wanted);
  keepReached(least, workspace);
}

function reachIn(workspace: Workspace, wanted: number): void {
  const { values: scores, weights, count, reached } = workspace;
  reach({ scores, weights, count }, wanted, workspace, reached);
}

function keepReached(least: number, workspace: Workspace): void {
  const { values, reached } = workspace;
  if (reached.count < least) keepFirst(workspace, least);
  else keepUpTo(workspace, values, reached.score, reached.place);
}

/** How many tokens a limit is estimated from, and into how many parts of a sixteenth of T their logits fall below the maximum. */
const SAMPLE = 2048;
const PARTS = 1024;
/** So much more than the share is to be above the limit. */
const SURPLUS = 1.15;

const sampled = /* @__PURE__ */ new Float64Array(SAMPLE);
const masses = /* @__PURE__ */ new Float64Array(PARTS);

/**
 * A limit at or above which there probably is a share of the mass of a lane, and not much more: from a sample of its tokens. Those
 * that matter are the light ones below the limit, of which a sample has enough.
 */
export function limitOfMass(lane: Lane, temperature: number, share: number): number {
  const { logits, max, survey } = lane;
  if (survey === undefined) return Number.NEGATIVE_INFINITY;
  const step = Math.floor(logits.length / SAMPLE) || 1;
  const count = Math.min(SAMPLE, logits.length);
  for (let k = 0; k < count; k++) sampled[k] = logits[k * step];
  masses.fill(0);
  const depths = 16 / temperature;
  for (let k = 0; k < count; k++) {
    const part = (max - sampled[k]) * depths;
    if (part < PARTS) masses[part | 0]++;
  }
  let rest = ((1 - share) * survey.total * count) / logits.length / SURPLUS;
  let part = PARTS;
  // The weight of a token at the upper end of its part.
  for (; part > 0; part--) {
    rest -= masses[part - 1] * Math.exp(-(part - 1) / 16);
    if (rest < 0) break;
  }
  return Math.max(max - (part * temperature) / 16, safeLimit(lane, temperature, share));
}

/** All tokens below it together have no more than what a share leaves. Math.log may differ between engines: no decision depends on it. */
function safeLimit({ logits, max, survey }: Lane, temperature: number, share: number): number {
  if (survey === undefined) return Number.NEGATIVE_INFINITY;
  const rest = (1 - share) * survey.total * (1 - survey.doubt);
  return max + temperature * Math.log(rest / logits.length);
}
