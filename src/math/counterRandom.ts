/**
 * Uniform numbers as a function of (seed, lane, draw): nothing is carried from one to the next, so batches, their order and
 * threads change none. The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", 2011), whose published answers test/counterRandom.test.ts repeats. Its key is the seed, its counter (draw, lane).
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** The golden ratio and √3 - 1, in 32 bits: added to the key from round to round. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** Both halves of a seed of 64 bits. */
export interface Key {
  readonly low: number;
  readonly high: number;
}

/** The key of a safe integer or a bigint: of any number, its residue modulo 2^64, as in two's complement. */
export function keyOf(seed: number | bigint): Key {
  if (typeof seed === "bigint") return keyOfText(seed.toString(16));
  return { low: seed >>> 0, high: Math.floor(seed / 2 ** 32) >>> 0 };
}

/** Of a seed in base 16: arithmetic on bigints would need literals that old engines cannot read. */
function keyOfText(text: string): Key {
  const isNegative = text.startsWith("-");
  const digits = text.slice(isNegative ? 1 : 0).padStart(16, "0");
  const low = Number.parseInt(digits.slice(-8), 16);
  const high = Number.parseInt(digits.slice(-16, -8), 16);
  if (!isNegative) return { low, high };
  return { low: -low >>> 0, high: (low === 0 ? -high : ~high) >>> 0 };
}

/** The high 32 bits of a product of two unsigned numbers of 32 bits. */
function highOfProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  // middle may have 33 bits.
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(other / 65536)) >>> 0;
}

/** Ten rounds on the counter in `words`, in place. */
export function philox(words: Uint32Array, { low, high }: Key): void {
  let [c0, c1, c2, c3] = [words[0], words[1], words[2], words[3]];
  let k0 = low;
  let k1 = high;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highOfProduct(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = highOfProduct(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

const words = /* @__PURE__ */ new Uint32Array(4);

/** The largest double below 1. */
const MOST = 1 - 2 ** -53;

/** (k + ½) / 2^53 for an integer k of 53 bits, rounded to a double: never 0, never 1. `lane` and `draw` are safe integers. */
export function uniformAt(key: Key, lane: number, draw: number): number {
  words[0] = draw >>> 0;
  words[1] = (draw / 2 ** 32) >>> 0;
  words[2] = lane >>> 0;
  words[3] = (lane / 2 ** 32) >>> 0;
  philox(words, key);
  const k = (words[0] >>> 5) * 2 ** 26 + (words[1] >>> 6);
  return Math.min((k + 0.5) / 2 ** 53, MOST);
}
