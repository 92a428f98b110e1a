/**
 * Half floats as their bits: float16 is binary16 of IEEE 754, of 1 + 5 + 10 bits; bfloat16 is the leading half of a float32.
 * Both ways in integers and exact products, so that every engine gives the same bits, and without Float16Array.
 *
 * To f32 is exact, and keeps the sign and the payload of a NaN. From f32 rounds once, to nearest, ties to even, subnormals
 * included; 65,520 and above give the infinity of float16. NaN gives the one positive quiet NaN, as the sign and payload of
 * a computed one depend on the processor.
 */

import type { PackedElements } from "../types.js";

/** The formats, by the short names of `allocate`. */
export type HalfFormat = "f16" | "bf16";

/** The bits that NaN becomes. */
const NAN_F16 = 0x7e00;
const NAN_BF16 = 0x7fc0;

/** Adding it, and taking it off again, rounds a double below it to an integer. */
const ROUND = 2 ** 52;

/** The numbers of `bits`, as f32. `words` is the memory of `to`, if a view of it is at hand: a new one takes 50 ns. */
export function widenHalf(
  format: HalfFormat,
  bits: Uint16Array,
  to: Float32Array,
  words: Uint32Array = wordsOf(to),
): void {
  if (format === "bf16") {
    for (let k = 0; k < bits.length; k++) words[k] = bits[k] << 16;
    return;
  }
  for (let k = 0; k < bits.length; k++) {
    const half = bits[k];
    const sign = (half & 0x8000) << 16;
    const magnitude = half & 0x7fff;
    if (magnitude >= 0x400)
      words[k] = sign | ((magnitude << 13) + (magnitude < 0x7c00 ? 112 << 23 : 224 << 23));
    else to[k] = sign < 0 ? magnitude * -(2 ** -24) : magnitude * 2 ** -24;
  }
}

/** The same of any packed elements. */
export function widenElements(
  { bits, format, scale, zeroPoint }: PackedElements,
  to: Float32Array,
  words?: Uint32Array,
): void {
  if (format === "f16" || format === "bf16") {
    widenHalf(format, bits as Uint16Array, to, words);
    return;
  }
  const factor = Math.fround(scale);
  for (let k = 0; k < bits.length; k++) to[k] = factor * (bits[k] - zeroPoint);
}

/** The bits of f32 numbers, each rounded. `words` as above. */
export function narrowHalf(
  format: HalfFormat,
  numbers: Float32Array,
  bits: Uint16Array,
  words: Uint32Array = wordsOf(numbers),
): void {
  if (format === "bf16") {
    for (let k = 0; k < bits.length; k++) {
      const word = words[k];
      const isNumber = (word & 0x7fffffff) <= 0x7f800000;
      bits[k] = isNumber ? (word + 0x7fff + ((word >>> 16) & 1)) >>> 16 : NAN_BF16;
    }
    return;
  }
  for (let k = 0; k < bits.length; k++) {
    const word = words[k];
    const magnitude = word & 0x7fffffff;
    let half: number;
    if (magnitude < 0x38800000) half = Math.abs(numbers[k]) * 2 ** 24 + ROUND - ROUND;
    else if (magnitude < 0x47800000) half = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
    else half = magnitude > 0x7f800000 ? NAN_F16 : 0x7c00;
    bits[k] = half === NAN_F16 ? half : half | ((word >> 16) & 0x8000);
  }
}

/** An f32 number rounded to a format, as a number. */
export function roundToHalf(format: HalfFormat, number: number): number {
  single[0] = number;
  narrowHalf(format, single, half, word);
  widenHalf(format, half, single, word);
  return single[0];
}

const single = /* @__PURE__ */ new Float32Array(1);
const word = /* @__PURE__ */ wordsOf(single);
const half = /* @__PURE__ */ new Uint16Array(1);

function wordsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
