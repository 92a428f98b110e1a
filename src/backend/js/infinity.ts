import { LOG_SOFTMAX } from "../../../assembly/abi.js";
import type { FloatArray } from "../../types.js";

/** What makes logSoftmax NaN and logSumExp the maximum, or NaN beside a NaN, where the maximum is infinite. */
export function logarithmBesideInfinity(
  code: number,
  x: FloatArray,
  start: number,
  length: number,
  stride: number,
): number {
  if (code === LOG_SOFTMAX) return Number.NaN;
  for (let k = 0; k < length; k++) if (Number.isNaN(x[start + k * stride])) return Number.NaN;
  return 0;
}
