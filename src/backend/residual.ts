import type { FloatArray, Layout } from "./backend.js";
import type { LoopsF32 } from "./f32.js";
import { type LoopsF64, reductionAt } from "./f64.js";
import { type Pair, quotient, type Scratch, sumWithout } from "./scratch.js";

export type ResidualOperation = "logSumExpVjp" | "crossEntropyGrad" | "crossEntropyTargetsGrad";

/** The distance from 1 of a probability above 15/16 is summed from the other ones. */
const NEAR = 1 / 16;

/** Probabilities are made so much larger before a large coefficient multiplies them, lest they become subnormal. */
const LARGE = 2 ** 200;

const WHOLE: Pair = { high: 1, low: 0 };

/**
 * The gradients (Q softmax(x / T) - q) c / T with Q = Σ q: q is 1 at the label and 0 elsewhere for crossEntropyGrad, y
 * for crossEntropyTargetsGrad; logSumExpVjp leaves q out, with Q = 1. At a p near 1 it is (Q - q - Q Σ' p) c / T, where
 * Σ' leaves out that p: digits stay where q is nearly all of Q.
 *
 * A lane of the cross entropies with c = 0 becomes 0, whatever its logits are. Probabilities below 2^-1130 count as 0,
 * which shows where |c / T| is above 2^50. `out` may be x or y.
 *
 * Bound: f32 js 0.51 ulp, f64 js 3 ulp
 * and where p Q and q cancel, 2^-33 p Q c / T (f32) or 2^-56 p Q c / T (f64) more.
 */
export function runResidual(
  loops: { readonly f32: LoopsF32; readonly f64: LoopsF64 },
  operation: ResidualOperation,
  x: FloatArray,
  y: FloatArray,
  out: FloatArray,
  { outer, length, inner }: Layout,
  temperature: number,
  scratch: Scratch,
  lanes: Float64Array,
): void {
  const reduction = reductionAt(temperature);
  const targets = operation === "crossEntropyTargetsGrad" ? y : undefined;
  const { values, increases, total } = scratch;
  const hasLabels = operation === "crossEntropyGrad";
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const lane = o * inner + i;
      const start = o * length * inner + i;
      const coefficient = lanes[hasLabels ? 2 * lane : lane];
      if (coefficient === 0 && operation !== "logSumExpVjp") {
        for (let k = 0, at = start; k < length; k++, at += inner) out[at] = 0;
        continue;
      }
      if (x.BYTES_PER_ELEMENT === 4) {
        loops.f32.exponentiate(x as Float32Array, start, length, inner, reduction, scratch);
      } else {
        loops.f64.exponentiate(x as Float64Array, start, length, inner, reduction, scratch);
      }
      const unit = Math.abs(coefficient) > temperature ? LARGE : 1;
      const factor = coefficient / unit / temperature;
      const mass = targets === undefined ? WHOLE : sum(targets, start, length, inner);
      const { high, low } = quotient(mass.high * unit, mass.low * unit, total);
      const scale = high + low;
      const label = hasLabels ? lanes[2 * lane + 1] : -1;
      const dominant = targets === undefined ? label : indexOfMax(values, length);
      let isNear = false;
      let atDominant = 0;
      if (dominant >= 0) {
        const others = sumWithout(dominant, scratch, length, NEAR);
        const missing = mass.high - (targets?.[start + dominant * inner] ?? 1) + mass.low;
        isNear = others < total[0] * NEAR;
        atDominant = (missing * unit - others * scale) * factor;
      }
      for (let k = 0, at = start; k < length; k++, at += inner) {
        const value = values[k];
        const q = targets !== undefined ? targets[at] * unit : k === label ? unit : 0;
        out[at] = (value * high - q + (value * low + increases[k] * scale)) * factor;
      }
      if (isNear) out[start + dominant * inner] = atDominant;
    }
  }
}

/** high + low = Σ, to twice the digits of a double (Neumaier 1974). */
function sum(x: FloatArray, start: number, length: number, stride: number): Pair {
  let high = 0;
  let low = 0;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const value = x[at];
    const next = high + value;
    low += Math.abs(high) < Math.abs(value) ? value - next + high : high - next + value;
    high = next;
  }
  return { high, low };
}

function indexOfMax(values: Float64Array, length: number): number {
  let top = 0;
  for (let k = 1; k < length; k++) if (values[k] > values[top]) top = k;
  return top;
}
