import { readPackable } from "../arguments/arrays.js";
import { LANES, REFERENCE, SCALE, SIMPLEX } from "../arguments/optionNames.js";
import { readOptions } from "../arguments/options.js";
import { outFor } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { checkReference, readPinning, resolveDimension } from "../arguments/pinning.js";
import { resolve } from "../arguments/shape.js";
import { checkSimplex, readSimplexOptions } from "../arguments/simplex.js";
import { toLanes } from "../backend/lanes.js";
import type { FloatArray } from "../types.js";
import type { AlrOptions, ClrOptions } from "./logRatio.js";
import { withFloats } from "./packed.js";
import type { ArrayFunction } from "./signatures.js";

/** Writes the derivatives of one lane to `out`, from `start` on. `pinned` is the reference, or -1. */
type Fill = (p: Float64Array, pinned: number, scale: number, out: FloatArray, start: number) => void;

/**
 * The derivatives of alr with respect to p, a function of n positive numbers whatever their sum: in the row of η_i (Aitchison, 1982),
 *
 *   ∂η_i/∂p_j = 1 / (λ p_i) where j = i, -1 / (λ p_ref) where j is the reference, 0 elsewhere.
 *
 * Returns the (n - 1) × n matrix of each lane of n, row-major, one lane after another in row-major order of the
 * dimensions that remain. Times that of alrInverseJacobian it is the identity.
 *
 * Errors are under 0.51 units in the last place for a Float32Array, 0.5 for a Float64Array and 1.5 if λ is not a power
 * of two, for exactly these p. Where p is 0 it is infinite, and where the result is beyond the largest number.
 *
 * @example
 * alrJacobian([0.25, 0.75]); // [-4, 1.3333]
 *
 * @throws TypeError, RangeError as alr does.
 */
export const alrJacobian = ((p: unknown, options: unknown) =>
  tabulate("alrJacobian", p, true, fillAlr, options)) as ArrayFunction<AlrOptions>;

/**
 * The derivatives of alrInverse with respect to η, from its values p:
 *
 *   ∂p_i/∂η_j = λ p_i ([i = j] - p_j), j ≠ ref.
 *
 * Returns the n × (n - 1) matrix of each lane of n, row-major, one lane after another in row-major order of the dimensions
 * that remain: the columns of softmaxJacobian but for that of the reference, times λ.
 *
 * Errors are under 0.51 units in the last place for a Float32Array, 1.5 for a Float64Array and 2.5 if λ is not a power
 * of two, for exactly these p.
 *
 * @example
 * alrInverseJacobian([0.25, 0.75]); // [-0.1875, 0.1875]
 *
 * @throws TypeError, RangeError as alr does.
 */
export const alrInverseJacobian = ((p: unknown, options: unknown) =>
  tabulate("alrInverseJacobian", p, true, fillInverse, options)) as ArrayFunction<AlrOptions>;

/**
 * The derivatives of clr with respect to p, a function of n positive numbers whatever their sum:
 *
 *   ∂z_i/∂p_j = ([i = j] - 1/n) / p_j.
 *
 * Returns the n × n matrix of each lane of n, row-major, one lane after another in row-major order of the dimensions that
 * are kept. Times that of clrInverseJacobian it is the identity less 1/n: the projection on the vectors of sum 0.
 *
 * Errors are under 0.51 units in the last place for a Float32Array, 1.5 for a Float64Array, for exactly these p. Where
 * p is 0 it is infinite, and where the result is beyond the largest number.
 *
 * @example
 * clrJacobian([0.25, 0.75]); // [2, -0.6667, -2, 0.6667]
 *
 * @throws TypeError, RangeError as clr does.
 */
export const clrJacobian = ((p: unknown, options: unknown) =>
  tabulate("clrJacobian", p, false, fillClr, options)) as ArrayFunction<ClrOptions>;

/**
 * The derivatives of clrInverse with respect to z, from its values p: softmaxJacobian, p_i ([i = j] - p_j), of
 * probability vectors.
 *
 * Errors are under 0.51 units in the last place for a Float32Array, 1.5 for a Float64Array, for exactly these p.
 *
 * @example
 * clrInverseJacobian([0.25, 0.75]); // [0.1875, -0.1875, -0.1875, 0.1875]
 *
 * @throws TypeError, RangeError as clr does.
 */
export const clrInverseJacobian = ((p: unknown, options: unknown) =>
  tabulate("clrInverseJacobian", p, false, fillInverse, options)) as ArrayFunction<ClrOptions>;

/** The n × n derivatives of each lane, n × (n - 1) or (n - 1) × n where one component is pinned. */
function tabulate(caller: string, p: unknown, isPinned: boolean, fill: Fill, options: unknown): FloatArray {
  const taken = LANES | SIMPLEX | (isPinned ? REFERENCE | SCALE : 0);
  const { shape, axis, out } = readOptions(caller, options, taken, p);
  const { reference, scale } = readPinning(caller, isPinned ? options : undefined);
  const simplex = readSimplexOptions(caller, options);
  const source = readPackable(caller, p, "p", isPinned ? undefined : options);
  if (source === PACKED) {
    return withFloats(tabulate, {
      caller,
      name: "p",
      args: [caller, p, isPinned, fill, options],
      at: 1,
      isPinned,
      isSimplex: true,
    });
  }
  const layout = (isPinned ? resolveDimension : resolve)(caller, shape, axis, source.length, "p");
  const { outer, length, inner } = layout;
  const pinned = isPinned ? checkReference(caller, reference, length) : -1;
  const others = isPinned ? length - 1 : length;
  const count = outer * inner * length * others;
  const result = outFor(caller, out, source, count, `${length} × ${others} per lane`, "p");
  const lanes = toLanes(source, layout);
  checkSimplex(caller, lanes, length, 1, simplex, source);
  for (let lane = 0; lane < outer * inner; lane++) {
    const values = lanes.subarray(lane * length, (lane + 1) * length);
    fill(values, pinned, scale, result, lane * length * others);
  }
  return result;
}

function fillAlr(p: Float64Array, pinned: number, scale: number, out: FloatArray, start: number): void {
  const inverse = 1 / scale;
  let to = start;
  for (let i = 0; i < p.length; i++) {
    if (i === pinned) continue;
    for (let j = 0; j < p.length; j++) {
      out[to++] = j === i ? inverse / p[i] : j === pinned ? -inverse / p[pinned] : 0;
    }
  }
}

function fillClr(p: Float64Array, _: number, __: number, out: FloatArray, start: number): void {
  const n = p.length;
  let to = start;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[to++] = (i === j ? n - 1 : -1) / (n * p[j]);
  }
}

/** Multiplies by λ first, as products may underflow. */
function fillInverse(p: Float64Array, pinned: number, scale: number, out: FloatArray, start: number): void {
  let to = start;
  for (let i = 0; i < p.length; i++) {
    const factor = scale * p[i];
    for (let j = 0; j < p.length; j++) {
      // Adding 0 makes 0 of -0.
      if (j !== pinned) out[to++] = i === j ? factor * (1 - p[i]) : -factor * p[j] + 0;
    }
  }
}
