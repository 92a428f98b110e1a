import { readOperand, readPackable, settled } from "../arguments/arrays.js";
import { checkOptions, OUT } from "../arguments/optionNames.js";
import { checkApart, outFor } from "../arguments/out.js";
import { PACKED } from "../arguments/packedTypes.js";
import type { Backend, ElementOperation } from "../backend/backend.js";
import * as ops from "../backend/operations.js";
import { describe } from "../describe.js";
import { newArray } from "../dtype.js";
import { type MaybePromise, resultWhenDone, whenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import { runRows } from "./packedRows.js";
import type { ElementFunction, ElementPairFunction } from "./signatures.js";

/** Functions of single elements have `out` and nothing else. */
export type ElementwiseOptions = Record<never, never>;

/**
 * sigmoid(x) = 1 / (1 + exp(-x)), element by element: softmax of two classes whose logits are x and 0.
 *
 * Returns probabilities: as many as `x` has elements, of its type; a number for a number. Errors are at most 1.5 units in
 * the last place for a Float32Array and 2.5 for a Float64Array, for every number, subnormal results included. It keeps
 * its digits near 0 (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012): sigmoid(-x) has those of 1 - sigmoid(x).
 *
 * 0 at -Infinity, 1/2 at 0, 1 at Infinity; NaN at NaN.
 *
 * @example
 * sigmoid([0, 2]); // [0.5, 0.8808]
 * sigmoid(2); // 0.8808
 *
 * @throws TypeError for an argument of the wrong type or a detached one, or an `out` beside a number.
 * @throws RangeError for an `out` of the wrong length or overlapping `x` in part.
 */
export const sigmoid: ElementFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => map(backend(), ops.sigmoid, "x", x, options),
);

/**
 * log sigmoid(x) = -log(1 + exp(-x)), element by element: log-softmax of two classes whose logits are x and 0.
 *
 * Returns log-probabilities in nats: as many as `x` has elements, of its type; a number for a number. Errors are at most
 * 1.5 units in the last place for a Float32Array and 2.5 for a Float64Array, for every number, subnormal results
 * included. It keeps its digits where it tends to 0 (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012), and is
 * never positive.
 *
 * -Infinity at -Infinity, 0 at Infinity; NaN at NaN.
 *
 * @example
 * logSigmoid([0, 2]); // [-0.6931, -0.1269]
 *
 * @throws TypeError, RangeError as sigmoid does.
 */
export const logSigmoid: ElementFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => map(backend(), ops.logSigmoid, "x", x, options),
);

/**
 * softplus(x) = log(1 + exp(x)), element by element: log-sum-exp of x and 0.
 *
 * Returns as many elements as `x`, of its type; a number for a number. Errors are at most 1.5 units in the last place for
 * a Float32Array and 2.5 for a Float64Array, for every number, subnormal results included. It keeps its digits where it
 * tends to 0 (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012), and is never negative.
 *
 * 0 at -Infinity, Infinity at Infinity; NaN at NaN.
 *
 * @example
 * softplus([0, 2]); // [0.6931, 2.1269]
 *
 * @throws TypeError, RangeError as sigmoid does.
 */
export const softplus: ElementFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => map(backend(), ops.softplus, "x", x, options),
);

/**
 * logit(p) = log(p / (1 - p)), element by element: the log-odds, the inverse of sigmoid.
 *
 * Returns nats: as many elements as `p`, of its type; a number for a number. Errors are at most 1.5 units in the last
 * place for a Float32Array and 2.5 for a Float64Array (after Mächler, "Accurately computing log(1 - exp(-|a|))", 2012).
 * It keeps its digits on both sides of 1/2 and near 0. Near 1 it is p itself that has no more digits.
 *
 * -Infinity at 0, 0 at 1/2, Infinity at 1; NaN below 0, above 1 and at NaN.
 *
 * @example
 * logit([0.5, 0.8808]); // [0, 2.0000]
 *
 * @throws TypeError, RangeError as sigmoid does.
 */
export const logit: ElementFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (p: unknown, options: unknown) => map(backend(), ops.logit, "p", p, options),
);

/**
 * logAddExp(a, b) = log(exp(a) + exp(b)), element by element: the log-sum-exp of pairs.
 *
 * Returns nats: as many elements as `a`, of its type; a number for two numbers. `b` is as long, and of that type or a
 * list; or it is one number for all. Numbers are rounded to that type first. `out` may be `a` or `b`.
 *
 * It is taken as the larger one plus log1p(exp(-|a - b|)) (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012).
 * Errors are at most 1.5 units in the last place for a Float32Array and 2.5 for a Float64Array. Where both are negative
 * and the result is smaller than that logarithm, the units are those of the logarithm: near 0 nothing better is known
 * without more digits of a and b.
 *
 * -Infinity adds nothing, and two of them give -Infinity. Infinity beside anything but NaN gives Infinity. NaN gives NaN.
 *
 * @example
 * logAddExp([0, 1], [0, 2]); // [0.6931, 2.3133]
 *
 * @throws TypeError for an argument of the wrong type or a detached one, or an `out` beside a number.
 * @throws RangeError for a `b` or `out` of the wrong length, or an `out` that overlaps `a` or `b` in part.
 */
export const logAddExp: ElementPairFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (a: unknown, b: unknown, options: unknown) =>
    mapPairs(backend(), ops.logAddExp, a, b, options),
);

/**
 * logDiffExp(a, b) = log(exp(a) - exp(b)), element by element: the inverse of logAddExp in its first argument.
 *
 * Returns nats: as many elements as `a`, of its type; a number for two numbers. `b` is as long, and of that type or a
 * list; or it is one number for all. Numbers are rounded to that type first. `out` may be `a` or `b`.
 *
 * It is taken as a plus log(1 - exp(b - a)) (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012), which keeps its
 * digits also where a and b are nearly equal. Errors are at most 1.5 units in the last place for a Float32Array and 2.5
 * for a Float64Array. Where `a` is positive and the result is smaller than that logarithm, the units are those of the
 * logarithm.
 *
 * -Infinity where a equals b, also at -Infinity; NaN where a is less than b, at two of Infinity, and at NaN. A b of
 * -Infinity takes nothing away.
 *
 * @example
 * logDiffExp([1, 1], [0, 1]); // [0.5413, -Infinity]
 * logDiffExp(1e-10, 0); // -23.0259
 *
 * @throws TypeError, RangeError as logAddExp does.
 */
export const logDiffExp: ElementPairFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (a: unknown, b: unknown, options: unknown) =>
    mapPairs(backend(), ops.logDiffExp, a, b, options),
);

function map(
  backend: Backend,
  operation: ElementOperation,
  name: string,
  x: unknown,
  options: unknown,
): MaybePromise<FloatArray | number> {
  const caller = operation.name;
  const out = readOut(caller, options, x);
  if (typeof x === "number") return mapNumbers(backend, operation, name, x, undefined, out);
  const source = readPackable(caller, x, name, options, "elements");
  if (source === PACKED) {
    // As one lane.
    const settings = { shape: undefined, axis: undefined, temperature: 1, out };
    const packed = runRows(backend, operation, settings, x, options, name, "elements");
    if (packed !== undefined) return packed;
    const args = [backend, operation, name, x, options];
    return withFloats(map, { caller, name, args, at: 3, place: "elements" });
  }
  const result = outFor(caller, out, source, source.length, name);
  return resultWhenDone(backend.map(operation, source, undefined, result), result);
}

function mapPairs(
  backend: Backend,
  operation: ElementOperation,
  a: unknown,
  b: unknown,
  options: unknown,
): MaybePromise<FloatArray | number> {
  const caller = operation.name;
  const out = readOut(caller, options, a);
  if (typeof a === "number") {
    if (typeof b === "number") return mapNumbers(backend, operation, "a", a, b, out);
    throw new TypeError(`${caller}: b must be a number, as a is, got ${describe(b)}`);
  }
  const given = settled(b);
  const source = readPackable(caller, a, "a", options, "elements");
  if (source === PACKED) {
    const args = [backend, operation, a, b, options];
    return withFloats(mapPairs, { caller, name: "a", args, at: 2, place: "elements" });
  }
  const { length } = source;
  const y =
    typeof given === "number"
      ? newArray(caller, source, length).fill(given)
      : readOperand(caller, "b", given, source, length, "as a is", "elements");
  const result = outFor(caller, out, source, length, "a");
  if (out !== undefined) checkApart(caller, "b", y, result);
  return resultWhenDone(backend.map(operation, source, y, result), result);
}

/** A number of numbers, in double precision. */
function mapNumbers(
  backend: Backend,
  operation: ElementOperation,
  name: string,
  a: number,
  b: number | undefined,
  out: unknown,
): MaybePromise<number> {
  if (out !== undefined) {
    throw new TypeError(
      `${operation.name}: out is not allowed where ${name} is a number, got ${describe(out)}`,
    );
  }
  const result = Float64Array.of(a);
  const y = b === undefined ? undefined : Float64Array.of(b);
  return whenDone(backend.map(operation, result, y, result), () => result[0]);
}

/** The one option. */
function readOut(caller: string, options: unknown, x: unknown): unknown {
  if (options === undefined) return undefined;
  checkOptions(caller, options, OUT, x);
  return (options as { readonly out?: unknown }).out;
}
