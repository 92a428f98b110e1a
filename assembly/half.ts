/**
 * Half floats and small integers as f32, and back: src/math/halfFloats.ts says by what rules. `src` and `dst` are apart, or what
 * is narrower lies within the wider: where that begins for f32 that are narrowed, where it ends for what is widened.
 *
 * From float16: the exponent is moved by adding 112; in eights with others, once more for infinities and NaN, and of a subnormal
 * 2^-14 is put before its bits and taken off again, exactly. To float16: what is added, 2^13 times the power of two at or below
 * the number and at least 2^-14, leaves eleven bits before it is taken off again; the exponent comes beside these.
 *
 * Constants are loaded from the frame, where V8 would rebuild literals at each use: half floats cost it twice the time.
 */
import { CHUNK } from "./frame";

/** Eight at a time, then one. */
const EIGHT: usize = 8;

/** A vector of a constant, by way of memory. */
function constant(frame: usize, k: usize, word: i32): v128 {
  v128.store(frame + CHUNK + 16 * k, i32x4.splat(word));
  return v128.load(frame + CHUNK + 16 * k);
}

export function widenF16(frame: usize, src: usize, dst: usize, count: usize): void {
  const kept = constant(frame, 0, 0x8fffe000);
  const moved = constant(frame, 1, 0x38000000);
  const least = constant(frame, 2, 0x08000800);
  const normals = constant(frame, 3, 0xf000f000);
  constant(frame, 4, 0x0fffe000);
  constant(frame, 5, 0x0f7fffff);
  constant(frame, 6, 0x00800000);
  constant(frame, 7, 0x38800000);
  const constants = frame + CHUNK;
  for (; count >= EIGHT; count -= EIGHT) {
    const halves = v128.load(src);
    const low = v128.and(i32x4.shl(i32x4.extend_low_i16x8_s(halves), 13), kept);
    const high = v128.and(i32x4.shl(i32x4.extend_high_i16x8_s(halves), 13), kept);
    if (v128.any_true(i16x8.ge_u(i16x8.sub(i16x8.shl(halves, 1), least), normals))) {
      v128.store(dst, anyF16(low, constants));
      v128.store(dst, anyF16(high, constants), 16);
    } else {
      v128.store(dst, i32x4.add(low, moved));
      v128.store(dst, i32x4.add(high, moved), 16);
    }
    src += 16;
    dst += 32;
  }
  for (; count; --count) {
    const half = i32x4.splat(load<i16>(src) << 13);
    v128.store32_lane(dst, anyF16(v128.and(half, kept), constants), 0);
    src += 2;
    dst += 4;
  }
}

/** f32 of the signs of four float16, and of their other bits in the places of those of f32. */
function anyF16(halves: v128, constants: usize): v128 {
  const magnitude = v128.and(halves, v128.load(constants, 64));
  const isLarge = i32x4.gt_s(magnitude, v128.load(constants, 80));
  const isSubnormal = i32x4.lt_s(magnitude, v128.load(constants, 96));
  const moved = v128.load(constants, 16);
  const normal = i32x4.add(i32x4.add(magnitude, moved), v128.and(isLarge, moved));
  const least = v128.load(constants, 112);
  const subnormal = f32x4.sub(v128.or(magnitude, least), least);
  return v128.or(v128.xor(halves, magnitude), v128.bitselect(subnormal, normal, isSubnormal));
}

export function widenBF16(_frame: usize, src: usize, dst: usize, count: usize): void {
  for (; count >= EIGHT; count -= EIGHT) {
    const halves = v128.load(src);
    v128.store(dst, i32x4.shl(i32x4.extend_low_i16x8_u(halves), 16));
    v128.store(dst, i32x4.shl(i32x4.extend_high_i16x8_u(halves), 16), 16);
    src += 16;
    dst += 32;
  }
  for (; count; --count) {
    store<u32>(dst, load<u16>(src) << 16);
    src += 2;
    dst += 4;
  }
}

export function narrowF16(frame: usize, src: usize, dst: usize, count: usize): void {
  constant(frame, 0, 0x7fffffff);
  constant(frame, 1, 0x47800000);
  constant(frame, 2, 0x7f800000);
  constant(frame, 3, 0x38800000);
  constant(frame, 4, 13 << 23);
  constant(frame, 5, 0x80008000);
  constant(frame, 6, 0x02000200);
  const constants = frame + CHUNK;
  for (; count >= EIGHT; count -= EIGHT) {
    v128.store(dst, toF16(v128.load(src), v128.load(src, 16), constants));
    src += 32;
    dst += 16;
  }
  for (; count; --count) {
    const number = v128.load32_splat(src);
    v128.store16_lane(dst, toF16(number, number, constants), 0);
    src += 4;
    dst += 2;
  }
}

/** Eight f32 rounded to float16. */
function toF16(low: v128, high: v128, constants: usize): v128 {
  const halves = i16x8.narrow_i32x4_u(sizesF16(low, constants), sizesF16(high, constants));
  const signs = v128.and(i16x8.narrow_i32x4_s(low, high), v128.load(constants, 80));
  const nans = areNaN(low, high);
  const quiet = v128.and(nans, v128.load(constants, 96));
  return v128.or(v128.or(halves, quiet), v128.andnot(signs, nans));
}

/** Those of four, without their signs; of NaN as of an infinity. */
function sizesF16(numbers: v128, constants: usize): v128 {
  const least = v128.load(constants, 48);
  const size = i32x4.min_s(v128.and(numbers, v128.load(constants)), v128.load(constants, 16));
  const power = i32x4.max_s(v128.and(size, v128.load(constants, 32)), least);
  const adding = i32x4.add(power, v128.load(constants, 64));
  const bits = i32x4.sub(f32x4.add(size, adding), adding);
  return i32x4.add(bits, i32x4.shr_u(i32x4.sub(power, least), 13));
}

export function narrowBF16(frame: usize, src: usize, dst: usize, count: usize): void {
  constant(frame, 0, 1);
  constant(frame, 1, 0x7fff);
  constant(frame, 2, 0x7fc07fc0);
  const constants = frame + CHUNK;
  for (; count >= EIGHT; count -= EIGHT) {
    v128.store(dst, toBF16(v128.load(src), v128.load(src, 16), constants));
    src += 32;
    dst += 16;
  }
  for (; count; --count) {
    const number = v128.load32_splat(src);
    v128.store16_lane(dst, toBF16(number, number, constants), 0);
    src += 4;
    dst += 2;
  }
}

/** Eight f32 rounded to bfloat16. */
function toBF16(low: v128, high: v128, constants: usize): v128 {
  const halves = i16x8.narrow_i32x4_u(sizesBF16(low, constants), sizesBF16(high, constants));
  return v128.bitselect(v128.load(constants, 32), halves, areNaN(low, high));
}

function sizesBF16(numbers: v128, constants: usize): v128 {
  const odd = v128.and(i32x4.shr_u(numbers, 16), v128.load(constants));
  return i32x4.shr_u(i32x4.add(numbers, i32x4.add(odd, v128.load(constants, 16))), 16);
}

/** Which of eight f32 are NaN, as 16 bits each. */
function areNaN(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_s(f32x4.ne(low, low), f32x4.ne(high, high));
}

/** scale (q - zeroPoint) of 8-bit integers q: the difference is exact, the product rounded once. */
export function widenBytes<T extends number>(
  src: usize,
  dst: usize,
  count: usize,
  scale: f32,
  zeroPoint: i32,
): void {
  const factor = f32x4.splat(scale);
  const zero = i32x4.splat(zeroPoint);
  for (; count >= EIGHT; count -= EIGHT) {
    const bytes = v128.load_zero<u64>(src);
    const words = isSigned<T>() ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_low_i8x16_u(bytes);
    const low = i32x4.sub(i32x4.extend_low_i16x8_s(words), zero);
    const high = i32x4.sub(i32x4.extend_high_i16x8_s(words), zero);
    v128.store(dst, f32x4.mul(f32x4.convert_i32x4_s(low), factor));
    v128.store(dst, f32x4.mul(f32x4.convert_i32x4_s(high), factor), 16);
    src += 8;
    dst += 32;
  }
  for (; count; --count) {
    store<f32>(dst, <f32>(<i32>load<T>(src) - zeroPoint) * scale);
    src += 1;
    dst += 4;
  }
}
