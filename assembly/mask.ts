/** Masks: a byte for each element, which is 0 where the element is left out. */
import { VECTOR } from "./vectors";

/**
 * Replaces by `value` those of the `count` elements at `at` whose byte at `mask` is 0. Sixteen elements that the mask
 * keeps are neither read nor written, so a mask that leaves nothing out costs a sixteenth of a pass.
 */
export function fill<T extends number>(at: usize, mask: usize, count: usize, value: T): void {
  for (; count >= VECTOR; count -= VECTOR) {
    const bytes = v128.load(mask);
    if (!i8x16.all_true(bytes)) fillSixteen<T>(at, bytes, v128.splat<T>(value));
    at += VECTOR * sizeof<T>();
    mask += VECTOR;
  }
  for (; count; --count) {
    if (load<u8>(mask) === 0) store<T>(at, value);
    at += sizeof<T>();
    mask += 1;
  }
}

function fillSixteen<T extends number>(at: usize, mask: v128, value: v128): void {
  const dropped = i8x16.eq(mask, i8x16.splat(0));
  fillEight<T>(at, i16x8.extend_low_i8x16_s(dropped), value);
  fillEight<T>(at + 8 * sizeof<T>(), i16x8.extend_high_i8x16_s(dropped), value);
}

function fillEight<T extends number>(at: usize, dropped: v128, value: v128): void {
  fillFour<T>(at, i32x4.extend_low_i16x8_s(dropped), value);
  fillFour<T>(at + 4 * sizeof<T>(), i32x4.extend_high_i16x8_s(dropped), value);
}

function fillFour<T extends number>(at: usize, dropped: v128, value: v128): void {
  if (sizeof<T>() === 4) {
    v128.store(at, v128.bitselect(value, v128.load(at), dropped));
  } else {
    const low = i64x2.extend_low_i32x4_s(dropped);
    const high = i64x2.extend_high_i32x4_s(dropped);
    v128.store(at, v128.bitselect(value, v128.load(at), low));
    v128.store(at, v128.bitselect(value, v128.load(at, VECTOR), high), VECTOR);
  }
}

/**
 * Does the same for results, row-major [outer, length, inner]. The results of what is left out are `value` already,
 * except in lanes of NaN. So only slices that hold such a lane are written.
 */
export function mend<T extends number>(
  at: usize,
  mask: usize,
  outer: usize,
  length: usize,
  inner: usize,
  value: T,
): void {
  const count = length * inner;
  for (; outer; --outer) {
    let first = at;
    const end = at + inner * sizeof<T>();
    while (first < end && load<T>(first) - load<T>(first) === 0) first += sizeof<T>();
    if (first < end) fill<T>(at, mask, count, value);
    at += count * sizeof<T>();
    mask += count;
  }
}
