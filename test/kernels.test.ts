import { beforeEach, describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import {
  binary,
  debugHost,
  type Exports,
  FRAME,
  type Host,
  MAPS,
  OPERATIONS,
  PAGE,
  releaseHost,
} from "./support/kernels.js";
import { once } from "./support/once.js";
import { fill, floatArray, normal, uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";

const PAGES = 9;
const UNTOUCHED = new Uint8Array(PAGES * PAGE - FRAME).fill(0xa5);

const debug = debugHost(PAGES);
const release = releaseHost("simd", PAGES);

test("an operation has a number of its own", () => {
  for (const operations of [OPERATIONS, MAPS]) {
    expect(new Set(operations.map(({ code }) => code & 15)).size).toBe(operations.length);
  }
});

interface Placement {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

const placements: Placement[] = [];
for (const length of [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 129, 256, 257]) {
  placements.push({ outer: 1, length, inner: 1 }, { outer: 7, length, inner: 1 });
  placements.push({ outer: 2, length, inner: 4 }, { outer: 1, length, inner: 12 });
  placements.push({ outer: 3, length, inner: 3 }, { outer: 5, length, inner: 5 });
}
placements.push({ outer: 1, length: 512, inner: 3 }, { outer: 21, length: 40, inner: 2 });
placements.push({ outer: 37, length: 2, inner: 1 }, { outer: 1, length: 3, inner: 1000 });
placements.push({ outer: 1, length: 600, inner: 12 }, { outer: 9, length: 10, inner: 71 });

const AFTER = FRAME + Math.ceil(debug.kernels.frameBytes() / PAGE) * PAGE;
/** Where arrays begin, unless a test moves them. */
const HOME = { src: AFTER, dst: AFTER + PAGE, other: AFTER + 2 * PAGE, numbers: AFTER + 3 * PAGE };
const IN_PLACE = { ...HOME, dst: HOME.src };

beforeEach(() => {
  for (const { memory } of [debug, release]) new Uint8Array(memory.buffer).fill(0xa5, FRAME);
});

/**
 * Puts the arrays in the memory, which is 0xa5 elsewhere and afterwards. Runs and gives the results; throws if anything else was
 * written.
 */
function runGuarded(
  { kernels, memory }: Host,
  arrays: readonly (readonly [at: number, values: FloatArray | Uint8Array])[],
  dst: number,
  out: FloatArray,
  run: (kernels: Exports) => void,
): FloatArray {
  const bytes = new Uint8Array(memory.buffer);
  // Byte copies: arrays need not be aligned to more than their type, nor the views to anything.
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  for (const [at, values] of arrays) bytes.set(bytesOf(values), at);
  run(kernels);
  bytesOf(out).set(bytes.subarray(dst, dst + out.byteLength));
  for (const [at, values] of arrays) {
    const now = bytes.subarray(at, at + values.byteLength);
    if (at !== dst) expect(Buffer.compare(now, bytesOf(values))).toBe(0);
    now.fill(0xa5);
  }
  bytes.fill(0xa5, dst, dst + out.byteLength);
  bytes.fill(0xa5, FRAME, FRAME + kernels.frameBytes());
  expect(Buffer.compare(bytes.subarray(FRAME), UNTOUCHED)).toBe(0);
  return out;
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  const size = type === "f32" ? 4 : 8;
  const draws = once<FloatArray>();
  const drawn = (count: number, deviation: number, seed: number) =>
    draws(`${count} ${deviation} ${seed}`, () => normal(type, count, deviation, seed));

  describe.each(OPERATIONS)("$name", (operation) => {
    /** In one call, or in one call for each piece of `columns` columns. */
    function guarded(
      host: Host,
      place: Placement,
      at: typeof HOME,
      columns: number = place.inner,
    ): FloatArray {
      const { outer, length, inner } = place;
      const lanes = outer * inner;
      const logits = drawn(lanes * length, 3, length);
      const other = drawn(operation.other ? lanes * length : 0, 1, length + 1);
      const numbers = Float64Array.from({ length: lanes * operation.numbers }, (_, k) =>
        operation.numbers === 2 && k % 2 === 1 ? k % length : 1 + k / 8,
      );
      const out = operation.parts
        ? new Float64Array(operation.parts * lanes)
        : floatArray(type, operation.perLane ? lanes : logits.length);
      return runGuarded(
        host,
        [
          [at.src, logits],
          [at.other, other],
          [at.numbers, numbers],
        ],
        at.dst,
        out,
        ({ runF32, runF64 }) => {
          const run = type === "f32" ? runF32 : runF64;
          for (let from = 0; from < inner; from += columns) {
            run(
              FRAME,
              operation.code,
              at.src + from * size,
              at.dst + from * (operation.parts ? 8 * operation.parts : size),
              outer,
              length,
              inner,
              Math.min(columns, inner - from),
              1,
              at.other + from * size,
              at.numbers + from * 8 * operation.numbers,
            );
          }
        },
      );
    }

    const results = once<FloatArray>();
    const expected = (place: Placement) =>
      results(Object.values(place).join(" "), () => guarded(release, place, HOME));

    test("the debug build gives the same bits, and only dst and frame are written", () => {
      for (const place of placements) expectSame(guarded(debug, place, HOME), expected(place));
    });

    test.runIf(!operation.parts)("in place", () => {
      for (const place of placements) {
        expectSame(guarded(debug, place, IN_PLACE), expected(place));
        expectSame(guarded(release, place, IN_PLACE), expected(place));
      }
    });

    test("split by columns", () => {
      for (const place of placements.filter(({ inner }) => inner > 16 / size)) {
        for (const columns of [16 / size, 64 / size]) {
          expectSame(guarded(debug, place, HOME, columns), expected(place));
          expectSame(guarded(release, place, HOME, columns), expected(place));
          if (!operation.parts) expectSame(guarded(release, place, IN_PLACE, columns), expected(place));
        }
      }
    });

    test("pointers need the alignment of their type only", () => {
      const { src, dst, other, numbers } = HOME;
      const moved = {
        src: src + size,
        dst: dst + (operation.parts ? 8 : 3 * size),
        other: other + size,
        numbers: numbers + 8,
      };
      for (const place of placements) expectSame(guarded(release, place, moved), expected(place));
    });

    test("nothing beyond the arrays is read: each may end with the memory", () => {
      for (const place of placements) {
        const elements = place.outer * place.length * place.inner;
        const end = PAGES * PAGE - elements * size;
        expectSame(guarded(release, place, { ...HOME, src: end }), expected(place));
        if (operation.other) {
          expectSame(guarded(release, place, { ...HOME, other: end }), expected(place));
        }
        if (operation.numbers) {
          const numbers = PAGES * PAGE - place.outer * place.inner * operation.numbers * 8;
          expectSame(guarded(release, place, { ...HOME, numbers }), expected(place));
        }
      }
    });

    test.each([
      ["length is 0", [1, 0, 1, 1, 1]],
      ["temperature is not positive", [1, 5, 1, 1, 0]],
      ["temperature is not positive", [1, 5, 1, 1, -2]],
      ["temperature is not positive", [1, 5, 1, 1, Number.NaN]],
      ["inner is 0", [1, 5, 0, 1, 1]],
      ["columns is not between 1 and inner", [1, 5, 4, 0, 1]],
      ["columns is not between 1 and inner", [1, 5, 4, 5, 1]],
      ["columns is not a multiple of the width", [1, 513, 8, 3, 1]],
    ] as const)("asserts: %s", (message, [outer, length, inner, columns, temperature]) => {
      const { runF32, runF64 } = debug.kernels;
      const { src, dst, other, numbers } = HOME;
      const call = () =>
        (type === "f32" ? runF32 : runF64)(
          FRAME,
          operation.code,
          src,
          dst,
          outer,
          length,
          inner,
          columns,
          temperature,
          other,
          numbers,
        );
      expect(call).toThrow(message);
      expect(call).toThrow(/abort: .* at .*layout\.ts:\d+/);
    });
  });

  test.each(MAPS)(
    "$name: the same bits anywhere, reading and writing nothing else",
    ({ code, other: pair }) => {
      for (const count of [1, 2, 3, 4, 5, 63, 64, 65, 511, 513, 1037]) {
        const x = uniform(type, count, 0, 1, count);
        const y = uniform(type, pair ? count : 0, 0, 1, count + 1);
        const guarded = (host: Host, src: number, other: number, dst: number) =>
          runGuarded(
            host,
            [
              [src, x],
              [other, y],
            ],
            dst,
            floatArray(type, count),
            ({ mapF32, mapF64 }) => (type === "f32" ? mapF32 : mapF64)(FRAME, code, src, other, dst, count),
          );
        const { src, other, dst } = HOME;
        const expected = guarded(release, src, other, dst);
        expectSame(guarded(debug, src, other, dst), expected);
        expectSame(guarded(release, src, other, src), expected);
        if (pair) expectSame(guarded(release, src, other, other), expected);
        const end = PAGES * PAGE - count * size;
        expectSame(guarded(release, end, other, dst), expected);
        expectSame(guarded(release, src + size, pair ? end : other, end - PAGE), expected);
      }
    },
  );

  test("fill: only where the mask is 0", () => {
    for (const count of [1, 2, 3, 4, 5, 63, 64, 65, 1037]) {
      const x = normal(type, count, 1, count);
      const mask = Uint8Array.from(x, (value, k) => (value > 0 ? 1 + (k % 255) : 0));
      const at = HOME.src + size;
      const mend = PAGES * PAGE - count;
      for (const host of [debug, release]) {
        const filled = runGuarded(
          host,
          [
            [at, x],
            [mend, mask],
          ],
          at,
          floatArray(type, count),
          ({ fillF32, fillF64 }) => (type === "f32" ? fillF32 : fillF64)(at, mend, count, -2.5),
        );
        expectSame(
          filled,
          fill(type, count, (k) => (mask[k] === 0 ? -2.5 : x[k])),
        );
      }
    }
  });

  test("what a mask leaves out is mended in slices with a lane of NaN, and nowhere else", () => {
    const [outer, length, inner] = [4, 7, 3];
    const x = uniform(type, outer * length * inner, -1, 1, 5);
    const mask = Uint8Array.from(x, (value) => (value > 0 ? 1 : 0));
    const isMended = [false, true, false, true];
    for (const [slice, column] of [
      [1, 0],
      [3, 2],
    ]) {
      for (let k = 0; k < length; k++) x[(slice * length + k) * inner + column] = Number.NaN;
    }
    const at = { mask: PAGES * PAGE - mask.length, x: HOME.src + size };
    for (const host of [debug, release]) {
      const mended = runGuarded(
        host,
        [
          [at.x, x],
          [at.mask, mask],
        ],
        at.x,
        floatArray(type, x.length),
        ({ mendF32, mendF64 }) =>
          (type === "f32" ? mendF32 : mendF64)(at.x, at.mask, outer, length, inner, -2.5),
      );
      expectSame(
        mended,
        fill(type, x.length, (k) =>
          mask[k] === 0 && isMended[Math.floor(k / (length * inner))] ? -2.5 : x[k],
        ),
      );
    }
  });
});

/** The ids of the sections of a binary. */
function sections(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]);
    let size = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes[at++];
      size |= (byte & 0x7f) << shift;
    }
    at += size;
  }
  return ids;
}

test.each(["simd", "relaxed"])("%s imports its memory only, and has no data of its own", (name) => {
  const DATA = 11;
  expect(sections(binary("debug"))).toContain(DATA);
  expect(sections(binary(name))).not.toContain(DATA);
  if (!WebAssembly.validate(binary(name))) return;
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary(name)));
  expect(imports).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
});
