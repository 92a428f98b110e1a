import { type Reduction, reductionAt, withoutLast } from "../../math/reduction.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, STEPS, type Tables, tables } from "../../math/tables.js";
import type { FloatArray, Operands } from "../../types.js";
import { LOWEST_TERM } from "./f64.js";
import type { Lanes, Loops } from "./loops.js";

const NO_WEIGHTS: FloatArray = /* @__PURE__ */ new Float64Array(0);

/** Sums of f32 are split into blocks of this many terms, so that their error does not grow with the lane. */
const BLOCK = 128;

/** Octaves below the maximum of a lane of f32: fewer than 2^53 such terms do not change a logarithm. */
const LOWEST_F32 = -204;

/** Where a lane lies, and its temperature. */
interface Lane {
  readonly start: number;
  readonly length: number;
  readonly stride: number;
  readonly reduction: Reduction;
}

/** Writes the parts of a lane at `out[to]`. Where one of them is not finite, the others need not be right. */
type Weigh<A extends FloatArray> = (x: A, weights: A, lane: Lane, out: FloatArray, to: number) => void;

let made: { readonly f32: Weigh<Float32Array>; readonly f64: Weigh<Float64Array> } | undefined;

/**
 * Gives [m, Σ w where x = m, Σ w exp((x - m) / T) over the others, Σ |w| exp((x - m) / T) over the others] for each lane, where m is the largest logit with w ≠ 0.
 * Elements with w = 0 do not count. |Σ w exp(x / T)| is exp(m / T) times |the sum of the two|.
 *
 * Each sum is rounded once. Before that its error is under 2^-57 Σ |w| exp((x - m) / T), or 2^-46 in lanes of f32. Exponentials
 * below 2^-1130, or 2^-204 there, count as 0. Both sums are NaN if a logit is NaN, a weight not finite, or a sum overflows. Beside
 * m = +Infinity the second sum is 0; without a logit above -Infinity the result is [-Infinity, 0, 0, 0].
 */
export function runWeightedParts(
  _: Loops,
  __: number,
  { x, out, layout, temperature }: Lanes,
  { y: weights = NO_WEIGHTS }: Operands,
): void {
  made ??= { f32: makeWeighF32(tables()), f64: makeWeighF64(tables()) };
  const weigh = (x.BYTES_PER_ELEMENT === 4 ? made.f32 : made.f64) as Weigh<FloatArray>;
  const { outer, length, inner } = layout;
  const reduction = reductionAt(temperature);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const lane = { start: o * length * inner + i, length, stride: inner, reduction };
      const to = 4 * (o * inner + i);
      weigh(x, weights, lane, out, to);
      const sum = out[to] + out[to + 1] + out[to + 2] + out[to + 3];
      if (!Number.isFinite(sum)) fillBesideInfinity(x, weights, lane, out, to);
    }
  }
}

/** The loop for f32 lanes: terms are within 2^-46, their sums of f64. */
function makeWeighF32({ roots, powers }: Tables): Weigh<Float32Array> {
  const terms = powers.map((power, k) => (k < LOWEST_F32 - LOWEST_OCTAVE ? 0 : power));
  return (x, weights, { start, length, stride, reduction: { stepsPerUnit } }, out, to) => {
    let max = Number.NEGATIVE_INFINITY;
    for (let k = 0, at = start; k < length; k++, at += stride) {
      if (x[at] > max && weights[at] !== 0) max = x[at];
    }
    // In variables of the function: a bundler may turn constants of the module into variables, read every time.
    const round = ROUND;
    const lowestOctave = LOWEST_OCTAVE;
    const lowest = NOTHING * STEPS;
    const term1 = Math.LN2 / STEPS;
    const term2 = (term1 * term1) / 2;
    const term3 = (term2 * term1) / 3;
    let atMax = 0;
    let others = 0;
    let size = 0;
    for (let from = 0; from < length; from += BLOCK) {
      const end = Math.min(from + BLOCK, length);
      let ties = 0;
      let sum = 0;
      let absolute = 0;
      for (let k = from, at = start + from * stride; k < end; k++, at += stride) {
        const weight = weights[at];
        const value = x[at];
        if (weight === 0) continue;
        if (value === max) {
          ties += weight;
          continue;
        }
        const exact = (value - max) * stepsPerUnit;
        const steps = Math.max(exact, lowest);
        const nearest = steps + round - round;
        const n = steps - nearest;
        const j = nearest | 0;
        const power = roots[j & 511] * terms[(j >> 9) - lowestOctave];
        const term = weight * (power + power * (n * (term1 + n * (term2 + n * term3))));
        sum += term;
        absolute += Math.abs(term);
      }
      atMax += ties;
      others += sum;
      size += absolute;
    }
    out[to] = max;
    out[to + 1] = atMax;
    out[to + 2] = others / ONE;
    out[to + 3] = size / ONE;
  };
}

/** The loop for f64 lanes. The exponentials are those of f64.ts. */
function makeWeighF64({ shortRoots, powers }: Tables): Weigh<Float64Array> {
  return (x, weights, { start, length, stride, reduction }, out, to) => {
    const { temperature, inverse, stepsPerUnit, stepHigh, stepLow } = reduction;
    let max = Number.NEGATIVE_INFINITY;
    for (let k = 0, at = start; k < length; k++, at += stride) {
      if (x[at] > max && weights[at] !== 0) max = x[at];
    }
    const round = ROUND;
    const lowestOctave = LOWEST_OCTAVE;
    // The difference is exact for every x that matters: it lies within a factor of 2 of the maximum (Sterbenz).
    const shift = Math.abs(max) >= 4096 * temperature ? max : 0;
    const origin = max - shift;
    const maxSteps = origin * stepsPerUnit + round - round;
    const maxRest = origin - maxSteps * stepHigh - maxSteps * stepLow;
    const low = origin + LOWEST_TERM * Math.LN2 * temperature;
    const nothing = origin + NOTHING * Math.LN2 * temperature;
    let atMax = 0;
    let atMaxRest = 0;
    let sum = 0;
    let rest = 0;
    let size = 0;
    for (let k = 0, at = start; k < length; k++, at += stride) {
      const weight = weights[at];
      const value = x[at];
      if (weight === 0) continue;
      if (value === max) {
        const next = atMax + weight;
        const added = next - atMax;
        atMaxRest += atMax - (next - added) + (weight - added); // Knuth, TAOCP 4.2.2
        atMax = next;
        continue;
      }
      const shifted = value - shift;
      const z = shifted < low ? nothing : shifted;
      const steps = z * stepsPerUnit + round - round;
      const j = (steps - maxSteps) | 0;
      const step = 2 * (j & 511);
      const r = (z - steps * stepHigh - (steps * stepLow + maxRest)) * inverse + shortRoots[step + 1];
      const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
      const increase = power * (r + r * r * (1 / 2 + r * (0.1666666799405961 + r * (1 / 24))));
      // The product with the first 26 bits is exact, and so is the sum of such.
      const high = withoutLast(27, weight);
      const term = power * high;
      size += Math.abs(term);
      const next = sum + term;
      const added = next - sum;
      rest += sum - (next - added) + (term - added) + (power * (weight - high) + increase * weight);
      sum = next;
    }
    out[to] = max;
    out[to + 1] = atMax + atMaxRest;
    out[to + 2] = (sum + rest) / ONE;
    out[to + 3] = size / ONE;
  };
}

/** The parts of a lane with an infinite maximum, NaN, a weight that is not finite, or a sum that overflows. */
function fillBesideInfinity(
  x: FloatArray,
  weights: FloatArray,
  { start, length, stride }: Lane,
  out: FloatArray,
  to: number,
): void {
  const max = out[to];
  let zero = Number.isFinite(max) ? Number.NaN : 0;
  let atMax = 0;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const weight = weights[at];
    if (weight === 0) continue;
    zero += weight * 0;
    if (Number.isNaN(x[at])) zero = Number.NaN;
    if (x[at] === max) atMax += weight;
  }
  out[to + 1] = max > 0 ? atMax + zero : zero;
  out[to + 2] = zero;
  out[to + 3] = 0;
}
