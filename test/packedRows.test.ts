import { describe, expect, test } from "vitest";
import { createSoftmax } from "../src/index.js";
import { backends } from "./support/backends.js";
import { type HalfFormat, nanOf, nearestHalves, numbersOf } from "./support/halfFloats.js";
import { random } from "./support/random.js";

type Call = (x: unknown, options?: object) => unknown;
type Packed = Uint16Array | Int8Array | Uint8Array;

const NAMES = ["softmax", "logSoftmax", "logSumExp", "entropy", "sigmoid", "softplus"] as const;
const ELEMENTWISE: readonly string[] = ["sigmoid", "softplus"];
const PER_LANE: readonly string[] = ["logSumExp", "entropy"];

/** About the vectors, the loops that copy, and PACKED_TILE. */
const SHAPES = [
  ...[1, 7, 8, 9, 23, 24, 25, 255, 256, 257, 8191, 8192, 8193].map((length) => [1, length]),
  ...[
    [2, 1],
    [25, 10],
    [256, 1],
    [257, 1],
    [32, 8],
    [37, 7],
    [2, 4096],
    [2, 4097],
    [1639, 5],
    [8193, 1],
    [3, 8193],
  ],
];

interface Format {
  readonly title: string;
  readonly options: object;
  readonly half?: HalfFormat;
  readonly ArrayType: Uint16ArrayConstructor | Int8ArrayConstructor | Uint8ArrayConstructor;
  readonly numbers: (bits: Packed) => Float32Array;
}

const FORMATS: readonly Format[] = [
  ...(["f16", "bf16"] as const).map((half) => ({
    title: half,
    options: { dtype: half === "f16" ? "float16" : "bfloat16" },
    half,
    ArrayType: Uint16Array,
    numbers: (bits: Packed) => numbersOf(half, bits as Uint16Array),
  })),
  ...[Int8Array, Uint8Array].map((ArrayType) => ({
    title: ArrayType.name,
    options: { scale: 0.07, zeroPoint: 3 },
    ArrayType,
    numbers: (bits: Packed) => Float32Array.from(bits, (q) => Math.fround(0.07) * (q - 3)),
  })),
];

/** Numbers near 0, and every 50th any bits at all: subnormals, infinities and NaN among them. */
function elements({ half, ArrayType }: Format, length: number): Packed {
  const next = random(length);
  const bits = new ArrayType(length);
  for (let k = 0; k < length; k++) {
    const isAny = half === undefined || next() < 0.02;
    bits[k] = isAny ? Math.floor(65536 * next()) : nearestHalves(half, [16 * next() - 8])[0];
  }
  return bits;
}

/** A copy that begins `shift` elements into its buffer, between others that nothing may write. */
function within<A extends Packed | Float32Array>(
  array: A,
  shift: number,
): { array: A; isIntact: () => boolean } {
  const whole = new (array.constructor as new (length: number) => A)(array.length + shift + 40).fill(77) as A;
  whole.set(array, shift);
  const others = [...Array(shift).keys(), ...Array.from({ length: 40 }, (_, k) => shift + array.length + k)];
  return {
    array: whole.subarray(shift, shift + array.length) as A,
    isIntact: () => others.every((at) => whole[at] === 77),
  };
}

function expectSame(actual: unknown, wanted: Float32Array | Uint16Array): void {
  expect(actual).toBeInstanceOf(wanted.constructor);
  const array = actual as typeof wanted;
  expect(array.length).toBe(wanted.length);
  expect(array.findIndex((value, k) => !Object.is(value, wanted[k]))).toBe(-1);
}

describe.each(backends)("%s", (backend) => {
  const library = createSoftmax({ backend });
  const functions = library as unknown as Record<string, Call>;

  describe.each(FORMATS)("$title", (format) => {
    const { half, options } = format;
    /** The results of f32, rounded by the reference. */
    const rounded = (singles: Float32Array) => (half === undefined ? singles : nearestHalves(half, singles));

    test.each(NAMES)("%s of any length has the bits of f32", (name) => {
      for (const shape of SHAPES) {
        const bits = elements(format, shape[0] * shape[1]);
        const shaped = ELEMENTWISE.includes(name) ? {} : { shape };
        const wanted = functions[name](format.numbers(bits), shaped) as Float32Array;
        const all = { ...options, ...shaped };
        const x = within(bits, 3);
        expectSame(functions[name](x.array, all), rounded(wanted));

        const singles = within(new Float32Array(wanted.length), 1);
        expect(functions[name](x.array, { ...all, out: singles.array })).toBe(singles.array);
        expectSame(singles.array, wanted);
        expect(singles.isIntact()).toBe(true);
        expectSame(x.array, bits as Uint16Array);
        if (half === undefined) continue;

        const halves = within(new Uint16Array(wanted.length), 1);
        functions[name](x.array, { ...all, out: halves.array });
        expectSame(halves.array, rounded(wanted) as Uint16Array);
        expect(halves.isIntact()).toBe(true);
        if (PER_LANE.includes(name)) continue;

        expect(functions[name](x.array, { ...all, out: x.array })).toBe(x.array);
        expectSame(x.array, rounded(wanted));
        expect(x.isIntact()).toBe(true);
      }
    });

    test("one lane gives one number", () => {
      for (const length of [1, 10, 300]) {
        const bits = elements(format, length).fill(20);
        const wanted = functions.logSumExp(format.numbers(bits)) as number;
        const number = half === undefined ? wanted : numbersOf(half, nearestHalves(half, [wanted]))[0];
        expect(functions.logSumExp(bits, options)).toBe(number);
      }
    });
  });

  test("results keep nothing of longer calls before", () => {
    const dtype = "float16";
    library.softmax(new Uint16Array(200).fill(nanOf("f16")), { dtype });
    library.sigmoid(new Uint16Array(200).fill(nanOf("f16")), { dtype });
    expectSame(library.softmax(new Uint16Array(2), { dtype }), Uint16Array.of(0x3800, 0x3800));
    expectSame(library.sigmoid(new Uint16Array(3), { dtype }), Uint16Array.of(0x3800, 0x3800, 0x3800));
  });

  test.each([9, 256, 257])("%i resident half floats, also in place", (length) => {
    const x = library.allocate("f16", length);
    const out = library.allocate("f16", length);
    const singles = library.allocate("f32", length);
    const bits = elements(FORMATS[0], length);
    x.view.set(bits);
    const dtype = "float16";
    const wanted = library.softmax(numbersOf("f16", bits as Uint16Array));
    library.softmax(x.view, { dtype, out: out.view });
    expectSame(out.view, nearestHalves("f16", wanted));
    library.softmax(x.view, { dtype, out: singles.view });
    expectSame(singles.view, wanted);
    expectSame(x.view, bits as Uint16Array);
    library.softmax(x.view, { dtype, out: x.view });
    expectSame(x.view, nearestHalves("f16", wanted));
    // Some of one, into others of it.
    x.view.set(bits);
    const [from, to] = [x.view.subarray(0, 3), x.view.subarray(4, 7)];
    library.softmax(from, { dtype, out: to });
    const some = library.softmax(numbersOf("f16", bits.subarray(0, 3) as Uint16Array));
    expectSame(to, nearestHalves("f16", some));
    expectSame(x.view.subarray(7), bits.subarray(7) as Uint16Array);
    for (const resident of [x, out, singles]) resident.free();
  });
});
