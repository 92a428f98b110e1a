import { counted, describe, verb } from "../describe.js";
import type { Axis, Layout } from "../types.js";

interface Dimension {
  size: number;
  readonly stride: number;
  readonly reduced: boolean;
}

/**
 * Finds the lanes of an array of `size` elements, which errors call `name`. Throws a RangeError or a TypeError that
 * starts with `caller`.
 */
export function resolve(
  caller: string,
  shape: readonly number[] | undefined,
  axis: Axis,
  size: number,
  name = "x",
): Layout {
  if (shape === undefined && (axis === undefined || axis === null))
    return { outer: 1, length: size, inner: 1 };
  return resolveShape(caller, shape, axis, size, name);
}

/** A function of its own, as a small call is one piece of code: see options.ts. */
function resolveShape(
  caller: string,
  shape: readonly number[] | undefined,
  axis: Axis,
  size: number,
  name: string,
): Layout {
  const sizes = shape ?? [size];
  checkShape(caller, sizes, size, name);
  const vector = shape ? "" : name;
  return typeof axis === "number" || (axis === undefined && sizes.length > 0)
    ? alongOne(caller, sizes, axis ?? -1, vector)
    : alongSeveral(caller, sizes, axis, size, vector);
}

/** The lanes along one dimension. `vector` is the name of an array without a shape, else empty. */
function alongOne(caller: string, sizes: readonly number[], axis: number, vector: string): Layout {
  const at = checkAxis(caller, axis, sizes.length, vector);
  let outer = 1;
  for (let k = 0; k < at; k++) outer *= sizes[k];
  let inner = 1;
  for (let k = at + 1; k < sizes.length; k++) inner *= sizes[k];
  return { outer, length: sizes[at], inner };
}

/** The lanes over a list of dimensions, or over all. */
function alongSeveral(
  caller: string,
  sizes: readonly number[],
  axes: readonly number[] | null | undefined,
  size: number,
  vector: string,
): Layout {
  const dimensions = merge(sizes, reducedAxes(caller, axes, sizes.length, vector));
  const reduced = dimensions.filter((dimension) => dimension.reduced);
  if (reduced.length === 1) {
    const at = dimensions.indexOf(reduced[0]);
    return {
      outer: dimensions[at - 1]?.size ?? 1,
      length: reduced[0].size,
      inner: dimensions[at + 1]?.size ?? 1,
    };
  }
  const kept = dimensions.filter((dimension) => !dimension.reduced);
  const layout = { outer: count(kept), length: count(reduced), inner: 1 };
  if (reduced.length === 0 || size === 0) return layout;
  return { ...layout, offsets: { lanes: offsetsOf(kept), elements: offsetsOf(reduced) } };
}

function checkShape(caller: string, shape: readonly number[], size: number, name: string): void {
  let product = 1;
  let largest = 1;
  for (let k = 0; k < shape.length; k++) {
    const extent = shape[k];
    if (!Number.isSafeInteger(extent) || extent < 0) throw wrongExtent(caller, k, extent);
    product *= extent;
    largest *= extent || 1;
  }
  if (product !== size || !Number.isSafeInteger(largest)) {
    throw wrongShape(caller, shape, product, largest, size, name);
  }
}

function wrongExtent(caller: string, k: number, extent: unknown): Error {
  return typeof extent === "number"
    ? new RangeError(`${caller}: shape[${k}] must be a non-negative integer, got ${extent}`)
    : new TypeError(`${caller}: shape[${k}] must be a number, got ${describe(extent)}`);
}

function wrongShape(
  caller: string,
  shape: readonly number[],
  product: number,
  largest: number,
  size: number,
  name: string,
): RangeError {
  const fault = Number.isSafeInteger(largest)
    ? `${counted(product, "element")}, but ${name} ${verb(name, "has", "have")} ${size}`
    : "more elements than an array can hold";
  return new RangeError(`${caller}: shape [${shape.join(", ")}] has ${fault}`);
}

/** For each dimension, whether the list names it, or `null` all of them. */
function reducedAxes(
  caller: string,
  axes: readonly number[] | null | undefined,
  rank: number,
  vector: string,
): boolean[] {
  const reduced: boolean[] = new Array(rank).fill(axes === null);
  for (const axis of axes ?? []) {
    const index = checkAxis(caller, axis, rank, vector);
    if (reduced[index]) {
      throw new RangeError(`${caller}: axis names dimension ${index} twice`);
    }
    reduced[index] = true;
  }
  return reduced;
}

/** The dimension that `axis` names. `vector` is the name of an array without a shape, else empty. */
function checkAxis(caller: string, axis: number, rank: number, vector: string): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) throw wrongAxis(caller, axis, rank, vector);
  return axis < 0 ? axis + rank : axis;
}

function wrongAxis(caller: string, axis: unknown, rank: number, vector: string): Error {
  if (typeof axis !== "number") {
    return new TypeError(`${caller}: axis must consist of numbers, got ${describe(axis)}`);
  }
  const range =
    rank === 0 ? "null or [], as the shape has no dimensions" : `an integer from ${-rank} to ${rank - 1}`;
  const advice = vector && `: without { shape } ${vector} ${verb(vector, "is", "are")} one vector`;
  return new RangeError(`${caller}: axis must be ${range}, got ${axis}${advice}`);
}

/** Leaves out dimensions of size 1 and joins neighbours that are both reduced or both kept. */
function merge(shape: readonly number[], reduced: readonly boolean[]): Dimension[] {
  const dimensions: Dimension[] = [];
  let stride = 1;
  for (let k = shape.length - 1; k >= 0; k--) {
    if (shape[k] === 1) continue;
    if (dimensions[0]?.reduced === reduced[k]) dimensions[0].size *= shape[k];
    else dimensions.unshift({ size: shape[k], stride, reduced: reduced[k] });
    stride *= shape[k];
  }
  return dimensions;
}

function count(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((product, { size }) => product * size, 1);
}

/** The offset of every index into `dimensions`, in row-major order. */
function offsetsOf(dimensions: readonly Dimension[]): Float64Array {
  let offsets = new Float64Array(1);
  for (const { size, stride } of dimensions) {
    const finer = new Float64Array(offsets.length * size);
    for (let k = 0; k < finer.length; k++) finer[k] = offsets[Math.floor(k / size)] + (k % size) * stride;
    offsets = finer;
  }
  return offsets;
}
