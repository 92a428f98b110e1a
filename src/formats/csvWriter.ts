/** Results as CSV: a line of names, kept columns first, then a row per lane. */

import { DataError } from "./errors.js";
import type { Header, Results, Target, Writer } from "./format.js";
import { formatNumber } from "./numberText.js";
import { lanesOf, resultNames, valueAt } from "./results.js";

export function writeCsv(header: Header, target: Target, delimiter = ","): Writer {
  const isSingle = header.type === "float32";
  let length: number | undefined;
  return {
    async write(results: Results): Promise<void> {
      const { batch, indices } = results;
      const names = [...(batch.kept?.keys() ?? [])];
      const columns = [...(batch.kept?.values() ?? [])];
      const width = resultNames(header, batch.length).length;
      let text = "";
      if (length === undefined) {
        length = width;
        text = `${[...names, ...resultNames(header, batch.length)].map((name) => quoted(name, delimiter)).join(delimiter)}\n`;
      } else if (length !== width) {
        throw new DataError(
          `rows of ${width} results follow rows of ${length}: a CSV file has one number of columns; use --to jsonl`,
        );
      }
      const parts: string[] = [];
      const lanes = lanesOf(batch);
      const each = indices ? width / 2 : width;
      for (let lane = 0; lane < lanes; lane++) {
        const fields = columns.map((column) => quoted(keptText(column[lane]), delimiter));
        for (let k = 0; k < each; k++) {
          const value = formatNumber(valueAt(results, header, lane, k), isSingle);
          if (indices) fields.push(String(indices[lane * each + k]));
          fields.push(value);
        }
        parts.push(fields.join(delimiter));
      }
      if (lanes > 0) text += `${parts.join("\n")}\n`;
      await target.write(new TextEncoder().encode(text));
    },
    async end(): Promise<void> {
      if (length !== undefined) return;
      // Of nothing, the names alone.
      const { kept = [], columns = [] } = header.reader;
      const names = [...kept, ...resultNames(header, columns.length)].map((name) => quoted(name, delimiter));
      if (names.length > 0) await target.write(new TextEncoder().encode(`${names.join(delimiter)}\n`));
    },
  };
}

function keptText(value: unknown): string {
  return typeof value === "number" ? formatNumber(value, false) : String(value ?? "");
}

function quoted(text: string, delimiter: string): string {
  return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
}
