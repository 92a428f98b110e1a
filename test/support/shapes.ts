import type { FloatArray } from "../../src/index.js";
import { FULL } from "./extent.js";

/** The lanes of an array, as the options of an operation say it. */
export interface Shape {
  readonly shape: number[];
  readonly axis: number | number[] | null;
}

/** Every way a lane can lie: short, longer than a staging window, at any stride, at no single one. */
export const SHAPES: readonly Shape[] = [
  { shape: [1], axis: 0 },
  { shape: [7], axis: 0 },
  { shape: [1000], axis: 0 },
  { shape: [FULL ? 70_001 : 66_003], axis: 0 },
  { shape: [23, 10], axis: 1 },
  { shape: [40, 3], axis: 1 },
  { shape: [9, 257], axis: -1 },
  { shape: [3, 4, 7], axis: 1 },
  { shape: [2, 10, 64], axis: 1 },
  { shape: [1000, 5], axis: 0 },
  { shape: FULL ? [3, 5003] : [9, 2003], axis: 0 },
  { shape: [FULL ? 30_011 : 11_003, 3], axis: 0 },
  { shape: [6, 5], axis: [] },
  { shape: [6, 5], axis: null },
  { shape: [2, 3, 4], axis: [0, 1] },
  { shape: [2, 3, 4], axis: [0, 2] },
  { shape: [5, 31, 6, 2], axis: [2, 0] },
];

export function sizeOf({ shape }: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

const known = new WeakMap<Shape, number[][]>();

/** The indices of the elements of each lane, both in row-major order: by looking at every multi-index. */
export function lanesOf(shape: Shape): number[][] {
  const lanes = known.get(shape) ?? findLanes(shape);
  known.set(shape, lanes);
  return lanes;
}

function findLanes({ shape, axis }: Shape): number[][] {
  const given = axis === null ? [...shape.keys()] : [axis].flat();
  const reduced = new Set(given.map((d) => (d < 0 ? d + shape.length : d)));
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((product, size) => product * size, 1));
  const walk = (dimensions: number[]): number[] =>
    dimensions.reduce(
      (offsets, d) =>
        offsets.flatMap((offset) => Array.from({ length: shape[d] }, (_, i) => offset + i * strides[d])),
      [0],
    );
  const dimensions = [...shape.keys()];
  const elements = walk(dimensions.filter((d) => reduced.has(d)));
  return walk(dimensions.filter((d) => !reduced.has(d))).map((origin) =>
    elements.map((offset) => origin + offset),
  );
}

/** The elements of `x` at these indices, in an array of its type. */
export function pick<T extends FloatArray>(x: T, indices: readonly number[]): T {
  const picked = x.slice(0, indices.length) as T;
  for (const [k, index] of indices.entries()) picked[k] = x[index];
  return picked;
}
