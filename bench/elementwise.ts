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
