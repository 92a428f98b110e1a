import type { Kind } from "../../src/threads/shared/job.js";

/** Lanes of 2^17 elements or more: of f32, as of f64, threads are given them. */
export interface Form {
  readonly title: string;
  readonly shape: number[];
  readonly axis: number | number[] | null;
  /** How threads share softmax by kernels. Without these, of resident arrays, it is "slices" if there are several. */
  readonly kind: Kind;
}

const rows = (title: string, outer: number, length: number, kind: Kind = "slices"): Form => ({
  title: `${title}, ${outer} x ${length}`,
  shape: [outer, length],
  axis: 1,
  kind,
});

const strided = (title: string, shape: [number, number, number], kind: Kind = "slices"): Form => ({
  title: `${title}, ${shape.join(" x ")}`,
  shape,
  axis: 1,
  kind,
});

export const FORMS: readonly Form[] = [
  rows("rows of one element", 140_001, 1),
  rows("tiny rows", 50_001, 3),
  rows("short rows", 4099, 33),
  rows("rows", 131, 1007),
  rows("two rows", 2, 65_536),
  rows("several long rows", 3, 65_537, "row"),
  rows("a long row", 1, 140_003, "row"),
  rows("a row of more chunks than threads take at once", 1, 1_100_003, "row"),
  strided("pairs", [700, 101, 2]),
  strided("narrow", [700, 101, 3]),
  strided("narrow, long lanes", [9, 601, 31]),
  strided("almost as narrow, long lanes", [9, 601, 33]),
  strided("pairs of very long lanes", [3, 30_011, 2]),
  strided("tiny slices", [9001, 3, 5]),
  strided("wide", [40, 10, 400]),
  strided("slices for several threads each", [30, 64, 300], "columns"),
  strided("one slice", [1, 64, 2111], "columns"),
  strided("one slice of long lanes", [1, 601, 307], "columns"),
  strided("lanes of one element", [1, 1, 140_001], "columns"),
  strided("slices larger than a tile", [2, 3, 100_001], "columns"),
  strided("tiles of columns that leave one over", [1, 3, 174_721], "columns"),
  strided("slices of long lanes larger than a tile", [2, 1001, 271], "columns"),
  { title: "joint axes", shape: [31, 100, 47], axis: [0, 2], kind: "slices" },
  { title: "all axes", shape: [50, 60, 50], axis: null, kind: "row" },
  { title: "no axis", shape: [300, 500], axis: [], kind: "slices" },
];

/** Whether the lanes are those of several slices. */
export function hasSlices({ shape, axis }: Form): boolean {
  return axis !== null && (axis !== 1 || shape[0] > 1);
}
