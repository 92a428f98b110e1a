import type { Columns } from "../../backend/wasm/tiles.js";

/** Parts of columns begin at multiples of this. They share no cache line if rows begin on one. */
export const COLUMN_GROUP = 16;

/** Where part `part` begins when `count` things are split into `parts` parts of about equal size. */
export function split(count: number, part: number, parts: number): number {
  return Math.floor((count * part) / parts);
}

/** The columns of part `part` when `inner` columns are split into `parts` parts. */
export function columnsOf(inner: number, part: number, parts: number): Columns {
  const groups = Math.ceil(inner / COLUMN_GROUP);
  const first = split(groups, part, parts) * COLUMN_GROUP;
  return { first, count: Math.min(split(groups, part + 1, parts) * COLUMN_GROUP, inner) - first };
}
