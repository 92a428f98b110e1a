import type { FloatArray } from "../src/index.js";
import { against, type Case } from "./family.js";
import { normals, uniforms } from "./lanes.js";
import * as naive from "./naiveElementwise.js";

export const sigmoid = elementwise("sigmoid", naive.sigmoid);
export const logSigmoid = elementwise("logSigmoid", naive.logSigmoid);
export const softplus = elementwise("softplus", naive.softplus);
export const logit = elementwise("logit", naive.logit, (x) => uniforms(x, x.length));

export const logAddExp: Case = ({ x, out }) => {
  const y = normals(x, x.length);
  const options = { out };
  return against(
    (library) => library.logAddExp(x, y, options),
    () => naive.logAddExp(x, y, out),
  );
};

/** Of numbers of which the first is the larger one. */
export const logDiffExp: Case = ({ x, out }) => {
  const y = normals(x, x.length);
  const a = x.map((value, k) => Math.max(value, y[k]) + 2 ** -10) as FloatArray;
  const b = x.map((value, k) => Math.min(value, y[k])) as FloatArray;
  const options = { out };
  return against(
    (library) => library.logDiffExp(a, b, options),
    () => naive.logDiffExp(a, b, out),
  );
};

function elementwise(
  operation: "sigmoid" | "logSigmoid" | "softplus" | "logit",
  naive: (x: FloatArray, out: FloatArray) => FloatArray,
  input = (x: FloatArray) => x,
): Case {
  return ({ x, out }) => {
    const argument = input(x);
    const options = { out };
    return against(
      (library) => library[operation](argument, options),
      () => naive(argument, out),
    );
  };
}
