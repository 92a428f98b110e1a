import { coreAgainstLoop, coreAgainstLoopAlone, coreResident, packedAgainstFloats } from "./candidates.js";
import * as elementwise from "./elementwise.js";
import type { Case } from "./family.js";
import * as family from "./family.js";
import { createLanes } from "./lanes.js";
import type { Candidates } from "./measure.js";
import * as tokens from "./tokens.js";
import type { CoreOperation, ElementType, Spread, Workload } from "./workload.js";

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
const scales = [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const spreads: readonly Spread[] = ["narrow", "wide", "subnormal"];
const laneShapes = [[1000, 10], [1000], [1024, 1000], [151_936]];
const elementShapes = [[10], [1000], [1_000_000]];
const vocabularies = [[1000], [32_000], [151_936], [8, 151_936]];
const jacobianShapes = [[1000, 10], [100, 100], [1000]];

const maskColumns = "(filled: -Infinity put in instead; unmasked: nothing left out)";
const besides = "(naive: a sort, or exponentials; maximum and logSumExp: one pass of the same lanes)";
const checkColumn = "(unchecked: validate is off)";

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
    rows: residentShapes.map((shape) => row(workload("softmax", "f32", shape), coreResident)),
  },
  {
    name: "half floats",
    title: "softmax of float16, bfloat16 and uint8, beside a Float32Array",
    unit: "element",
    rows: residentShapes.map((shape) => row(workload("softmax", "f32", shape), packedAgainstFloats)),
  },
  {
    name: "overhead",
    title: "softmax of one short Float32Array, by its length",
    unit: "call",
    rows: lengths.map((length) => ({ ...row(workload("softmax", "f32", [length])), label: String(length) })),
  },
  {
    name: "scaling",
    title: "softmax of a Float32Array, one row by its length, and rows of 10 by their number",
    unit: "element",
    rows: [...scales.map((n) => [n]), ...scales.slice(1).map((n) => [n / 10, 10])].map((shape) =>
      row(workload("softmax", "f32", shape), coreAgainstLoopAlone),
    ),
  },
  laneTable("softmaxVjp", family.softmaxVjp),
  laneTable("softmaxVjp resident", family.softmaxVjpResident, "softmaxVjp, copied or resident (allocate)"),
  laneTable("logSoftmaxVjp", family.logSoftmaxVjp),
  laneTable("logSumExpVjp", family.logSumExpVjp),
  laneTable("entropy", family.entropy),
  laneTable("crossEntropy", family.crossEntropy, "crossEntropy with labels, its mean"),
  laneTable("crossEntropyGrad", family.crossEntropyGrad, "crossEntropyGrad with labels"),
  laneTable("crossEntropyGrad targets", family.crossEntropyTargetsGrad, "crossEntropyGrad with targets"),
  laneTable("fitTemperature", family.fitTemperature, "fitTemperature, a search of some ten passes"),
  laneTable("calibration", family.calibration, "calibration in 15 bins"),
  laneTable("softmax mask", family.softmaxMasked, `softmax with a mask as long as x ${maskColumns}`),
  laneTable(
    "softmax mask lane",
    family.softmaxLaneMasked,
    `softmax with a mask as long as one lane ${maskColumns}`,
  ),
  laneTable("softmax normalizer", family.softmaxNormalized, "softmax with its normalizer given"),
  laneTable("logSumExp weights", family.logSumExpWeighted, "logSumExp with weights as long as x"),
  laneTable("LogSumExp push", family.accumulator, "LogSumExp of chunks, pushed row after row"),
  laneTable("alr", family.alr, `alr ${checkColumn}`),
  laneTable("alrInverse", family.alrInverse),
  laneTable("clr", family.clr, `clr ${checkColumn}`),
  tokenTable("topK", tokens.topK, "topK, 50 of a lane (maximum: the largest one alone, in TypeScript)"),
  tokenTable("argmax", tokens.argmax),
  tokenTable(
    "penalize",
    tokens.penalize,
    "penalize, for 1,000 tokens (copied: the logits are new for each step)",
  ),
  tokenTable("candidates", tokens.candidates, "candidates, top-p 0.9"),
  tokenTable("sample top-k", tokens.sampleFiltered, `sample, top-k 50 and top-p 0.9 ${besides}`),
  tokenTable("sample top-p", tokens.sampleTopP, `sample, top-p 0.9 ${besides}`),
  tokenTable("sample min-p", tokens.sampleMinP, `sample, min-p 0.05 ${besides}`),
  tokenTable("sample", tokens.sampleAll, `sample without filters ${besides}`),
  elementTable("sigmoid", elementwise.sigmoid),
  elementTable("logSigmoid", elementwise.logSigmoid),
  elementTable("softplus", elementwise.softplus),
  elementTable("logit", elementwise.logit),
  elementTable("logAddExp", elementwise.logAddExp),
  elementTable("logDiffExp", elementwise.logDiffExp),
  {
    name: "softmaxJacobian f32",
    title: "softmaxJacobian of a Float32Array, per element of the result",
    unit: "element",
    rows: jacobianShapes.map((shape) => {
      const { elements, ...rest } = caseRow("f32", shape, family.softmaxJacobian);
      return { ...rest, elements: elements * shape[shape.length - 1] };
    }),
  },
  {
    name: "family f64",
    title: "The family on Float64Arrays",
    unit: "element",
    rows: [
      named("softmaxVjp", caseRow("f64", [1024, 1000], family.softmaxVjp)),
      named("logSoftmaxVjp", caseRow("f64", [1024, 1000], family.logSoftmaxVjp)),
      named("logSumExpVjp", caseRow("f64", [1024, 1000], family.logSumExpVjp)),
      named("entropy", caseRow("f64", [1024, 1000], family.entropy)),
      named("crossEntropy", caseRow("f64", [1024, 1000], family.crossEntropy)),
      named("crossEntropyGrad", caseRow("f64", [1024, 1000], family.crossEntropyGrad)),
      named("logSumExp weights", caseRow("f64", [1024, 1000], family.logSumExpWeighted)),
      named("sigmoid", caseRow("f64", [1_000_000], elementwise.sigmoid)),
      named("softplus", caseRow("f64", [1_000_000], elementwise.softplus)),
    ],
  },
];

function laneTable(name: string, candidates: Case, title = name): Table {
  return {
    name: `${name} f32`,
    title: `${title}, Float32Array, rows × columns`,
    unit: "element",
    rows: laneShapes.map((shape) => caseRow("f32", shape, candidates)),
  };
}

function tokenTable(name: string, candidates: Case, title = name): Table {
  return {
    name: `${name} f32`,
    title: `${title}, Float32Array, rows × columns`,
    unit: "element",
    rows: vocabularies.map((shape) => caseRow("f32", shape, candidates)),
  };
}

function elementTable(name: string, candidates: Case): Table {
  return {
    name: `${name} f32`,
    title: `${name} of a Float32Array, by its length`,
    unit: "element",
    rows: elementShapes.map((shape) => ({ ...caseRow("f32", shape, candidates), label: grouped(shape, "") })),
  };
}

function contiguous(operation: CoreOperation, type: ElementType): Table {
  return {
    name: `${operation} ${type}`,
    title: `${operation} of a ${type === "f32" ? "Float32Array" : "Float64Array"}, rows × columns`,
    unit: "element",
    rows: shapes.map((shape) => row(workload(operation, type, shape))),
  };
}

function strided(operation: CoreOperation, type: ElementType, shape: readonly number[]): Row {
  return { ...row(workload(operation, type, shape)), label: `${operation} ${type} ${grouped(shape, "×")}` };
}

function spreadRow(type: ElementType, spread: Spread): Row {
  return { ...row({ ...workload("softmax", type, [64, 1000]), spread }), label: `${type} ${spread}` };
}

function workload(operation: CoreOperation, type: ElementType, shape: readonly number[]): Workload {
  return { operation, type, shape, axis: Math.min(1, shape.length - 1), spread: "narrow" };
}

function row(work: Workload, candidates: (workload: Workload) => Candidates = coreAgainstLoop): Row {
  return rowOf(work.shape, () => candidates(work));
}

function caseRow(type: ElementType, shape: readonly number[], candidates: Case): Row {
  return rowOf(shape, () => candidates(createLanes(type, shape)));
}

function named(operation: string, row: Row): Row {
  return { ...row, label: `${operation} ${row.label}` };
}

function rowOf(shape: readonly number[], candidates: () => Candidates): Row {
  return {
    label: grouped(shape.length === 1 ? [1, ...shape] : shape, " × "),
    elements: shape.reduce((product, size) => product * size),
    candidates,
  };
}

function grouped(shape: readonly number[], separator: string): string {
  return shape.map((size) => size.toLocaleString("en-US")).join(separator);
}
