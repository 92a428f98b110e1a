import { COEFFICIENTS } from "./frame";
import { madd, VECTOR } from "./vectors";

/**
 * low + r² · q(r), what e^r has beside 1 + r: that of `exp.ts` for f32, by Estrin's scheme. Where no sum of exponentials
 * waits for the next one, Horner's chain is what takes the time.
 */
export function expRestF32(frame: usize, r: v128, low: v128): v128 {
  const z = f32x4.mul(r, r);
  const q1 = madd<f32>(c(frame, 1), r, c(frame, 0));
  const q2 = madd<f32>(c(frame, 3), r, c(frame, 2));
  return madd<f32>(z, madd<f32>(z, madd<f32>(z, c(frame, 4), q2), q1), low);
}

function c(frame: usize, index: usize): v128 {
  return v128.load(frame + index * VECTOR, COEFFICIENTS);
}
