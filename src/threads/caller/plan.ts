import { ELEMENTWISE } from "../../../assembly/abi.js";
import { wholeMask } from "../../backend/lanes.js";
import { stagedBytes } from "../../backend/wasm/tiles.js";
import type { Layout } from "../../types.js";
import { type Kind, TOP } from "../shared/job.js";
import { COLUMN_GROUP } from "../shared/split.js";
import type { Limits } from "./limits.js";
import { type Arguments, locate, type Means, type Request } from "./request.js";

/** How a call is cut in tiles, which threads share one after the other. */
interface Cut {
  /** Tiles of about equally many slices or elements, of columns of a slice, or of one long row. */
  readonly kind: Kind;
  readonly tiles: number;
  /** How many columns a tile of columns has. */
  readonly width?: number;
}

/** A cut, and the arrays of the call: which of them are staged depends on the cut. */
export interface Plan extends Cut {
  readonly args: Arguments;
  /** Whether the calling thread has much to copy: more than numbers per lane. */
  readonly isStaged: boolean;
}

/**
 * How many times as fast as others the kernels find candidates: as fast as the calling thread copies. So threads share what lies
 * where they read it.
 */
const QUICK = 8;

/** Plans a call. Undefined if threads are of no use. */
export function planOf(request: Request, means: Means, isSync: boolean): Plan | undefined {
  const { limits, threads } = means;
  const { layout, x, out, mask, operation } = request;
  const least = threads > 1 ? limits.shared : limits.alone;
  const isQuick = operation === TOP && means.kernels !== undefined;
  if (x.byteLength < (isQuick ? QUICK * least : least) || out.length === 0) return undefined;
  const whole = mask ? { ...request, mask: wholeMask(mask, layout, x.length) } : request;
  let args = locate(whole, means, "private");
  let cut = cutOf(request, args, means);
  if (cut === undefined && args.isForeign) {
    args = locate(whole, means, "foreign");
    cut = cutOf(request, args, means);
  }
  if (cut === undefined) return undefined;
  if (cut.kind === "columns") args = locate(whole, means, "all");
  if (isQuick && args.inputs.some(({ base }) => base === undefined)) return undefined;
  const isStaged = 8 * stagedBytes(args, 1) > args.x.bytes(1);
  if (isStaged && x.byteLength < (isSync ? limits.stagedSync : limits.staged)) return undefined;
  return { ...cut, args, isStaged };
}

function cutOf(request: Request, args: Arguments, means: Means): Cut | undefined {
  const { operation, layout, js } = request;
  const { kernels, limits } = means;
  const { outer, length, inner } = layout;
  // Lanes stay whole.
  if (operation === TOP) return cutLanes(request, args, false, limits);
  if (operation.code & ELEMENTWISE) {
    return { kind: "elements", tiles: tilesOf(stagedBytes(args, outer), outer, limits) };
  }
  if (inner === 1 && !js && kernels !== undefined && kernels.longChunks(length, 1) > 0) {
    return stagedBytes(args, 1) > limits.mostStageBytes ? undefined : { kind: "row", tiles: outer };
  }
  return cutLanes(request, args, kernels !== undefined && !js, limits);
}

function cutLanes(request: Request, args: Arguments, isCompiled: boolean, limits: Limits): Cut | undefined {
  const { layout } = request;
  const { outer, length, inner } = layout;
  const perSlice = stagedBytes(args, inner);
  if (inner === 1) {
    if (perSlice > limits.mostStageBytes) return undefined;
  } else if (perSlice > limits.stageBytes) {
    return isCompiled ? cutColumns(layout, args, limits) : undefined;
  }
  const tiles = Math.min(tilesOf(outer * perSlice, outer * length * inner, limits), outer);
  const { tasks } = tasksOf({ ...layout, outer: Math.ceil(outer / tiles) }, isCompiled, limits);
  // One thread would compute it all.
  return tiles * tasks > 1 ? { kind: "slices", tiles } : undefined;
}

function cutColumns({ outer, inner }: Layout, args: Arguments, limits: Limits): Cut | undefined {
  const { leastColumns, stageBytes, mostStageBytes } = limits;
  if (inner < leastColumns) return undefined;
  const perColumn = stagedBytes(args, 1);
  const fitting = Math.floor(stageBytes / perColumn / COLUMN_GROUP) * COLUMN_GROUP;
  const width = Math.min(inner, Math.max(leastColumns, fitting));
  if (width * perColumn > mostStageBytes) return undefined;
  return { kind: "columns", tiles: outer * Math.ceil(inner / width), width };
}

/** The number of tiles for `staged` bytes to be staged and `elements` elements to be computed. */
function tilesOf(staged: number, elements: number, limits: Limits): number {
  const { stageTiles, leastStageBytes, stageBytes, tileElements } = limits;
  const stage = Math.min(Math.max(staged / stageTiles, leastStageBytes), stageBytes);
  return Math.ceil(Math.max(staged / stage, elements / tileElements));
}

/** How threads share a tile of whole slices. */
export function tasksOf(
  { outer, length, inner }: Layout,
  isCompiled: boolean,
  { taskElements, leastColumns }: Limits,
): { readonly kind: Kind; readonly tasks: number } {
  const wanted = Math.ceil((outer * length * inner) / taskElements);
  if (outer >= wanted || inner < leastColumns || !isCompiled) {
    return { kind: "slices", tasks: Math.min(outer, wanted) };
  }
  const parts = Math.min(Math.ceil(wanted / outer), Math.ceil(inner / COLUMN_GROUP));
  return { kind: "columns", tasks: outer * parts };
}
