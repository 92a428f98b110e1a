import { SOFTMAX_VJP } from "../../../assembly/abi.js";
import { reductionAt, withoutLast } from "../../math/reduction.js";
import { compensatedSum, normalized } from "../../math/sums.js";
import { INFINITE, LOWEST_OCTAVE, NOTHING, ONE, ROUND, STEPS, tables } from "../../math/tables.js";
import type { FloatArray, Operands } from "../../types.js";
import type { Lanes, Loops } from "./loops.js";
import { type Lane, softmaxF32, softmaxF64, softmaxRowsF32, softmaxRowsF64 } from "./softmaxVjp.js";

const NO_SLOPES: FloatArray = /* @__PURE__ */ new Float64Array(0);

// e^r - 1 = r + r²/2 + r³/6 with r = n * ln2 / 512, |n| <= 1/2; what follows is under 1.3e-11 of it.
const TERM_1 = Math.LN2 / STEPS;
const TERM_2 = (TERM_1 * TERM_1) / 2;
const TERM_3 = (TERM_1 * TERM_1 * TERM_1) / 6;

/** Sums of f32 are split into blocks of this many terms, so that their error does not grow with the lane. */
const BLOCK = 512;

/**
 * Vector-Jacobian products of softmax and log-softmax, from the values of these:
 *
 *   softmax:      p · (dy - Σ p dy) / T
 *   log-softmax:  (dy - p Σ dy) / T,  p = e^(log p) = power (1 + t),  dy - power S - power S t
 *
 * In this form log-softmax keeps its digits where p is near 1 and dy near the sum S: there power is 1, dy - S is exact,
 * and t is e^(log p) - 1. Probabilities below 2^-1136 count as 0.
 *
 * Bound: f32 js 0.51 ulp, f64 js 2.5 ulp
 *
 * of the result or, where terms cancel, of 2^-20 (f32) or 2^-8 (f64) of the largest; for softmax in f64, of the largest. Largest
 * measured: 0.501 and 2.4.
 * Another temperature costs up to one ulp of f64 more.
 */
export function runVjp(
  _: Loops,
  code: number,
  { x, out, layout, temperature }: Lanes,
  { y: dy = NO_SLOPES }: Operands,
): void {
  const { outer, length, inner } = layout;
  const isSoftmax = code === SOFTMAX_VJP;
  if (isSoftmax && inner === 1) {
    if (x.BYTES_PER_ELEMENT === 4) {
      softmaxRowsF32(x as Float32Array, dy as Float32Array, out as Float32Array, length, temperature);
    } else {
      softmaxRowsF64(x as Float64Array, dy as Float64Array, out as Float64Array, length, temperature);
    }
    return;
  }
  const pullF32 = isSoftmax ? softmaxF32 : logSoftmaxF32;
  const pullF64 = isSoftmax ? softmaxF64 : logSoftmaxF64;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const lane = { start: o * length * inner + i, length, stride: inner, temperature };
      if (x.BYTES_PER_ELEMENT === 4) {
        pullF32(x as Float32Array, dy as Float32Array, out as Float32Array, lane);
      } else {
        pullF64(x as Float64Array, dy as Float64Array, out as Float64Array, lane);
      }
    }
  }
}

function logSoftmaxF32(logp: Float32Array, dy: Float32Array, out: Float32Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const { roots, powers } = tables();
  const inverse = 1 / lane.temperature;
  const total = sumF32(dy, lane) / ONE;
  // Local copies: a bundler may turn constants of the module into variables that are read each time.
  const round = ROUND;
  const lowestOctave = LOWEST_OCTAVE;
  const term1 = TERM_1;
  const term2 = TERM_2;
  const term3 = TERM_3;
  const lowest = NOTHING * STEPS;
  const highest = INFINITE * STEPS;
  const stepsPerUnit = STEPS * Math.LOG2E;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const steps = Math.max(lowest, Math.min(logp[at] * stepsPerUnit, highest));
    const nearest = steps + round - round;
    const n = steps - nearest;
    const j = nearest | 0;
    const product = roots[j & 511] * powers[(j >> 9) - lowestOctave] * total;
    const t = n * (term1 + n * (term2 + n * term3));
    // Adding 0 makes 0 of -0.
    out[at] = (dy[at] - product - product * t) * inverse + 0;
  }
}

/** Σ dy. NaN in place of an infinite sum, so that no result in such a lane is finite. */
function sumF32(dy: Float32Array, { start, length, stride }: Lane): number {
  let sum = 0;
  for (let from = 0; from < length; from += BLOCK) {
    const end = start + Math.min(from + BLOCK, length) * stride;
    let part = 0;
    for (let at = start + from * stride; at < end; at += stride) part += dy[at];
    sum += part;
  }
  return Number.isFinite(sum) ? sum : Number.NaN;
}

function logSoftmaxF64(logp: Float64Array, dy: Float64Array, out: Float64Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const { shortRoots, powers } = tables();
  const { stepsPerUnit, stepHigh, stepLow } = reductionAt(1);
  const divisor = lane.temperature * ONE;
  const { high: sum, low: rest } = normalized(compensatedSum(dy, start, length, stride));
  // Products of power, which has 26 bits, with either are exact.
  const high = withoutLast(27, sum);
  const low = sum - high;
  const round = ROUND;
  const one = ONE;
  const lowestOctave = LOWEST_OCTAVE;
  const lowest = NOTHING * Math.LN2;
  const highest = INFINITE * Math.LN2;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const z = Math.max(lowest, Math.min(logp[at], highest));
    const steps = z * stepsPerUnit + round - round;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const r = z - steps * stepHigh - (steps * stepLow - shortRoots[step + 1]);
    const t = r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120))));
    const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
    out[at] = (dy[at] * one - power * high - power * low - power * (rest + sum * t)) / divisor + 0;
  }
}
