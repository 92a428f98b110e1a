import type { Backend } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { logSumExpParts } from "../backend/operations.js";
import { exponentiate } from "../math/exponentials.js";
import { type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";

/**
 * What kernels find out about a lane in one pass: the maximum of each block of its elements and the mass of the block, the sum of
 * exp((x - max) / T). Of f32 lanes the masses are estimates. Whoever decides by one stays clear of `doubt`, or computes in double
 * precision: so no decision depends on the backend.
 */
export const BLOCK = 1024;

/** Lanes below this length are not surveyed: a pass in double precision is as fast. */
export const LEAST_LENGTH = 4 * BLOCK;

/**
 * How far a sum of first masses may be off, relative to the total. The largest errors of some hundred lanes were 2^-25.6 and 2^-49.8:
 * see test/survey.test.ts.
 */
const DOUBT_OF_F32 = 2 ** -22;
const DOUBT_OF_F64 = 2 ** -46;

export interface Survey {
  /** NaN or +Infinity where the lane holds one, -Infinity where it holds nothing else. */
  readonly max: number;
  /** The mass of each block relative to `max`, and in the end that of what is left over. */
  readonly masses: Float64Array;
  readonly total: number;
  /** How far a sum of first masses may be off, relative to the total. */
  readonly doubt: number;
}

/** Parts of the blocks of each lane, 4 numbers a block: whole blocks only. */
export function partsOfBlocks(
  backend: Backend,
  rows: FloatArray,
  lanes: number,
  length: number,
  temperature: number,
  parts: Float64Array,
): Pending {
  const blocks = Math.floor(length / BLOCK);
  const survey = (from: number, to: number, first: number, count: number): Pending =>
    run(
      backend,
      logSumExpParts,
      rows.subarray(from, to),
      parts.subarray(4 * first, 4 * (first + count)),
      { outer: count, length: BLOCK, inner: 1 },
      temperature,
    );
  if (length % BLOCK === 0) return survey(0, rows.length, 0, blocks * lanes);
  const next = (lane: number): Pending => {
    for (let l = lane; l < lanes; l++) {
      const from = l * length;
      const pending = survey(from, from + blocks * BLOCK, l * blocks, blocks);
      if (pending !== undefined) return whenDone(pending, () => next(l + 1));
    }
    return undefined;
  };
  return next(0);
}

const tail = /* @__PURE__ */ new Float64Array(BLOCK);

/** From the parts of the blocks of one lane. `masses` has one element more than there are blocks. */
export function surveyOf(
  lane: FloatArray,
  parts: Float64Array,
  temperature: number,
  masses: Float64Array,
): Survey {
  const blocks = masses.length - 1;
  const rest = lane.length - blocks * BLOCK;
  let max = Number.NEGATIVE_INFINITY;
  for (let b = 0; b < blocks; b++) {
    masses[b] = parts[4 * b];
    max = Math.max(max, hasNaN(lane, b, parts) ? Number.NaN : masses[b]);
  }
  for (let k = 0; k < rest; k++) {
    tail[k] = lane[blocks * BLOCK + k];
    max = Math.max(max, tail[k]);
  }
  const doubt = lane.BYTES_PER_ELEMENT === 4 ? DOUBT_OF_F32 : DOUBT_OF_F64;
  if (!Number.isFinite(max)) return { max, masses, total: Number.NaN, doubt };
  exponentiate(masses, blocks, max, temperature, masses);
  let total = 0;
  for (let b = 0; b < blocks; b++) {
    // 0 of a block of nothing but -Infinity, whose s is unspecified.
    if (masses[b] !== 0) masses[b] *= 1 + parts[4 * b + 1];
    total += masses[b];
  }
  exponentiate(tail, rest, max, temperature, tail);
  masses[blocks] = 0;
  for (let k = 0; k < rest; k++) masses[blocks] += tail[k];
  return { max, masses, total: total + masses[blocks], doubt };
}

/** The maximum of a block does not show NaN beside it. Neither does the sum where the maximum is infinite. */
function hasNaN(lane: FloatArray, b: number, parts: Float64Array): boolean {
  const max = parts[4 * b];
  if (Number.isFinite(max)) return Number.isNaN(parts[4 * b + 1]);
  for (let k = b * BLOCK; k < (b + 1) * BLOCK; k++) if (Number.isNaN(lane[k])) return true;
  return false;
}
