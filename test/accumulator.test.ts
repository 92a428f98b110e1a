import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accumulate,
  type Chunk,
  elements,
  pieces,
  scattered,
  shuffle,
  temperatures,
} from "./support/accumulate.js";
import { describeBackends, libraries } from "./support/backends.js";
import { expectError } from "./support/errors.js";
import { FULL } from "./support/extent.js";
import { normal, random } from "./support/random.js";
import { type LaneReference, laneReference } from "./support/reference.js";
import { distance, ulp, ulpError } from "./support/ulp.js";

const INF = Number.POSITIVE_INFINITY;

/** One ulp of the result, or of what cancels in it. */
function unit({ logSumExp, cancelled }: LaneReference): number {
  return Math.max(1, ulp(cancelled, "f64") / ulp(logSumExp.high, "f64"));
}

/** Within 1 ulp of the exact value. */
function expectExact(value: number, reference: LaneReference): void {
  expect(ulpError(value, reference.logSumExp, "f64") / unit(reference)).toBeLessThanOrEqual(1);
}

/** Numbers, and what is exact for them at each temperature: computed once for all backends. */
type Numbers = [name: string, x: Float64Array, references: () => [number, LaneReference][]];

function numbers(name: string, x: Float64Array, temperatures = [1, 0.7]): Numbers {
  let references: [number, LaneReference][] | undefined;
  return [name, x, () => (references ??= temperatures.map((T) => [T, laneReference(x, T)]))];
}

const COUNT = FULL ? 1e5 : 2e4;
const MANY = [
  numbers(
    "ascending",
    Float64Array.from({ length: COUNT }, (_, i) => i * 0.0007),
  ),
  numbers(
    "ascending in large steps",
    Float64Array.from({ length: COUNT }, (_, i) => i * 7.3),
  ),
  numbers(
    "descending",
    Float64Array.from({ length: COUNT }, (_, i) => 20 - i * 0.0007),
  ),
  numbers("equal", new Float64Array(COUNT).fill(0.1)),
  numbers("equal and large", new Float64Array(COUNT).fill(2 ** 54)),
  numbers("at random", normal("f64", COUNT, 5, 1) as Float64Array),
  numbers(
    "near the largest",
    Float64Array.from({ length: COUNT }, (_, i) => 3e38 + (i % 100) * 2 ** 75),
  ),
];
const PIECES = numbers("at random", normal("f64", FULL ? 1e6 : 1.5e5, 5, 11) as Float64Array, [1]);

describeBackends((library) => {
  const { LogSumExp } = library;

  describe("within 1 ulp of the exact value, and of any other way to it", () => {
    test("in pieces of any kind and order, merged in any tree", () => {
      fc.assert(
        fc.property(elements, temperatures, fc.integer(), (x, temperature, seed) => {
          const next = random(seed);
          const reference = laneReference(x, temperature);
          const whole = accumulate(library, [x], temperature).value;
          expectExact(whole, reference);
          for (let trial = 0; trial < 4; trial++) {
            const chunks = pieces(shuffle(x, next), next);
            const { value } =
              trial === 0 ? accumulate(library, chunks, temperature) : scattered(chunks, temperature, next);
            expectExact(value, reference);
            expect(distance([value], [whole], "f64") / unit(reference)).toBeLessThanOrEqual(1);
          }
        }),
        { numRuns: FULL ? 300 : 60 },
      );
    });

    test.each(MANY)("many numbers one by one, %s", (_, x, references) => {
      for (const [temperature, reference] of references()) {
        const whole = accumulate(library, [x], temperature).value;
        const { value } = accumulate(library, x, temperature);
        expectExact(whole, reference);
        expectExact(value, reference);
        expect(distance([value], [whole], "f64")).toBeLessThanOrEqual(1);
      }
    });

    test("many elements, at once and merged from pieces", () => {
      const [, x, references] = PIECES;
      const [[, reference]] = references();
      const whole = accumulate(library, [x]);
      expectExact(whole.value, reference);
      for (const length of [1000, 16384, 99_999]) {
        const parts = new LogSumExp();
        for (let from = 0; from < x.length; from += length) {
          parts.merge(accumulate(library, [x.subarray(from, from + length)]));
        }
        expectExact(parts.value, reference);
        expect(distance([parts.value], [whole.value], "f64")).toBeLessThanOrEqual(1);
      }
    });

    // Beside 0 each of these alone is no double.
    test.each([-744.6, -745, -750])("subnormal sums: 30000 elements of %d", (element) => {
      const x = [0, ...new Array<number>(30000).fill(element)];
      const reference = laneReference(x);
      const half = accumulate(library, x.slice(0, 15000));
      const { value } = accumulate(library, x.slice(15000)).merge(half);
      expect(value).toBeGreaterThan(0);
      expectExact(value, reference);
      expectExact(accumulate(library, [x]).value, reference);
    });

    test("x / T that is subnormal beside such a sum", () => {
      const x = [5e-300, -7.4e12];
      expectExact(accumulate(library, x, 1e10).value, laneReference(x, 1e10));
    });

    test.each([
      [1e308, 1, 1e308],
      [-1.7e308, 1, -1.7e308],
      [1e308, 1e-30, INF],
      [-1e308, 1e-30, -INF],
      [5e-324, 1, 5e-324],
      [5e-324, 1e30, 0],
      [-0, 1, 0],
    ])("one element %d at temperature %d: %d", (element, temperature, expected) => {
      expect(accumulate(library, [element], temperature).value).toBe(expected);
      expect(accumulate(library, [[element]], temperature).value).toBe(expected);
    });

    test("elements further apart than the largest double", () => {
      for (const temperature of [1, 0.5, 1e30]) {
        const reference = laneReference([1.7e308, -1.7e308, 1.7e308], temperature);
        expectExact(accumulate(library, [1.7e308, -1.7e308, 1.7e308], temperature).value, reference);
      }
    });

    test("f32 chunks: the bits of the same numbers as f64", () => {
      for (const length of [1, 7, 100, 16384, 16385, ...(FULL ? [70_001] : [])]) {
        const x = normal("f32", length, 5, length);
        const expected = accumulate(library, [Float64Array.from(x)], 0.7);
        expect(accumulate(library, [x], 0.7).toJSON()).toEqual(expected.toJSON());
        expectExact(expected.value, laneReference(x, 0.7));
      }
    });

    test("resident chunks", () => {
      for (const type of ["f32", "f64"] as const) {
        const x = normal(type, 40_000, 3, 2);
        const resident = library.allocate(type as never, x.length);
        resident.view.set(x);
        expectExact(accumulate(library, [resident.view]).value, laneReference(x));
        resident.free();
      }
    });
  });

  describe("infinities and NaN", () => {
    const lists: [string, number[], number][] = [
      ["nothing", [], -INF],
      ["−∞", [-INF, -INF], -INF],
      ["−∞ and numbers", [-INF, 3, -INF], 3],
      ["+∞ and numbers", [3, INF, 4, -INF], INF],
      ["+∞ twice", [INF, 3, INF], INF],
      ["NaN and numbers", [3, Number.NaN, 4], Number.NaN],
      ["NaN and infinities", [INF, Number.NaN, -INF, 1, INF], Number.NaN],
      ["NaN and −∞", [-INF, Number.NaN, -INF], Number.NaN],
    ];
    test.each(lists)("%s, in every order and split", (_, x, expected) => {
      const next = random(1);
      for (let trial = 0; trial < 20; trial++) {
        const shuffled = shuffle(x, next);
        expect(accumulate(library, pieces(shuffled, next)).value).toBe(expected);
        expect(scattered(pieces(shuffled, next), 1, next).value).toBe(expected);
        // Long enough for the kernels.
        const filled = [...shuffled, ...new Array<number>(100).fill(-INF)];
        expect(accumulate(library, [Float64Array.from(filled)]).value).toBe(expected);
        expect(accumulate(library, [Float32Array.from(filled)]).value).toBe(expected);
      }
    });

    test("stay whatever comes after them", () => {
      for (const value of [INF, Number.NaN]) {
        const accumulator = accumulate(library, [1, value, [1, 2], Float64Array.of(-INF)]);
        expect(accumulator.merge(accumulate(library, [[5, 6]])).value).toBe(value);
      }
    });

    test("empty chunks and accumulators change nothing", () => {
      const accumulator = accumulate(library, [[1, 2, 3]]);
      const state = accumulator.toJSON();
      const empty: Chunk[] = [[], new Float32Array(0), new Float64Array(0), -INF, [-INF]];
      for (const chunk of empty) expect(accumulator.push(chunk).toJSON()).toEqual(state);
      expect(accumulator.merge(new LogSumExp()).toJSON()).toEqual(state);
      expect(new LogSumExp().merge(accumulator).toJSON()).toEqual(state);
    });
  });

  describe("merge", () => {
    test("leaves the other as it was and returns the accumulator", () => {
      const a = accumulate(library, [[1, 2]]);
      const b = accumulate(library, [[3, 4]]);
      const state = b.toJSON();
      expect(a.merge(b)).toBe(a);
      expect(b.toJSON()).toEqual(state);
      expect(a.push(9)).toBe(a);
      expect(b.toJSON()).toEqual(state);
    });

    test("with itself counts every element twice", () => {
      const x = [0.3, -2, 5.5, 5.5];
      const accumulator = accumulate(library, [x]);
      for (let doubling = 1; doubling <= 9; doubling++) {
        accumulator.merge(accumulator);
        const copies = new Array<number[]>(2 ** doubling).fill(x).flat();
        expectExact(accumulator.value, laneReference(copies));
      }
    });

    test("with itself up to 2^800 elements, and the state is kept beyond", () => {
      const accumulator = accumulate(library, [0]);
      for (let doubling = 1; doubling <= 800; doubling++) accumulator.merge(accumulator);
      expect(accumulator.value).toBe(800 * Math.LN2);
      const state = accumulator.toJSON();
      expectError(() => accumulator.merge(accumulator), RangeError, "elements");
      expect(accumulator.toJSON()).toEqual(state);
      expect(LogSumExp.from(state).push(710).toJSON().max).toBe(710);
    });

    test("refuses another temperature and anything else", () => {
      const accumulator = accumulate(library, [[1, 2]], 0.5);
      const state = accumulator.toJSON();
      expectError(() => accumulator.merge(new LogSumExp()), RangeError, "temperature 0.5, got 1");
      const merge = () => {};
      const likeOne = (toJSON: unknown) => ({ merge, toJSON });
      const impostors = [
        likeOne(() => state.others),
        likeOne(() => ({ ...state, others: [-1, 0] })),
        likeOne(() => ({ ...state, temperature: "1" })),
        likeOne(() => {
          throw new Error("none");
        }),
        likeOne(state),
        { toJSON: () => state },
      ];
      const others = [undefined, null, 3, "x", [1], state, {}, new Date(), new Proxy(accumulator, {})];
      for (const other of [...others, ...impostors]) {
        expectError(() => accumulator.merge(other as never), TypeError, "other");
      }
      expect(accumulator.toJSON()).toEqual(state);
    });
  });
});

test("the accumulators of all instances merge", () => {
  const parts = libraries.map((library, i) => accumulate(library, [[i, 2 * i], -i]));
  const reference = laneReference(libraries.flatMap((_, i) => [i, 2 * i, -i]));
  const [first, ...others] = parts;
  for (const other of others) first.merge(other);
  expectExact(first.value, reference);
  expect(parts[0]).toBeInstanceOf(libraries[0].LogSumExp);
  expect(libraries[0].LogSumExp.name).toBe("LogSumExp");
});

describeBackends(({ LogSumExp }) => {
  test("a mask leaves elements out, whatever they are", () => {
    const x = Float32Array.from({ length: 40_000 }, (_, k) => (k % 3 === 0 ? Number.NaN : (k % 17) - 8));
    const mask = Uint8Array.from({ length: 40_000 }, (_, k) => k % 3);
    const kept = x.filter((_, k) => mask[k] !== 0);
    const expected = new LogSumExp().push(kept).value;
    for (const given of [mask, Array.from(mask, (kept) => (kept === 0 ? 0 : 1)), Array.from(mask, Boolean)]) {
      expect(new LogSumExp().push(x, { mask: given }).value).toBe(expected);
    }
    expect(new LogSumExp().push([1, 2], { mask: undefined }).value).toBe(new LogSumExp().push([1, 2]).value);
    expect(new LogSumExp().push(3, { mask: [false] }).value).toBe(Number.NEGATIVE_INFINITY);
    expect(new LogSumExp().push(3, { mask: [1] }).value).toBe(3);
    expect(new LogSumExp().push([Number.NaN], { mask: [0] }).push(2).value).toBe(2);
  });

  test("a wrong mask adds nothing", () => {
    const sum = new LogSumExp().push(1);
    for (const [options, type, pattern] of [
      [{ mask: [1] }, RangeError, /^LogSumExp.push: mask must be .* length 2/],
      [{ mask: [1, "1"] }, TypeError, /^LogSumExp.push: mask\[1\] must be/],
      [{ where: [1, 1] }, TypeError, /^LogSumExp.push: there is no option where \(did you mean mask\?\)/],
      [3, TypeError, /^LogSumExp.push: options must be/],
    ] as const) {
      const push = () => sum.push([2, 3], options as never);
      expect(push).toThrow(type);
      expect(push).toThrow(pattern);
    }
    expect(sum.value).toBe(1);
  });
});
