import type { Filters } from "../arguments/filters.js";
import type { Backend } from "../backend/backend.js";
import type { Lane } from "./lane.js";
import { limitOfMinP, limitOfSigma } from "./limits.js";
import { collect, keepFirst, keepFrom, takeTokens } from "./tokens.js";
import { keepMass, keepMassOfLane, limitOfMass } from "./topP.js";
import { keepTypical } from "./typical.js";
import type { Workspace } from "./workspace.js";

/** Whether no filter is on for a lane of this length. */
export function keepsAll({ topNSigma, topK, topP, minP, typicalP }: Filters, length: number): boolean {
  const isOn = topNSigma < Number.POSITIVE_INFINITY || (topK > 0 && topK < length);
  return !isOn && topP === 1 && minP === 0 && typicalP === 1;
}

const LOWEST = Number.NEGATIVE_INFINITY;

/**
 * Leaves in the workspace what the filters keep of a lane, by index. They apply in the order of `Filters`, each to what is left. All but
 * typicalP keep first tokens, in the order of math/ranking.ts: so kernels may leave out before all others what one of them would
 * leave out in the end. Everything is decided in double precision, by the same code on every backend.
 */
export function keepTokens(backend: Backend, lane: Lane, filters: Filters, workspace: Workspace): void {
  const { logits, max, first } = lane;
  const { topNSigma, topK, topP, minP, typicalP, temperature, minTokensToKeep: least } = filters;
  workspace.max = max;
  if (temperature === 0 && first !== undefined) {
    takeTokens(logits, first.tokens, first.from, first.count, workspace);
    return;
  }
  const hasSigma = topNSigma < Number.POSITIVE_INFINITY;
  const hasTopK = topK > 0 && topK < logits.length;
  const sigma = hasSigma ? limitOfSigma(logits, max, topNSigma) : LOWEST;
  const minimum = minP > 0 ? limitOfMinP(max, temperature, minP) : LOWEST;
  const isOfLane = topP < 1 && !hasSigma && !hasTopK;
  const target = { share: topP, temperature, least };
  let hasMinimum = false;
  if (first !== undefined) {
    takeTokens(logits, first.tokens, first.from, first.count, workspace);
  } else {
    hasMinimum = minP > 0 && (isOfLane || (!hasTopK && topP === 1));
    let limit = hasMinimum ? Math.max(sigma, minimum) : sigma;
    if (isOfLane && minP === 0) limit = limitOfMass(lane, temperature, topP);
    collect(backend, logits, limit, workspace);
    if (workspace.count < least) {
      hasMinimum = false;
      collect(backend, logits, LOWEST, workspace);
    }
  }
  if (hasSigma) keepFrom(workspace, sigma, least);
  if (hasTopK) keepFirst(workspace, topK);
  if (isOfLane) keepMassOfLane(backend, lane, target, hasMinimum, workspace);
  else if (topP < 1) keepMass(target, workspace);
  if (minP > 0) keepFrom(workspace, minimum, least);
  if (typicalP < 1) keepTypical(filters, workspace);
}
