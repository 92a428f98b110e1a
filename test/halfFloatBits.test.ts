import { describe, expect, test } from "vitest";
import { narrowHalf, roundToHalf, widenHalf } from "../src/math/halfFloats.js";
import { hasRelaxedSimd } from "./support/backends.js";
import {
  HALF_FORMATS,
  type HalfFormat,
  hardNumbers,
  nanOf,
  nearestHalf,
  nearestHalves,
  roundedTo,
  valuesOf,
} from "./support/halfFloats.js";
import { FRAME, PAGE as FRAME_PAGE, releaseHost } from "./support/kernels.js";

const PAGE = FRAME + FRAME_PAGE;

interface Conversions {
  widen(format: HalfFormat, bits: Uint16Array): Float32Array;
  narrow(format: HalfFormat, numbers: Float32Array): Uint16Array;
}

const inTypeScript: Conversions = {
  widen(format, bits) {
    const numbers = new Float32Array(bits.length);
    widenHalf(format, bits, numbers);
    return numbers;
  },
  narrow(format, numbers) {
    const bits = new Uint16Array(numbers.length);
    narrowHalf(format, numbers, bits);
    return bits;
  },
};

/** Within the f32, as the package uses them: at their end to be widened, at their beginning once narrowed. */
function byKernels(name: "relaxed" | "simd"): Conversions {
  const { kernels, memory } = releaseHost(name, 64);
  const { widenF16, widenBF16, narrowF16, narrowBF16 } = kernels as unknown as {
    [name: string]: (...numbers: number[]) => void;
  };
  return {
    widen(format, bits) {
      const { length } = bits;
      const src = PAGE + 2 * ((length + 7) & -8);
      new Uint16Array(memory.buffer, src, length).set(bits);
      (format === "f16" ? widenF16 : widenBF16)(FRAME, src, PAGE, length);
      return new Float32Array(memory.buffer, PAGE, length).slice();
    },
    narrow(format, numbers) {
      const { length } = numbers;
      new Float32Array(memory.buffer, PAGE, length).set(numbers);
      const dst = PAGE + 4 * length;
      const after = new Uint16Array(memory.buffer, dst, length + 1);
      after[length] = 12345;
      (format === "f16" ? narrowF16 : narrowBF16)(FRAME, PAGE, dst, length);
      expect(after[length]).toBe(12345);
      (format === "f16" ? narrowF16 : narrowBF16)(FRAME, PAGE, PAGE, length);
      expect(new Uint16Array(memory.buffer, PAGE, length)).toEqual(after.slice(0, length));
      return after.slice(0, length);
    },
  };
}

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
const bitsOf = (numbers: Float32Array) => new Uint32Array(numbers.buffer);

const ways: [string, Conversions][] = [
  ["TypeScript", inTypeScript],
  ["simd", byKernels("simd")],
  ...(hasRelaxedSimd ? [["relaxed", byKernels("relaxed")] as [string, Conversions]] : []),
];

test("the reference is of half floats", () => {
  expect([0x3c00, 0x0001, 0x0400, 0x7bff, 0xfc00].map((bits) => valuesOf("f16")[bits])).toEqual([
    1,
    2 ** -24,
    2 ** -14,
    65504,
    -1 / 0,
  ]);
  expect([0x3f80, 0x0001, 0xc049].map((bits) => valuesOf("bf16")[bits])).toEqual([1, 2 ** -133, -3.140625]);
  expect([65519.996, 65520, 2 ** -25, 1.5 * 2 ** -24, -0].map((x) => nearestHalf("f16", x))).toEqual([
    0x7bff, 0x7c00, 0, 2, 0x8000,
  ]);
});

describe.each(ways)("%s", (_, { widen, narrow }) => {
  describe.each(HALF_FORMATS)("%s", (format) => {
    test("all 65,536 patterns become their numbers, and these the patterns again", () => {
      const numbers = widen(format, all);
      const exact = valuesOf(format);
      const words = bitsOf(numbers);
      const wrong = all.filter((bits) => !Object.is(numbers[bits], exact[bits]));
      expect(wrong).toEqual(new Uint16Array());
      // NaN: its sign and payload, in front.
      const shift = format === "f16" ? 13 : 16;
      const nans = all.filter((bits) => Number.isNaN(exact[bits]));
      expect(nans.length).toBe(format === "f16" ? 2046 : 254);
      for (const bits of nans) {
        const payload = (bits << shift) & 0x7fffff;
        expect(words[bits]).toBe((((bits & 0x8000) << 16) | 0x7f800000 | payload) >>> 0);
      }
      const again = narrow(format, numbers);
      expect(
        all.filter((bits) => again[bits] !== (Number.isNaN(exact[bits]) ? nanOf(format) : bits)),
      ).toEqual(new Uint16Array());
    });

    test("f32 numbers are rounded to the nearest, of two to the even one", () => {
      const numbers = hardNumbers(format);
      const bits = narrow(format, numbers);
      const wrong = numbers.filter((number, k) => bits[k] !== nearestHalf(format, number));
      expect(wrong).toEqual(new Float32Array());
      expect(bits).toContain(format === "f16" ? 0x7c00 : 0x7f80);
    });

    test("of any count, and nothing beyond it", () => {
      for (let count = 0; count < 20; count++) {
        const numbers = Float32Array.from({ length: count }, (_, k) => (k - 7) / 3);
        const bits = nearestHalves(format, numbers);
        expect(narrow(format, numbers)).toEqual(bits);
        expect(widen(format, bits)).toEqual(Float32Array.from(bits, (pattern) => valuesOf(format)[pattern]));
      }
    });
  });
});

test("a single number", () => {
  for (const number of [Math.PI, 65520, 1e-7, -1e-9, Number.NaN, Number.NEGATIVE_INFINITY]) {
    expect(roundToHalf("f16", number)).toBe(roundedTo("f16", Math.fround(number)));
    expect(roundToHalf("bf16", number)).toBe(roundedTo("bf16", Math.fround(number)));
  }
});

describe.each(["simd", ...(hasRelaxedSimd ? ["relaxed" as const] : [])] as const)(
  "integers by %s",
  (name) => {
    const { kernels, memory } = releaseHost(name as "simd", 4);
    test.each([
      ["widenI8", Int8Array, -7],
      ["widenU8", Uint8Array, 131],
    ] as const)("%s", (kernel, ArrayType, zeroPoint) => {
      const scale = Math.fround(0.0137);
      const bytes = ArrayType.from(Array.from({ length: 259 }, (_, k) => k));
      new ArrayType(memory.buffer, PAGE + 4096, bytes.length).set(bytes);
      (kernels[kernel] as (...numbers: number[]) => void)(PAGE + 4096, PAGE, bytes.length, scale, zeroPoint);
      const numbers = new Float32Array(memory.buffer, PAGE, bytes.length + 1);
      expect(numbers.slice(0, -1)).toEqual(Float32Array.from(bytes, (q) => scale * (q - zeroPoint)));
      expect(numbers.at(-1)).toBe(0);
    });
  },
);
