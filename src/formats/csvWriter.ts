/** Results as CSV: a line of names, kept columns first, then a row per lane. */

import { DataError } from "./errors.js";
import type { Header, Results, Target, Writer } from "./format.js";
import { formatNumber } from "./numberText.js";
import { lanesOf, resultNames, valueAt } from "./results.js";
import { TextBytes } from "./textBytes.js";

const LINE_FEED = 10;
/** So many bytes are written together. */
const ENOUGH = 2 ** 20;

export function writeCsv(header: Header, target: Target, delimiter = ","): Writer {
  const isSingle = header.type === "float32";
  const text = new TextBytes();
  let length: number | undefined;

  /** Ends the line that began at `start`: each of its fields, if there is any, has a delimiter behind it. */
  function endLine(start: number): void {
    if (text.length > start) text.replaceLast(LINE_FEED);
    else text.ascii("\n");
  }

  function addNames(names: readonly string[]): void {
    for (const name of names) text.text(quoted(name, delimiter) + delimiter);
    endLine(0);
  }

  return {
    async write(results: Results): Promise<void> {
      const { batch, indices } = results;
      const columns = [...(batch.kept?.values() ?? [])];
      const names = resultNames(header, batch.length);
      const width = names.length;
      if (length === undefined) {
        length = width;
        addNames([...(batch.kept?.keys() ?? []), ...names]);
      } else if (length !== width) {
        throw new DataError(
          `rows of ${width} results follow rows of ${length}: a CSV file has one number of columns; use --to jsonl`,
        );
      }
      const lanes = lanesOf(batch);
      const each = indices ? width / 2 : width;
      for (let lane = 0; lane < lanes; lane++) {
        const start = text.length;
        for (const column of columns) text.text(quoted(keptText(column[lane]), delimiter) + delimiter);
        for (let k = 0; k < each; k++) {
          if (indices) text.ascii(indices[lane * each + k] + delimiter);
          text.ascii(formatNumber(valueAt(results, header, lane, k), isSingle));
          text.ascii(delimiter);
        }
        endLine(start);
        if (text.length > ENOUGH) await target.write(text.take());
      }
      await target.write(text.take());
    },
    async end(): Promise<void> {
      if (length !== undefined) return;
      // Of nothing, the names alone.
      const { kept = [], columns = [] } = header.reader;
      const names = [...kept, ...resultNames(header, columns.length)];
      if (names.length === 0) return;
      addNames(names);
      await target.write(text.take());
    },
  };
}

function keptText(value: unknown): string {
  return typeof value === "number" ? formatNumber(value, false) : String(value ?? "");
}

function quoted(text: string, delimiter: string): string {
  return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
}
