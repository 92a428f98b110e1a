import { Decimal } from "decimal.js";
import type { DoubleDouble } from "./doubleDouble.js";
import { once } from "./once.js";

/** decimal.js at 60 digits, far below the error of double-double; the exponent range has to be opened for e^-745. */
export const Exact = Decimal.clone({ precision: 60, minE: -9e15, maxE: 9e15 });
export type Exact = InstanceType<typeof Exact>;

/** The binary value itself: the constructor would read a number through its shortest decimal spelling. */
export function exact(value: number): Exact {
  let exponent = 0;
  let integer = value;
  while (!Number.isInteger(integer)) {
    integer *= 2;
    exponent--;
  }
  return new Exact(BigInt(integer).toString()).times(powerOfTwo(exponent));
}

const powers = once<Exact>();
const powerOfTwo = (exponent: number) => powers(`${exponent}`, () => new Exact(2).pow(exponent));

export function exactScaled({ high, low, exponent = 0 }: DoubleDouble & { exponent?: number }): Exact {
  return exact(high).plus(exact(low)).times(powerOfTwo(exponent));
}

/** log2 of the relative error of `value` against `truth`: -100 means a hundred correct bits. */
export function relativeErrorBits(value: Exact, truth: Exact): number {
  return truth.eq(value)
    ? Number.NEGATIVE_INFINITY
    : Math.log2(value.minus(truth).div(truth).abs().toNumber());
}
