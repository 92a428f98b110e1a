/** Masks: a byte for each element. */
import { VECTOR, width } from "./vectors";

/** Puts `value` in the place of those of the `count` elements at `at` whose byte at `mask` is 0. */
export function fill<T extends number>(at: usize, mask: usize, count: usize, value: T): void {
  const filling = v128.splat<T>(value);
  const zero = i64x2.splat(0);
  for (; count >= width<T>(); count -= width<T>()) {
    let bytes = sizeof<T>() === 4 ? v128.load32_zero(mask) : v128.load16_lane(mask, zero, 0);
    bytes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
    const dropped =
      sizeof<T>() === 4 ? i32x4.eq(bytes, zero) : i64x2.eq(i64x2.extend_low_i32x4_u(bytes), zero);
    v128.store(at, v128.bitselect(filling, v128.load(at), dropped));
    at += VECTOR;
    mask += width<T>();
  }
  for (; count; --count) {
    if (load<u8>(mask) === 0) store<T>(at, value);
    at += sizeof<T>();
    mask += 1;
  }
}
