import type { FloatArray, Operation } from "./backend.js";

/** What makes logSoftmax NaN and logSumExp the maximum, or NaN beside a NaN, where the maximum is infinite. */
export function logarithmBesideInfinity(
  operation: Operation,
  x: FloatArray,
  start: number,
  length: number,
  stride: number,
): number {
  if (operation === "logSoftmax") return Number.NaN;
  for (let k = 0; k < length; k++) if (Number.isNaN(x[start + k * stride])) return Number.NaN;
  return 0;
}
