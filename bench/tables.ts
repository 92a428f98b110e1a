import type { Operation } from "../src/backend/backend.js";
import { againstPlainCode, residentAgainstStaged } from "./candidates.js";
import type { Candidates } from "./measure.js";
import type { ElementType, Spread, Workload } from "./workload.js";

export interface Row {
  readonly label: string;
  readonly elements: number;
  readonly candidates: () => Candidates;
}

export interface Table {
  readonly name: string;
  readonly title: string;
  readonly unit: "element" | "call";
  readonly rows: readonly Row[];
}

const shapes = [[10], [1000], [151_936], [1000, 10], [100_000, 10], [4096, 1000], [1024, 32_000]];
const residentShapes = [[10], [1000], [151_936], [1000, 10], [4096, 1000]];
const lengths = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 128];
const spreads: readonly Spread[] = ["narrow", "wide", "subnormal"];

export const tables: readonly Table[] = [
  contiguous("softmax", "f32"),
  contiguous("logSoftmax", "f32"),
  contiguous("logSumExp", "f32"),
  contiguous("softmax", "f64"),
  contiguous("logSoftmax", "f64"),
  contiguous("logSumExp", "f64"),
  {
    name: "strided",
    title: "Axis 1 of three: the elements of a lane are not adjacent",
    unit: "element",
    rows: [
      strided("softmax", "f32", [16, 21, 16_384]),
      strided("softmax", "f32", [64, 1000, 64]),
      strided("softmax", "f32", [4096, 100, 3]),
      strided("softmax", "f64", [16, 21, 16_384]),
      strided("logSoftmax", "f32", [16, 21, 16_384]),
      strided("logSumExp", "f32", [16, 21, 16_384]),
    ],
  },
  {
    name: "spread",
    title: "softmax of [64, 1000] by the spread of the logits",
    unit: "element",
    rows: [
      ...spreads.map((spread) => spreadRow("f32", spread)),
      ...spreads.map((spread) => spreadRow("f64", spread)),
    ],
  },
  {
    name: "resident",
    title: "softmax of a Float32Array, copied in and out, or resident (allocate)",
    unit: "element",
    rows: residentShapes.map((shape) => row(workload("softmax", "f32", shape), residentAgainstStaged)),
  },
  {
    name: "overhead",
    title: "softmax of one short Float32Array, by its length",
    unit: "call",
    rows: lengths.map((length) => ({ ...row(workload("softmax", "f32", [length])), label: String(length) })),
  },
];

function contiguous(operation: Operation, type: ElementType): Table {
  return {
    name: `${operation} ${type}`,
    title: `${operation} of a ${type === "f32" ? "Float32Array" : "Float64Array"}, rows × columns`,
    unit: "element",
    rows: shapes.map((shape) => row(workload(operation, type, shape))),
  };
}

function strided(operation: Operation, type: ElementType, shape: readonly number[]): Row {
  return { ...row(workload(operation, type, shape)), label: `${operation} ${type} ${grouped(shape, "×")}` };
}

function spreadRow(type: ElementType, spread: Spread): Row {
  return { ...row({ ...workload("softmax", type, [64, 1000]), spread }), label: `${type} ${spread}` };
}

function workload(operation: Operation, type: ElementType, shape: readonly number[]): Workload {
  return { operation, type, shape, axis: Math.min(1, shape.length - 1), spread: "narrow" };
}

function row(work: Workload, candidates: (workload: Workload) => Candidates = againstPlainCode): Row {
  const { shape } = work;
  return {
    label: grouped(shape.length === 1 ? [1, ...shape] : shape, " × "),
    elements: shape.reduce((product, size) => product * size),
    candidates: () => candidates(work),
  };
}

function grouped(shape: readonly number[], separator: string): string {
  return shape.map((size) => size.toLocaleString("en-US")).join(separator);
}
