import { readElements, readOperand, settled } from "../arguments/arrays.js";
import { checkOptions, OUT } from "../arguments/optionNames.js";
import { outFor } from "../arguments/out.js";
import type { Backend, ElementOperation } from "../backend/backend.js";
import * as ops from "../backend/operations.js";
import { newArray } from "../dtype.js";
import { type MaybePromise, resultWhenDone } from "../maybePromise.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import type { ArrayFunction, PairFunction } from "./signatures.js";

/** Functions of single elements have `out` and nothing else. */
export type ElementwiseOptions = Record<never, never>;

/**
 * sigmoid(x) = 1 / (1 + exp(-x)), element by element: softmax of two classes whose logits are x and 0.
 *
 * Returns probabilities: as many as `x` has elements, of its type. Errors are at most 1.5 units in the last place for a
 * Float32Array and 2.5 for a Float64Array, for every number, subnormal results included. It keeps its digits near 0
 * (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012): sigmoid(-x) has those of 1 - sigmoid(x).
 *
 * 0 at -Infinity, 1/2 at 0, 1 at Infinity; NaN at NaN.
 *
 * @example
 * sigmoid([0, 2]); // [0.5, 0.8808]
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for an `out` of the wrong length or overlapping `x` in part.
 */
export const sigmoid: ArrayFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => map(backend(), ops.sigmoid, "x", x, options),
);

/**
 * log sigmoid(x) = -log(1 + exp(-x)), element by element: log-softmax of two classes whose logits are x and 0.
 *
 * Returns log-probabilities in nats: as many as `x` has elements, of its type. Errors are at most 1.5 units in the last
 * place for a Float32Array and 2.5 for a Float64Array, for every number, subnormal results included. It keeps its digits
 * where it tends to 0 (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012), and is never positive.
 *
 * -Infinity at -Infinity, 0 at Infinity; NaN at NaN.
 *
 * @example
 * logSigmoid([0, 2]); // [-0.6931, -0.1269]
 *
 * @throws TypeError, RangeError as sigmoid does.
 */
export const logSigmoid: ArrayFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => map(backend(), ops.logSigmoid, "x", x, options),
);

/**
 * softplus(x) = log(1 + exp(x)), element by element: log-sum-exp of x and 0.
 *
 * Returns as many elements as `x`, of its type. Errors are at most 1.5 units in the last place for a Float32Array and 2.5
 * for a Float64Array, for every number, subnormal results included. It keeps its digits where it tends to 0 (Mächler,
 * "Accurately computing log(1 - exp(-|a|))", 2012), and is never negative.
 *
 * 0 at -Infinity, Infinity at Infinity; NaN at NaN.
 *
 * @example
 * softplus([0, 2]); // [0.6931, 2.1269]
 *
 * @throws TypeError, RangeError as sigmoid does.
 */
export const softplus: ArrayFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (x: unknown, options: unknown) => map(backend(), ops.softplus, "x", x, options),
);

/**
 * logit(p) = log(p / (1 - p)), element by element: the log-odds, the inverse of sigmoid.
 *
 * Returns nats: as many elements as `p`, of its type. Errors are at most 1.5 units in the last place for a Float32Array and
 * 2.5 for a Float64Array (after Mächler, "Accurately computing log(1 - exp(-|a|))", 2012). It keeps its digits on both sides
 * of 1/2 and near 0. Near 1 it is p itself that has no more digits.
 *
 * -Infinity at 0, 0 at 1/2, Infinity at 1; NaN below 0, above 1 and at NaN.
 *
 * @example
 * logit([0.5, 0.8808]); // [0, 2.0000]
 *
 * @throws TypeError, RangeError as sigmoid does.
 */
export const logit: ArrayFunction<ElementwiseOptions> = /* @__PURE__ */ define(
  (backend) => (p: unknown, options: unknown) => map(backend(), ops.logit, "p", p, options),
);

/**
 * logAddExp(a, b) = log(exp(a) + exp(b)), element by element: the log-sum-exp of pairs.
 *
 * Returns nats: as many elements as `a`, of its type. `b` is as long, and of that type or a list; or it is one number for
 * all. Numbers are rounded to that type first. `out` may be `a` or `b`.
 *
 * It is taken as the larger one plus log1p(exp(-|a - b|)) (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012). Errors
 * are at most 1.5 units in the last place for a Float32Array and 2.5 for a Float64Array. Where both are negative and the
 * result is smaller than that logarithm, the units are those of the logarithm: near 0 nothing better is known without more
 * digits of a and b.
 *
 * -Infinity adds nothing, and two of them give -Infinity. Infinity beside anything but NaN gives Infinity. NaN gives NaN.
 *
 * @example
 * logAddExp([0, 1], [0, 2]); // [0.6931, 2.3133]
 *
 * @throws TypeError for an argument of the wrong type or a detached one.
 * @throws RangeError for a `b` or `out` of the wrong length, or an `out` that overlaps `a` or `b` in part.
 */
export const logAddExp: PairFunction<ElementwiseOptions, number> = /* @__PURE__ */ define(
  (backend) => (a: unknown, b: unknown, options: unknown) => mapPairs(backend(), a, b, options),
);

function map(
  backend: Backend,
  operation: ElementOperation,
  name: string,
  x: unknown,
  options: unknown,
): MaybePromise<FloatArray> {
  const caller = operation.name;
  const out = readOut(caller, options);
  const source = readElements(caller, x, name);
  const result = outFor(caller, out, source, source.length, `as ${name} is`, name);
  return resultWhenDone(backend.map(operation, source, undefined, result), result);
}

function mapPairs(backend: Backend, a: unknown, b: unknown, options: unknown): MaybePromise<FloatArray> {
  const caller = "logAddExp";
  const out = readOut(caller, options);
  const given = settled(b);
  const source = readElements(caller, a, "a");
  const { length } = source;
  const y =
    typeof given === "number"
      ? newArray(caller, source, length).fill(given)
      : readOperand(caller, "b", given, source, length, "as a is");
  const result = outFor(caller, out, source, length, "as a is", "a", { b: y });
  return resultWhenDone(backend.map(ops.logAddExp, source, y, result), result);
}

/** The one option. */
function readOut(caller: string, options: unknown): unknown {
  if (options === undefined) return undefined;
  checkOptions(caller, options, OUT);
  return (options as { readonly out?: unknown }).out;
}
