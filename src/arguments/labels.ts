import { describe, typedArrayName } from "../describe.js";
import type { FloatArray, Layout } from "../types.js";
import { checkAttached, readOperand } from "./arrays.js";

/**
 * What the lanes of the logits are compared with. Integers are labels, one per lane in row-major order of the dimensions
 * that remain: class k is element k of the lane. A Float32Array or Float64Array holds target probabilities: it is as long
 * as the logits and of their type. A list of numbers holds labels if it has one per lane, otherwise targets.
 */
export type Labels =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | FloatArray
  | readonly number[];

/** Checked labels: the class of each lane, or one target per logit. */
export type Truth =
  | { readonly classes: Float64Array; readonly targets?: undefined }
  | { readonly targets: FloatArray; readonly classes?: undefined };

/** The class of a lane that is left out. */
export const IGNORED = -1;

const INTEGERS = /^(Big)?(Ui|I)nt\d+(Clamped)?Array$/;

export function readLabels(
  caller: string,
  labels: unknown,
  logits: FloatArray,
  { outer, length, inner }: Layout,
  ignoreIndex: number,
): Truth {
  const lanes = outer * inner;
  const isList = Array.isArray(labels);
  const isIntegers = INTEGERS.test(typedArrayName.call(labels) ?? "");
  if (!isIntegers && !(isList && labels.length === lanes)) {
    const reason = `one probability per logit; or ${lanes} integers, one label per lane`;
    return { targets: readOperand(caller, "labels", labels, logits, logits.length, reason) };
  }
  const list = labels as ArrayLike<unknown>;
  if (list.length === 0 && isIntegers) checkAttached(caller, "labels", labels as Uint8Array);
  if (list.length !== lanes) {
    throw new RangeError(
      `${caller}: labels must have length ${lanes} (one label per lane), got ${describe(labels)}`,
    );
  }
  const classes = new Float64Array(lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const label = list[lane];
    if (isList && typeof label !== "number") {
      throw new TypeError(`${caller}: labels[${lane}] must be a number, got ${describe(label)}`);
    }
    // Exact where it matters: ignoreIndex and the classes are below 2^53.
    const index = Number(label);
    if (index !== ignoreIndex && !(index >= 0 && index < length && Number.isInteger(index))) {
      const range = length === 0 ? "" : `an integer from 0 to ${length - 1} or `;
      throw new RangeError(
        `${caller}: labels[${lane}], of lane ${lane}, must be ${range}ignoreIndex (${ignoreIndex}), got ${label}`,
      );
    }
    classes[lane] = index === ignoreIndex ? IGNORED : index;
  }
  return { classes };
}
