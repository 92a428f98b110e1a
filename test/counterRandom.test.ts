import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf, philox, uniformAt } from "../src/math/counterRandom.js";

// The known answers of Random123 1.14, kat_vectors, philox4x32 10.
test.each([
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    answer: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    answer: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    answer: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
])("Philox4x32-10 of $counter with key $key", ({ counter, key: [low, high], answer }) => {
  const words = Uint32Array.from(counter);
  philox(words, { low, high });
  expect(Array.from(words)).toEqual(answer);
});

/** The same in bigints. */
function slowly(counter: readonly bigint[], [k0, k1]: readonly bigint[]): bigint[] {
  let [c0, c1, c2, c3] = counter;
  const low = (value: bigint) => BigInt.asUintN(32, value);
  for (let round = 0n; round < 10n; round++) {
    const first = 0xd2511f53n * c0;
    const second = 0xcd9e8d57n * c2;
    const key0 = low(k0 + round * 0x9e3779b9n);
    const key1 = low(k1 + round * 0xbb67ae85n);
    [c0, c1, c2, c3] = [(second >> 32n) ^ c1 ^ key0, low(second), (first >> 32n) ^ c3 ^ key1, low(first)];
  }
  return [c0, c1, c2, c3];
}

test("a number is that of its seed, lane and draw, in 53 bits", () => {
  const integer = fc.maxSafeInteger();
  const natural = fc.maxSafeNat();
  const check = (seed: number | bigint, lane: number, draw: number) => {
    const bits = BigInt.asUintN(64, BigInt(seed));
    const counter = [draw, lane].flatMap((n) => [BigInt(n) & 0xffffffffn, BigInt(n) >> 32n]);
    const [first, second] = slowly(counter, [bits & 0xffffffffn, bits >> 32n]);
    const k = Number(((first >> 5n) << 26n) | (second >> 6n));
    expect(uniformAt(keyOf(seed), lane, draw)).toBe(Math.min((k + 0.5) / 2 ** 53, 1 - 2 ** -53));
  };
  fc.assert(fc.property(fc.oneof(integer, fc.bigInt()), natural, natural, check), {
    numRuns: 500,
    seed: 1,
  });
});

test("a seed is taken modulo 2^64", () => {
  expect(keyOf(-1)).toEqual({ low: 0xffffffff, high: 0xffffffff });
  expect(keyOf(-1n)).toEqual(keyOf(-1));
  expect(keyOf(2n ** 64n + 5n)).toEqual(keyOf(5));
  expect(keyOf(0)).toEqual({ low: 0, high: 0 });
  expect(keyOf(-0)).toEqual({ low: 0, high: 0 });
  expect(keyOf(2 ** 53 - 1)).toEqual(keyOf(BigInt(2 ** 53 - 1)));
});
