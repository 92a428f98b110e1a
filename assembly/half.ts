/**
 * Half floats and small integers as f32, and back: src/math/halfFloats.ts says by what rules. `src` and `dst` are apart, or what
 * is narrower lies within the wider: where that begins for f32 that are narrowed, where it ends for what is widened.
 *
 * From float16: the exponent is moved by adding 112, once more for infinities and NaN; of a subnormal, 2^-14 is put before its
 * bits and taken off again, exactly. To float16: 1/2 is added to what is below 2^-14, whose last bit then is 2^-24; all else
 * is rounded as an integer.
 */

/** Four float16, zero-extended, as f32. */
function fromF16(halves: v128): v128 {
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  const isLarge = i32x4.gt_s(magnitude, i32x4.splat(0x0f7fffff));
  const isSubnormal = i32x4.lt_s(magnitude, i32x4.splat(0x00800000));
  const moved = i32x4.add(magnitude, i32x4.splat(0x38000000));
  const normal = i32x4.add(moved, v128.and(isLarge, i32x4.splat(0x38000000)));
  const least = i32x4.splat(0x38800000);
  const subnormal = f32x4.sub(v128.or(magnitude, least), least);
  return v128.or(sign, v128.bitselect(subnormal, normal, isSubnormal));
}

/** Four f32, rounded to float16, in the low halves. */
function toF16(numbers: v128): v128 {
  const magnitude = v128.and(numbers, i32x4.splat(0x7fffffff));
  const sign = v128.and(i32x4.shr_u(numbers, 16), i32x4.splat(0x8000));
  const half = f32x4.splat(0.5);
  const subnormal = i32x4.sub(f32x4.add(magnitude, half), half);
  const clamped = i32x4.min_s(magnitude, i32x4.splat(0x47800000));
  const odd = v128.and(i32x4.shr_u(clamped, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.sub(clamped, i32x4.splat(0x37fff001)), odd), 13);
  const isSubnormal = i32x4.lt_s(magnitude, i32x4.splat(0x38800000));
  const finite = v128.or(sign, v128.bitselect(subnormal, normal, isSubnormal));
  return v128.bitselect(i32x4.splat(0x7e00), finite, i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
}

/** Four f32, rounded to bfloat16, in the low halves. */
function toBF16(numbers: v128): v128 {
  const magnitude = v128.and(numbers, i32x4.splat(0x7fffffff));
  const odd = v128.and(i32x4.shr_u(numbers, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(numbers, i32x4.add(odd, i32x4.splat(0x7fff))), 16);
  return v128.bitselect(i32x4.splat(0x7fc0), rounded, i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
}

/** Eight at a time, then one. */
const EIGHT: usize = 8;

export function widenF16(src: usize, dst: usize, count: usize): void {
  for (; count >= EIGHT; count -= EIGHT) {
    const halves = v128.load(src);
    v128.store(dst, fromF16(i32x4.extend_low_i16x8_u(halves)));
    v128.store(dst, fromF16(i32x4.extend_high_i16x8_u(halves)), 16);
    src += 16;
    dst += 32;
  }
  for (; count; --count) {
    v128.store32_lane(dst, fromF16(i32x4.splat(load<u16>(src))), 0);
    src += 2;
    dst += 4;
  }
}

export function widenBF16(src: usize, dst: usize, count: usize): void {
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

export function narrowF16(src: usize, dst: usize, count: usize): void {
  for (; count >= EIGHT; count -= EIGHT) {
    v128.store(dst, i16x8.narrow_i32x4_u(toF16(v128.load(src)), toF16(v128.load(src, 16))));
    src += 32;
    dst += 16;
  }
  for (; count; --count) {
    v128.store16_lane(dst, toF16(v128.load32_splat(src)), 0);
    src += 4;
    dst += 2;
  }
}

export function narrowBF16(src: usize, dst: usize, count: usize): void {
  for (; count >= EIGHT; count -= EIGHT) {
    v128.store(dst, i16x8.narrow_i32x4_u(toBF16(v128.load(src)), toBF16(v128.load(src, 16))));
    src += 32;
    dst += 16;
  }
  for (; count; --count) {
    v128.store16_lane(dst, toBF16(v128.load32_splat(src)), 0);
    src += 4;
    dst += 2;
  }
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
