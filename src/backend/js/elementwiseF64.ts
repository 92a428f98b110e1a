import { LN2_HIGH, LN2_LOW } from "../../math/log1p.js";
import { type LogarithmTables, logRatio as logRatioOfAny } from "../../math/logarithms.js";
import { reductionFor } from "../../math/reduction.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, STEPS, type Tables } from "../../math/tables.js";
import type { Name } from "./elementwiseF32.js";

type Map = (x: Float64Array, y: Float64Array, out: Float64Array) => void;

export type MapsF64 = { readonly [operation in Name]: Map } & {
  readonly compare: Compare;
  readonly ratios: Ratios;
  readonly storeLess: StoreLess;
};

/** Writes log(x / reference) of a lane of `length` elements, `stride` apart from `start`. `words` are the bits of x. */
type Compare = (
  x: Float64Array,
  words: Int32Array,
  out: Float64Array,
  start: number,
  stride: number,
  length: number,
  reference: number,
) => void;

/** As `Compare`, to `logs`. */
type Ratios = (
  x: Float64Array,
  words: Int32Array,
  start: number,
  stride: number,
  length: number,
  reference: number,
  logs: Float64Array,
) => void;

/** Writes the logarithms less `mean` to a lane. -Infinity stays beside a mean of -Infinity. */
type StoreLess = (
  logs: Float64Array,
  mean: number,
  out: Float64Array,
  start: number,
  stride: number,
  length: number,
) => void;

/**
 * The operations on Float64Arrays. The rounding errors of e^x and a - b are kept, so at most three roundings count: that
 * of a quotient, that of a sum and the last one.
 */
export function makeMapsF64(
  { shortRoots, powers }: Tables,
  { logarithms, rests, excesses }: LogarithmTables,
): MapsF64 {
  const round = ROUND;
  const stepsPerOctave = STEPS;
  const nothing = NOTHING * Math.LN2;
  const { stepsPerUnit, stepHigh, stepLow } = reductionFor(1);
  const ln2High = LN2_HIGH;
  const ln2Low = LN2_LOW;
  const lowestOctave = LOWEST_OCTAVE;
  /** Where `powers` has 1. */
  const octave0 = -LOWEST_OCTAVE - 128;
  const one = ONE;
  const unit = 1 / ONE;
  const bits = new DataView(new ArrayBuffer(8));
  const lost = new Float64Array(1);
  const double = new Float64Array(1);
  const doubleBits = new Int32Array(double.buffer);
  /** Of sigmoid, by the sign of x: 1 or e. */
  const numerators = new Float64Array([1, 0]);
  const numeratorRests = new Float64Array(2);

  /** e^(x + rest) for x <= 0 and a rest below its last place. Its rounding error goes to lost[0]. */
  function exp(x: number, rest: number): number {
    const z = Math.max(x, nothing);
    const steps = z * stepsPerUnit + round - round;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const r = z - steps * stepHigh - (steps * stepLow - rest) + shortRoots[step + 1];
    const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
    const increase = power * (r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24))));
    const e = power + increase;
    lost[0] = (power - e + increase) * unit;
    return e * unit;
  }

  /** octave * ln2 + log(1 + f + rest) for -1/2 <= f <= 1 and a rest below its last place. */
  function logarithm(octave: number, f: number, rest: number): number {
    const n = (f * stepsPerOctave + (stepsPerOctave + 0.5)) | 0;
    const d = f - (n - stepsPerOctave) / stepsPerOctave + rest;
    const excess = d * excesses[n];
    const r = d - excess;
    const square = r * r;
    const polynomial = 1 / 2 - r * (1 / 3) + square * (1 / 4 - r * (1 / 5) + square * (1 / 6));
    return (
      octave * ln2High + logarithms[n] + (octave * ln2Low + rests[n] - (excess + square * polynomial) + d)
    );
  }

  /** log((a + rest) / b) by a / b = 2^octave (1 + f), 3/4 <= 1 + f <= 3/2. */
  function logRatio(a: number, rest: number, b: number): number {
    const quotient = a / b;
    if (!(b > 0 && quotient > 2 ** -190 && quotient < 2 ** 190)) return logRatioOfAny(a, b);
    // So that c is not subnormal. No rest is that small.
    if (a < 2 ** -900) return logRatio(a * 2 ** 300, 0, b * 2 ** 300);
    bits.setFloat64(0, quotient, true);
    const octave = (bits.getInt32(4, true) - 0x3fe80000) >> 20;
    const c = b * powers[octave0 + octave];
    return logarithm(octave, (a - c + rest) / c, 0);
  }

  /** log(1 - e^(x + rest)) for x < 0 and a rest below its last place. */
  function logOfComplement(x: number, rest: number): number {
    const z = Math.max(x, nothing);
    const steps = z * stepsPerUnit + round - round;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const r = z - steps * stepHigh - (steps * stepLow - rest) + shortRoots[step + 1];
    const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
    const increase = power * (r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
    const e = power + increase;
    if (e <= one / 2) return logarithm(0, -e * unit, (e - power - increase) * unit);
    // Exact: the power has 26 bits.
    const left = one - power;
    const p = left - increase;
    return logRatio(p * unit, (left - p - increase) * unit, 1);
  }

  function leadingBitsOf(x: number): number {
    bits.setFloat64(0, x, true);
    return bits.getInt32(4, true);
  }

  /** How many leading bits are those of normal positive numbers that can be compared with the reference: none, or all of them. */
  function rangeOf(reference: number): number {
    return reference >= 2 ** -1021 && reference < Number.POSITIVE_INFINITY ? 0x7fe00000 : 0;
  }

  return {
    // Without a branch on the sign, which cannot be predicted, and with one division: the correction, below an ulp, takes 1 / sum
    // within 1/256, by Newton's method.
    sigmoid(x, _, out) {
      for (let k = 0; k < x.length; k++) {
        const value = x[k];
        double[0] = value;
        const isNegative = doubleBits[1] >>> 31;
        const e = exp(-Math.abs(value), 0);
        numerators[1] = e;
        numeratorRests[1] = lost[0];
        const sum = 1 + e;
        const sumLost = e - (sum - 1) + lost[0];
        const quotient = numerators[isNegative] / sum;
        const estimate = 24 / 17 - sum * (8 / 17);
        const inverse = estimate * (2 - sum * estimate);
        out[k] = quotient + (numeratorRests[isNegative] - quotient * sumLost) * inverse;
      }
    },
    // Halves of x and |x| instead of a minimum or maximum with 0, which costs a branch that cannot be predicted.
    logSigmoid(x, _, out) {
      for (let k = 0; k < x.length; k++) {
        const value = Math.min(x[k], 2 ** 1000);
        const distance = Math.abs(value);
        out[k] = value * 0.5 - distance * 0.5 - logarithm(0, exp(-distance, 0), lost[0]);
      }
    },
    softplus(x, _, out) {
      for (let k = 0; k < x.length; k++) {
        const value = Math.max(x[k], -(2 ** 1000));
        const distance = Math.abs(value);
        out[k] = value * 0.5 + distance * 0.5 + logarithm(0, exp(-distance, 0), lost[0]);
      }
    },
    logit(x, _, out) {
      for (let k = 0; k < x.length; k++) {
        const p = x[k];
        const q = 1 - p;
        out[k] = 0 - logRatio(q, 1 - q - p, p);
      }
    },
    logAddExp(x, y, out) {
      for (let k = 0; k < x.length; k++) {
        const a = x[k];
        const b = y[k];
        // Equal infinities have no difference. Beyond 1000 no rest matters.
        const difference = a === b ? 0 : a - b;
        const isNear = difference !== 0 && Math.abs(difference) < 1000;
        const rounded = difference - a;
        const rest = isNear ? a - (difference - rounded) - (b + rounded) : 0; // Knuth
        const e = exp(-Math.abs(difference), difference < 0 ? rest : -rest);
        out[k] = Math.max(a, b) + logarithm(0, e, lost[0]);
      }
    },
    logDiffExp(x, y, out) {
      for (let k = 0; k < x.length; k++) {
        const a = x[k];
        const b = y[k];
        if (!(a > b)) {
          out[k] = a === b && a < Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : Number.NaN;
          continue;
        }
        const difference = b - a;
        const rounded = difference - b;
        const rest = difference > -1000 ? b - (difference - rounded) - (a + rounded) : 0; // Knuth
        out[k] = a + logOfComplement(difference, rest) + 0;
      }
    },
    logRatio(x, y, out) {
      for (let k = 0; k < x.length; k++) out[k] = logRatio(x[k], 0, y[k]);
    },
    // f by a division, which rounds once. Each branch stores its own, as for f32.
    compare(x, words, out, start, stride, length, reference) {
      const lowest = leadingBitsOf(reference * 0.75);
      const range = rangeOf(reference);
      for (let k = 0, at = start; k < length; k++, at += stride) {
        const word = words[2 * at + 1];
        const octave = (word - lowest) >> 20;
        if ((word - 0x00100000) >>> 0 < range && (octave + 189) >>> 0 < 379) {
          out[at] = logarithm(octave, (x[at] * powers[octave0 - octave] - reference) / reference, 0);
        } else {
          out[at] = logRatioOfAny(x[at], reference);
        }
      }
    },
    ratios(x, words, start, stride, length, reference, logs) {
      const lowest = leadingBitsOf(reference * 0.75);
      const range = rangeOf(reference);
      for (let k = 0, at = start; k < length; k++, at += stride) {
        const word = words[2 * at + 1];
        const octave = (word - lowest) >> 20;
        if ((word - 0x00100000) >>> 0 < range && (octave + 189) >>> 0 < 379) {
          logs[k] = logarithm(octave, (x[at] * powers[octave0 - octave] - reference) / reference, 0);
        } else {
          logs[k] = logRatioOfAny(x[at], reference);
        }
      }
    },
    storeLess(logs, mean, out, start, stride, length) {
      const nothing = Number.NEGATIVE_INFINITY;
      for (let k = 0, at = start; k < length; k++, at += stride) out[at] = logs[k] - mean;
      if (mean !== nothing) return;
      for (let k = 0, at = start; k < length; k++, at += stride) if (logs[k] === nothing) out[at] = nothing;
    },
  };
}
