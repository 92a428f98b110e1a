import { type CallOperands, type Columns, stagedBytes } from "../../backend/wasm/tiles.js";
import type { Layout } from "../../types.js";
import type { Kind } from "../shared/job.js";

/** Bytes of private arrays that are staged at a time, at most: the caches hold a few such tiles. */
const STAGE_BYTES = 2 ** 20;
/** Or less, for so many tiles: the first copy and the last one are made while the threads have nothing to do. */
const STAGE_TILES = 8;
const LEAST_STAGE_BYTES = 2 ** 18;
/** A tile that has to be larger, as one lane or 64 columns are, up to this. */
const MOST_STAGE_BYTES = 2 ** 26;
/** Elements of a tile of shared arrays: calls that are pending take turns tile by tile. */
const TILE_ELEMENTS = 2 ** 22;
/** Elements that a thread takes at a time: some 20 µs, beside which taking them costs little (1 µs). */
const TASK_ELEMENTS = 2 ** 14;
/** Columns of a tile of them, at least. */
const LEAST_COLUMNS = 64;
/** Parts of columns begin at multiples of these: whole cache lines, as far as rows begin with one. */
const COLUMN_GROUP = 16;

/** What a worker has room for where it has to copy: memory of its own, beside its window. */
export const ROOM_BYTES = 2 ** 20;

/** How a call is cut in tiles, one after the other, and these in tasks. */
export type Plan =
  /** So many tiles of about equally many slices, or elements. */
  | { readonly tile: "slices" | "elements"; readonly tiles: number }
  /** Each slice in tiles of so many columns, all arrays staged. */
  | { readonly tile: "columns"; readonly tiles: number; readonly width: number }
  /** One long row after the other. */
  | { readonly tile: "row"; readonly tiles: number };

/** What a plan depends on, besides the layout. */
export interface Terms {
  /** With private arrays to be staged. */
  readonly operands: CallOperands;
  /** Whether some lie in other shared memory than that of the pool: threads copy them through their windows. */
  readonly isForeign: boolean;
  /** Whether threads copy some arrays wherever they lie. */
  readonly isCopied: boolean;
  /** Whether there are kernels. */
  readonly isCompiled: boolean;
  readonly bytes: number;
}

/** Undefined if threads are of no use: one of them would do it all. */
export function planLanes(layout: Layout, terms: Terms): Plan | undefined {
  const { outer, length, inner } = layout;
  const { operands, isForeign } = terms;
  const perSlice = stagedBytes(operands, inner);
  if (inner === 1) {
    if (perSlice > MOST_STAGE_BYTES) return undefined;
    if ((isForeign || terms.isCopied) && !fitsRoom(length, 1, terms)) return undefined;
  } else {
    // What kernels compute in place, or in the window of the fallback, needs no room.
    const isCopied = terms.isCopied || isForeign || (length > 512 && (inner * terms.bytes) % 16 !== 0);
    if (isCopied && terms.isCompiled && !fitsRoom(length, 16 / terms.bytes, terms)) return undefined;
    if (perSlice > STAGE_BYTES) return planColumns(layout, terms);
  }
  const tiles = tilesOf(outer * perSlice, outer * length * inner);
  const plan: Plan = { tile: "slices", tiles: Math.min(tiles, outer) };
  const { tasks } = tasksOf({ ...layout, outer: Math.ceil(outer / plan.tiles) }, terms.isCompiled);
  return plan.tiles * tasks > 1 ? plan : undefined;
}

export function planElements(count: number, operands: CallOperands): Plan {
  return { tile: "elements", tiles: tilesOf(stagedBytes(operands, count), count) };
}

/** Tiles of so many bytes to be staged, and elements. */
function tilesOf(staged: number, elements: number): number {
  const stage = Math.min(Math.max(staged / STAGE_TILES, LEAST_STAGE_BYTES), STAGE_BYTES);
  return Math.ceil(Math.max(staged / stage, elements / TILE_ELEMENTS));
}

function planColumns({ outer, inner }: Layout, { operands, isCompiled }: Terms): Plan | undefined {
  if (!isCompiled || inner < LEAST_COLUMNS) return undefined;
  const perColumn = stagedBytes(operands, 1);
  const fitting = Math.floor(STAGE_BYTES / perColumn / COLUMN_GROUP) * COLUMN_GROUP;
  const width = Math.min(inner, Math.max(LEAST_COLUMNS, fitting));
  if (width * perColumn > MOST_STAGE_BYTES) return undefined;
  return { tile: "columns", tiles: outer * Math.ceil(inner / width), width };
}

/** Whether a worker has room for so many columns of every array. */
function fitsRoom(length: number, columns: number, { operands, bytes }: Terms): boolean {
  return (operands.inputs.length + 1) * length * columns * bytes + 4096 <= ROOM_BYTES;
}

/** How the threads share a tile of whole slices. */
export function tasksOf(
  { outer, length, inner }: Layout,
  isCompiled: boolean,
): { readonly kind: Kind; readonly tasks: number } {
  const wanted = Math.ceil((outer * length * inner) / TASK_ELEMENTS);
  if (outer >= wanted || inner < LEAST_COLUMNS || !isCompiled) {
    return { kind: "slices", tasks: Math.min(outer, wanted) };
  }
  const parts = Math.min(Math.ceil(wanted / outer), Math.ceil(inner / COLUMN_GROUP));
  return { kind: "columns", tasks: outer * parts };
}

export function elementTasks(count: number): number {
  return Math.ceil(count / TASK_ELEMENTS);
}

/** The columns of part `part` of `parts`, of `inner`. */
export function columnsOf(inner: number, part: number, parts: number): Columns {
  const groups = Math.ceil(inner / COLUMN_GROUP);
  const first = split(groups, part, parts) * COLUMN_GROUP;
  return { first, count: Math.min(split(groups, part + 1, parts) * COLUMN_GROUP, inner) - first };
}

/** Where part `part` of `count` things begins, of so many about equal parts. */
export function split(count: number, part: number, parts: number): number {
  return Math.floor((count * part) / parts);
}
