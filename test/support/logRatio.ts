import type { FloatArray } from "../../src/index.js";
import { jacobianReference, unscaled } from "./derivatives.js";
import { add, type DoubleDouble, divide, ldexp, multiplyByNumber, negate, ONE } from "./doubleDouble.js";
import { elementReference } from "./elementwise.js";
import { ScaledArray } from "./reference.js";

/** log p_i - mean log p of positive numbers, and the mean of log(p_i / max p). */
export function centredReference(p: ArrayLike<number>): { exact: DoubleDouble[]; mean: DoubleDouble } {
  const max = Array.from(p).reduce((most, value) => Math.max(most, value));
  const ratios = Array.from(p, (value) => unscaled(elementReference("logRatio", value, max)));
  const sum = ratios.reduce(add);
  const mean = divide(sum, { high: p.length, low: 0 });
  return { exact: ratios.map((ratio) => add(ratio, negate(mean))), mean };
}

/** 1 / value, whatever its exponent. */
function inverse(value: number): DoubleDouble & { exponent: number } {
  const lift = value < 2 ** -500 ? 540 : 0;
  return { ...divide(ONE, { high: ldexp(value, lift), low: 0 }), exponent: lift };
}

type Reference = (p: FloatArray, pinned: number, scale: number) => ScaledArray;
type Jacobian = "alrJacobian" | "alrInverseJacobian" | "clrJacobian" | "clrInverseJacobian";

/** The exact entries for exactly these p; λ is a power of two. */
export const JACOBIANS: { readonly [name in Jacobian]: Reference } = {
  alrJacobian(p, pinned, scale) {
    const n = p.length;
    const exact = new ScaledArray(n * (n - 1));
    for (let at = 0; at < exact.length; at++) {
      const row = Math.floor(at / n);
      const i = row < pinned ? row : row + 1;
      const j = at % n;
      const factor = (j === i ? 1 : j === pinned ? -1 : 0) / scale;
      const { exponent, ...value } = inverse(p[j]);
      exact.set(at, multiplyByNumber(value, factor), exponent);
    }
    return exact;
  },
  alrInverseJacobian(p, pinned, scale) {
    const n = p.length;
    const all = jacobianReference(p, 1 / scale);
    const exact = new ScaledArray(n * (n - 1));
    for (let at = 0, to = 0; at < all.length; at++) {
      if (at % n !== pinned) exact.set(to++, all.at(at), all.at(at).exponent);
    }
    return exact;
  },
  clrJacobian(p) {
    const n = p.length;
    const exact = new ScaledArray(n * n);
    for (let at = 0; at < exact.length; at++) {
      const j = at % n;
      const { exponent, ...value } = inverse(p[j]);
      const numerator = multiplyByNumber(value, Math.floor(at / n) === j ? n - 1 : -1);
      exact.set(at, divide(numerator, { high: n, low: 0 }), exponent);
    }
    return exact;
  },
  clrInverseJacobian: (p) => jacobianReference(p, 1),
};
