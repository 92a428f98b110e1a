import { LOG_SOFTMAX, LOG_SUM_EXP, SOFTMAX } from "../../../assembly/abi.js";
import { log1p } from "../../math/log1p.js";
import type { Reduction } from "../../math/reduction.js";
import { INFINITE, LOWEST_OCTAVE, NOTHING, ONE, ROUND, STEPS, type Tables } from "../../math/tables.js";
import type { FloatArray, Layout } from "../../types.js";
import { startOf } from "../lanes.js";
import { logarithmBesideInfinity } from "./infinity.js";
import { GROUP } from "./logarithmicF64.js";
import type { Scratch } from "./scratch.js";

// exp(r) = 1 + r + r²/2 with r = n * ln2 / 512, |n| <= 1/2; what follows is under r³/6 = 6e-11.
const TERM_1 = Math.LN2 / STEPS;
const TERM_2 = (TERM_1 * TERM_1) / 2;

/** Which exponents are looked up in `powers`. Those more than `limit` octaves from 0 are looked up at `beyond`. */
interface Reach {
  readonly limit: number;
  readonly beyond: number;
  readonly powers: Float64Array;
}

/** Sums are split into blocks of this many terms, so that their error does not grow with the lane. */
const BLOCK = 128;

export interface LoopsF32 {
  /** `values` is scratch memory for one lane. */
  readonly run: (
    code: number,
    x: Float32Array,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    values: Float64Array,
  ) => void;
  /** As that of LoopsF64, with errors under 1e-10. */
  readonly exponentiate: (
    x: Float32Array,
    start: number,
    length: number,
    stride: number,
    reduction: Reduction,
    scratch: Scratch,
  ) => void;
  /** The same for the first `count` of x, relative to `max`, to `values`. Returns their sum. */
  readonly exponentiatePiece: (
    x: Float32Array,
    count: number,
    max: number,
    reduction: Reduction,
    values: Float64Array,
  ) => number;
}

/**
 * The operations on Float32Arrays, in f64 arithmetic: errors are under 1e-10 before the one rounding to f32, and so
 * results are within 0.502 ulp.
 */
export function makeLoopsF32({ roots, powers }: Tables): LoopsF32 {
  // Zeros in the table instead of a comparison: a branch cannot predict which of widely spread logits vanish.
  const vanishingBelow = (octave: number): Float64Array =>
    powers.map((power, k) => (k < octave - LOWEST_OCTAVE ? 0 : power));
  // Softmax rounds them to 0.
  const results: Reach = { limit: -NOTHING, beyond: NOTHING, powers: vanishingBelow(-151) };
  const factors: Reach = { limit: -NOTHING, beyond: NOTHING, powers };
  // Fewer than 2^53 of them do not change a logarithm.
  const terms = vanishingBelow(-204);
  // Logits this near 0 need no maximum: f64 has room for the exponentials, and f32 for their quotients.
  const near: Reach = { limit: 62, beyond: INFINITE, powers };

  const maxima = new Float64Array(GROUP);
  const others = new Float64Array(GROUP);
  const logarithms = new Float64Array(GROUP);

  /** values[k] = ONE * exp((x - origin) / T) for x of element k of the lane at `start`. Returns the sum. */
  function exponentials(
    x: Float32Array,
    start: number,
    stride: number,
    from: number,
    to: number,
    origin: number,
    stepsPerUnit: number,
    { limit, beyond, powers }: Reach,
    values: Float64Array,
  ): number {
    // In variables of the function: a bundler may turn constants of the module into variables, read every time.
    const round = ROUND;
    const lowestOctave = LOWEST_OCTAVE;
    const term1 = TERM_1;
    const term2 = TERM_2;
    const limitSteps = limit * STEPS;
    const beyondSteps = beyond * STEPS;
    let sum = 0;
    for (let k = from, at = start + from * stride; k < to; k++, at += stride) {
      const exact = (x[at] - origin) * stepsPerUnit;
      const steps = Math.abs(exact) > limitSteps ? beyondSteps : exact;
      const nearest = steps + round - round;
      const n = steps - nearest;
      const j = nearest | 0;
      const power = roots[j & 511] * powers[(j >> 9) - lowestOctave];
      const e = power * (1 + n * (term1 + n * term2));
      values[k] = e;
      sum += e;
    }
    return sum;
  }

  /** The same for the whole lane, block by block. */
  function exponentialsByBlocks(
    x: Float32Array,
    start: number,
    length: number,
    stride: number,
    origin: number,
    stepsPerUnit: number,
    reach: Reach,
    values: Float64Array,
  ): number {
    let sum = 0;
    for (let k = 0; k < length && sum !== Number.POSITIVE_INFINITY; k += BLOCK) {
      const to = Math.min(k + BLOCK, length);
      sum += exponentials(x, start, stride, k, to, origin, stepsPerUnit, reach, values);
    }
    return sum;
  }

  /** Relative to the maximum only where `near` does not suffice. */
  function exponentialsWithin(
    reach: Reach,
    x: Float32Array,
    start: number,
    length: number,
    stride: number,
    stepsPerUnit: number,
    values: Float64Array,
  ): number {
    let sum = Number.POSITIVE_INFINITY;
    if (Math.abs(x[start] * stepsPerUnit) < near.limit * STEPS) {
      sum = exponentialsByBlocks(x, start, length, stride, 0, stepsPerUnit, near, values);
    }
    if (sum === Number.POSITIVE_INFINITY) {
      const max = x[start + indexOfMax(x, start, length, stride) * stride];
      sum = exponentialsByBlocks(x, start, length, stride, max, stepsPerUnit, reach, values);
    }
    return sum;
  }

  function softmax(
    x: Float32Array,
    out: FloatArray,
    { outer, length, inner }: Layout,
    temperature: number,
    values: Float64Array,
  ): void {
    const stepsPerUnit = (STEPS * Math.LOG2E) / temperature;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        const scale = 1 / exponentialsWithin(results, x, start, length, inner, stepsPerUnit, values);
        for (let k = 0, at = start; k < length; k++, at += inner) out[at] = values[k] * scale;
      }
    }
  }

  /**
   * The sum of exp((x - max) / T) over the elements of the lane other than that at `top`, block by block. Nothing is stored.
   */
  function sumOfOthers(
    x: Float32Array,
    start: number,
    length: number,
    stride: number,
    top: number,
    max: number,
    stepsPerUnit: number,
  ): number {
    const round = ROUND;
    const lowestOctave = LOWEST_OCTAVE;
    const term1 = TERM_1;
    const term2 = TERM_2;
    const limitSteps = -NOTHING * STEPS;
    let sum = 0;
    for (let from = 0; from < length; from += BLOCK) {
      const to = Math.min(from + BLOCK, length);
      let part = 0;
      for (let k = from, at = start + from * stride; k < to; k++, at += stride) {
        const exact = (x[at] - max) * stepsPerUnit;
        const steps = Math.abs(exact) > limitSteps || k === top ? -limitSteps : exact;
        const nearest = steps + round - round;
        const n = steps - nearest;
        const j = nearest | 0;
        part += roots[j & 511] * terms[(j >> 9) - lowestOctave] * (1 + n * (term1 + n * term2));
      }
      sum += part;
    }
    return sum / ONE;
  }

  function logarithmic(
    code: number,
    x: Float32Array,
    out: FloatArray,
    layout: Layout,
    temperature: number,
  ): void {
    const { outer, length, inner } = layout;
    const stepsPerUnit = (STEPS * Math.LOG2E) / temperature;
    const inverse = 1 / temperature;
    const lanes = outer * inner;
    for (let first = 0; first < lanes; first += GROUP) {
      const count = Math.min(GROUP, lanes - first);
      for (let j = 0; j < count; j++) {
        const start = startOf(layout, first + j);
        const top = indexOfMax(x, start, length, inner);
        const max = x[start + top * inner];
        maxima[j] = max;
        others[j] = Number.isFinite(max)
          ? sumOfOthers(x, start, length, inner, top, max, stepsPerUnit)
          : Number.NaN;
      }
      for (let j = 0; j < count; j++) logarithms[j] = log1p(others[j]);
      for (let j = 0; j < count; j++) {
        const lane = first + j;
        const start = startOf(layout, lane);
        const max = maxima[j];
        let logarithm = logarithms[j];
        if (!Number.isFinite(max)) logarithm = logarithmBesideInfinity(code, x, start, length, inner);
        if (code === LOG_SUM_EXP) {
          out[lane] = max * inverse + logarithm;
        } else if (code === LOG_SOFTMAX) {
          // What rounds to 0 must not become -0.
          if (logarithm <= 2 ** -150) logarithm = 0;
          for (let k = 0, at = start; k < length; k++, at += inner) {
            out[at] = (x[at] - max) * inverse - logarithm;
          }
        } else {
          const at = 4 * lane;
          out[at] = Number.isNaN(max) ? Number.NEGATIVE_INFINITY : max;
          out[at + 1] = others[j];
          out[at + 2] = logarithm;
          out[at + 3] = 0;
        }
      }
    }
  }

  return {
    run(code, x, out, layout, temperature, values) {
      if (code === SOFTMAX) softmax(x, out, layout, temperature, values);
      else logarithmic(code, x, out, layout, temperature);
    },
    exponentiate(x, start, length, stride, { stepsPerUnit }, { values, total }) {
      total[0] = exponentialsWithin(factors, x, start, length, stride, stepsPerUnit, values);
      total[1] = 0;
    },
    exponentiatePiece(x, count, max, { stepsPerUnit }, values) {
      return exponentialsByBlocks(x, 0, count, 1, max, stepsPerUnit, factors, values);
    },
  };
}

/** The index in the lane of the largest number, the first of equals. 0 if none is above -Infinity. */
function indexOfMax(x: Float32Array, start: number, length: number, stride: number): number {
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
