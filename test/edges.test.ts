import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends, ELEMENTWISE, type Library } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { FULL } from "./support/extent.js";
import { forEachLane, gather, type Lanes, laneOptions } from "./support/lanes.js";
import { fill, floatArray, normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { distance, type ElementType } from "./support/ulp.js";

const TYPES = ["f32", "f64"] as const;
const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

/** What a lane of `length` holds at k, where `at` is a place in it that the test moves around. */
type Content = (k: number, at: number, length: number) => number;

const finite = (k: number) => ((k * 7919) % 101) / 10 - 5;

const allNaN: [string, Content, number][] = [
  ["one +∞", (k, at) => (k === at ? INF : finite(k)), INF],
  ["two +∞", (k, at, length) => (k === at || k === length - 1 ? INF : finite(k)), INF],
  ["all +∞", () => INF, INF],
  ["+∞ beside −∞", (k, at) => (k === at ? INF : -INF), INF],
  ["one NaN", (k, at) => (k === at ? NAN : finite(k)), NAN],
  ["all NaN", () => NAN, NAN],
  ["NaN beside +∞", (k, at) => (k === at ? NAN : INF), NAN],
  ["+∞ beside NaN", (k, at, length) => (k === at ? INF : k === (at + 1) % length ? NAN : finite(k)), NAN],
  ["NaN beside −∞", (k, at) => (k === at ? NAN : -INF), NAN],
  ["all −∞", () => -INF, -INF],
];

const someMinusInfinity: [string, Content][] = [
  ["one −∞", (k, at) => (k === at ? -INF : finite(k))],
  ["every other −∞", (k, at) => ((k - at) % 2 === 0 ? finite(k) : -INF)],
  ["all but one −∞", (k, at) => (k === at ? finite(k) : -INF)],
  ["all but one −∞, far from zero", (k, at) => (k === at ? -12345.678 : -INF)],
  ["−∞ but for the last two", (k, _, length) => (k >= length - 2 ? finite(k) : -INF)],
];

/** Past the length at which a row is computed in chunks. */
const LONGEST = FULL ? 200_003 : 66_003;
/** Longer than the window that arrays are copied to. */
const WINDOW = FULL ? 40_009 : 17_003;

/** Every way a lane can lie: [outer, length, inner]. */
const LAYOUTS: [outer: number, length: number, inner: number][] = [
  ...[2, 3, 8, 10, 33, 1000, ...(FULL ? [70001] : [])].map((length): [number, number, number] => [
    1,
    length,
    1,
  ]),
  ...[2, 3, 5, 10, 32, 1000].map((length): [number, number, number] => [23, length, 1]),
  [3, 4, 7],
  [2, 10, 64],
  [1, 1000, 5],
  [1, 3, 5003],
  [2, WINDOW, 1],
  [1, LONGEST, 1],
  [1, WINDOW, 3],
];

/** Finite lanes with one in the middle that holds `content`. */
function laneAmong(
  type: ElementType,
  [outer, length, inner]: (typeof LAYOUTS)[number],
  content: Content,
  at: number,
) {
  const x = fill(type, outer * length * inner, finite);
  const lane = Math.floor((outer * inner) / 2);
  const offset = Math.floor(lane / inner) * length * inner + (lane % inner);
  for (let k = 0; k < length; k++) x[offset + k * inner] = content(k, at, length);
  return { lanes: { x, outer, length, inner }, lane, offset };
}

/** The content lies at both ends and within, but in one place of long lanes. */
function places(length: number): number[] {
  return length > 1e4 ? [length - 77] : [...new Set([0, length >> 1, length - 1])];
}

function logSumExpOf({ logSumExp }: Library, { x, outer, length, inner }: Lanes): FloatArray {
  return logSumExp(x, { shape: [outer, length, inner], axis: 1 });
}

/** As findIndex of an array, which takes ten times as long. */
function firstIndex(array: FloatArray, isWanted: (value: number, k: number) => boolean): number {
  for (let k = 0; k < array.length; k++) if (isWanted(array[k], k)) return k;
  return -1;
}

function countOf(array: FloatArray, isWanted: (value: number) => boolean): number {
  let count = 0;
  for (let k = 0; k < array.length; k++) if (isWanted(array[k])) count++;
  return count;
}

/** The first index along the lane whose result is not `expected`, or -1. */
function firstOther(
  results: FloatArray,
  offset: number,
  { length, inner }: Lanes,
  expected: (k: number) => boolean,
) {
  for (let k = 0; k < length; k++) if (!expected(results[offset + k * inner])) return k;
  return -1;
}

describe.each(TYPES)("%s", (type) => {
  describeBackends((library) => {
    const { backend, softmax, logSoftmax, logSumExp } = library;

    describe.each(LAYOUTS)("lanes [%d, %d, %d] along the middle", (...layout) => {
      test.each(allNaN)("%s: NaN throughout", (_, content, expected) => {
        for (const at of places(layout[1])) {
          const { lanes, lane, offset } = laneAmong(type, layout, content, at);
          for (const operation of ELEMENTWISE) {
            const result = library[operation](lanes.x, laneOptions(lanes));
            expect(firstOther(result, offset, lanes, Number.isNaN)).toBe(-1);
            expect(countOf(result, Number.isNaN)).toBe(lanes.length);
          }
          const sums = logSumExpOf(library, lanes);
          expect(sums[lane]).toBe(expected);
          expect(countOf(sums, Number.isFinite)).toBe(sums.length - 1);
        }
      });

      test.each(someMinusInfinity)("%s: 0 and −∞ there, ignored elsewhere", (_, content) => {
        for (const at of places(layout[1])) {
          const { lanes, lane, offset } = laneAmong(type, layout, content, at);
          const logits = gather(lanes.x, offset, lanes.length, lanes.inner);
          const kept = logits.filter(Number.isFinite);
          for (const operation of ELEMENTWISE) {
            const result = gather(
              library[operation](lanes.x, laneOptions(lanes)),
              offset,
              lanes.length,
              lanes.inner,
            );
            const nothing = operation === "softmax" ? 0 : -INF;
            expect(firstIndex(result, (value, k) => logits[k] === -INF && !Object.is(value, nothing))).toBe(
              -1,
            );
            const elsewhere = result.slice(0, kept.length);
            let count = 0;
            for (let k = 0; k < result.length; k++) if (logits[k] !== -INF) elsewhere[count++] = result[k];
            const apart = distance(elsewhere, library[operation](kept), type);
            expect(apart).toBeLessThanOrEqual(2 * bound(operation, type, backend));
          }
          const apart = distance([logSumExpOf(library, lanes)[lane]], [logSumExp(kept)], type);
          expect(apart).toBeLessThanOrEqual(2 * bound("logSumExp", type, backend));
        }
      });
    });

    test("a bad element anywhere in a long row", () => {
      const length = FULL ? 1_500_007 : 100_007;
      const x = fill(type, length, finite);
      for (const at of [65_536, length - 1]) {
        const kept = x[at];
        for (const bad of [NAN, INF]) {
          x[at] = bad;
          expect(countOf(softmax(x), Number.isNaN)).toBe(x.length);
          expect(countOf(logSoftmax(x), Number.isNaN)).toBe(x.length);
          expect(logSumExp(x)).toBe(bad);
        }
        x[at] = -INF;
        const result = softmax(x);
        expect(result[at]).toBe(0);
        expect(countOf(result, Number.isFinite)).toBe(x.length);
        expect(logSoftmax(x)[at]).toBe(-INF);
        x[at] = kept;
      }
    });

    test("one finite element: exactly 1, 0 and x", () => {
      const values = floatArray(type, 9);
      values.set([0, -0, 1, -0.1, 1e-40, 12345.678, -3e38, 3e38, Math.PI]);
      for (const [outer, inner] of [
        [9, 1],
        [1, 9],
        [3, 3],
      ]) {
        const options = { shape: [outer, 1, inner], axis: 1 };
        expectSame(softmax(values, options), values.slice().fill(1));
        expect(logSoftmax(values, options).every((value) => value === 0)).toBe(true);
        expect(logSumExp(values, options).every((value, i) => value === values[i])).toBe(true);
      }
      for (const value of values) {
        const x = values.slice(0, 1).fill(value);
        expect([softmax(x)[0], Math.abs(logSoftmax(x)[0]), logSumExp(x) - value]).toEqual([1, 0, 0]);
      }
    });

    test("one finite element among −∞: exactly 1 and 0", () => {
      for (const [outer, length, inner] of LAYOUTS) {
        const { lanes, offset } = laneAmong(
          type,
          [outer, length, inner],
          (k, at) => (k === at ? 1.3 : -INF),
          1,
        );
        expect(softmax(lanes.x, laneOptions(lanes))[offset + inner]).toBe(1);
        expect(Math.abs(logSoftmax(lanes.x, laneOptions(lanes))[offset + inner])).toBe(0);
        expect(logSumExpOf(library, lanes)[Math.floor((outer * inner) / 2)]).toBe(lanes.x[offset + inner]);
      }
    });

    const negligible: [string, number][] = [
      ["−∞", -INF],
      ["terms that underflow", -1000],
      ["terms beyond the tables", -1e30],
    ];
    test.each(negligible)("logSoftmax is +0, not -0, at the maximum beside %s", (_, others) => {
      const lengths = Array.from({ length: 70 }, (_, i) => i + 1);
      const layouts = [
        ...lengths.flatMap((length) => [
          [1, length, 1],
          [60, length, 1],
          [1, length, 9],
          [2, length, 64],
        ]),
        [1, 1000, 1],
        [1, LONGEST, 1],
        [3, WINDOW, 1],
        [1, WINDOW, 3],
      ];
      for (const [outer, length, inner] of layouts) {
        for (const at of places(length)) {
          const lanes = { x: floatArray(type, outer * length * inner).fill(others), outer, length, inner };
          forEachLane(lanes, (_, offset) => {
            lanes.x[offset + at * inner] = 0;
          });
          const result = logSoftmax(lanes.x, laneOptions(lanes));
          forEachLane(lanes, (lane, offset) => {
            const zero = result[offset + at * inner];
            if (!Object.is(zero, 0))
              expect.fail(`[${outer}, ${length}, ${inner}]: ${zero} in lane ${lane}, at ${at}`);
          });
        }
      }
    });

    test.each([0, 0.1, -7.3, 1e4, 3e38, -3e38])("2^k elements equal to %d: exactly 1/2^k", (value) => {
      for (let n = 1; n <= (FULL ? 2 ** 20 : 2 ** 17); n *= 2) {
        const layouts = [
          [1, 1],
          ...(n <= 4096
            ? [
                [5, 1],
                [2, 3],
              ]
            : []),
        ];
        for (const [outer, inner] of layouts) {
          const x = floatArray(type, outer * n * inner).fill(value);
          const result = softmax(x, { shape: [outer, n, inner], axis: 1 });
          expect(
            result.every((p) => p === 1 / n),
            `n = ${n}, inner = ${inner}`,
          ).toBe(true);
        }
      }
    });

    test("NaN of either sign and with any payload", () => {
      const bits = type === "f32" ? new Uint32Array(1) : new BigUint64Array(1);
      const patterns =
        type === "f32"
          ? [0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff, 0x7fbfffff]
          : [
              0x7ff8000000000000n,
              0xfff8000000000000n,
              0x7ff0000000000001n,
              0xffffffffffffffffn,
              0x7ff7ffffffffffffn,
            ];
      for (const [outer, length, inner] of [
        [1, 7, 1],
        [9, 10, 1],
        [1, 1000, 1],
        [2, 5, 9],
        [1, LONGEST, 1],
      ] as const) {
        for (const pattern of patterns) {
          bits[0] = pattern;
          const lanes = { x: normal(type, outer * length * inner, 3, 2), outer, length, inner };
          const bytes = new Uint8Array(lanes.x.buffer);
          bytes.set(new Uint8Array(bits.buffer), bits.byteLength * inner * (length >> 1));
          expect(firstOther(softmax(lanes.x, laneOptions(lanes)), 0, lanes, Number.isNaN)).toBe(-1);
          expect(firstOther(logSoftmax(lanes.x, laneOptions(lanes)), 0, lanes, Number.isNaN)).toBe(-1);
          expect(logSumExpOf(library, lanes)[0]).toBeNaN();
        }
      }
    });

    test("zero-length axis, or no lanes: empty, and −∞ per lane", () => {
      const empty = floatArray(type, 0);
      const shapes: [number[], number | number[] | null | undefined, number][] = [
        [[0], undefined, 1],
        [[3, 0], 1, 3],
        [[0, 3], 0, 3],
        [[0, 3], 1, 0],
        [[2, 0, 3], 1, 6],
        [[2, 0, 3], null, 1],
        [[2, 0, 3], [0, 2], 0],
        [[0, 0], 0, 0],
      ];
      expectSame(softmax(empty), empty);
      expectSame(logSoftmax(empty), empty);
      expect(logSumExp(empty)).toBe(-INF);
      for (const [shape, axis, lanes] of shapes) {
        expectSame(softmax(empty, { shape, axis }), empty);
        expectSame(logSoftmax(empty, { shape, axis }), empty);
        expectSame(logSumExp(empty, { shape, axis }), floatArray(type, lanes).fill(-INF));
      }
    });

    test("nothing underflows to a negative zero or above the smallest numbers", () => {
      const x = floatArray(type, 2000).fill(-1e30);
      x[777] = 5;
      expect(softmax(x).every((p, i) => Object.is(p, i === 777 ? 1 : 0))).toBe(true);
    });
  });
});

describeBackends(({ softmax, logSoftmax, logSumExp }) => {
  describe("plain arrays", () => {
    test.each(allNaN)("%s", (_, content, expected) => {
      for (const length of [2, 10, 1000]) {
        const x = Array.from({ length }, (_, k) => content(k, 1, length));
        expect(countOf(softmax(x), Number.isNaN)).toBe(x.length);
        expect(countOf(logSoftmax(x), Number.isNaN)).toBe(x.length);
        expect(logSumExp(x)).toBe(expected);
      }
    });

    test("are computed and returned as Float64Array", () => {
      expectSame(softmax([3]), Float64Array.of(1));
      expectSame(softmax([1, 1, -INF, 1, 1]), Float64Array.of(0.25, 0.25, 0, 0.25, 0.25));
      expect(logSoftmax([3, -INF])[1]).toBe(-INF);
      expectSame(softmax([]), new Float64Array(0));
      expect(logSumExp([])).toBe(-INF);
      expect(logSumExp([-INF, 3])).toBe(3);
      expect(logSumExp([1, 2, 3, 4], { shape: [2, 2] })).toBeInstanceOf(Float64Array);
    });
  });
});
