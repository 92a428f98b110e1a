/** Half floats by their definition, in exact arithmetic of doubles: nothing here is taken from the package. */

export type HalfFormat = "f16" | "bf16";

export const HALF_FORMATS = ["f16", "bf16"] as const;

const SHAPES = {
  f16: { mantissa: 10, bias: 15, nan: 0x7e00 },
  bf16: { mantissa: 7, bias: 127, nan: 0x7fc0 },
} as const;

/** The bits of the quiet NaN that results have. */
export const nanOf = (format: HalfFormat): number => SHAPES[format].nan;

/** The number that 16 bits stand for: (1 + m / 2^p) 2^(e - bias), or m / 2^p 2^(1 - bias) where e is 0. */
function numberOf(format: HalfFormat, bits: number): number {
  const { mantissa, bias } = SHAPES[format];
  const m = bits % 2 ** mantissa;
  const e = Math.floor((bits % 2 ** 15) / 2 ** mantissa);
  const sign = bits >= 2 ** 15 ? -1 : 1;
  if (e === 2 * bias + 1) return m === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const scaled = e === 0 ? m : m + 2 ** mantissa;
  return sign * scaled * 2 ** (Math.max(e, 1) - bias - mantissa);
}

const tables = {
  f16: Float64Array.from({ length: 65536 }, (_, bits) => numberOf("f16", bits)),
  bf16: Float64Array.from({ length: 65536 }, (_, bits) => numberOf("bf16", bits)),
};

/** The numbers of all 65,536 patterns. */
export const valuesOf = (format: HalfFormat): Float64Array => tables[format];

const infiniteOf = (format: HalfFormat) => (2 * SHAPES[format].bias + 1) * 2 ** SHAPES[format].mantissa;

/** The number of a pattern that is not negative. That of the infinity stands for the number that would come next. */
const sizeOf = (format: HalfFormat, bits: number) =>
  bits === infiniteOf(format) ? 2 ** (SHAPES[format].bias + 1) : tables[format][bits];

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** Where a search may begin: by the upper half of the bits of an f32, the last pattern that is not above it. */
function beginnings(format: HalfFormat): Uint16Array {
  let bits = 0;
  return Uint16Array.from({ length: 2 ** 15 }, (_, upper) => {
    singleBits[0] = upper * 2 ** 16;
    while (bits < infiniteOf(format) && sizeOf(format, bits + 1) <= single[0]) bits++;
    return bits;
  });
}

const begin = { f16: beginnings("f16"), bf16: beginnings("bf16") };

/** The bits nearest to a number, of two alike the even ones: by search among the patterns, which ascend with their numbers. */
export function nearestHalf(format: HalfFormat, number: number): number {
  if (Number.isNaN(number)) return nanOf(format);
  const sign = number < 0 || Object.is(number, -0) ? 2 ** 15 : 0;
  const size = Math.abs(number);
  const infinite = infiniteOf(format);
  if (size >= sizeOf(format, infinite)) return sign + infinite;
  single[0] = size;
  const upper = singleBits[0] >>> 16;
  // One less, as a double may have been rounded up.
  let low = Math.max(begin[format][upper] - 1, 0);
  let high = Math.min(begin[format][upper + 1] + 1, infinite);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (sizeOf(format, middle) <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - sizeOf(format, low), sizeOf(format, high) - size];
  const isUp = below > above || (below === above && low % 2 === 1);
  return sign + (isUp ? high : low);
}

/** The number of the bits nearest to it. */
export const roundedTo = (format: HalfFormat, number: number): number =>
  tables[format][nearestHalf(format, number)];

/** The bits nearest to the elements of an array. */
export function nearestHalves(format: HalfFormat, numbers: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(numbers.length);
  for (let k = 0; k < bits.length; k++) bits[k] = nearestHalf(format, numbers[k]);
  return bits;
}

/** The numbers of bits, as f32. */
export function numbersOf(format: HalfFormat, bits: Uint16Array): Float32Array {
  const numbers = new Float32Array(bits.length);
  for (let k = 0; k < bits.length; k++) numbers[k] = tables[format][bits[k]];
  return numbers;
}

/**
 * f32 numbers that are hard to round: all of the format; between each two, half way and next to that; at the borders of what
 * becomes infinite or 0; subnormal; NaN. Of both signs.
 */
export function hardNumbers(format: HalfFormat): Float32Array {
  const { mantissa, bias } = SHAPES[format];
  const infinite = (2 * bias + 1) * 2 ** mantissa;
  const numbers: number[] = [Number.NaN, Number.POSITIVE_INFINITY, 0, 2 ** -149, 2 ** -126, 65519.996, 65520];
  for (let bits = 0; bits < infinite; bits++) {
    const low = tables[format][bits];
    const high = bits + 1 === infinite ? 2 ** (bias + 1) : tables[format][bits + 1];
    const middle = Math.fround(low + (high - low) / 2);
    numbers.push(low, middle, ...beside(middle));
  }
  for (let k = -149; k < 128; k++) numbers.push(2 ** k, Math.fround(1.7 * 2 ** k));
  numbers.push(3.4028234663852886e38);
  return Float32Array.from([...numbers, ...numbers.map((number) => -number)]);
}

/** The f32 numbers before and after a positive one. */
function beside(number: number): number[] {
  const words = new Uint32Array(Float32Array.of(number).buffer);
  return [-1, 1].map((step) => new Float32Array(Uint32Array.of(words[0] + step).buffer)[0]);
}
