import type { Filters } from "../arguments/filters.js";
import type { Backend } from "../backend/backend.js";
import { type Draws, drawBySurvey, drawsFromLane, drawsFromTokens } from "./draw.js";
import { keepsAll, keepTokens } from "./keep.js";
import type { Lane } from "./lane.js";
import type { Workspace } from "./workspace.js";

/** For more draws than this from one lane, all of it is weighed. */
const FEW = 4;

/** What `drawLane` writes, from `at` on. */
export interface Drawings {
  readonly indices: Int32Array;
  /** Under what is drawn from, if they are wanted. */
  readonly logProbabilities?: Float64Array | undefined;
}

/** Writes a token for each of `count` numbers of `uniforms` from `at` on. */
export function drawLane(
  backend: Backend,
  lane: Lane,
  filters: Filters,
  uniforms: Float64Array,
  at: number,
  count: number,
  workspace: Workspace,
  { indices, logProbabilities }: Drawings,
): void {
  const { logits, survey } = lane;
  const { temperature } = filters;
  let draws: Draws | undefined;
  if (temperature === 0 || !keepsAll(filters, logits.length)) {
    keepTokens(backend, lane, filters, workspace);
    draws = drawsFromTokens(workspace, temperature);
  } else if (survey === undefined || count > FEW || logProbabilities !== undefined) {
    draws = drawsFromLane(lane, temperature, workspace);
  }
  for (let k = at; k < at + count; k++) {
    const u = uniforms[k];
    let index =
      survey === undefined || draws !== undefined
        ? -1
        : drawBySurvey(logits, survey, temperature, u, workspace);
    if (index < 0) {
      draws ??= drawsFromLane(lane, temperature, workspace);
      index = draws.index(u);
    }
    indices[k] = index;
    if (logProbabilities !== undefined && draws !== undefined) {
      logProbabilities[k] = draws.logProbability(logits[index]);
    }
  }
}
