import { type LogarithmTables, logRatio as logRatioOfAny } from "../../math/logarithms.js";
import { LOWEST_OCTAVE, ROUND, STEPS, type Tables } from "../../math/tables.js";

type Map = (x: Float32Array, y: Float32Array, out: Float32Array) => void;

type Name = "sigmoid" | "logSigmoid" | "softplus" | "logit" | "logAddExp" | "logDiffExp" | "logRatio";

export type MapsF32 = { readonly [operation in Name]: Map } & {
  readonly ratios: Ratios;
  readonly storeLess: StoreLess;
};

/** Writes log(x / reference) of a lane of `length` elements, `stride` apart from `start`, to `logs`. `words` are the bits of x. */
type Ratios = (
  x: Float32Array,
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
  out: Float32Array,
  start: number,
  stride: number,
  length: number,
) => void;

/**
 * The operations on Float32Arrays, in f64 arithmetic: errors are under 3e-10 before the one rounding to f32. Each has its
 * own loop, into which V8 inlines the functions that it calls.
 */
export function makeMapsF32({ roots, powers }: Tables, { logarithms, excesses }: LogarithmTables): MapsF32 {
  // Local copies: a bundler may turn constants of the module into variables that are read each time.
  const round = ROUND;
  const stepsPerOctave = STEPS;
  const stepsPerUnit = STEPS * Math.LOG2E;
  const limit = 190 * STEPS;
  // exp(r) = 1 + r + r²/2 with r = n * ln2 / 512, |n| <= 1/2; what follows is under r³/6 = 6e-11.
  const term1 = Math.LN2 / STEPS;
  const term2 = (term1 * term1) / 2;
  const term3 = (term1 * term1 * term1) / 6;
  /** Where `powers` has 1. */
  const octave0 = -LOWEST_OCTAVE - 128;
  const bits = new DataView(new ArrayBuffer(8));

  /** e^x, clamped to 2^±190, which f32 cannot tell from 0 and infinity. */
  function exp(x: number): number {
    const steps = Math.min(Math.max(x * stepsPerUnit, -limit), limit);
    const nearest = steps + round - round;
    const n = steps - nearest;
    const j = nearest | 0;
    return roots[j & 511] * powers[(j >> 9) + octave0] * (1 + n * (term1 + n * term2));
  }

  /** log(1 + f) for -1/2 <= f <= 1. */
  function log1p(f: number): number {
    const n = (f * stepsPerOctave + (stepsPerOctave + 0.5)) | 0;
    const d = f - (n - stepsPerOctave) / stepsPerOctave;
    const r = d - d * excesses[n];
    return logarithms[n] + (r - r * r * (1 / 2 - r * (1 / 3)));
  }

  /** log(a / b) by a / b = 2^octave (1 + f), 3/4 <= 1 + f <= 3/2. */
  function logRatio(a: number, b: number): number {
    const quotient = a / b;
    if (!(b > 0 && quotient > 2 ** -190 && quotient < 2 ** 190)) return logRatioOfAny(a, b);
    bits.setFloat64(0, quotient, true);
    const octave = (bits.getInt32(4, true) - 0x3fe80000) >> 20;
    const c = b * powers[octave0 + octave];
    return octave * Math.LN2 + log1p((a - c) / c);
  }

  return {
    sigmoid(x, _, out) {
      for (let k = 0; k < x.length; k++) out[k] = 1 / (1 + exp(-x[k]));
    },
    // Half of x ± |x| instead of a minimum or maximum with 0, which costs a branch that cannot be predicted.
    logSigmoid(x, _, out) {
      for (let k = 0; k < x.length; k++) {
        const value = Math.min(x[k], 2 ** 200);
        const distance = Math.abs(value);
        // What rounds to -0 becomes 0.
        out[k] = Math.fround((value - distance) * 0.5 - log1p(exp(-distance))) + 0;
      }
    },
    softplus(x, _, out) {
      for (let k = 0; k < x.length; k++) {
        const value = Math.max(x[k], -(2 ** 200));
        const distance = Math.abs(value);
        out[k] = (value + distance) * 0.5 + log1p(exp(-distance));
      }
    },
    logit(x, _, out) {
      for (let k = 0; k < x.length; k++) out[k] = logRatio(x[k], 1 - x[k]);
    },
    logAddExp(x, y, out) {
      for (let k = 0; k < x.length; k++) {
        const a = x[k];
        const b = y[k];
        // Equal infinities have no difference.
        const difference = a === b ? 0 : a - b;
        out[k] = Math.max(a, b) + log1p(exp(-Math.abs(difference)));
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
        const steps = Math.max((b - a) * stepsPerUnit, -limit);
        const nearest = steps + round - round;
        const n = steps - nearest;
        const j = nearest | 0;
        const power = roots[j & 511] * powers[(j >> 9) + octave0];
        const rest = power * (n * (term1 + n * (term2 + n * term3)));
        const e = power + rest;
        // What rounds to -0 becomes 0.
        out[k] = Math.fround(a + (e <= 0.5 ? log1p(-e) : logRatio(1 - power - rest, 1))) + 0;
      }
    },
    logRatio(x, y, out) {
      for (let k = 0; k < x.length; k++) out[k] = logRatio(x[k], y[k]);
    },
    // x / reference = 2^octave (1 + f), 3/4 <= 1 + f <= 3/2, the octave from the bits of x: no quotient has to be taken.
    ratios(x, words, start, stride, length, reference, logs) {
      bits.setFloat32(0, reference * 0.75, true);
      const lowest = bits.getInt32(0, true);
      const range = reference >= 2 ** -125 && reference < Number.POSITIVE_INFINITY ? 0x7f000000 : 0;
      const inverse = 1 / reference;
      for (let k = 0, at = start; k < length; k++, at += stride) {
        const word = words[at];
        const octave = (word - lowest) >> 23;
        // A normal positive number whose octave is in the table.
        if ((word - 0x00800000) >>> 0 < range && (octave + 189) >>> 0 < 379) {
          const f = (x[at] * powers[octave0 - octave] - reference) * inverse;
          logs[k] = octave * Math.LN2 + log1p(f);
        } else {
          logs[k] = logRatioOfAny(x[at], reference);
        }
      }
    },
    storeLess(logs, mean, out, start, stride, length) {
      const nothing = Number.NEGATIVE_INFINITY;
      for (let k = 0, at = start; k < length; k++, at += stride) {
        out[at] = mean === nothing && logs[k] === nothing ? nothing : logs[k] - mean;
      }
    },
  };
}
