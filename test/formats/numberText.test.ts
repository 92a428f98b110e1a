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

  it("reads back as the same float32, in nine digits at most", () => {
    const words = new Uint32Array(1);
    const floats = new Float32Array(words.buffer);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        words[0] = word;
        const value = floats[0];
        const text = formatNumber(value, true);
        if (Number.isNaN(value)) expect(text).toBe("nan");
        else expect(Math.fround(parse(text) as number)).toBe(value);
        expect(text.replace(/e.*|^-?0\.0*|[-.]/g, "").length).toBeLessThanOrEqual(21);
      }),
      { numRuns: 5000 },
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
