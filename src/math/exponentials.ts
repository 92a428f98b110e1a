import { reductionAt } from "./reduction.js";
import { LOWEST_OCTAVE, NOTHING, ONE, ROUND, tables } from "./tables.js";

/** Below this, in octaves, an exponential is 0: far below the smallest double. */
const LOWEST = -1130;

/**
 * weights[k] = exp((values[k] - max) / T) of `count` values, none of which is above the finite `max`. Within 2^-52 for
 * differences up to 100 T, and the same bits on every engine, which Math.exp does not promise. 0 for -Infinity.
 */
export function exponentiate(
  values: Float64Array,
  count: number,
  max: number,
  temperature: number,
  weights: Float64Array,
): void {
  const { inverse, stepsPerUnit, stepHigh, stepLow } = reductionAt(temperature);
  const { shortRoots, powers } = tables();
  const round = ROUND;
  const lowestOctave = LOWEST_OCTAVE;
  const lowest = LOWEST * Math.LN2 * temperature;
  const nothing = NOTHING * Math.LN2 * temperature;
  for (let k = 0; k < count; k++) {
    const difference = values[k] - max;
    const z = difference >= lowest ? difference : nothing;
    const steps = z * stepsPerUnit + round - round;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const r = (z - steps * stepHigh - steps * stepLow) * inverse + shortRoots[step + 1];
    const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
    // The cubic term as in backend/js/f64.ts.
    weights[k] = (power + power * (r + r * r * (1 / 2 + r * (0.1666666799405961 + r * (1 / 24))))) / ONE;
  }
}
