import type { Backend, FloatArray, Pending, SyncBackend } from "./backend/backend.js";
import { normalized } from "./backend/plain.js";
import { type Arrangement, startOf, stepOf } from "./layout.js";
import { run } from "./run.js";

/** softmax or logSoftmax with the normalizers L of the lanes given: exp(x / T - L), or x / T - L. */
export function normalize(
  backend: Backend,
  operation: "softmax" | "logSoftmax",
  x: FloatArray,
  out: FloatArray,
  arrangement: Arrangement,
  temperature: number,
  normalizers: FloatArray,
  mask: Uint8Array | undefined,
): Pending {
  // A lane with Infinity as its log-sum-exp is NaN throughout.
  const lanes = new Float64Array(normalizers).map((L) => (L === Number.POSITIVE_INFINITY ? Number.NaN : L));
  const operands = { lanes, mask, plain: normalized };
  if (operation === "softmax") {
    const plainly = exceeds(x, arrangement, temperature, lanes);
    return run(backend, "normalizedSoftmax", x, out, arrangement, temperature, { ...operands, plainly });
  }
  return run({ run: subtractor(lanes) }, operation, x, out, arrangement, temperature, operands);
}

/** out = x / T - L, in f64 arithmetic. */
function subtractor(lanes: Float64Array): SyncBackend["run"] {
  return (_, x, out, { length, inner }, temperature, operands) => {
    const mask = operands?.mask;
    const isOneLane = mask !== undefined && mask.length !== x.length;
    for (let at = 0, row = 0; at < x.length; row++) {
      const first = Math.floor(row / length) * inner;
      for (let i = 0; i < inner; i++, at++) {
        const logit = x[at];
        const normalizer = lanes[first + i];
        const isMasked = mask !== undefined && mask[isOneLane ? row % length : at] === 0;
        // Not by subtraction: the normalizer of a lane of nothing else is -Infinity too.
        const isNothing = logit === Number.NEGATIVE_INFINITY && !Number.isNaN(normalizer);
        if (isMasked || isNothing) out[at] = Number.NEGATIVE_INFINITY;
        else out[at] = logit === Number.POSITIVE_INFINITY ? Number.NaN : logit / temperature - normalizer;
      }
    }
  };
}

/**
 * Whether an element is far above the normalizer of its lane, which then is not that of a set with it: the kernels take
 * elements relative to the largest one.
 */
function exceeds(x: FloatArray, arrangement: Arrangement, temperature: number, lanes: Float64Array): boolean {
  const { length, inner, offsets } = arrangement;
  for (let lane = 0; lane < lanes.length; lane++) {
    const most = (lanes[lane] + 1) * temperature;
    const start = startOf(arrangement, lane);
    for (let k = 0; k < length; k++) if (x[start + stepOf(k, inner, offsets)] > most) return true;
  }
  return false;
}
