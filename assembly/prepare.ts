/** The constants of a call, which depend on the type and the temperature only. */
import {
  ABOVE,
  COEFFICIENTS,
  CUT,
  DEPTH,
  EVENER,
  EXPONENT,
  EXPONENT_BIAS,
  FLOOR,
  INVERSE,
  INVERSE_F64,
  INVERSE_LOW,
  LEAST,
  LIFT,
  LIFT_ON,
  LIMIT,
  LN2_HIGH,
  LN2_LOW,
  LOG_COEFFICIENTS,
  LOWER,
  MANTISSA,
  ONE,
  PER_STEP,
  PREPARED,
  ROUNDER,
  SQRT_HALF,
  STEP_HIGH,
  STEP_LOW,
  TEMPERATURE,
  TINY,
  TO_SQRT_HALF,
  UNBIAS,
  UNIT,
} from "./frame";
import { VECTOR } from "./vectors";

const LN2 = reinterpret<f64>(0x3fe62e42fefa39ef);
const LN2_REST = reinterpret<f64>(0x3c7abc9e3b39803f);
const LOG2_E = reinterpret<f64>(0x3ff71547652b82fe);

/** What PREPARED holds, with the kind added. No frame holds it by chance. */
const CODE: i32 = 0x536f6674;

/** Whether the frame holds the constants of `kind` and `temperature`. */
export function isPrepared(frame: usize, kind: i32, temperature: f64): bool {
  return load<i32>(frame, PREPARED) === CODE + kind && load<f64>(frame, PREPARED + 8) === temperature;
}

/** Says that the frame holds all of them. */
export function setPrepared(frame: usize, kind: i32, temperature: f64): void {
  store<i32>(frame, CODE + kind, PREPARED);
  store<f64>(frame, temperature, PREPARED + 8);
}

export function prepare<T extends number>(frame: usize, temperature: f64): void {
  store<i32>(frame, 0, PREPARED);
  const inverse = 1 / temperature;
  v128.store(frame, v128.splat<T>(<T>(LOG2_E * inverse)), PER_STEP);
  v128.store(frame, v128.splat<T>(<T>inverse), INVERSE);
  v128.store(frame, f64x2.splat(inverse), INVERSE_F64);
  const back = inverse * temperature;
  const lacking = (1 - back - excess(inverse, temperature, back)) * inverse;
  v128.store(frame, v128.splat<T>(<T>(inverse - <f64>(<T>inverse) + lacking)), INVERSE_LOW);
  v128.store(frame, f64x2.splat(temperature), TEMPERATURE);

  // temperature · ln 2 to about 100 bits
  const product = temperature * LN2;
  const rest = excess(temperature, LN2, product) + temperature * LN2_REST;
  // So few bits that products are exact: 14 bits with |n| < 2^10, or 32 bits with |n| < 2^21.
  const high = leading(product, sizeof<T>() === 4 ? 14 : 32);
  v128.store(frame, v128.splat<T>(<T>-high), STEP_HIGH);
  v128.store(frame, v128.splat<T>(<T>(high - product - rest)), STEP_LOW);

  // 1.5 · 2^23 (f64: 1.5 · 2^52): adding it rounds to an integer, which the low bits then hold. Here it is an exponent.
  const bias = sizeof<T>() === 4 ? 64 : 512;
  const rounder: f64 = sizeof<T>() === 4 ? 12582912 + 127 : 6755399441055744 + 1023;
  v128.store(frame, v128.splat<T>(<T>(rounder + bias)), ROUNDER);
  v128.store(frame, powerOfTwo<T>(bias + 1), ABOVE);
  v128.store(frame, v128.splat<T>(<T>(sizeof<T>() === 4 ? 300 : 100000)), LIMIT);
  // A quarter more than an integer, where r would be almost 0, and products with it subnormal, at ten times the cost.
  v128.store(frame, v128.splat<T>(<T>(sizeof<T>() === 4 ? 180.25 : 1200.25)), DEPTH);

  if (sizeof<T>() === 4) {
    // The smallest maximum that is not subtracted, −300 T, less DEPTH. Steps to it are below 2^10.
    v128.store(frame, f32x4.splat(<f32>(-430 * temperature)), FLOOR);
    v128.store(frame, f32x4.splat(25165824), EVENER); // 1.5 · 2^24
  } else {
    v128.store(frame, f64x2.splat(-1200.25 * product), CUT);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x1ff0000000000000)), UNBIAS);
  }

  // Tiny products are lifted by 2^86 (f64: 2^300), half of it on either operand. Then all their parts are normal.
  const lift = sizeof<T>() === 4 ? 86 : 300;
  const units = sizeof<T>() === 4 ? 149 : 1074; // the smallest subnormal is 2^-units
  const smallest = sizeof<T>() === 4 ? 126 : 1022; // the smallest normal number is 2^-smallest
  v128.store(frame, powerOfTwo<T>(sizeof<T>() === 4 ? -98 : -965), TINY);
  v128.store(frame, powerOfTwo<T>(lift / 2), LIFT);
  v128.store(frame, powerOfTwo<T>(-lift), LOWER);
  v128.store(frame, powerOfTwo<T>(units - lift), LIFT_ON);
  v128.store(frame, powerOfTwo<T>(lift - smallest), LEAST);
  v128.store(frame, powerOfTwo<T>(units - smallest), UNIT);

  if (sizeof<T>() === 4) {
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3efffffd)), COEFFICIENTS);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3e2aaa48)), COEFFICIENTS + 1 * VECTOR);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3d2aad11)), COEFFICIENTS + 2 * VECTOR);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3c091d82)), COEFFICIENTS + 3 * VECTOR);
    v128.store(frame, f32x4.splat(reinterpret<f32>(0x3ab4aa0a)), COEFFICIENTS + 4 * VECTOR);
  } else {
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fe000000000000a)), COEFFICIENTS);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fc55555555554fd)), COEFFICIENTS + 1 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fa555555555069c)), COEFFICIENTS + 2 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3f81111111126ecb)), COEFFICIENTS + 3 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3f56c16c18482215)), COEFFICIENTS + 4 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3f2a01a012edf54a)), COEFFICIENTS + 5 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3efa01999392aab7)), COEFFICIENTS + 6 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3ec71df1af29698e)), COEFFICIENTS + 7 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3e928ae252d6f41d)), COEFFICIENTS + 8 * VECTOR);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3e5ad904c20a5b2f)), COEFFICIENTS + 9 * VECTOR);
  }
}

/** The constants of `log1p` in `log.ts`, which names their source. */
export function prepareLog<T extends number>(frame: usize): void {
  v128.store(frame, f64x2.splat(1), ONE);
  if (sizeof<T>() === 4) {
    v128.store(frame, f64x2.splat(LN2), LN2_HIGH);
    putLog(frame, 0, 0x3fd555555b57533b);
    putLog(frame, 1, 0xbfcfffffc131f2e6);
    putLog(frame, 2, 0x3fc99992268435da);
    putLog(frame, 3, 0xbfc55565236f3a04);
    putLog(frame, 4, 0x3fc24a9ae7d9ac0e);
    putLog(frame, 5, 0xbfbffee10542e0fd);
    putLog(frame, 6, 0x3fbc32a1f5b93a20);
    putLog(frame, 7, 0xbfb9681b59e316b5);
    putLog(frame, 8, 0x3fb9922334ea8833);
    putLog(frame, 9, 0xbfb9401efef644a1);
    putLog(frame, 10, 0x3fab94d754570939);
  } else {
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3fe62e42fee00000)), LN2_HIGH);
    v128.store(frame, f64x2.splat(reinterpret<f64>(0x3dea39ef35793c76)), LN2_LOW);
    putLog(frame, 0, 0x3fe5555555555593);
    putLog(frame, 1, 0x3fd999999997fa04);
    putLog(frame, 2, 0x3fd2492494229359);
    putLog(frame, 3, 0x3fcc71c51d8e78af);
    putLog(frame, 4, 0x3fc7466496cb03de);
    putLog(frame, 5, 0x3fc39a09d078c69f);
    putLog(frame, 6, 0x3fc2f112df3e5244);
  }
  const sqrtHalf: u64 = 0x3fe6a09e00000000;
  v128.store(frame, i64x2.splat(0x000fffffffffffff), MANTISSA);
  v128.store(frame, i64x2.splat(sqrtHalf), SQRT_HALF);
  v128.store(frame, i64x2.splat(0x3ff0000000000000 - sqrtHalf), TO_SQRT_HALF);
  v128.store(frame, f64x2.splat(4503599627370496), EXPONENT);
  v128.store(frame, f64x2.splat(4503599627370496 + 1023), EXPONENT_BIAS);
}

export function putLog(frame: usize, index: usize, bits: u64): void {
  v128.store(frame + index * VECTOR, i64x2.splat(bits), LOG_COEFFICIENTS);
}

function powerOfTwo<T extends number>(exponent: i32): v128 {
  return sizeof<T>() === 4
    ? i32x4.splat((127 + exponent) << 23)
    : i64x2.splat((<u64>(1023 + exponent)) << 52);
}

/** `value` cut to its `bits` leading bits. */
function leading(value: f64, bits: i32): f64 {
  return reinterpret<f64>(reinterpret<u64>(value) & ((<u64>-1) << (53 - bits)));
}

/** a · b − product, exactly, where `product` is a · b rounded (Dekker). */
function excess(a: f64, b: f64, product: f64): f64 {
  const aHigh = leading(a, 26);
  const bHigh = leading(b, 26);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
