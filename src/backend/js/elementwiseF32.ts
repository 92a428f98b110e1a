import { type LogarithmTables, logRatio as logRatioOfAny } from "../../math/logarithms.js";
import { LOWEST_OCTAVE, ROUND, STEPS, type Tables } from "../../math/tables.js";

type Map = (x: Float32Array, y: Float32Array, out: Float32Array) => void;

export type Name = "sigmoid" | "logSigmoid" | "softplus" | "logit" | "logAddExp" | "logDiffExp" | "logRatio";

export type MapsF32 = { readonly [operation in Name]: Map } & {
  readonly compare: Compare;
  readonly centre: Centre;
  readonly ratios: Ratios;
  readonly storeLess: StoreLess;
};

/** Writes log(x / reference) of a lane of `length` elements, `stride` apart from `start`. `words` are the bits of x. */
type Compare = (
  x: Float32Array,
  words: Int32Array,
  out: Float32Array,
  start: number,
  stride: number,
  length: number,
  reference: number,
) => void;

/**
 * Writes the logarithms of a lane less their mean. Returns whether it did: not where they are so near each other that they would
 * lose digits, nor beside numbers that are not normal or not positive. `logs` is scratch memory.
 */
type Centre = (
  words: Int32Array,
  out: Float32Array,
  start: number,
  stride: number,
  length: number,
  logs: Float64Array,
) => boolean;

/** As `Compare`, to `logs`. */
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
  const nothing = Number.NEGATIVE_INFINITY;
  const single = new Float32Array(1);
  const singleBits = new Int32Array(single.buffer);
  const double = new Float64Array(1);
  const doubleBits = new Int32Array(double.buffer);

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

  /** 2^-23 / c for c = 1 + k / 512, and log c. */
  const inverses = excesses.slice(STEPS).map((excess) => (1 - excess) * 2 ** -23);
  const leading = logarithms.slice(STEPS);
  /** log 2^octave by the sign and the exponent of an f32. -Infinity for 0 and subnormals, NaN for what is infinite or negative. */
  const octaves = new Float64Array(512).map((_, k) =>
    k > 254 ? Number.NaN : k > 0 ? (k - 127) * Math.LN2 : Number.NEGATIVE_INFINITY,
  );
  // In the place of 1/2 it also stands in for r⁴/4 for |r| <= 2^-10. That leaves an error of 2^-44 instead of 2^-42.
  const half = 0.5000001975;

  /** log x of a normal positive number with these bits, within 2^-44. Not finite for other bits. */
  function logarithm(word: number): number {
    const mantissa = word & 0x7fffff;
    return octaves[word >>> 23] + logarithmOf(mantissa + 0x800000, (mantissa + 0x2000) >> 14);
  }

  /** log(x / 2^23) for an x from 2^23 to 2^24, near 2^23 (1 + n / 512). */
  function logarithmOf(x: number, n: number): number {
    const r = x * inverses[n] - 1;
    return leading[n] + (r - r * r * (half - r * (1 / 3)));
  }

  function bitsOf(x: number): number {
    single[0] = x;
    return singleBits[0];
  }

  /** The logarithm of a reference, or NaN. */
  function baseOf(word: number): number {
    const log = logarithm(word);
    return log > nothing ? log : Number.NaN;
  }

  return {
    sigmoid(x, _, out) {
      for (let k = 0; k < x.length; k++) out[k] = 1 / (1 + exp(-x[k]));
    },
    // Half of x + |x| or x - |x| instead of a minimum or maximum with 0, which costs a branch that cannot be predicted.
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
    // log x - log(1 - x), but near 1/2, where these cancel, the logarithm of the ratio.
    logit(x, _, out) {
      for (let k = 0; k < x.length; k++) {
        const p = x[k];
        const q = 1 - p;
        const word = bitsOf(p);
        // A normal number below 1.
        if ((word - 0x00800000) >>> 0 >= 0x3f000000) {
          out[k] = logRatioOfAny(p, q);
        } else if (Math.abs(p - q) < 2 ** -9) {
          out[k] = log1p((p - q) / q);
        } else {
          double[0] = q;
          const rounded = doubleBits[1] + 0x400;
          const octave = (rounded >> 20) - 1023;
          const x = q * powers[octave0 + 23 - octave];
          out[k] = logarithm(word) - octave * Math.LN2 - logarithmOf(x, (rounded >> 11) & 511);
        }
      }
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
    // By the difference of two logarithms: no quotient has to be taken, and no octave be found. Near the reference, where they cancel,
    // it is the logarithm of the ratio. Each branch stores its own: V8 allocates a variable of all three (twice the time).
    compare(x, words, out, start, stride, length, reference) {
      const inverse = 1 / reference;
      const origin = bitsOf(reference);
      const base = baseOf(origin);
      for (let k = 0, at = start; k < length; k++, at += stride) {
        const word = words[at];
        const log = logarithm(word) - base;
        if (!(log > nothing)) out[at] = logRatioOfAny(x[at], reference);
        else if ((word - origin + 0x2000) >>> 0 < 0x4000) out[at] = log1p((x[at] - reference) * inverse);
        else out[at] = log;
      }
    },
    ratios(x, words, start, stride, length, reference, logs) {
      const inverse = 1 / reference;
      const origin = bitsOf(reference);
      const base = baseOf(origin);
      for (let k = 0, at = start; k < length; k++, at += stride) {
        const word = words[at];
        const log = logarithm(word) - base;
        if (!(log > nothing)) logs[k] = logRatioOfAny(x[at], reference);
        else if ((word - origin + 0x2000) >>> 0 < 0x4000) logs[k] = log1p((x[at] - reference) * inverse);
        else logs[k] = log;
      }
    },
    // Relative to 1, so that one loop finds the maximum too.
    centre(words, out, start, stride, length, logs) {
      let sum = 0;
      let rest = 0;
      let top = 0;
      for (let k = 0, at = start; k < length; k++, at += stride) {
        const word = words[at];
        const log = logarithm(word);
        logs[k] = log;
        const next = sum + log;
        rest += log - (next - sum); // Dekker 1971
        sum = next;
        // The maximum, without a branch that cannot be predicted.
        const difference = top - word;
        top -= difference & (difference >> 31);
      }
      const mean = (sum + rest) / length;
      const distance = logarithm(top) - mean;
      if (!(distance > 2 ** -10 && mean > nothing)) return false;
      for (let k = 0, at = start; k < length; k++, at += stride) out[at] = logs[k] - mean;
      return true;
    },
    storeLess(logs, mean, out, start, stride, length) {
      for (let k = 0, at = start; k < length; k++, at += stride) out[at] = logs[k] - mean;
      if (mean !== nothing) return;
      for (let k = 0, at = start; k < length; k++, at += stride) if (logs[k] === nothing) out[at] = nothing;
    },
  };
}
