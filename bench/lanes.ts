import { normal, uniform } from "../examples/random.js";
import type { FloatArray } from "../src/index.js";
import { naive } from "./naive.js";
import { createArray, createData, type ElementType, seed } from "./workload.js";

/** Rows of logits, N(0, 5²), and an array for as many results. */
export interface Lanes {
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly rows: number;
  readonly length: number;
  /** A single row needs no shape. */
  readonly shape: readonly number[] | undefined;
}

/** `shape` is [length] or [rows, length]. */
export function createLanes(type: ElementType, shape: readonly number[]): Lanes {
  const axis = shape.length - 1;
  const { x, out, layout } = createData({ operation: "softmax", type, shape, axis, spread: "narrow" });
  return { x, out, rows: layout.outer, length: layout.length, shape: axis === 0 ? undefined : shape };
}

/** A new array of the element type of `x`. */
export function arrayLike(x: FloatArray, length: number): FloatArray {
  return createArray(x.BYTES_PER_ELEMENT === 4 ? "f32" : "f64", length);
}

/** N(0, 1). */
export function normals(x: FloatArray, length: number): FloatArray {
  const random = normal(seed + 1);
  return arrayLike(x, length).map(() => random());
}

/** Even between 0 and 1. */
export function uniforms(x: FloatArray, length: number): FloatArray {
  const random = uniform(seed + 2);
  return arrayLike(x, length).map(() => random());
}

/** The softmax of the logits, or their logSoftmax, or one logSumExp per row. */
export function coreResult(operation: keyof typeof naive, { x, rows, length }: Lanes): FloatArray {
  const out = arrayLike(x, operation === "logSumExp" ? rows : x.length);
  return naive[operation](x, out, { outer: rows, length, inner: 1 });
}

/** One class per row. */
export function randomLabels({ rows, length }: Lanes): Int32Array {
  const random = uniform(seed + 3);
  return new Int32Array(rows).map(() => Math.floor(length * random()));
}

/** The class of the largest logit of each row, but of every fourth one the second largest. */
export function likelyLabels({ x, rows, length }: Lanes): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    const lane = Array.from(x.subarray(row * length, (row + 1) * length));
    const order = lane.map((_, k) => k).sort((a, b) => lane[b] - lane[a]);
    return order[row % 4 === 0 ? 1 : 0];
  });
}

/** Leaves out one element of four, at random. */
export function randomMask(length: number): Uint8Array {
  const random = uniform(seed + 4);
  return new Uint8Array(length).map(() => (random() < 0.25 ? 0 : 1));
}
