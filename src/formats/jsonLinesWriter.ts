/** Results as JSON Lines: arrays or numbers, or objects with what was kept. */
import { DataError } from "./errors.js";
import { type Header, isElementwise, type Results, type Target, type Writer } from "./format.js";
import { formatNumber } from "./numberText.js";
import { lanesOf, resultName, valueAt } from "./results.js";

/** What becomes of NaN and infinities, for which JSON has no word. */
export type NonFinite = "error" | "null" | "literal";

export function writeJsonLines(header: Header, target: Target, nonFinite: NonFinite): Writer {
  const { operation, k: count, reader, type } = header;
  const isSingle = type === "float32";
  let row = 0;

  function numberText(value: number): string {
    if (Number.isFinite(value)) return formatNumber(value, isSingle);
    if (nonFinite === "null") return "null";
    if (nonFinite === "literal") return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    throw new DataError(
      `row ${row}: the result holds ${value}, which JSON cannot say: give --non-finite null, or --non-finite literal for NaN and -Infinity as Python writes them`,
    );
  }

  /** Integers of 64 bits have all their digits. */
  function keptText(value: unknown): string {
    if (typeof value === "bigint") return value.toString();
    if (typeof value === "number" && !Number.isFinite(value)) return numberText(value);
    return JSON.stringify(value) ?? "null";
  }

  function list(results: Results, lane: number, length: number): string {
    const texts = Array.from({ length }, (_, k) => numberText(valueAt(results, header, lane, k)));
    return `[${texts.join(",")}]`;
  }

  /** The result of a lane, and what its field is called. */
  function resultOf(results: Results, lane: number): [name: string, text: string][] {
    const { length } = results.batch;
    if (operation === "top-k") {
      const each = Math.min(count, length);
      const indices = results.indices?.subarray(lane * each, (lane + 1) * each) ?? [];
      return [
        ["indices", `[${indices.join(",")}]`],
        ["values", list(results, lane, each)],
      ];
    }
    if (isElementwise(operation)) {
      return [[reader.field ?? operation.replace("-", "_"), list(results, lane, length)]];
    }
    return [[resultName(operation), numberText(valueAt(results, header, lane, 0))]];
  }

  return {
    async write(results: Results): Promise<void> {
      const { batch } = results;
      const kept = [...(batch.kept ?? [])];
      const isObject = kept.length > 0 || reader.field !== undefined || operation === "top-k";
      const lines: string[] = [];
      for (let lane = 0; lane < lanesOf(batch); lane++) {
        row++;
        const result = resultOf(results, lane);
        if (!isObject) {
          lines.push(result[0][1]);
          continue;
        }
        const fields = kept.map(([name, column]) => `${JSON.stringify(name)}:${keptText(column[lane])}`);
        for (const [name, text] of result) fields.push(`${JSON.stringify(name)}:${text}`);
        lines.push(`{${fields.join(",")}}`);
      }
      if (lines.length > 0) await target.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
    },
    async end(): Promise<void> {},
  };
}
