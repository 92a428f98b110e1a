import { STEPS } from "./tables.js";

/** Constants of the loops for a temperature T. `step` = T * ln2 / 512, and n * stepHigh is exact for |n| < 2^22. */
export interface Reduction {
  readonly temperature: number;
  readonly inverse: number;
  readonly stepsPerUnit: number;
  readonly stepHigh: number;
  readonly stepLow: number;
}

// ln2 in 26, 26 and 53 bits.
const LN2_HIGH = 0.6931471675634384;
const LN2_MIDDLE = 1.2996506759677118e-8;
const LN2_LOW = 1.3421277060097865e-16;

/** T * ln2 / 512 to 80 bits, with the leading 31 of them apart. */
export function reductionFor(temperature: number): Reduction {
  const high = withoutLast(27, temperature);
  const low = temperature - high;
  const product = (high * LN2_HIGH) / STEPS;
  const stepHigh = withoutLast(22, product);
  const rest = high * LN2_MIDDLE + low * LN2_HIGH + (low * LN2_MIDDLE + temperature * LN2_LOW);
  return {
    temperature,
    inverse: 1 / temperature,
    stepsPerUnit: STEPS / (temperature * Math.LN2),
    stepHigh,
    stepLow: product - stepHigh + rest / STEPS,
  };
}

/** Rounds x to 53 - bits bits. The rounding error has at most `bits` bits (Veltkamp 1968). */
export function withoutLast(bits: number, x: number): number {
  const scaled = x * (2 ** bits + 1);
  return scaled - (scaled - x);
}

const UNIT = /* @__PURE__ */ reductionFor(1);

/** The same, computed only for temperatures other than 1. */
export function reductionAt(temperature: number): Reduction {
  return temperature === 1 ? UNIT : reductionFor(temperature);
}
