import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { debugHost, FRAME, type Host, PAGE, releaseHost } from "./support/kernels.js";
import { fill, normal } from "./support/random.js";

const PAGES = 9;
const hosts: readonly [string, Host][] = [
  ["debug", debugHost(PAGES)],
  ["simd", releaseHost("simd", PAGES)],
  ["relaxed", releaseHost("relaxed", PAGES)],
];
const AT = { src: FRAME, maxima: FRAME + 4 * PAGE, held: FRAME + 5 * PAGE, values: FRAME + 5 * PAGE + 64 };
const INDICES = AT.values + PAGE;
const GUARD = 0xa5;

describe.each(hosts)("%s", (_, { kernels, memory }) => {
  describe.each(["f32", "f64"] as const)("%s", (type) => {
    const size = type === "f32" ? 4 : 8;
    const FloatArray = type === "f32" ? Float32Array : Float64Array;
    const { surveyF32, surveyF64, collectF32, collectF64 } = kernels as unknown as {
      readonly [name: string]: (...numbers: number[]) => number;
    };
    const survey = type === "f32" ? surveyF32 : surveyF64;
    const collect = type === "f32" ? collectF32 : collectF64;

    const put = (x: FloatArray, offset = 0): number => {
      const bytes = new Uint8Array(memory.buffer, FRAME);
      bytes.fill(GUARD);
      const src = AT.src + offset * size;
      bytes.set(new Uint8Array(x.buffer, x.byteOffset, x.byteLength), src - FRAME);
      return src;
    };

    test.each([
      [1, 32],
      [31, 32],
      [32, 32],
      [33, 32],
      [1000, 32],
      [1001, 64],
      [9_999, 96],
      [30_000, 160],
    ])("%i elements in blocks of %i: maxima, and a limit close below the k-th of them", (count, block) => {
      const x = normal(type, count, 3, count);
      const blocks = Math.ceil(count / block);
      const expected = Array.from({ length: blocks }, (_, j) =>
        Math.max(...x.subarray(j * block, (j + 1) * block)),
      );
      const sorted = [...expected].sort((a, b) => b - a);
      // At an odd element, too.
      for (const offset of [0, 1]) {
        for (const k of [1, 2, 5, blocks, blocks + 1]) {
          const limit = survey(put(x, offset), count, block, k, AT.maxima);
          const maxima = new FloatArray(memory.buffer, AT.maxima, blocks);
          expect(Array.from(maxima)).toEqual(expected);
          if (k > blocks) {
            expect(limit).toBeNaN();
            continue;
          }
          expect(new FloatArray([limit])[0]).toBe(limit);
          const above = sorted.filter((max) => max > limit).length;
          expect(above).toBeGreaterThanOrEqual(k);
          expect(above).toBeLessThanOrEqual(k + (k >> 3));
          const after = new Uint8Array(memory.buffer, AT.maxima + blocks * size + 16, 64);
          expect(after.every((byte) => byte === GUARD)).toBe(true);
        }
      }
    });

    test.each([0, 1, 31, 32, 500, 998, 999])("NaN at %i, of either sign, is found", (at) => {
      for (const bits of [Number.NaN, -Number.NaN]) {
        const x = fill(type, 1000, (k) => (k === at ? bits : k % 7));
        // By its bits: the engine may change those of a NaN.
        if (Object.is(bits, -Number.NaN)) new Uint8Array(x.buffer)[(at + 1) * size - 1] |= 0x80;
        expect(survey(put(x), 1000, 64, 5, AT.maxima)).toBe(Number.POSITIVE_INFINITY);
      }
    });

    test("infinities, sums beyond the largest number and equal numbers are no NaN", () => {
      const most = type === "f32" ? 3.4e38 : 1.7e308;
      const lanes = [
        fill(type, 1000, (k) => [1 / 0, -1 / 0, 1][k % 3]),
        fill(type, 1000, (k) => (k % 2 === 0 ? most : -most)),
        fill(type, 1000, (k) => (k < 500 ? most : -1 / 0)),
        fill(type, 1000, () => -1 / 0),
        fill(type, 1000, () => 1 / 0),
        fill(type, 1000, (k) => (k % 2 === 0 ? 0 : -0)),
      ];
      for (const x of lanes) {
        const limit = survey(put(x), 1000, 64, 5, AT.maxima);
        expect(limit).not.toBe(Number.POSITIVE_INFINITY);
        const above = x.filter((value) => value > limit).length;
        expect(Number.isNaN(limit) || above >= 5).toBe(true);
      }
    });

    test("what is above the limit is collected in order, in as many calls as there is room for", () => {
      const count = 5003;
      const x = normal(type, count, 3, 5);
      for (const limit of [Number.NEGATIVE_INFINITY, -2, 3, 6, 100, Number.NaN]) {
        const src = put(x, 1);
        survey(src, count, 96, 5, AT.maxima);
        const held = new Int32Array(memory.buffer, AT.held, 1);
        const values = new Float64Array(memory.buffer, AT.values, 40);
        const indices = new Int32Array(memory.buffer, INDICES, 40);
        const found: [number, number][] = [];
        let calls = 0;
        for (let at = 0; at < count; calls++) {
          held[0] = 3;
          const next = collect(src, count, 10, at, 96, AT.maxima, limit, AT.values, INDICES, AT.held, 40);
          for (let j = 3; j < held[0]; j++) found.push([values[j], indices[j]]);
          if (next < count) expect(held[0]).toBeGreaterThan(40 - 16);
          expect(held[0]).toBeLessThanOrEqual(40);
          expect(next).toBeGreaterThan(at);
          at = next;
        }
        const expected = [...x.entries()].filter(([, value]) => !(value <= limit));
        expect(found).toEqual(expected.map(([k, value]) => [value, k + 10]));
        if (limit === 100) expect(calls).toBe(1);
        for (const after of [AT.values + 40 * 8, INDICES + 40 * 4]) {
          expect(new Uint8Array(memory.buffer, after, 64).every((byte) => byte === GUARD)).toBe(true);
        }
      }
    });
  });
});
