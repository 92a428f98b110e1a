import type { Layout, Operation } from "./backend.js";
import { logarithmBesideInfinity } from "./infinity.js";
import { log1p } from "./log1p.js";
import { type Reduction, reductionFor, withoutLast } from "./reduction.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, type Tables } from "./tables.js";

const UNIT = /* @__PURE__ */ reductionFor(1);

/** Below 2^-1077 softmax rounds to 0; fewer than 2^53 terms below 2^-1130 add up to nothing in a logarithm. */
const LOWEST_RESULT = -1077;
const LOWEST_TERM = -1130;

/** So many terms at most are added one after another: the error of a sum does not grow with the lane. */
const BLOCK = 512;

/** Exponential k of a lane is values[k] + increases[k], the first of 26 bits; their sum is total[0] + total[1]. */
export interface Scratch {
  readonly values: Float64Array;
  readonly increases: Float64Array;
  readonly total: Float64Array;
}

export type RunF64 = (
  operation: Operation,
  x: Float64Array,
  out: Float64Array,
  layout: Layout,
  temperature: number,
  scratch: Scratch,
) => void;

/**
 * The operations on Float64Arrays. Exponentials and their sum carry 20 bits more than f64, so that softmax is within
 * 1.5 ulp; the logarithms are within 1.8 ulp, and within 2.2 at temperatures other than 1, where x - max is rounded
 * before it is divided (largest measured: 1.64 and 1.95).
 */
export function makeRunF64({ shortRoots, powers }: Tables): RunF64 {
  /**
   * Replaces the logits in values[from … to - 1] by ONE * exp((logit - max) / T), or by 0 where that is below
   * `lowest` octaves, and adds them to the total. Exact to 2^-70 for |max| < 4096 T.
   */
  function exponentials(
    { values, increases, total }: Scratch,
    from: number,
    to: number,
    max: number,
    lowest: number,
    { temperature, inverse, stepsPerUnit, stepHigh, stepLow }: Reduction,
  ): void {
    const round = ROUND;
    const lowestOctave = LOWEST_OCTAVE;
    const maxSteps = max * stepsPerUnit + round - round;
    const maxRest = max - maxSteps * stepHigh - maxSteps * stepLow;
    const low = max + lowest * Math.LN2 * temperature;
    const nothing = max + NOTHING * Math.LN2 * temperature;
    let sum = total[0];
    let rest = total[1];
    for (let k = from; k < to; k++) {
      const value = values[k];
      const z = value < low ? nothing : value;
      const steps = z * stepsPerUnit + round - round;
      const j = (steps - maxSteps) | 0;
      const step = 2 * (j & 511);
      const r = (z - steps * stepHigh - (steps * stepLow + maxRest)) * inverse + shortRoots[step + 1];
      const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
      const increase = power * (r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24))));
      values[k] = power;
      increases[k] = increase;
      // Exact but for the rounding of rest, as sum >= ONE >= power (Dekker 1971).
      const next = sum + power;
      rest += power - (next - sum) + increase;
      sum = next;
    }
    total[0] = sum + rest;
    total[1] = rest - (total[0] - sum);
  }

  function exponentialsOfLane(
    scratch: Scratch,
    length: number,
    max: number,
    top: number,
    lowest: number,
    reduction: Reduction,
  ): void {
    const { values, increases, total } = scratch;
    let origin = max;
    if (Math.abs(max) >= 4096 * reduction.temperature) {
      // Exact for every x that matters: it lies within a factor of 2 of the maximum (Sterbenz).
      for (let k = 0; k < length; k++) values[k] -= max;
      origin = 0;
    }
    // The maximum counts as exactly ONE.
    values[top] = Number.NEGATIVE_INFINITY;
    total[0] = ONE;
    total[1] = 0;
    for (let from = 0; from < length; from += BLOCK) {
      exponentials(scratch, from, Math.min(from + BLOCK, length), origin, lowest, reduction);
    }
    values[top] = ONE;
    increases[top] = 0;
  }

  return function runF64(operation, x, out, { outer, length, inner }, temperature, scratch) {
    const { values, total } = scratch;
    const reduction = temperature === 1 ? UNIT : reductionFor(temperature);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        let max = Number.NEGATIVE_INFINITY;
        let top = 0;
        for (let k = 0, at = start; k < length; k++, at += inner) {
          const value = x[at];
          values[k] = value;
          if (value > max) {
            max = value;
            top = k;
          }
        }
        const finite = Number.isFinite(max);
        if (operation === "softmax") {
          if (finite) exponentialsOfLane(scratch, length, max, top, LOWEST_RESULT, reduction);
          else total[0] = Number.NaN;
          normalize(scratch, length, out, start, inner);
          continue;
        }
        let logarithm: number;
        if (finite) {
          exponentialsOfLane(scratch, length, max, top, LOWEST_TERM, reduction);
          logarithm = log1p(others(scratch, length, top) / ONE);
        } else {
          logarithm = logarithmBesideInfinity(operation, x, start, length, inner);
        }
        if (operation === "logSumExp") out[o * inner + i] = max / temperature + logarithm;
        else subtract(x, length, max, temperature, logarithm, out, start, inner);
      }
    }
  };
}

/** The sum without the maximum; summed anew where it is lost beside ONE. */
function others({ values, increases, total }: Scratch, length: number, top: number): number {
  const difference = total[0] - ONE + total[1];
  if (!(difference < ONE * 2 ** -20)) return difference;
  let sum = 0;
  let rest = 0;
  for (let k = 0; k < length; k++) {
    const term = k === top ? 0 : values[k] + increases[k];
    const next = sum + term;
    rest += sum < term ? term - next + sum : sum - next + term; // Neumaier 1974
    sum = next;
  }
  return sum + rest;
}

/** out = exponentials / total with one rounding that counts: values[k] * high is exact. */
function normalize(
  { values, increases, total }: Scratch,
  length: number,
  out: Float64Array,
  start: number,
  stride: number,
): void {
  const [sum, rest] = total;
  const inverse = 1 / sum;
  const high = withoutLast(27, inverse);
  const sumHigh = withoutLast(26, sum);
  const low = (1 - sumHigh * high - (sum - sumHigh + rest) * high) * inverse;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const value = values[k];
    out[at] = value * high + (value * low + increases[k] * inverse);
  }
}

/** out = (x - max) / T - logarithm. */
function subtract(
  x: Float64Array,
  length: number,
  max: number,
  temperature: number,
  logarithm: number,
  out: Float64Array,
  start: number,
  stride: number,
): void {
  // Halved, lest x - max overflows before it is divided.
  const unit = temperature === 1 ? 1 : 0.5;
  const unitMax = max * unit;
  const unitTemperature = temperature * unit;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    out[at] = (x[at] * unit - unitMax) / unitTemperature - logarithm;
  }
}
