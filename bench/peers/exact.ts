import {
  add,
  divide,
  exp,
  negate,
  ONE,
  type Scaled,
  scaleByPowerOfTwo,
  ZERO,
} from "../../test/support/doubleDouble.js";
import { laneReference } from "../../test/support/reference.js";
import { ulpError } from "../../test/support/ulp.js";
import type { FloatArray } from "./candidate.js";
import type { Workload } from "./workload.js";

/** Lanes are judged up to so many numbers: the reference takes some microseconds for each. */
const MOST = 160_000;

/** The first results of a workload of finite numbers, in double-double. */
export function exact({ operation, shape: [rows, columns], x, labels }: Workload): Scaled[] {
  if (operation === "sigmoid") return Array.from(x.subarray(0, MOST), sigmoid);
  // The mean loss depends on every row.
  const lanes = operation === "crossEntropy" ? rows : Math.max(1, Math.min(rows, Math.floor(MOST / columns)));
  const results: Scaled[] = [];
  let loss = ZERO;
  for (let row = 0; row < lanes; row++) {
    const lane = x.subarray(row * columns, (row + 1) * columns);
    const reference = laneReference(lane);
    if (operation === "logSumExp") results.push(reference.logSumExp);
    else if (operation === "crossEntropy") {
      const { high, low, exponent } = reference.logSoftmax.at(labels[row]);
      loss = add(loss, negate(scaleByPowerOfTwo({ high, low }, exponent)));
    } else for (let k = 0; k < columns; k++) results.push(reference[operation].at(k));
  }
  if (operation === "crossEntropy") results.push({ ...divide(loss, { high: rows, low: 0 }), exponent: 0 });
  return results;
}

/** 1 / (1 + e^-x) = e^x / (1 + e^x): the first for x >= 0, the second below, so that both e are at most 1. */
function sigmoid(x: number): Scaled {
  const power = exp({ high: -Math.abs(x), low: 0 });
  const whole = add(ONE, scaleByPowerOfTwo(power, power.exponent));
  if (x >= 0) return { ...divide(ONE, whole), exponent: 0 };
  return { ...divide(power, whole), exponent: power.exponent };
}

/** The largest error in ulp of the workload's type. */
export function largestError(results: FloatArray, reference: readonly Scaled[], { type }: Workload): number {
  let worst = 0;
  for (const [k, value] of reference.entries()) worst = Math.max(worst, ulpError(results[k], value, type));
  return worst;
}
