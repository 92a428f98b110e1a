import type { Limits } from "../../src/threads/caller/limits.js";
import type { Kind } from "../../src/threads/shared/job.js";
import { FULL } from "../support/extent.js";
import { scaled, TEST_LIMITS } from "../support/pool.js";

/** A slice of long lanes has to fit in a tile. */
export const FORM_LIMITS: Limits = { ...TEST_LIMITS, stageBytes: FULL ? TEST_LIMITS.stageBytes : 2 ** 18 };

/** Lanes of enough elements for threads to share them, of f32 as of f64. */
export interface Form {
  readonly title: string;
  readonly shape: number[];
  readonly axis: number | number[] | null;
  /** How threads share softmax by kernels. In TypeScript they share several slices of resident arrays, by slices. */
  readonly kind: Kind;
}

const rows = (title: string, outer: number, length: number, kind: Kind = "slices"): Form => ({
  title: `${title}, ${outer} x ${length}`,
  shape: [outer, length],
  axis: 1,
  kind,
});

/** At full extent and otherwise: a shape here cannot shrink in one dimension only, or would take another path. */
const strided = (title: string, full: number[], small: number[], kind: Kind = "slices"): Form => {
  const shape = FULL ? full : small;
  return { title: `${title}, ${shape.join(" x ")}`, shape, axis: 1, kind };
};

export const FORMS: readonly Form[] = [
  rows("rows of one element", scaled(140_001), 1),
  rows("tiny rows", scaled(50_001), 3),
  rows("short rows", scaled(4099), 33),
  rows("rows", scaled(131), 1007),
  rows("two rows", 2, scaled(65_536)),
  // Rows are long from 65,537 elements on, whatever the limits.
  rows("several long rows", FULL ? 3 : 2, 65_537, "row"),
  rows("a long row", 1, FULL ? 140_003 : 70_003, "row"),
  rows("a row of more chunks than threads take at once", 1, FULL ? 1_100_003 : 200_003, "row"),
  strided("pairs", [700, 101, 2], [22, 101, 2]),
  strided("narrow", [700, 101, 3], [22, 101, 3]),
  // Long lanes have more than 512 elements, for the kernels.
  strided("narrow, long lanes", [9, 601, 31], [2, 601, 31]),
  strided("almost as narrow, long lanes", [9, 601, 33], [2, 601, 33]),
  strided("pairs of very long lanes", [3, 30_011, 2], [2, 15_001, 2]),
  strided("tiny slices", [9001, 3, 5], [282, 3, 5]),
  strided("wide", [40, 10, 400], [20, 10, 50]),
  strided("slices for several threads each", [30, 64, 300], [4, 16, 75], "columns"),
  strided("one slice", [1, 64, 2111], [1, 8, 531], "columns"),
  strided("one slice of long lanes", [1, 601, 307], [1, 513, 41], "columns"),
  strided("lanes of one element", [1, 1, 140_001], [1, 1, 4377], "columns"),
  strided("slices larger than a tile", [2, 3, 100_001], [2, 3, 25_001], "columns"),
  strided("tiles of columns that leave one over", [1, 3, 174_721], [1, 3, 43_665], "columns"),
  strided("slices of long lanes larger than a tile", [2, 1001, 271], [2, 513, 131], "columns"),
  { title: "joint axes", shape: FULL ? [31, 100, 47] : [7, 13, 47], axis: [0, 2], kind: "slices" },
  { title: "all axes", shape: FULL ? [50, 60, 50] : [41, 40, 41], axis: null, kind: "row" },
  { title: "no axis", shape: [scaled(300), 500], axis: [], kind: "slices" },
];

/** Whether the lanes are those of several slices. */
export function hasSlices({ shape, axis }: Form): boolean {
  return axis !== null && (axis !== 1 || shape[0] > 1);
}
