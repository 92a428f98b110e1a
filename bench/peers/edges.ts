import type { ElementType } from "../workload.js";
import type { FloatArray } from "./candidate.js";
import { type Operation, type Workload, workloadOf } from "./workload.js";

const LENGTH = 16;
/** Where the odd numbers are: neither first nor last, and the label of cross-entropy (9) is the lower one. */
const HIGHER = 3;
const LOWER = 9;

export const EDGES = ["all −∞", "one +∞", "one NaN", "±1e4", "±largest", "equal"] as const;
export type Edge = (typeof EDGES)[number];

/** A row of 16 numbers. */
export function edge(operation: Operation, type: ElementType, name: Edge): Workload {
  const x = type === "f32" ? new Float32Array(LENGTH) : new Float64Array(LENGTH);
  for (let k = 0; k < LENGTH; k++) x[k] = k / 4;
  const far = name === "±1e4" ? 1e4 : type === "f32" ? 3e38 : 1.7e308;
  switch (name) {
    case "all −∞":
      x.fill(Number.NEGATIVE_INFINITY);
      break;
    case "one +∞":
      x[HIGHER] = Number.POSITIVE_INFINITY;
      break;
    case "one NaN":
      x[HIGHER] = Number.NaN;
      break;
    case "equal":
      x.fill(3);
      break;
    default:
      x[HIGHER] = far;
      x[LOWER] = -far;
  }
  return workloadOf(operation, type, [1, LENGTH], x);
}

/** What PyTorch, SciPy and JAX give: NaN for lanes with NaN or +∞; the log-sum-exp of +∞ is +∞, that of nothing but −∞ is −∞. */
export function expected({ operation, type, x, labels }: Workload): number[] {
  const round = type === "f32" ? Math.fround : (value: number) => value;
  if (operation === "sigmoid") return Array.from(x, (value) => 1 / (1 + Math.exp(-value)));
  const most = Math.max(...x); // NaN beside NaN
  const shifted = Array.from(x, (value) => value - most);
  const sum = shifted.reduce((total, value) => total + Math.exp(value), 0);
  switch (operation) {
    case "softmax":
      return shifted.map((value) => Math.exp(value) / sum);
    case "logSoftmax":
      return shifted.map((value) => round(value - Math.log(sum)));
    case "logSumExp":
      return [Number.isFinite(most) ? most + Math.log(sum) : most];
    case "crossEntropy":
      return [round(Math.log(sum) - shifted[labels[0]])];
  }
}

const TOLERANCE = { f32: 1e-5, f64: 1e-12 } as const;

/** "" where the results are as expected, else what they are: each number once. */
export function difference(results: FloatArray, workload: Workload): string {
  const wanted = expected(workload);
  const tolerance = TOLERANCE[workload.type];
  const same = wanted.every((value, k) => {
    if (Number.isNaN(value)) return Number.isNaN(results[k]);
    if (!Number.isFinite(value)) return value === results[k];
    return Math.abs(value - results[k]) <= tolerance * Math.abs(value);
  });
  if (same && results.length === wanted.length) return "";
  const shown = [...new Set(Array.from(results, shownAs))];
  return `${shown.slice(0, 3).join(", ")}${shown.length > 3 ? ", …" : ""}`;
}

function shownAs(value: number): string {
  if (Number.isFinite(value)) return String(Number(value.toPrecision(3)));
  return Number.isNaN(value) ? "NaN" : value < 0 ? "−∞" : "∞";
}
