import { counted, describe, typedArrayName } from "../describe.js";
import type { FloatArray, Layout } from "../types.js";
import { adviceOn, adviceOnNested } from "./advice.js";
import { argumentArray, arrayType, checkAttached, checkMemory, readOperand } from "./arrays.js";

/**
 * What the lanes of the logits are compared with. An array of integers, or a list with one number per lane, holds labels, in
 * row-major order of the dimensions that remain: class k is element k of the lane. A Float32Array or Float64Array of the type of
 * the logits, or a list, with one number per logit, holds target probabilities.
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
  | readonly (number | bigint)[];

/** Checked labels: the class of each lane, or one target per logit. */
export type Truth =
  | { readonly classes: Float64Array; readonly targets?: undefined }
  | { readonly targets: FloatArray; readonly classes?: undefined };

/** The class of a lane that is left out. */
export const IGNORED = -1;

const INTEGERS = /^(Big)?(Ui|I)nt\d+(Clamped)?Array$/;

/** Targets are an error unless the function takes them. */
export function readLabels(
  caller: string,
  labels: unknown,
  logits: FloatArray,
  { outer, length, inner }: Layout,
  ignoreIndex: number,
  takesTargets = true,
): Truth {
  const lanes = outer * inner;
  const isList = Array.isArray(labels);
  const isIntegers = !isList && INTEGERS.test(typedArrayName(labels) ?? "");
  const count = (labels as ArrayLike<unknown> | null | undefined)?.length;
  if (isIntegers) checkMemory(caller, "labels", labels as Uint8Array);
  if (!((isIntegers || isList) && count === lanes)) {
    if (!takesTargets) throw wrongClasses(caller, labels, logits, lanes);
    const isTargets = isList || arrayType(labels) === arrayType(logits);
    if (!isTargets || count !== logits.length) throw wrongLabels(caller, labels, logits, lanes);
    return { targets: readOperand(caller, "labels", labels, logits, logits.length, "one per logit") };
  }
  const list = labels as ArrayLike<unknown>;
  const classes = argumentArray(caller, false, lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const label = list[lane];
    if (isList && typeof label !== "number" && typeof label !== "bigint") {
      const advice = adviceOnNested("labels", label, false);
      throw new TypeError(`${caller}: labels[${lane}] must be a number, got ${describe(label)}${advice}`);
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

/** The error for labels that are neither one label per lane nor one probability per logit. */
function wrongLabels(caller: string, labels: unknown, logits: FloatArray, lanes: number): Error {
  const type = arrayType(logits)?.name;
  const given = Array.isArray(labels) ? "Array" : typedArrayName(labels);
  if (arrayType(labels) !== undefined) checkAttached(caller, "labels", labels as FloatArray);
  const message = `${caller}: labels must be ${counted(lanes, "integer")} (one label per lane), or a ${type} or list of ${logits.length} ${logits.length === 1 ? "probability" : "probabilities"} (one per logit), got ${describe(labels)}`;
  if (given === undefined) throw new TypeError(message + adviceOnOther(labels, lanes));
  const { length: count } = labels as ArrayLike<unknown>;
  const isFloats = given.startsWith("Float");
  let advice = "";
  if (count === logits.length) {
    const numbers = `pass ${type}.from(labels${given.startsWith("Big") ? ", Number" : ""})`;
    advice = isFloats ? `: ${numbers}` : `: integers are labels; for probabilities ${numbers}`;
  } else if (count > 1 && lanes === 1 && logits.length % count === 0) {
    advice = `: logits are a single lane; for ${count} lanes give { shape: [${count}, ${logits.length / count}] }`;
  } else if (isFloats && count === lanes) {
    advice = ": floats are probabilities; for labels pass Int32Array.from(labels)";
  }
  const isRightType = given !== "Float16Array" && !(isFloats && count === logits.length);
  return isRightType ? new RangeError(message + advice) : new TypeError(message + advice);
}

/** The same where probabilities are no labels. */
function wrongClasses(caller: string, labels: unknown, logits: FloatArray, lanes: number): Error {
  const given = Array.isArray(labels) ? "Array" : typedArrayName(labels);
  if (arrayType(labels) !== undefined) checkAttached(caller, "labels", labels as FloatArray);
  const message = `${caller}: labels must be ${counted(lanes, "integer")} (one label per lane), got ${describe(labels)}`;
  if (given === undefined) throw new TypeError(message + adviceOnOther(labels, lanes));
  const { length: count } = labels as ArrayLike<unknown>;
  if (given.startsWith("Float")) {
    const advice = count === lanes ? ": pass Int32Array.from(labels)" : "";
    return new TypeError(message + advice);
  }
  const isVector = count > 1 && lanes === 1 && logits.length % count === 0 && count !== logits.length;
  const advice = `: logits are a single lane; for ${count} lanes give { shape: [${count}, ${logits.length / count}] }`;
  return new RangeError(message + (isVector ? advice : ""));
}

/** What to write instead of labels that are no array. */
function adviceOnOther(labels: unknown, lanes: number): string {
  if (typeof labels !== "number" && typeof labels !== "bigint") {
    return adviceOn("labels", labels, { type: "Int32Array" });
  }
  return lanes === 1 ? `: pass a list such as [${labels}]` : ": pass a list, one label per lane";
}
