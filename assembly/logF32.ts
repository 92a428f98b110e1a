/**
 * Logarithms for results of f32, four at a time, in f32 arithmetic:
 *
 *   log(1 + f) = f − f²/2 + f³ · R(f)
 *
 * Coefficients: minimax (Remez), rounded to f32; relative error 2^-27 of the logarithm. Where f is exact, the error of
 * the sum is below 0.7 ulp. R is computed by Estrin's scheme: the chain of Horner's rule would take longer.
 */
import { LOG_F32 } from "./frame";
import { madd, VECTOR } from "./vectors";

/** The constants of `logNear`. */
export function prepareLogNear(frame: usize): void {
  put(frame, 0, 0xbf000000); // −1/2
  put(frame, 1, 0x3eaaa9e8);
  put(frame, 2, 0xbe80222f);
  put(frame, 3, 0x3e48606d);
  put(frame, 4, 0xbe4dea82);
  put(frame, 5, 0x3b7c6ebf);
  put(frame, 6, 0xbec373d1);
}

/** The constants of `log1pF32`. */
export function prepareLog1pF32(frame: usize): void {
  put(frame, 0, 0xbf000000); // −1/2
  put(frame, 7, 0x3eaaaad2);
  put(frame, 8, 0xbe800021);
  put(frame, 9, 0x3e4cb4ce);
  put(frame, 10, 0xbe2a77c1);
  put(frame, 11, 0x3e144288);
  put(frame, 12, 0xbe06c796);
  put(frame, 13, 0x3dd64f2d);
  put(frame, 14, 0xbd38a5a1);
}

function put(frame: usize, index: usize, bits: u32): void {
  v128.store(frame + index * VECTOR, i32x4.splat(bits), LOG_F32);
}

function c(frame: usize, index: usize): v128 {
  return v128.load(frame + index * VECTOR, LOG_F32);
}

/** low + log(1 + f) for √½ ≤ 1 + f ≤ 1, within 1.4 ulp where f is a rounded quotient. */
export function logNear(frame: usize, f: v128, low: v128): v128 {
  const z = f32x4.mul(f, f);
  const r1 = madd<f32>(c(frame, 2), f, c(frame, 1));
  const r2 = madd<f32>(c(frame, 4), f, c(frame, 3));
  const r3 = madd<f32>(c(frame, 6), f, c(frame, 5));
  const r = madd<f32>(madd<f32>(r3, z, r2), z, r1);
  return f32x4.add(f, madd<f32>(z, c(frame, 0), madd<f32>(f32x4.mul(z, f), r, low)));
}

/** low + log(1 + f) for 3/4 ≤ 1 + f ≤ 3/2. */
export function log1pF32(frame: usize, f: v128, low: v128): v128 {
  const z = f32x4.mul(f, f);
  const r1 = madd<f32>(c(frame, 8), f, c(frame, 7));
  const r2 = madd<f32>(c(frame, 10), f, c(frame, 9));
  const r3 = madd<f32>(c(frame, 12), f, c(frame, 11));
  const r4 = madd<f32>(c(frame, 14), f, c(frame, 13));
  const r = madd<f32>(f32x4.mul(z, z), madd<f32>(r4, z, r3), madd<f32>(r2, z, r1));
  return f32x4.add(f, madd<f32>(z, c(frame, 0), madd<f32>(f32x4.mul(z, f), r, low)));
}
