import type { Layout } from "../layout.js";
import type { FloatArray, Operation } from "./backend.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, STEPS, type Tables } from "./tables.js";

// exp(r) = 1 + r + r²/2 with r = n * ln2 / 512, |n| <= 1/2; what follows is under r³/6 = 6e-11.
const TERM_1 = Math.LN2 / STEPS;
const TERM_2 = TERM_1 ** 2 / 2;

/** Below 2^-151 softmax rounds to 0; fewer than 2^53 terms below 2^-204 add up to nothing in a logarithm. */
const LOWEST_RESULT = -151;
const LOWEST_TERM = -204;

/** Longer sums are split in two: the error of a sum does not grow with the lane. */
const BLOCK = 65536;

export type RunF32 = (
  operation: Operation,
  x: Float32Array,
  out: Float32Array,
  layout: Layout,
  temperature: number,
  values: Float64Array,
) => void;

/**
 * The operations on Float32Arrays, in f64 arithmetic: errors are under 1e-10 before the one rounding to f32, and so
 * results are within 0.501 ulp. `values` is scratch memory for one lane.
 */
export function makeRunF32({ roots, powers }: Tables): RunF32 {
  /**
   * values[k] = ONE * exp((x - max) / T), or 0 where that is below `lowest` octaves, for x of element k of the lane
   * at `start`, from <= k < to. Returns the sum.
   */
  function exponentials(
    x: Float32Array,
    start: number,
    stride: number,
    from: number,
    to: number,
    max: number,
    stepsPerUnit: number,
    lowest: number,
    values: Float64Array,
  ): number {
    if (to - from > BLOCK) {
      const middle = (from + to) >>> 1;
      return (
        exponentials(x, start, stride, from, middle, max, stepsPerUnit, lowest, values) +
        exponentials(x, start, stride, middle, to, max, stepsPerUnit, lowest, values)
      );
    }
    // In variables of the function: a bundler may turn constants of the module into variables, read every time.
    const round = ROUND;
    const lowestSteps = lowest * STEPS;
    const nothing = NOTHING * STEPS;
    const lowestOctave = LOWEST_OCTAVE;
    const term1 = TERM_1;
    const term2 = TERM_2;
    let sum = 0;
    for (let k = from, at = start + from * stride; k < to; k++, at += stride) {
      const steps = (x[at] - max) * stepsPerUnit;
      const clamped = steps < lowestSteps ? nothing : steps;
      const nearest = clamped + round - round;
      const n = clamped - nearest;
      const j = nearest | 0;
      const power = roots[j & 511] * powers[(j >> 9) - lowestOctave];
      const e = power * (1 + n * (term1 + n * term2));
      values[k] = e;
      sum += e;
    }
    return sum;
  }

  return function runF32(operation, x, out, { outer, length, inner }, temperature, values) {
    const stepsPerUnit = (STEPS * Math.LOG2E) / temperature;
    const inverse = 1 / temperature;
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
        if (operation === "softmax") {
          const scale =
            1 / exponentials(x, start, inner, 0, length, max, stepsPerUnit, LOWEST_RESULT, values);
          for (let k = 0, at = start; k < length; k++, at += inner) out[at] = values[k] * scale;
          continue;
        }
        let logarithm: number;
        if (Number.isFinite(max)) {
          const before = exponentials(x, start, inner, 0, top, max, stepsPerUnit, LOWEST_TERM, values);
          const after = exponentials(
            x,
            start,
            inner,
            top + 1,
            length,
            max,
            stepsPerUnit,
            LOWEST_TERM,
            values,
          );
          logarithm = Math.log1p((before + after) / ONE);
        } else {
          logarithm = logarithmBesideInfinity(operation, x, start, end, inner);
        }
        if (operation === "logSumExp") {
          out[o * inner + i] = max * inverse + logarithm;
        } else {
          for (let at = start; at < end; at += inner) out[at] = (x[at] - max) * inverse - logarithm;
        }
      }
    }
  };
}

/** What makes logSoftmax NaN and logSumExp the maximum, or NaN beside a NaN, where the maximum is infinite. */
export function logarithmBesideInfinity(
  operation: Operation,
  x: FloatArray,
  start: number,
  end: number,
  stride: number,
): number {
  if (operation === "logSoftmax") return Number.NaN;
  for (let at = start; at < end; at += stride) if (Number.isNaN(x[at])) return Number.NaN;
  return 0;
}
