import type { Cell, Entry, Report } from "./report.js";

/** As close to the fastest as this is as fast: the medians repeat no better. */
const TIE = 1.03;

export function versionOf(name: string, { versions }: Report): string {
  const [, version] = Object.entries(versions).find(([start]) => name.startsWith(start)) ?? [];
  return version ?? "";
}

/** A copy computes nothing, and C is no JavaScript. */
export function competes(name: string): boolean {
  return name !== "copy" && !name.startsWith("C, ");
}

export function timeCell(cell: Cell | undefined, name: string, best = 0): string {
  if (!isNumber(cell)) return "–";
  const text = cell.toFixed(cell < 10 ? 2 : cell < 100 ? 1 : 0);
  return competes(name) && cell <= best * TIE ? `**${text}**` : text;
}

/** What was not measured, and why: once where the reason is the same everywhere. */
export function failures(
  entries: readonly (readonly [string, Pick<Entry, "times">])[],
  labels: readonly string[],
): string {
  const found = entries.flatMap(([name, { times }]) => {
    const failed = labels.filter((label) => typeof times[label] === "string");
    const reasons = new Set(failed.map((label) => times[label]));
    if (failed.length === 0) return [];
    if (failed.length === labels.length && reasons.size === 1) return [`${name} (${[...reasons][0]})`];
    return failed.map((label) => `${name} at ${label} (${times[label]})`);
  });
  return found.length === 0 ? "" : `\nNot measured: ${found.join("; ")}.\n`;
}

export function isNumber(cell: Cell | undefined): cell is number {
  return typeof cell === "number";
}
