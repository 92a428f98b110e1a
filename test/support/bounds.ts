import type { BackendName, Operation } from "../../src/backend/backend.js";
import type { ElementType } from "./ulp.js";

const SOFTMAX = { f32: { relaxed: 1.5, simd: 2, js: 0.51 }, f64: { relaxed: 2, simd: 2.5, js: 2 } };
const LOGARITHMIC = { f32: { relaxed: 1, simd: 1, js: 0.51 }, f64: SOFTMAX.f64 };

/** The error bound in ulps at temperature 1. Any other temperature costs up to one ulp more. */
export function bound(
  operation: Operation,
  type: ElementType,
  backend: BackendName,
  temperature = 1,
): number {
  const table = operation === "softmax" ? SOFTMAX : LOGARITHMIC;
  return table[type][backend] + (temperature === 1 ? 0 : 1);
}
