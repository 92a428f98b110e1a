import { describe } from "../describe.js";
import type { FloatArray } from "../types.js";

/** How probability vectors are checked. */
export interface SimplexOptions {
  /** Whether a lane of `p` that is not a probability vector is an error. Default: true. */
  validate?: boolean | undefined;
  /** How far from 1 the sum of a lane may be. Default: 3.5e-4 for a Float32Array, 1.5e-8 otherwise. */
  tolerance?: number | undefined;
}

/** Those of NumPy's random.choice: the square root of the distance from 1 to the next number. */
const TOLERANCE_F32 = /* @__PURE__ */ Math.sqrt(2 ** -23);
const TOLERANCE_F64 = 2 ** -26;

export function readSimplexOptions(caller: string, options: unknown): SimplexOptions {
  const { validate = true, tolerance } = (options ?? {}) as {
    readonly [K in keyof SimplexOptions]?: unknown;
  };
  if (typeof validate !== "boolean") {
    throw new TypeError(`${caller}: validate must be a boolean, got ${describe(validate)}`);
  }
  if (tolerance === undefined) return { validate };
  if (typeof tolerance !== "number") {
    throw new TypeError(`${caller}: tolerance must be a number, got ${describe(tolerance)}`);
  }
  if (!(tolerance >= 0)) throw new RangeError(`${caller}: tolerance must be 0 or more, got ${tolerance}`);
  return { validate, tolerance };
}

/**
 * Throws a RangeError for the first lane that is neither empty nor a probability vector, if `validate` says so. The
 * elements of a lane are `inner` apart. The type of `source` sets the tolerance.
 */
export function checkSimplex(
  caller: string,
  p: FloatArray,
  length: number,
  inner: number,
  { validate, tolerance }: SimplexOptions,
  source: FloatArray,
): void {
  if (!validate || length === 0) return;
  const allowed = tolerance ?? (source.BYTES_PER_ELEMENT === 4 ? TOLERANCE_F32 : TOLERANCE_F64);
  const lanes = p.length / length;
  const next = (from: number) => {
    if (inner !== 1) return from;
    return p.BYTES_PER_ELEMENT === 4
      ? doubtfulF32(p as Float32Array, from, lanes, length, allowed)
      : doubtfulF64(p as Float64Array, from, lanes, length, allowed);
  };
  for (let lane = next(0); lane < lanes; lane = next(lane + 1)) {
    const start = Math.floor(lane / inner) * length * inner + (lane % inner);
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const value = p[start + k * inner];
      if (!(value >= 0)) {
        throw new RangeError(
          `${caller}: p must not be negative or NaN, got ${value} as element ${k} of lane ${lane}`,
        );
      }
      sum += value;
    }
    if (!(Math.abs(sum - 1) <= allowed)) {
      throw new RangeError(
        `${caller}: p must add up to 1 within ${tolerance ?? Number(allowed.toPrecision(2))} along each lane, got a sum of ${sum} in lane ${lane}`,
      );
    }
  }
}

// The first lane, from `first` on, that may be no probability vector; `lanes` if there is none. Four sums, as one would wait
// for itself. Once for each element type: a loop that has seen both becomes slower code in V8.

function doubtfulF32(p: Float32Array, first: number, lanes: number, length: number, allowed: number): number {
  for (let lane = first, k = first * length; lane < lanes; lane++) {
    const end = k + length;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (; k + 3 < end; k += 4) {
      if (!(p[k] >= 0 && p[k + 1] >= 0 && p[k + 2] >= 0 && p[k + 3] >= 0)) return lane;
      a += p[k];
      b += p[k + 1];
      c += p[k + 2];
      d += p[k + 3];
    }
    for (; k < end; k++) {
      if (!(p[k] >= 0)) return lane;
      a += p[k];
    }
    if (!(Math.abs(a + b + (c + d) - 1) <= allowed)) return lane;
  }
  return lanes;
}

function doubtfulF64(p: Float64Array, first: number, lanes: number, length: number, allowed: number): number {
  for (let lane = first, k = first * length; lane < lanes; lane++) {
    const end = k + length;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (; k + 3 < end; k += 4) {
      if (!(p[k] >= 0 && p[k + 1] >= 0 && p[k + 2] >= 0 && p[k + 3] >= 0)) return lane;
      a += p[k];
      b += p[k + 1];
      c += p[k + 2];
      d += p[k + 3];
    }
    for (; k < end; k++) {
      if (!(p[k] >= 0)) return lane;
      a += p[k];
    }
    if (!(Math.abs(a + b + (c + d) - 1) <= allowed)) return lane;
  }
  return lanes;
}
