import { type DoubleDouble, multiply } from "./doubleDouble.js";

/**
 * Tables for exp(z) = 2^(j / 512) * exp(r) = root * power * exp(r), where j = 512 * octave + step is an integer and
 * |r| <= ln2 / 1024.
 */
export interface Tables {
  /** 2^(step / 512). */
  readonly roots: Float64Array;
  /** At 2 * step the same to 26 bits. At 2 * step + 1 the logarithm of the factor that these lack. */
  readonly shortRoots: Float64Array;
  /** ONE * 2^octave at octave - LOWEST_OCTAVE. 0 for the few lowest, to which arguments are clamped. */
  readonly powers: Float64Array;
}

export const STEPS = 512;

/** The value that stands for exp(0). It is large, so that f64 results are normal numbers until the last rounding. */
export const ONE = 2 ** 128;

export const LOWEST_OCTAVE = -1140;

/** The octave at which the tables say Infinity. */
export const INFINITE = 64;

/** An argument, in octaves, whose exponential is 0 in the tables. */
export const NOTHING = LOWEST_OCTAVE + 2;

/** x + ROUND - ROUND is the integer nearest to x, for |x| < 2^51. */
export const ROUND = 1.5 * 2 ** 52;

let made: Tables | undefined;

/** Made on first use, in 0.3 ms. */
export function tables(): Tables {
  made ??= makeTables();
  return made;
}

/** 2^(1 / 512) to 107 bits. */
const RATIO: DoubleDouble = { high: 1.0013547198921082, low: -1.8973728416792993e-17 };

function makeTables(): Tables {
  const roots = new Float64Array(STEPS);
  const shortRoots = new Float64Array(2 * STEPS);
  const powers = new Float64Array(INFINITE - LOWEST_OCTAVE + 1);
  let root: DoubleDouble = { high: 1, low: 0 };
  for (let step = 0; step < STEPS; step++) {
    const { high, low } = root;
    const short = Math.floor(high * 2 ** 25) / 2 ** 25;
    roots[step] = high;
    shortRoots[2 * step] = short;
    const lacking = (high - short + low) / short;
    // log(1 + lacking), by its series: lacking < 2^-25.
    shortRoots[2 * step + 1] = lacking - lacking * lacking * (1 / 2 - lacking / 3);
    root = multiply(root, RATIO);
  }
  for (let k = 4; k < powers.length; k++) powers[k] = 2 ** (k + LOWEST_OCTAVE + 128);
  powers[INFINITE - LOWEST_OCTAVE] = Number.POSITIVE_INFINITY;
  return { roots, shortRoots, powers };
}
