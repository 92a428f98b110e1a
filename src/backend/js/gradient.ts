import { CROSS_ENTROPY_GRAD, CROSS_ENTROPY_TARGETS_GRAD, LOG_SUM_EXP_VJP } from "../../../assembly/abi.js";
import { reductionAt } from "../../math/reduction.js";
import { compensatedSum } from "../../math/sums.js";
import type { FloatArray, Operands, Pair } from "../../types.js";
import { eachLongLane } from "./longLane.js";
import { isLong, type Lanes, type Loops } from "./loops.js";
import { quotient, sumWithout } from "./scratch.js";

/** Where a probability is above 15/16, which at most one is, its distance from 1 is summed from the other ones. */
const NEAR = 1 / 16;

/** Probabilities are scaled up by this before a large coefficient multiplies them, so that none becomes subnormal. */
const LARGE = 2 ** 200;

const NO_NUMBERS = /* @__PURE__ */ new Float64Array(0);
const WHOLE: Pair = { high: 1, low: 0 };

/**
 * The gradients (Q softmax(x / T) - q) c / T with Q = Σ q: q is 1 at the label and 0 elsewhere for crossEntropyGrad, y
 * for crossEntropyTargetsGrad; logSumExpVjp leaves q out, with Q = 1. At a p near 1 it is (Q - q - Q Σ' p) c / T, where
 * Σ' leaves out that p: digits stay where q is nearly all of Q.
 *
 * With c = 0 the cross-entropies give 0, whatever the logits are. Probabilities below 2^-1130 count as 0,
 * which shows where |c / T| is above 2^50. `out` may be x or y.
 *
 * Bound: f32 js 0.51 ulp, f64 js 3 ulp
 * and where p Q and q cancel, 2^-33 p Q c / T (f32) or 2^-56 p Q c / T (f64) more.
 */
export function runGradient(
  loops: Loops,
  code: number,
  lanes: Lanes,
  { y, numbers = NO_NUMBERS }: Operands,
): void {
  if (isLong(lanes)) {
    runLongGradient(loops, code, lanes, y, numbers);
    return;
  }
  const targets = code === CROSS_ENTROPY_TARGETS_GRAD ? y : undefined;
  if (lanes.x.BYTES_PER_ELEMENT === 4) runF32(loops, code, lanes, targets as Float32Array, numbers);
  else runF64(loops, code, lanes, targets as Float64Array, numbers);
}

/** In f64 arithmetic, of which no rounding counts. */
function runF32(
  loops: Loops,
  code: number,
  { x, out, layout, temperature, scratch }: Lanes,
  targets: Float32Array | undefined,
  numbers: Float64Array,
): void {
  const { outer, length, inner } = layout;
  const reduction = reductionAt(temperature);
  const { values, total } = scratch;
  const hasLabels = code === CROSS_ENTROPY_GRAD;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const lane = o * inner + i;
      const start = o * length * inner + i;
      const coefficient = numbers[hasLabels ? 2 * lane : lane];
      if (coefficient === 0 && code !== LOG_SUM_EXP_VJP) {
        for (let k = 0, at = start; k < length; k++, at += inner) out[at] = 0;
        continue;
      }
      loops.f32.exponentiate(x as Float32Array, start, length, inner, reduction, scratch);
      const unit = Math.abs(coefficient) > temperature ? LARGE : 1;
      const factor = coefficient / unit / temperature;
      const near = total[0] * (1 - NEAR);
      const mass = targets === undefined ? WHOLE : compensatedSum(targets, start, length, inner);
      const scale = ((mass.high + mass.low) * unit) / total[0];
      let dominant = -1;
      let q = 1;
      if (targets === undefined) {
        for (let k = 0, at = start; k < length; k++, at += inner) out[at] = values[k] * scale * factor;
        if (hasLabels) {
          dominant = numbers[2 * lane + 1];
          out[start + dominant * inner] = (values[dominant] * scale - unit) * factor;
        }
      } else {
        for (let k = 0, at = start; k < length; k++, at += inner) {
          const value = values[k];
          const target = targets[at];
          out[at] = (value * scale - target * unit) * factor;
          if (value > near) {
            dominant = k;
            q = target;
          }
        }
      }
      if (dominant >= 0 && values[dominant] > near) {
        const others = sumWithout(dominant, scratch, length, NEAR);
        out[start + dominant * inner] = ((mass.high - q + mass.low) * unit - others * scale) * factor;
      }
    }
  }
}

function runF64(
  loops: Loops,
  code: number,
  { x, out, layout, temperature, scratch }: Lanes,
  targets: Float64Array | undefined,
  numbers: Float64Array,
): void {
  const { outer, length, inner } = layout;
  const reduction = reductionAt(temperature);
  const { values, increases, total } = scratch;
  const hasLabels = code === CROSS_ENTROPY_GRAD;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const lane = o * inner + i;
      const start = o * length * inner + i;
      const coefficient = numbers[hasLabels ? 2 * lane : lane];
      if (coefficient === 0 && code !== LOG_SUM_EXP_VJP) {
        for (let k = 0, at = start; k < length; k++, at += inner) out[at] = 0;
        continue;
      }
      loops.f64.exponentiate(x as Float64Array, start, length, inner, reduction, scratch);
      const unit = Math.abs(coefficient) > temperature ? LARGE : 1;
      const factor = coefficient / unit / temperature;
      const near = total[0] * (1 - NEAR);
      const mass = targets === undefined ? WHOLE : compensatedSum(targets, start, length, inner);
      const { high, low } = quotient(mass.high * unit, mass.low * unit, total);
      const scale = high + low;
      let dominant = -1;
      let q = 1;
      if (targets === undefined) {
        for (let k = 0, at = start; k < length; k++, at += inner) {
          const value = values[k];
          out[at] = (value * high + (value * low + increases[k] * scale)) * factor;
        }
        if (hasLabels) {
          dominant = numbers[2 * lane + 1];
          const value = values[dominant];
          const rest = value * low + increases[dominant] * scale;
          out[start + dominant * inner] = (value * high - unit + rest) * factor;
        }
      } else {
        for (let k = 0, at = start; k < length; k++, at += inner) {
          const value = values[k];
          const target = targets[at];
          out[at] = (value * high - target * unit + (value * low + increases[k] * scale)) * factor;
          if (value > near) {
            dominant = k;
            q = target;
          }
        }
      }
      if (dominant >= 0 && values[dominant] > near) {
        const others = sumWithout(dominant, scratch, length, NEAR);
        out[start + dominant * inner] = ((mass.high - q + mass.low) * unit - others * scale) * factor;
      }
    }
  }
}

/** The same for lanes that are longer than scratch memory. */
function runLongGradient(
  loops: Loops,
  code: number,
  lanes: Lanes,
  y: FloatArray | undefined,
  numbers: Float64Array,
): void {
  const { out, layout, temperature, scratch } = lanes;
  const { length, inner } = layout;
  const { values, increases, total } = scratch;
  const targets = code === CROSS_ENTROPY_TARGETS_GRAD ? y : undefined;
  const hasLabels = code === CROSS_ENTROPY_GRAD;
  eachLongLane(loops, lanes, undefined, reductionAt(temperature), (lane, start, number) => {
    const coefficient = numbers[hasLabels ? 2 * number : number];
    if (coefficient === 0 && code !== LOG_SUM_EXP_VJP) {
      for (let k = 0, at = start; k < length; k++, at += inner) out[at] = 0;
      return;
    }
    lane.exponentiate();
    const unit = Math.abs(coefficient) > temperature ? LARGE : 1;
    const factor = coefficient / unit / temperature;
    const mass = targets === undefined ? WHOLE : compensatedSum(targets, start, length, inner);
    const { high, low } = quotient(mass.high * unit, mass.low * unit, total);
    const scale = high + low;
    const label = hasLabels ? numbers[2 * number + 1] : -1;
    const dominant = targets === undefined ? label : lane.top;
    let isNear = false;
    let atDominant = 0;
    if (dominant >= 0) {
      const others = lane.sumWithout(dominant, NEAR);
      const missing = mass.high - (targets?.[start + dominant * inner] ?? 1) + mass.low;
      isNear = others < total[0] * NEAR;
      atDominant = (missing * unit - others * scale) * factor;
    }
    lane.each((from, count) => {
      for (let k = 0, at = start + from * inner; k < count; k++, at += inner) {
        const value = values[k];
        const q = targets !== undefined ? targets[at] * unit : from + k === label ? unit : 0;
        out[at] = (value * high - q + (value * low + increases[k] * scale)) * factor;
      }
    });
    if (isNear) out[start + dominant * inner] = atDominant;
  });
}
