import { SOFTMAX } from "../../../assembly/abi.js";
import { type Reduction, reductionAt } from "../../math/reduction.js";
import { INFINITE, LOWEST_OCTAVE, NOTHING, ONE, ROUND, type Tables } from "../../math/tables.js";
import type { Layout } from "../../types.js";
import { makeLogarithmicF64 } from "./logarithmicF64.js";
import { quotient, type Scratch } from "./scratch.js";

/** Below 2^-1077 softmax rounds to 0. Terms below 2^-1130 count nowhere. */
const LOWEST_RESULT = -1077;
export const LOWEST_TERM = -1130;

/** Sums are split into blocks of this many terms, so that their error does not grow with the lane. */
const BLOCK = 512;

/** Logits within so many octaves of 0 need no maximum. */
const NEAR = 62;

/** So many are computed before it is known that one is further away. */
const NEAR_BLOCK = 64;

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
  /**
   * The same for a piece of a lane, whose logits are in scratch.values and whose exponentials are added to the total. The largest
   * logit of the lane is the finite `max`, at `top`, or -1 if the piece does not hold it.
   */
  readonly exponentiatePiece: (
    scratch: Scratch,
    length: number,
    max: number,
    top: number,
    lowest: number,
    reduction: Reduction,
  ) => void;
}

/**
 * The operations on Float64Arrays. Exponentials are within 2^-57 and their sum carries as much, so that softmax is
 * within 1.5 ulp; the logarithms are within 2 ulp, and within 2.2 at temperatures other than 1, where x - max is rounded
 * before it is divided (largest measured: 1.95 and 1.98).
 */
export function makeLoopsF64(tables: Tables): LoopsF64 {
  const { shortRoots, powers } = tables;
  const logarithmic = makeLogarithmicF64(tables);

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

  /**
   * The same for exp(x / T) of elements near 0, straight from x: nothing has to be relative to their maximum. Beside one that is
   * further away, or infinite, the total becomes infinite.
   */
  function exponentialsNear(
    x: Float64Array,
    start: number,
    stride: number,
    from: number,
    to: number,
    { temperature, inverse, stepsPerUnit, stepHigh, stepLow }: Reduction,
    { values, increases, total }: Scratch,
  ): void {
    const round = ROUND;
    const lowestOctave = LOWEST_OCTAVE;
    const limit = NEAR * Math.LN2 * temperature;
    const beyond = INFINITE * Math.LN2 * temperature;
    let sum = total[0];
    let rest = total[1];
    for (let k = from, at = start + from * stride; k < to; k++, at += stride) {
      const value = x[at];
      const z = Math.abs(value) > limit ? beyond : value;
      const steps = z * stepsPerUnit + round - round;
      const j = steps | 0;
      const step = 2 * (j & 511);
      const r = (z - steps * stepHigh - steps * stepLow) * inverse + shortRoots[step + 1];
      const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
      const increase = power * (r + r * r * (1 / 2 + r * (0.1666666799405961 + r * (1 / 24))));
      values[k] = power;
      increases[k] = increase;
      const next = sum + power;
      const taken = next - sum;
      rest += sum - (next - taken) + (power - taken) + increase; // Knuth, TAOCP 4.2.2
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
    const { total } = scratch;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        total[0] = 0;
        total[1] = 0;
        for (let from = 0; from < length && total[0] < Number.POSITIVE_INFINITY; from += NEAR_BLOCK) {
          exponentialsNear(x, start, inner, from, Math.min(from + NEAR_BLOCK, length), reduction, scratch);
        }
        if (!(total[0] < Number.POSITIVE_INFINITY)) {
          exponentiateLane(x, start, length, inner, LOWEST_RESULT, reduction, scratch);
        }
        normalize(scratch, length, out, start, inner);
      }
    }
  }

  return {
    run(code, x, out, layout, temperature, scratch) {
      const reduction = reductionAt(temperature);
      if (code === SOFTMAX) softmax(x, out, layout, reduction, scratch);
      else logarithmic(code, x, out, layout, reduction);
    },
    exponentiate: (x, start, length, stride, reduction, scratch) => {
      exponentiateLane(x, start, length, stride, LOWEST_TERM, reduction, scratch);
    },
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
