import type { FloatArray } from "../../src/index.js";
import { createData, type ElementType, type Spread } from "../workload.js";

export type Operation = "softmax" | "logSoftmax" | "logSumExp" | "sigmoid" | "crossEntropy";
export type Shape = readonly [rows: number, columns: number];

export interface Workload {
  readonly operation: Operation;
  readonly type: ElementType;
  readonly shape: Shape;
  /** Rows of logits. Nobody may write into them. */
  readonly x: FloatArray;
  /** The class of each row, for crossEntropy. */
  readonly labels: Int32Array;
}

const LANES: readonly Shape[] = [
  [1, 1000],
  [1, 151_936],
  [1000, 10],
  [4096, 1000],
  [1024, 32_000],
];

/** What is measured, by operation. */
export const SHAPES: Readonly<Record<Operation, readonly Shape[]>> = {
  softmax: LANES,
  logSoftmax: LANES,
  logSumExp: LANES,
  sigmoid: [
    [1, 1000],
    [1, 151_936],
    [4096, 1000],
  ],
  crossEntropy: [
    [1000, 10],
    [4096, 1000],
    [1024, 32_000],
  ],
};

export function labelOf(shape: Shape): string {
  return shape.map((size) => size.toLocaleString("en-US")).join(" × ");
}

/** As `npm run bench` draws them. */
export function workload(
  operation: Operation,
  type: ElementType,
  shape: Shape,
  spread: Spread = "narrow",
): Workload {
  const { x } = createData({ operation: "softmax", type, shape, axis: 1, spread });
  return workloadOf(operation, type, shape, x);
}

export function workloadOf(operation: Operation, type: ElementType, shape: Shape, x: FloatArray): Workload {
  return {
    operation,
    type,
    shape,
    x,
    labels: Int32Array.from({ length: shape[0] }, (_, row) => labelAt(row, shape)),
  };
}

/** The native program has the same formula. */
function labelAt(row: number, [, columns]: Shape): number {
  return (7 * row + 9) % columns;
}

/** How many numbers an operation gives. */
export function resultLength({ operation, shape: [rows, columns] }: Workload): number {
  if (operation === "crossEntropy") return 1;
  return operation === "logSumExp" ? rows : rows * columns;
}
