import type { Backend } from "../backend/backend.js";
import { selectMass } from "../math/massSelection.js";
import type { Lane } from "./lane.js";
import type { Survey } from "./survey.js";
import { collect, keepFirst, keepUpTo, loadKeys, massOfLane, weigh } from "./tokens.js";
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
  const total = weigh(workspace, temperature);
  keepReaching((share - TOLERANCE) * total, least, workspace);
}

/**
 * The same of all tokens of a lane, where the workspace has those at or above some limit. If these do not reach it, the others are
 * collected too, unless they are to be left out in any case.
 */
export function keepMassOfLane(
  backend: Backend,
  { logits, max, survey }: Lane,
  target: Target,
  leavesOutOthers: boolean,
  workspace: Workspace,
): void {
  const { temperature, least } = target;
  const share = target.share - TOLERANCE;
  const here = weigh(workspace, temperature);
  if (survey !== undefined && isDecided(survey, share, here, least, leavesOutOthers, workspace)) return;
  const wanted = share * massOfLane(logits, max, temperature, workspace);
  if (here < wanted) {
    if (leavesOutOthers) return;
    collect(backend, logits, Number.NEGATIVE_INFINITY, workspace);
    weigh(workspace, temperature);
  }
  keepReaching(wanted, least, workspace);
}

/** Whether a total that is not known to the last digit decides all the same. Then it has been done. */
function isDecided(
  { total, doubt }: Survey,
  share: number,
  here: number,
  least: number,
  leavesOutOthers: boolean,
  workspace: Workspace,
): boolean {
  const fewest = share * total * (1 - doubt);
  const most = share * total * (1 + doubt);
  if (here < fewest && leavesOutOthers) return true;
  if (here < most) return false;
  const { values, weights, count, keys, places, mass } = workspace;
  loadKeys(workspace, values);
  const kept = selectMass(keys, places, weights, count, fewest, mass);
  if (mass.high + mass.low < most) return false;
  if (kept < least) keepFirst(workspace, least);
  else keepUpTo(workspace, values, kept);
  return true;
}

function keepReaching(wanted: number, least: number, workspace: Workspace): void {
  const { values, weights, count, keys, places, mass } = workspace;
  loadKeys(workspace, values);
  const kept = selectMass(keys, places, weights, count, wanted, mass);
  if (kept < least) keepFirst(workspace, least);
  else keepUpTo(workspace, values, kept);
}

/**
 * A limit at or above which, very likely, there is a share of the mass of a lane, and not much more. Sure only below a logit at which
 * all tokens together would have no more than the rest.
 */
export function limitOfMass({ logits, max, survey }: Lane, temperature: number, share: number): number {
  if (survey === undefined) return Number.NEGATIVE_INFINITY;
  const rest = (1 - share) * survey.total * (1 - survey.doubt);
  // Math.log may differ between engines. No decision depends on the limit.
  return max + temperature * Math.log(rest / logits.length);
}
