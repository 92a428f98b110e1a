import { LOG_COEFFICIENTS } from "./frame";
import { prepareLog, putLog } from "./prepare";
import { madd, VECTOR } from "./vectors";

/** The constants of `prepareLog`, with other coefficients, for a wider interval. */
export function prepareLogF64(frame: usize): void {
  prepareLog<f64>(frame);
  putLog(frame, 0, 0x3fe5555555555777);
  putLog(frame, 1, 0x3fd99999998f0873);
  putLog(frame, 2, 0x3fd249249b24adf4);
  putLog(frame, 3, 0x3fcc71c014b0df6d);
  putLog(frame, 4, 0x3fc7474e6b36caa9);
  putLog(frame, 5, 0x3fc385288f2ef710);
  putLog(frame, 6, 0x3fc3ac07d9826fb2);
}

/**
 * R of log(1 + f) = f − s · (f − R) = 2s + s · R,  s = f / (2 + f),  3/4 ≤ 1 + f ≤ 3/2,  for two f64.
 *
 * Coefficients: minimax (Remez); error 2^-55.8 of the logarithm.
 */
export function logRest(frame: usize, s: v128): v128 {
  const z = f64x2.mul(s, s);
  // By Estrin's scheme: the chain of Horner's rule would take longer than all the rest.
  const z2 = f64x2.mul(z, z);
  const r1 = madd<f64>(c(frame, 1), z, c(frame, 0));
  const r2 = madd<f64>(c(frame, 3), z, c(frame, 2));
  const r3 = madd<f64>(c(frame, 5), z, c(frame, 4));
  const r = madd<f64>(f64x2.mul(z2, z2), madd<f64>(c(frame, 6), z2, r3), madd<f64>(r2, z2, r1));
  return f64x2.mul(z, r);
}

function c(frame: usize, index: usize): v128 {
  return v128.load(frame + index * VECTOR, LOG_COEFFICIENTS);
}
