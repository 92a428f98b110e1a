import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatNumber, parseNumber } from "../../src/formats/numberText.js";

function parse(text: string): number | undefined {
  const bytes = new TextEncoder().encode(`[${text}]`);
  return parseNumber(bytes, 1, bytes.length - 1);
}

describe("a number as text", () => {
  it.each([
    ["0", 0],
    ["-0", -0],
    ["+1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["1e5", 1e5],
    ["1E-5", 1e-5],
    ["  2.5\t", 2.5],
    ["123456789012345678901234567890", 123456789012345680000000000000],
    ["0.1234567890123456789", 0.12345678901234568],
    ["4.9e-324", 5e-324],
    // Between two doubles: the even one; and as near to the middle as these digits come.
    ["9007199254740993", 9007199254740992],
    ["9007199254740993.0000000000000", 9007199254740992],
    ["9007199254740993.0000000000001", 9007199254740994],
    ["9007199254740992.9999999999999", 9007199254740992],
    ["900719925474099.3e1", 9007199254740992],
    ["1e400", Number.POSITIVE_INFINITY],
    ["-1e400", Number.NEGATIVE_INFINITY],
    ["1e-400", 0],
    ["0e99999", 0],
    ["1e99999", Number.POSITIVE_INFINITY],
    ["nan", Number.NaN],
    ["NaN", Number.NaN],
    ["-nan", Number.NaN],
    ["inf", Number.POSITIVE_INFINITY],
    ["+Infinity", Number.POSITIVE_INFINITY],
    ["-INF", Number.NEGATIVE_INFINITY],
  ])("%s", (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    "",
    " ",
    "-",
    "+",
    ".",
    "e5",
    "1e",
    "1e+",
    "0x10",
    "1_000",
    "1,5",
    "abc",
    "1 2",
    "--1",
    "1.2.3",
    "1e5.5",
    "infinit",
    "١",
    "1e5 x",
  ])("%j is none", (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it("is what Number makes of it, of doubles with any digits", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 21 }),
        (x, digits) => {
          for (const text of [String(x), x.toPrecision(digits), x.toExponential(digits - 1)]) {
            expect(parse(text)).toBe(Number(text));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("is what Number makes of it, of up to 32 digits anywhere", () => {
    const text = fc.tuple(
      fc.stringMatching(/^\d{1,32}$/),
      fc.nat({ max: 32 }),
      fc.integer({ min: -30, max: 30 }),
    );
    fc.assert(
      fc.property(text, ([digits, point, exponent]) => {
        const number = `${digits.slice(0, point)}.${digits.slice(point)}e${exponent}`;
        expect(parse(number)).toBe(Number(number));
      }),
      { numRuns: 2000 },
    );
  });

  it("is what Number makes of it, in the middle between two doubles and beside it", () => {
    const middle = fc.tuple(
      fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
      fc.integer({ min: 0, max: 40 }),
    );
    fc.assert(
      fc.property(middle, ([mantissa, power]) => {
        const between = (2n * mantissa + 1n) * 2n ** BigInt(power);
        for (const number of [between - 1n, between, between + 1n]) {
          expect(parse(`${number}`)).toBe(Number(`${number}`));
          expect(parse(`${number}e-7`)).toBe(Number(`${number}e-7`));
        }
      }),
    );
  });
});

describe("a number written", () => {
  it.each([
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [-0, "-0"],
    [0.5, "0.5"],
    [Math.fround(0.1), "0.1"],
    [2 ** -149, "1e-45"],
    [Math.fround(3.4028234663852886e38), "3.4028235e+38"],
  ])("%d as float32", (value, text) => {
    expect(formatNumber(value, true)).toBe(text);
  });

  /** By trying. */
  function shortestOf(value: number): string {
    for (let digits = 1; ; digits++) {
      const text = value.toPrecision(digits);
      if (Math.fround(Number(text)) === value) return String(Number(text));
    }
  }

  it("is the shortest that reads back as the same float32", () => {
    const words = new Uint32Array(1);
    const floats = new Float32Array(words.buffer);
    // Any, those that probabilities and logits are, and neighbours of powers of ten.
    const any = fc.integer({ min: 0, max: 0xffffffff });
    const usual = fc.integer({ min: 0x27000000, max: 0x4b000000 });
    const powers = fc
      .tuple(fc.integer({ min: -14, max: 7 }), fc.integer({ min: -3, max: 3 }))
      .map(([exponent, steps]) => {
        floats[0] = 10 ** exponent;
        return words[0] + steps;
      });
    fc.assert(
      fc.property(fc.oneof(any, usual, powers), (word) => {
        words[0] = word;
        const value = floats[0];
        if (Number.isNaN(value)) return;
        const text = formatNumber(value, true);
        expect(Math.fround(parse(text) as number)).toBe(value);
        if (Number.isInteger(value) || !Number.isFinite(value)) return;
        expect(text).toBe(shortestOf(value));
      }),
      { numRuns: 10_000 },
    );
  });

  it("reads back as the same double", () => {
    fc.assert(
      fc.property(fc.double(), (x) => {
        expect(parse(formatNumber(x, false))).toBe(x);
      }),
    );
  });
});
