import { LOG_SOFTMAX, LOG_SUM_EXP, SOFTMAX } from "../../../assembly/abi.js";
import { log1p } from "../../math/log1p.js";
import { type Reduction, reductionAt } from "../../math/reduction.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, type Tables } from "../../math/tables.js";
import type { Layout } from "../../types.js";
import { logarithmBesideInfinity } from "./infinity.js";
import { quotient, type Scratch, sumWithout } from "./scratch.js";

/** Below 2^-1077 softmax rounds to 0. Fewer than 2^53 terms below 2^-1130 do not change a logarithm. */
const LOWEST_RESULT = -1077;
export const LOWEST_TERM = -1130;

/** If less than this share of a total is left without the maximum, digits that a logarithm needs are lost. */
const LOST = 2 ** -20;

/** Sums are split into blocks of this many terms, so that their error does not grow with the lane. */
const BLOCK = 512;

export interface LoopsF64 {
  readonly run: (
    code: number,
    x: Float64Array,
    out: Float64Array,
    layout: Layout,
    temperature: number,
    scratch: Scratch,
  ) => void;
  /**
   * Fills `scratch` with exp(x / T) of a lane times some number. Exponentials below 2^LOWEST_TERM of the largest are 0. The
   * total is NaN where softmax is NaN.
   */
  readonly exponentiate: (
    x: Float64Array,
    start: number,
    length: number,
    stride: number,
    reduction: Reduction,
    scratch: Scratch,
  ) => void;
  /** The same for the logits in scratch.values. The largest of them is the finite `max` at `top`. */
  readonly exponentiateLoaded: (
    scratch: Scratch,
    length: number,
    max: number,
    top: number,
    lowest: number,
    reduction: Reduction,
  ) => void;
  /** The same for a piece of a longer lane, whose exponentials are added to the total. `top` is -1 if it does not hold the largest. */
  readonly exponentiatePiece: LoopsF64["exponentiateLoaded"];
}

/**
 * The operations on Float64Arrays. Exponentials are within 2^-57 and their sum carries as much, so that softmax is
 * within 1.5 ulp; the logarithms are within 2 ulp, and within 2.2 at temperatures other than 1, where x - max is rounded
 * before it is divided (largest measured: 1.95 and 1.98).
 */
export function makeLoopsF64({ shortRoots, powers }: Tables): LoopsF64 {
  const unit = 1 / ONE;

  /**
   * Replaces the logits in values[from … to - 1] by ONE * exp((logit - max) / T), or by 0 where that is below
   * `lowest` octaves, and adds them to the total. Within 2^-57 for |max| < 4096 T.
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
      // Not 1/6: the cubic term also stands in for r⁵/120 for |r| <= ln2 / 512. That leaves an error of 2^-57 instead of 2^-54.
      const increase = power * (r + r * r * (1 / 2 + r * (0.1666666799405961 + r * (1 / 24))));
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

  function exponentiateLoaded(
    scratch: Scratch,
    length: number,
    max: number,
    top: number,
    lowest: number,
    reduction: Reduction,
  ): void {
    const { total } = scratch;
    // The maximum counts as exactly ONE.
    total[0] = ONE;
    total[1] = 0;
    exponentiatePiece(scratch, length, max, top, lowest, reduction);
  }

  function exponentiatePiece(
    scratch: Scratch,
    length: number,
    max: number,
    top: number,
    lowest: number,
    reduction: Reduction,
  ): void {
    const { values, increases } = scratch;
    let origin = max;
    if (Math.abs(max) >= 4096 * reduction.temperature) {
      // Exact for every x that matters: it lies within a factor of 2 of the maximum (Sterbenz).
      for (let k = 0; k < length; k++) values[k] -= max;
      origin = 0;
    }
    if (top >= 0) values[top] = Number.NEGATIVE_INFINITY;
    for (let from = 0; from < length; from += BLOCK) {
      exponentials(scratch, from, Math.min(from + BLOCK, length), origin, lowest, reduction);
    }
    if (top >= 0) {
      values[top] = ONE;
      increases[top] = 0;
    }
  }

  /** Returns the index of the maximum in the lane. The total is NaN if the maximum is infinite. */
  function exponentiateLane(
    x: Float64Array,
    start: number,
    length: number,
    stride: number,
    lowest: number,
    reduction: Reduction,
    scratch: Scratch,
  ): number {
    const { values, total } = scratch;
    let max = Number.NEGATIVE_INFINITY;
    let top = 0;
    for (let k = 0, at = start; k < length; k++, at += stride) {
      const value = x[at];
      values[k] = value;
      if (value > max) {
        max = value;
        top = k;
      }
    }
    if (Number.isFinite(max)) exponentiateLoaded(scratch, length, max, top, lowest, reduction);
    else total[0] = Number.NaN;
    return top;
  }

  function softmax(
    x: Float64Array,
    out: Float64Array,
    { outer, length, inner }: Layout,
    reduction: Reduction,
    scratch: Scratch,
  ): void {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        exponentiateLane(x, start, length, inner, LOWEST_RESULT, reduction, scratch);
        normalize(scratch, length, out, start, inner);
      }
    }
  }

  function logarithmic(
    code: number,
    x: Float64Array,
    out: Float64Array,
    { outer, length, inner }: Layout,
    reduction: Reduction,
    scratch: Scratch,
  ): void {
    const { temperature } = reduction;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        const top = exponentiateLane(x, start, length, inner, LOWEST_TERM, reduction, scratch);
        const max = x[start + top * inner];
        let others = Number.NaN;
        let logarithm: number;
        if (Number.isFinite(max)) {
          others = sumWithout(top, scratch, length, LOST) * unit;
          logarithm = log1p(others);
        } else {
          scratch.total[2] = Number.NaN;
          logarithm = logarithmBesideInfinity(code, x, start, length, inner);
        }
        if (code === LOG_SUM_EXP) {
          out[o * inner + i] = max / temperature + logarithm;
        } else if (code === LOG_SOFTMAX) {
          subtract(x, length, max, temperature, logarithm, out, start, inner);
        } else {
          const at = 4 * (o * inner + i);
          out[at] = Number.isNaN(max) ? Number.NEGATIVE_INFINITY : max;
          out[at + 1] = others;
          out[at + 2] = logarithm;
          out[at + 3] = scratch.total[2] * unit;
        }
      }
    }
  }

  return {
    run(code, x, out, layout, temperature, scratch) {
      const reduction = reductionAt(temperature);
      if (code === SOFTMAX) softmax(x, out, layout, reduction, scratch);
      else logarithmic(code, x, out, layout, reduction, scratch);
    },
    exponentiate: (x, start, length, stride, reduction, scratch) => {
      exponentiateLane(x, start, length, stride, LOWEST_TERM, reduction, scratch);
    },
    exponentiateLoaded,
    exponentiatePiece,
  };
}

/** out = exponentials / total with one rounding that counts: values[k] * high is exact. */
function normalize(
  { values, increases, total }: Scratch,
  length: number,
  out: Float64Array,
  start: number,
  stride: number,
): void {
  const { high, low } = quotient(1, 0, total);
  const scale = high + low;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const value = values[k];
    out[at] = value * high + (value * low + increases[k] * scale);
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
  // Halved, so that x - max does not overflow before it is divided.
  const unit = temperature === 1 ? 1 : 0.5;
  const unitMax = max * unit;
  const unitTemperature = temperature * unit;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    out[at] = (x[at] * unit - unitMax) / unitTemperature - logarithm;
  }
}
