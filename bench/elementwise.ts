import type { FloatArray } from "../src/types.js";
import { against, type Case } from "./family.js";
import { normals, uniforms } from "./lanes.js";
import * as plain from "./plainElementwise.js";

export const sigmoid = elementwise("sigmoid", plain.sigmoid);
export const logSigmoid = elementwise("logSigmoid", plain.logSigmoid);
export const softplus = elementwise("softplus", plain.softplus);
export const logit = elementwise("logit", plain.logit, (x) => uniforms(x, x.length));

export const logAddExp: Case = ({ x, out }) => {
  const y = normals(x, x.length);
  const options = { out };
  return against(
    (library) => library.logAddExp(x, y, options),
    () => plain.logAddExp(x, y, out),
  );
};

function elementwise(
  operation: "sigmoid" | "logSigmoid" | "softplus" | "logit",
  loop: (x: FloatArray, out: FloatArray) => FloatArray,
  input = (x: FloatArray) => x,
): Case {
  return ({ x, out }) => {
    const argument = input(x);
    const options = { out };
    return against(
      (library) => library[operation](argument, options),
      () => loop(argument, out),
    );
  };
}
