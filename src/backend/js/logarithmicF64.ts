import { LOG_SOFTMAX, LOG_SUM_EXP } from "../../../assembly/abi.js";
import { log1p } from "../../math/log1p.js";
import type { Reduction } from "../../math/reduction.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, type Tables } from "../../math/tables.js";
import type { Layout } from "../../types.js";
import { startOf } from "../lanes.js";
import { logarithmBesideInfinity } from "./infinity.js";

/** Fewer than 2^53 terms below 2^-1130 do not change a logarithm. */
const LOWEST_TERM = -1130;

/** Sums are split into blocks of this many terms, so that their error does not grow with the lane. */
const BLOCK = 512;

/** Logarithms are taken of this many lanes in a loop of its own: none waits for the exponentials of the next lane, nor these for it. */
export const GROUP = 256;

/** logSoftmax, logSumExp or its parts, of Float64Arrays. */
export type LogarithmicF64 = (
  code: number,
  x: Float64Array,
  out: Float64Array,
  layout: Layout,
  reduction: Reduction,
) => void;

export function makeLogarithmicF64({ shortRoots, powers }: Tables): LogarithmicF64 {
  const unit = 1 / ONE;
  const maxima = new Float64Array(GROUP);
  const others = new Float64Array(GROUP);
  const rests = new Float64Array(GROUP);
  const logarithms = new Float64Array(GROUP);

  /**
   * The sum of exp((x - max) / T) over the elements of the lane other than that at `top`, in two parts, which go to
   * others[lane] and rests[lane]. Each term is within 2^-57.
   */
  function sumOfOthers(
    x: Float64Array,
    start: number,
    length: number,
    stride: number,
    top: number,
    max: number,
    { temperature, inverse, stepsPerUnit, stepHigh, stepLow }: Reduction,
    lane: number,
  ): void {
    const round = ROUND;
    const lowestOctave = LOWEST_OCTAVE;
    const origin = Math.abs(max) < 4096 * temperature ? 0 : max;
    const base = max - origin;
    const maxSteps = base * stepsPerUnit + round - round;
    const maxRest = base - maxSteps * stepHigh - maxSteps * stepLow;
    const low = base + LOWEST_TERM * Math.LN2 * temperature;
    const nothing = base + NOTHING * Math.LN2 * temperature;
    let sum = 0;
    let rest = 0;
    for (let from = 0, at = start; from < length; from += BLOCK) {
      const to = Math.min(from + BLOCK, length);
      for (let k = from; k < to; k++, at += stride) {
        const value = x[at] - origin;
        const z = value < low || k === top ? nothing : value;
        const steps = z * stepsPerUnit + round - round;
        const j = (steps - maxSteps) | 0;
        const step = 2 * (j & 511);
        const r = (z - steps * stepHigh - (steps * stepLow + maxRest)) * inverse + shortRoots[step + 1];
        const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
        const next = sum + power;
        const taken = next - sum;
        rest +=
          sum -
          (next - taken) +
          (power - taken) +
          power * (r + r * r * (1 / 2 + r * (0.1666666799405961 + r * (1 / 24)))); // Knuth, TAOCP 4.2.2
        sum = next;
      }
      const high = sum + rest;
      rest -= high - sum;
      sum = high;
    }
    others[lane] = sum * unit;
    rests[lane] = rest * unit;
  }

  return function logarithmic(
    code: number,
    x: Float64Array,
    out: Float64Array,
    layout: Layout,
    reduction: Reduction,
  ): void {
    const { outer, length, inner } = layout;
    const { temperature } = reduction;
    const lanes = outer * inner;
    for (let first = 0; first < lanes; first += GROUP) {
      const count = Math.min(GROUP, lanes - first);
      for (let j = 0; j < count; j++) {
        const start = startOf(layout, first + j);
        const top = indexOfMax(x, start, length, inner);
        const max = x[start + top * inner];
        maxima[j] = max;
        if (Number.isFinite(max)) sumOfOthers(x, start, length, inner, top, max, reduction, j);
        else others[j] = rests[j] = Number.NaN;
      }
      for (let j = 0; j < count; j++) logarithms[j] = log1p(others[j]);
      for (let j = 0; j < count; j++) {
        const lane = first + j;
        const start = startOf(layout, lane);
        const max = maxima[j];
        let logarithm = logarithms[j];
        if (!Number.isFinite(max)) logarithm = logarithmBesideInfinity(code, x, start, length, inner);
        if (code === LOG_SUM_EXP) {
          out[lane] = max / temperature + logarithm;
        } else if (code === LOG_SOFTMAX) {
          subtract(x, length, max, temperature, logarithm, out, start, inner);
        } else {
          const at = 4 * lane;
          out[at] = Number.isNaN(max) ? Number.NEGATIVE_INFINITY : max;
          out[at + 1] = others[j];
          out[at + 2] = logarithm;
          out[at + 3] = rests[j];
        }
      }
    }
  };
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
  if (temperature === 1) {
    for (let k = 0, at = start; k < length; k++, at += stride) out[at] = x[at] - max - logarithm;
    return;
  }
  // Halved, so that x - max does not overflow before it is divided.
  const halfMax = max / 2;
  const halfTemperature = temperature / 2;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    out[at] = (x[at] / 2 - halfMax) / halfTemperature - logarithm;
  }
}

/** The index in the lane of the largest number, the first of equals. 0 if none is above -Infinity. */
function indexOfMax(x: Float64Array, start: number, length: number, stride: number): number {
  let max = Number.NEGATIVE_INFINITY;
  let top = 0;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const value = x[at];
    if (value > max) {
      max = value;
      top = k;
    }
  }
  return top;
}
