import type { Filters } from "../arguments/filters.js";
import { logRatio } from "../math/logarithms.js";
import { reach } from "../math/massSelection.js";
import { selectFirst } from "../math/ranking.js";
import { type MutablePair, plus } from "../math/runningSum.js";
import { keepUpTo, loadKeys, massOf, weigh } from "./tokens.js";
import { TOLERANCE } from "./topP.js";
import type { Workspace } from "./workspace.js";

/**
 * Typical-p (Meister, Pimentel, Wiher and Cotterell, "Locally typical sampling", 2023): keeps the fewest tokens that reach a share of
 * the mass, those first whose surprise -log p is nearest to the entropy; of equals the one of lower index.
 */
export function keepTypical({ typicalP, temperature, minTokensToKeep }: Filters, workspace: Workspace): void {
  weigh(workspace, temperature);
  const total = massOf(workspace);
  const { values, weights, cumulative: scores, keys, places, count, max, reached } = workspace;
  const logTotal = logRatio(total, 1);
  const entropy: MutablePair = { high: 0, low: 0 };
  for (let k = 0; k < count; k++) {
    // 0 · log 0 = 0.
    if (weights[k] > 0) {
      plus(entropy, (weights[k] / total) * (logTotal - (values[k] - max) / temperature));
    }
  }
  const mean = entropy.high + entropy.low;
  for (let k = 0; k < count; k++) {
    scores[k] = -Math.abs(logTotal - (values[k] - max) / temperature - mean);
  }
  reach({ scores, weights, count }, (typicalP - TOLERANCE) * total, workspace, reached);
  if (reached.count < minTokensToKeep) {
    const kept = Math.min(minTokensToKeep, count);
    loadKeys(workspace, scores);
    selectFirst(keys, places, 0, count, kept);
    keepUpTo(workspace, scores, keys[kept - 1], places[kept - 1]);
  } else {
    keepUpTo(workspace, scores, reached.score, reached.place);
  }
}
