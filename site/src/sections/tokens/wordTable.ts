import type { TemplateResult } from "lit-html";
import { barTable } from "../../shared/barTable.js";
import { whole } from "../../shared/numbers.js";
import { type Distribution, DRAWS } from "./distribution.js";

const ROWS = 12;

/** The likeliest words: their probability in the model, and after temperature and filters, and how often they are drawn. */
export function wordTable(vocabulary: readonly string[], distribution: Distribution): TemplateResult {
  const { order, model, kept, drawn } = distribution;
  const words = order.subarray(0, ROWS);
  const most = Math.max(...[...words].flatMap((word) => [model[word], kept[word]]));
  return barTable({
    caption: `The ${ROWS} likeliest next words, and how often each comes in ${whole(DRAWS)} draws`,
    head: ["Word", "Model", "Kept", "Drawn"],
    rows: Array.from(words, (word) => ({
      name: vocabulary[word],
      bars: [model[word] / most, kept[word] / most],
      cells: [percent(model[word]), kept[word] > 0 ? percent(kept[word]) : "cut", String(drawn[word])],
      ...(kept[word] === 0 && { emphasis: "faint" as const }),
    })),
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
