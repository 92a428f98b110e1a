import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { once } from "./support/once.js";
import { fill, uniform } from "./support/random.js";
import type { ElementType } from "./support/ulp.js";

const TYPES: readonly ElementType[] = ["f32", "f64"];

type Ranked = { readonly values: number[]; readonly indices: number[] };

/** The first k candidates of a lane, in order, by a sort of all of them. */
function ranking(lane: readonly number[], isKept: (index: number) => boolean = () => true) {
  const kept = [...lane.keys()].filter(isKept);
  const isUnordered = kept.some((index) => Number.isNaN(lane[index]));
  // The difference of two infinities is NaN.
  const order = isUnordered
    ? []
    : kept.sort((a, b) => (lane[a] > lane[b] ? -1 : lane[a] < lane[b] ? 1 : a - b));
  const rest = isUnordered ? Number.NaN : Number.NEGATIVE_INFINITY;
  return (k: number): Ranked => {
    const count = Math.min(k, lane.length);
    return {
      values: Array.from({ length: count }, (_, place) => (place < order.length ? lane[order[place]] : rest)),
      indices: Array.from({ length: count }, (_, place) => order[place] ?? -1),
    };
  };
}

const reference = (lane: readonly number[], k: number) => ranking(lane)(k);
const rankings = once<(k: number) => Ranked>();

function plain({ values, indices }: { values: FloatArray; indices: Int32Array }) {
  return { values: Array.from(values), indices: Array.from(indices) };
}

describeBackends(({ topK, argmax, allocate }) => {
  describe.each(TYPES)("%s", (type) => {
    const lanes: { [name: string]: FloatArray } = {
      "a short lane": uniform(type, 17, -9, 9, 1),
      "a vocabulary": uniform(type, 50_021, -9, 9, 2),
      "ascending numbers": fill(type, 3001, (k) => k),
      "descending numbers": fill(type, 3001, (k) => -k),
      "numbers like the pipes of an organ": fill(type, 3001, (k) => Math.min(k, 3000 - k)),
      "equal numbers": fill(type, 3001, () => 1),
      "few different numbers": fill(type, 3001, (k) => (k * 7919) % 5),
      "zeros of either sign": fill(type, 300, (k) => (k % 3 === 0 ? -0 : 0)),
      "-Infinity": fill(type, 300, () => Number.NEGATIVE_INFINITY),
      "-Infinity but for a few": fill(type, 3001, (k) => (k % 1000 === 7 ? k : Number.NEGATIVE_INFINITY)),
      "+Infinity, twice": fill(type, 3001, (k) => (k === 9 || k === 2900 ? Number.POSITIVE_INFINITY : k)),
      "the largest finite numbers": fill(type, 300, (k) => (k % 2 === 0 ? 3e38 : -3e38)),
    };
    test.each(Object.keys(lanes))("%s: the first k, in order", (name) => {
      const x = lanes[name];
      const lane = Array.from(x);
      const first = rankings(`${type} ${name}`, () => ranking(lane));
      for (const k of [0, 1, 2, 5, 50, 300, lane.length - 1, lane.length, lane.length + 1]) {
        expect(plain(topK(x, k))).toEqual(first(k));
      }
      expect(argmax(x)).toBe(first(1).indices[0]);
    });

    test.each([0, 5, 299, 300, 2999])("a lane with NaN at %i has no order, its neighbours have", (at) => {
      const x = fill(type, 9000, (k) => (k === 3000 + at ? Number.NaN : (k * 7919) % 3001));
      const { values, indices } = topK(x, 60, { shape: [3, 3000] });
      for (const row of [0, 2]) {
        const lane = Array.from(x.subarray(3000 * row, 3000 * row + 3000));
        const part = <T>(array: Iterable<T>) => Array.from(array).slice(60 * row, 60 * row + 60);
        expect({ values: part(values), indices: part(indices) }).toEqual(reference(lane, 60));
      }
      expect(Array.from(values.subarray(60, 120))).toEqual(new Array(60).fill(Number.NaN));
      expect(Array.from(indices.subarray(60, 120))).toEqual(new Array(60).fill(-1));
      expect(Array.from(argmax(x, { shape: [3, 3000] }))[1]).toBe(-1);
    });

    test.each([20, 300, 40_000])("what a mask leaves out is not taken, of %i", (length) => {
      const x = fill(type, length, (k) => (k % 7 === 3 ? Number.NaN : (k * 7919) % 1009));
      for (const period of [7, 3, 1]) {
        const mask = Uint8Array.from({ length }, (_, k) => (k % 7 !== 3 && k % period === 0 ? 2 : 0));
        const first = rankings(`${type} ${length} ${period}`, () =>
          ranking(Array.from(x), (index) => mask[index] !== 0),
        );
        for (const k of [1, 10, length]) expect(plain(topK(x, k, { mask }))).toEqual(first(k));
        expect(argmax(x, { mask: Array.from(mask, (byte) => byte !== 0) })).toBe(first(1).indices[0]);
      }
    });

    test("a mask that leaves less than k fills with -Infinity and -1, apart from a -Infinity that is kept", () => {
      const x = fill(type, 1000, (k) => (k === 5 ? Number.NEGATIVE_INFINITY : k));
      const mask = Uint8Array.from({ length: 1000 }, (_, k) => (k === 5 || k === 8 ? 1 : 0));
      expect(plain(topK(x, 3, { mask }))).toEqual({ values: [8, -1 / 0, -1 / 0], indices: [8, 5, -1] });
      expect(plain(topK(x, 1, { mask: new Uint8Array(1000) }))).toEqual({ values: [-1 / 0], indices: [-1] });
      expect(argmax(x, { mask: new Uint8Array(1000) })).toBe(-1);
    });

    test("lanes along any axis, or several", () => {
      const x = uniform(type, 4 * 12 * 6, -9, 9, 3);
      const at = (o: number, k: number, i: number) => x[(o * 12 + k) * 6 + i];
      const { values, indices } = topK(x, 5, { shape: [4, 12, 6], axis: 1 });
      const best = argmax(x, { shape: [4, 12, 6], axis: 1 });
      for (let o = 0; o < 4; o++) {
        for (let i = 0; i < 6; i++) {
          const lane = Array.from({ length: 12 }, (_, k) => at(o, k, i));
          const place = (k: number) => (o * 5 + k) * 6 + i;
          const found = {
            values: [0, 1, 2, 3, 4].map((k) => values[place(k)]),
            indices: [0, 1, 2, 3, 4].map((k) => indices[place(k)]),
          };
          expect(found).toEqual(reference(lane, 5));
          expect(best[o * 6 + i]).toBe(found.indices[0]);
        }
      }
      const joint = topK(x, 5, { shape: [4, 12, 6], axis: [0, 2] });
      for (let k = 0; k < 12; k++) {
        const lane = Array.from({ length: 24 }, (_, j) => at(Math.floor(j / 6), k, j % 6));
        const part = <T>(array: Iterable<T>) => Array.from(array).slice(5 * k, 5 * k + 5);
        expect({ values: part(joint.values), indices: part(joint.indices) }).toEqual(reference(lane, 5));
      }
    });

    test("a resident array, and out", () => {
      const resident = type === "f32" ? allocate("f32", 5000) : allocate("f64", 5000);
      const x = uniform(type, 5000, -9, 9, 4);
      resident.view.set(x);
      const out = { values: x.slice(0, 20), indices: new Int32Array(20) };
      expect(topK(resident.view, 10, { shape: [2, 2500], out } as object)).toBe(out);
      expect(plain(out)).toEqual(plain(topK(x, 10, { shape: [2, 2500] })));
      // In order, in the place of x itself.
      const indices = new Int32Array(5000);
      topK(resident.view, 5000, { out: { values: resident.view, indices } } as object);
      expect(plain({ values: resident.view, indices })).toEqual(reference(Array.from(x), 5000));
      resident.free();
    });

    test("any numbers at all", () => {
      const element = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1, -1 / 0, 1 / 0));
      const lane = fc.array(element, { minLength: 1, maxLength: 600, size: "max" });
      fc.assert(
        fc.property(lane, fc.nat(700), (numbers, k) => {
          const x = fill(type, numbers.length, (j) => numbers[j]);
          expect(plain(topK(x, k))).toEqual(reference(numbers, k));
        }),
        { numRuns: 60 },
      );
    });
  });

  test("lanes of no elements, and no lanes", () => {
    expect(plain(topK([], 3))).toEqual({ values: [], indices: [] });
    expect(plain(topK([], 3, { shape: [2, 0] }))).toEqual({ values: [], indices: [] });
    expect(argmax([])).toBe(-1);
    expect(Array.from(argmax([], { shape: [2, 0] }))).toEqual([-1, -1]);
    expect(Array.from(argmax([], { shape: [0, 2] }))).toEqual([]);
  });
});

describeBackends(({ topK, argmax }) => {
  const x = Float32Array.of(1, 2, 3);
  test.each<[string, () => unknown, RegExp]>([
    [
      "no k",
      () => topK(x, undefined as unknown as number),
      /^topK: k must be a non-negative integer, got undefined/,
    ],
    ["a k that is no integer", () => topK(x, 1.5), /^topK: k must be a non-negative integer, got 1\.5$/],
    ["a negative k", () => topK(x, -1), /^topK: k must be a non-negative integer, got -1$/],
    [
      "options in the place of k",
      () => topK(x, { k: 2 } as unknown as number),
      /^topK: k must be .*got an? [Oo]bject/,
    ],
    ["another library's option", () => topK(x, 1, { dim: 0 } as object), /did you mean axis\?/],
    [
      "an out that is an array",
      () => topK(x, 1, { out: new Float32Array(1) } as object),
      /out\.values must be/,
    ],
    [
      "values of another type",
      () => topK(x, 1, { out: { values: new Float64Array(1), indices: new Int32Array(1) } } as object),
      /^topK: out\.values must be a Float32Array of length 1 \(min\(k, n\) per lane\)/,
    ],
    [
      "indices of another type",
      () => topK(x, 1, { out: { values: new Float32Array(1), indices: new Uint32Array(1) } } as object),
      /^topK: out\.indices must be an Int32Array of length 1/,
    ],
    [
      "indices on the memory of x",
      () => topK(x, 3, { out: { values: new Float32Array(3), indices: new Int32Array(x.buffer) } }),
      /^topK: out\.indices must not overlap x/,
    ],
    [
      "indices on the memory of the values",
      () => {
        const values = new Float32Array(3);
        topK(x, 3, { out: { values, indices: new Int32Array(values.buffer) } });
      },
      /^topK: out\.indices must not overlap out\.values/,
    ],
    [
      "argmax into floats",
      () => argmax(x, { out: new Float32Array(1) } as object),
      /^argmax: out must be an Int32Array/,
    ],
    [
      "argmax of axis []",
      () => argmax(x, { axis: [] }),
      /^argmax: axis \[\] gives one index per element of x/,
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
