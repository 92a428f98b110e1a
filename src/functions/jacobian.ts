import { readPackable } from "../arguments/arrays.js";
import { LANES, TEMPERATURE } from "../arguments/optionNames.js";
import { readOptions } from "../arguments/options.js";
import { checkOverlap, outFor } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import { toLanes } from "../backend/lanes.js";
import type { FloatArray } from "../types.js";
import { withFloats } from "./packed.js";
import type { LaneOptions, TemperatureOption } from "./parameters.js";
import type { ArrayFunction } from "./signatures.js";

/** T is that of the softmax that is differentiated. */
export interface JacobianOptions extends LaneOptions, TemperatureOption {}

/** Writes the derivatives of one lane to `out`, from `start` on. */
type Fill = (p: Float64Array, temperature: number, out: FloatArray, start: number) => void;

/**
 * The first derivatives of softmax(x / T) with respect to x, from its values p:
 *
 *   J_ij = ∂p_i/∂x_j = p_i ([i = j] - p_j) / T
 *
 * (Gao and Pavel, "On the properties of the softmax function", 2017). J / T is the Hessian of log Σ exp(x / T).
 *
 * Returns the n × n matrix of each lane of n, row-major, one lane after another in row-major order of the dimensions that
 * remain. It is symmetric to the last bit, and its rows add up to zero as nearly as p adds up to 1. `out` must not overlap
 * `p`.
 *
 * Errors are under 0.51 units in the last place for a Float32Array, 1.5 for a Float64Array and 2.5 at temperatures other
 * than 1, for exactly these p. NaN in p stays in its row and column.
 *
 * @example
 * softmaxJacobian([0.25, 0.75]); // [0.1875, -0.1875, -0.1875, 0.1875]
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for a shape that does not fit `p`, an axis or temperature out of range, an `out` of the wrong length or
 * overlapping `p`, or a result longer than an array can be.
 */
export const softmaxJacobian = ((p: unknown, options: unknown) =>
  tabulate("softmaxJacobian", p, 2, fillJacobian, options)) as ArrayFunction<JacobianOptions>;

/**
 * The second derivatives of softmax(x / T) with respect to x, from its values p: H_ijk = ∂²p_i/∂x_j∂x_k is, times 1/T²,
 *
 *   p_i (1 - p_i) (1 - 2 p_i)  where all three are equal,
 *   p_a p_b (2 p_a - 1)        where two are a and one is b,
 *   2 p_i p_j p_k              where no two are equal,
 *
 * the derivatives of J in Gao and Pavel, "On the properties of the softmax function", 2017. H / T holds the third derivatives
 * of log Σ exp(x / T), and so does not change when indices are exchanged.
 *
 * Returns the n × n × n numbers of each lane of n, row-major, as softmaxJacobian does its matrices: symmetric to the last
 * bit, each row adding up to zero as nearly as p adds up to 1. `out` must not overlap `p`.
 *
 * Errors are under 0.51 units in the last place for a Float32Array, 2.5 for a Float64Array and 3.5 at temperatures other
 * than 1, for exactly these p. NaN in p stays where it is a factor.
 *
 * @example
 * softmaxHessian([0.5, 0.5]); // [0, 0, 0, 0, 0, 0, 0, 0]
 *
 * @throws TypeError, RangeError as softmaxJacobian does.
 */
export const softmaxHessian = ((p: unknown, options: unknown) =>
  tabulate("softmaxHessian", p, 3, fillHessian, options)) as ArrayFunction<JacobianOptions>;

/** n^rank numbers for each lane of n. */
function tabulate(caller: string, p: unknown, rank: 2 | 3, fill: Fill, options: unknown): FloatArray {
  const { shape, axis, temperature, out } = readOptions(caller, options, LANES | TEMPERATURE, p);
  const source = readPackable(caller, p, "p", options);
  if (source === PACKED) {
    return withFloats(tabulate, { caller, name: "p", args: [caller, p, rank, fill, options], at: 1 });
  }
  const layout = resolve(caller, shape, axis, source.length, "p");
  const { outer, length, inner } = layout;
  const size = rank === 2 ? length * length : length * length * length;
  const count = outer * inner * size;
  const reason = `${Array(rank).fill(length).join(" × ")} per lane`;
  const result = outFor(caller, out, source, count, "p", reason);
  if (out !== undefined) checkOverlap(caller, "p", source, result, "out", false);
  const lanes = toLanes(source, layout);
  for (let start = 0, to = 0; start < lanes.length; start += length, to += size) {
    fill(lanes.subarray(start, start + length), temperature, result, to);
  }
  return result;
}

/** Divides by T first, as products may underflow. */
function fillJacobian(p: Float64Array, temperature: number, out: FloatArray, start: number): void {
  const n = p.length;
  for (let i = 0; i < n; i++) {
    const factor = p[i] / temperature;
    for (let j = 0; j < i; j++) {
      // Adding 0 makes 0 of -0.
      const value = -factor * p[j] + 0;
      out[start + i * n + j] = value;
      out[start + j * n + i] = value;
    }
    out[start + i * n + i] = factor * (1 - p[i]);
  }
}

function fillHessian(p: Float64Array, temperature: number, out: FloatArray, start: number): void {
  const n = p.length;
  const q = p.map((value) => value / temperature);
  const place = (i: number, j: number, k: number) => start + (i * n + j) * n + k;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      for (let k = 0; k <= j; k++) {
        let value = 2 * q[i] * q[j] * p[k];
        if (i === k) value = q[i] * ((1 - p[i]) / temperature) * (1 - 2 * p[i]);
        else if (i === j) value = q[i] * q[k] * (2 * p[i] - 1);
        else if (j === k) value = q[i] * q[j] * (2 * p[j] - 1);
        value += 0;
        out[place(i, j, k)] = value;
        out[place(i, k, j)] = value;
        out[place(j, i, k)] = value;
        out[place(j, k, i)] = value;
        out[place(k, i, j)] = value;
        out[place(k, j, i)] = value;
      }
    }
  }
}
