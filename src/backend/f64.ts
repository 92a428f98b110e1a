import type { Layout } from "../layout.js";
import type { Operation } from "./backend.js";
import { logarithmBesideInfinity } from "./f32.js";
import { type Reduction, reductionFor, withoutLast } from "./reduction.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, type Tables } from "./tables.js";

const UNIT = /* @__PURE__ */ reductionFor(1);

/** Below 2^-1077 softmax rounds to 0; fewer than 2^53 terms below 2^-1130 add up to nothing in a logarithm. */
const LOWEST_RESULT = -1077;
const LOWEST_TERM = -1130;

/** So many terms at most are added one after another: the error of a sum does not grow with the lane. */
const BLOCK = 512;

/** Exponential k of a lane is pairs[2k] + pairs[2k + 1], the first of 26 bits; their sum is total[0] + total[1]. */
export interface Scratch {
  readonly pairs: Float64Array;
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
 * 1.5 ulp; the logarithms are within 2 ulp, much of it from Math.log1p.
 */
export function makeRunF64({ shortRoots, powers }: Tables): RunF64 {
  /**
   * The pairs for ONE * exp((x - max) / T), or 0 where that is below `lowest` octaves, for x of element k of the
   * lane at `start`, from <= k < to. Adds them to the total.
   */
  function exponentials(
    x: Float64Array,
    start: number,
    stride: number,
    from: number,
    to: number,
    max: number,
    { temperature, inverse, stepsPerUnit, stepHigh, stepLow }: Reduction,
    lowest: number,
    { pairs, total }: Scratch,
  ): void {
    // The reduction is exact for maxima up to here. Beyond, x - max is, for every x that matters (Sterbenz).
    const origin = Math.abs(max) < 4096 * temperature ? 0 : max;
    const top = max - origin;
    const round = ROUND;
    const topSteps = top * stepsPerUnit + round - round;
    const topRest = top - topSteps * stepHigh - topSteps * stepLow;
    const low = top + lowest * Math.LN2 * temperature;
    const nothing = top + NOTHING * Math.LN2 * temperature;
    const lowestOctave = LOWEST_OCTAVE;
    for (let k = from, at = start + from * stride; k < to; ) {
      let sum = total[0];
      let rest = total[1];
      for (const end = Math.min(k + BLOCK, to); k < end; k++, at += stride) {
        const value = x[at] - origin;
        const z = value < low ? nothing : value;
        const steps = z * stepsPerUnit + round - round;
        const j = (steps - topSteps) | 0;
        const step = 2 * (j & 511);
        const r = (z - steps * stepHigh - (steps * stepLow + topRest)) * inverse + shortRoots[step + 1];
        const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
        const increase = power * (r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24))));
        pairs[2 * k] = power;
        pairs[2 * k + 1] = increase;
        // Exact but for the rounding of rest, as sum >= ONE >= power (Dekker 1971).
        const next = sum + power;
        rest += power - (next - sum) + increase;
        sum = next;
      }
      total[0] = sum + rest;
      total[1] = rest - (total[0] - sum);
    }
  }

  return function runF64(operation, x, out, { outer, length, inner }, temperature, scratch) {
    const { pairs, total } = scratch;
    const reduction = temperature === 1 ? UNIT : reductionFor(temperature);
    const lowest = operation === "softmax" ? LOWEST_RESULT : LOWEST_TERM;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        const end = start + length * inner;
        let max = Number.NEGATIVE_INFINITY;
        let top = 0;
        for (let k = 0, at = start; k < length; k++, at += inner) {
          const value = x[at];
          if (value > max) {
            max = value;
            top = k;
          }
        }
        const finite = Number.isFinite(max);
        // The maximum counts as exactly ONE.
        pairs[2 * top] = ONE;
        pairs[2 * top + 1] = 0;
        total[0] = finite ? ONE : Number.NaN;
        total[1] = 0;
        if (finite) {
          exponentials(x, start, inner, 0, top, max, reduction, lowest, scratch);
          exponentials(x, start, inner, top + 1, length, max, reduction, lowest, scratch);
        }
        if (operation === "softmax") {
          normalize(scratch, length, out, start, inner);
          continue;
        }
        const logarithm = finite
          ? Math.log1p(others(scratch, length, top) / ONE)
          : logarithmBesideInfinity(operation, x, start, end, inner);
        if (operation === "logSumExp") {
          out[o * inner + i] = max / temperature + logarithm;
        } else {
          subtract(x, max, temperature, logarithm, out, start, end, inner);
        }
      }
    }
  };
}

/** The sum without the maximum; summed anew where it is lost beside ONE. */
function others({ pairs, total }: Scratch, length: number, top: number): number {
  const difference = total[0] - ONE + total[1];
  if (!(difference < ONE * 2 ** -20)) return difference;
  let sum = 0;
  let rest = 0;
  for (let k = 0; k < length; k++) {
    const term = k === top ? 0 : pairs[2 * k] + pairs[2 * k + 1];
    const next = sum + term;
    rest += sum < term ? term - next + sum : sum - next + term; // Neumaier 1974
    sum = next;
  }
  return sum + rest;
}

/** out = exponentials / total with one rounding that counts: pairs[2k] * high is exact. */
function normalize(
  { pairs, total }: Scratch,
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
    const power = pairs[2 * k];
    out[at] = power * high + (power * low + pairs[2 * k + 1] * inverse);
  }
}

/** out = (x - max) / T - logarithm. */
function subtract(
  x: Float64Array,
  max: number,
  temperature: number,
  logarithm: number,
  out: Float64Array,
  start: number,
  end: number,
  stride: number,
): void {
  // Halved where x - max could overflow before it is divided.
  const unit = max > 2 ** 1022 ? 0.5 : 1;
  const unitMax = max * unit;
  const unitTemperature = temperature * unit;
  for (let at = start; at < end; at += stride)
    out[at] = (x[at] * unit - unitMax) / unitTemperature - logarithm;
}
