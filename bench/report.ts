import { bold } from "../examples/terminal.js";
import { references } from "./measure.js";
import type { Row, Table } from "./tables.js";

/** Nanoseconds per unit of the table, by candidate. */
export type Timings = Record<string, number>;

/** Candidates this close to the fastest are as fast: the medians repeat no better. */
const TIE = 1.03;

export function heading(table: Table, columns: readonly string[]): string {
  const cells = columns.map((name) => name.padStart(7).padEnd(cellWidth(name)));
  return `\n${bold(table.title)} · ns per ${table.unit}\n${"".padEnd(labelWidth(table))}${cells.join("").trimEnd()}`;
}

export function line(table: Table, row: Row, timings: Timings): string {
  const best = fastest(timings);
  const cells = Object.entries(timings).map(([name, time]) => {
    const isBest = best.includes(name);
    const text = `${isBest ? "▸" : " "}${nanoseconds(time).padStart(6)} ${speed(name, timings)}`.padEnd(
      cellWidth(name),
    );
    return isBest ? bold(text) : text;
  });
  return row.label.padEnd(labelWidth(table)) + cells.join("").trimEnd();
}

/** Where WebAssembly is not among the fastest, by name. */
export function losses(results: ReadonlyMap<Row, Timings>): string[] {
  const won = new Map<string, string[]>();
  for (const [row, timings] of results) {
    const best = fastest(timings);
    if (!best.some((name) => name.startsWith("simd") || name.startsWith("relaxed"))) {
      won.set(best[0], [...(won.get(best[0]) ?? []), row.label]);
    }
  }
  return [...won].map(([name, labels]) => {
    return `${name} is fastest ${labels.length === results.size ? "in every row" : `at ${labels.join(", ")}`}.`;
  });
}

/** The names of the fastest candidates, ties included. */
export function fastest(timings: Timings): string[] {
  const competitors = Object.entries(timings).filter(([name]) => !references.includes(name));
  const best = Math.min(...competitors.map(([, time]) => time));
  return competitors.filter(([, time]) => time <= best * TIE).map(([name]) => name);
}

function speed(name: string, timings: Timings): string {
  if (name === "naive" || references.includes(name)) return "";
  const ratio = timings.naive / timings[name];
  return `${ratio.toFixed(ratio < 9.95 ? 2 : 0)}×`;
}

function nanoseconds(time: number): string {
  return time.toFixed(time < 10 ? 2 : time < 100 ? 1 : 0);
}

function cellWidth(name: string): number {
  return Math.max(14, name.length + 2);
}

function labelWidth(table: Table): number {
  return Math.max(...table.rows.map((row) => row.label.length)) + 1;
}
