import { UsageError } from "./errors.js";

/**
 * The indices of the columns that `patterns` name, each once, in the order of the file: names, ranges of names (`a..d`), ranges of
 * places from 1 on (`3-7`), or patterns with `*`.
 */
export function selectColumns(file: string, names: readonly string[], patterns: readonly string[]): number[] {
  const chosen = new Set<number>();
  for (const pattern of patterns) {
    const found = columnsOf(names, pattern);
    if (found.length === 0) {
      throw new UsageError(
        `${file}: there is no column ${JSON.stringify(pattern)}: columns are ${listed(names)}`,
      );
    }
    for (const column of found) chosen.add(column);
  }
  return [...chosen].sort((a, b) => a - b);
}

function columnsOf(names: readonly string[], pattern: string): number[] {
  // A name wins over what it may mean.
  const exact = names.indexOf(pattern);
  if (exact >= 0) return [exact];
  const [first, last] = pattern.split("..");
  if (last !== undefined) return between(names.indexOf(first), names.indexOf(last));
  const places = /^(\d+)-(\d+)$/.exec(pattern);
  if (places !== null && Number(places[2]) <= names.length) {
    return between(Number(places[1]) - 1, Number(places[2]) - 1);
  }
  if (!pattern.includes("*")) return [];
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`, "s");
  return names.flatMap((name, k) => (expression.test(name) ? [k] : []));
}

function between(first: number, last: number): number[] {
  if (first < 0 || last < first) return [];
  return Array.from({ length: last - first + 1 }, (_, k) => first + k);
}

/** Some of the names, for a message. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown}, … (${names.length})` : shown;
}
