import { describe, expect, test } from "vitest";
import { ALR, CLR, CROSS_ENTROPY_GRAD, SOFTMAX } from "../assembly/abi.js";
import type { FloatArray } from "../src/index.js";
import { shuffle } from "./support/accumulate.js";
import { hasRelaxedSimd } from "./support/backends.js";
import {
  debugHost,
  type Exports,
  FRAME,
  type Host,
  OPERATIONS,
  PAGE,
  releaseHost,
} from "./support/kernels.js";
import { floatArray, normal, random, uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";

const PAGES = 44;
const UNTOUCHED = new Uint8Array(PAGES * PAGE - FRAME).fill(0xa5);
const hosts: [name: string, Host][] = [
  ["debug", debugHost(PAGES)],
  ["simd", releaseHost("simd", PAGES)],
];
if (hasRelaxedSimd) hosts.push(["relaxed", releaseHost("relaxed", PAGES)]);

/** Three threads' frames, the records, a place for a piece of each array, and the arrays. */
const FRAMES = [FRAME, FRAME + PAGE, FRAME + 2 * PAGE];
const RECORDS = FRAME + 3 * PAGE;
const RESULTS = FRAME + 4 * PAGE;
const NUMBERS = FRAME + 5 * PAGE;
const SRC = FRAME + 6 * PAGE;
const OTHER = SRC + 12 * PAGE;
const DST = OTHER + 12 * PAGE;

test("the grid, by length only: beyond all addresses too", () => {
  for (const [, { kernels }] of hosts) {
    const chunks = (inner: number, lengths: readonly number[]) =>
      lengths.map((length) => kernels.longChunks(length, inner));
    expect(chunks(1, [1, 65536, 65537, 81920, 81921, 2 ** 20, 2 ** 20 + 1, 2 ** 31 + 4096, 2 ** 33])).toEqual(
      [0, 0, 5, 5, 6, 64, 64, 64, 64],
    );
    expect(chunks(2, [1, 2048, 2049, 2 ** 33])).toEqual([0, 0, 1, 1]);
    for (const length of [65537, 1e6, 2 ** 20 + 1, 123456789, 2 ** 31 + 4096, 2 ** 33 + 5]) {
      const elements = kernels.longChunkLength(length, 1);
      expect(elements % 256).toBe(0);
      expect(Math.ceil(length / elements)).toBe(kernels.longChunks(length, 1));
      const piece = kernels.longPieceLength(length, 1);
      expect(piece % 256).toBe(0);
      expect(piece).toBeLessThanOrEqual(16384);
      expect(kernels.longPieceLength(length, 8) % 256).toBe(0);
    }
  }
});

test.each([
  ["the lane is not long", [0, 0, 0, 65536, 1, 1, 1]],
  ["the lane is not long", [0, 0, 0, 2048, 8, 8, 1]],
  ["there is no such phase", [5, 0, 0, 65537, 1, 1, 1]],
  ["there is no such chunk", [0, 5, 0, 65537, 1, 1, 1]],
  ["there is no such piece", [0, 0, 1, 65537, 1, 1, 1]],
  ["columns is not a multiple of the width", [0, 0, 0, 2049, 8, 3, 1]],
  ["columns is not a multiple of the width", [0, 0, 0, 2049, 8, 12, 1]],
  ["there are more columns than records", [0, 0, 0, 2049, 1000, 260, 1]],
  ["temperature is not positive", [0, 0, 0, 65537, 1, 1, 0]],
] as const)("asserts: %s", (message, [phase, chunk, piece, length, inner, columns, temperature]) => {
  const { longF32, longF64 } = hosts[0][1].kernels;
  for (const long of [longF32, longF64]) {
    expect(() =>
      long(FRAME, phase, chunk, piece, SOFTMAX, SRC, 0, SRC, length, inner, columns, temperature, 0, RECORDS),
    ).toThrow(message);
  }
});

describe.each(hosts)("%s", (_, { kernels, memory }) => {
  const bytes = new Uint8Array(memory.buffer);
  const bytesOf = ({ buffer, byteOffset, byteLength }: FloatArray) =>
    new Uint8Array(buffer, byteOffset, byteLength);

  /** Computes in memory full of 0xa5, of which only what is given may change; the results are those at `dst`. */
  function guarded(
    arrays: readonly (readonly [at: number, values: FloatArray])[],
    dst: number,
    out: FloatArray,
    compute: (kernels: Exports) => void,
  ): FloatArray {
    bytes.fill(0xa5, FRAME);
    for (const [at, values] of arrays) bytes.set(bytesOf(values), at);
    compute(kernels);
    bytesOf(out).set(bytes.subarray(dst, dst + out.byteLength));
    for (const [at, values] of arrays) {
      const now = bytes.subarray(at, at + values.byteLength);
      if (at !== dst) expect(Buffer.compare(now, bytesOf(values))).toBe(0);
      now.fill(0xa5);
    }
    for (const frame of FRAMES) bytes.fill(0xa5, frame, frame + kernels.frameBytes());
    bytes.fill(0xa5, RECORDS, RECORDS + kernels.longBytes());
    bytes.fill(0xa5, RESULTS, RESULTS + PAGE);
    bytes.fill(0xa5, dst, dst + out.byteLength);
    expect(Buffer.compare(bytes.subarray(FRAME), UNTOUCHED)).toBe(0);
    return out;
  }

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    const size = type === "f32" ? 4 : 8;

    describe.each([
      { length: 65537, inner: 1, columns: 1 },
      { length: 81923, inner: 1, columns: 1 },
      { length: 2051, inner: 12, columns: 12 },
      { length: 2900, inner: 24, columns: 8 },
    ])("%o", ({ length, inner, columns }) => {
      test.each(OPERATIONS.filter(({ name }) => name !== "NORMALIZED_LOG_SOFTMAX"))(
        "$name: pieces on any frame, and of a row chunks in any order, give what run gives",
        ({ code, perLane, parts, other, numbers: count }) => {
          for (const peak of [undefined, 0, length >> 1, length - 1]) {
            // What is small beside a peak shows where its sum has digits of its own.
            const isRatio = code === ALR || code === CLR;
            const x = isRatio
              ? uniform(type, length * inner, 0.1, 1, length)
              : normal(type, length * inner, 3, length);
            if (peak !== undefined && !isRatio) x[peak * inner] = 60;
            const y = normal(type, other ? length * inner : 0, 1, 2);
            const numbers = Float64Array.from({ length: inner * count }, (_, k) =>
              count === 2 && k % 2 === 1 ? (7919 * k) % length : 1 + k / 8,
            );
            const out = () =>
              parts
                ? new Float64Array(parts * columns)
                : floatArray(type, perLane ? columns : length * inner);
            const arrays = (src: number) =>
              [
                [src, x],
                [OTHER, y],
                [NUMBERS, numbers],
              ] as const;
            const next = random(length);

            const run = (src: number, dst: number) =>
              guarded(arrays(src), dst, out(), ({ runF32, runF64 }) => {
                const call = type === "f32" ? runF32 : runF64;
                call(FRAME, code, src, dst, 1, length, inner, columns, 0.7, OTHER, NUMBERS);
              });
            const byPieces = (src: number, dst: number) =>
              guarded(arrays(src), dst, out(), (exports) => {
                const { longChunks, longChunkLength, longPieceLength, longPhases } = exports;
                const phase = (phase: number, chunk: number, piece: number, first: number, to: number) => {
                  const frame = FRAMES[Math.floor(3 * next())];
                  // What calls have left in their frames is not for others.
                  bytes.fill(256 * next(), frame, frame + kernels.frameBytes());
                  const call = type === "f32" ? exports.longF32 : exports.longF64;
                  const at = first * inner * size;
                  call(
                    frame,
                    phase,
                    chunk,
                    piece,
                    code,
                    src + at,
                    OTHER + at,
                    to + (to === dst ? at : 0),
                    length,
                    inner,
                    columns,
                    0.7,
                    NUMBERS,
                    RECORDS,
                  );
                };
                for (let k = 0; k < 6; k++) {
                  if (((longPhases(code) >> k) & 1) === 0) continue;
                  if (k % 2 === 1) {
                    if (k === 3 && perLane) phase(k, 0, 0, 0, dst);
                    else phase(k, 0, 0, 0, RESULTS);
                    continue;
                  }
                  const chunks = Array.from({ length: longChunks(length, inner) }, (_, chunk) => chunk);
                  for (const chunk of shuffle(chunks, next)) {
                    const from = chunk * longChunkLength(length, inner);
                    const end = Math.min(from + longChunkLength(length, inner), length);
                    const each = longPieceLength(length, inner);
                    for (let piece = 0; from + piece * each < end; piece++) {
                      phase(k, chunk, piece, from + piece * each, dst);
                    }
                  }
                }
                if (code !== CROSS_ENTROPY_GRAD) return;
                for (let column = 0; column < columns; column++) {
                  const to = dst + (numbers[2 * column + 1] * inner + column) * size;
                  bytes.copyWithin(to, RESULTS + column * size, RESULTS + (column + 1) * size);
                }
              });

            const written = perLane ? columns : length * inner;
            const expected = run(SRC, DST);
            expect(expected.length).toBe(parts ? parts * columns : written);
            expectSame(byPieces(SRC, DST), expected);
            if (parts) continue;
            if (columns === inner) expectSame(run(SRC, SRC), expected);
            if (!perLane) expectSame(byPieces(SRC + size, SRC + size), run(SRC + size, SRC + size));
          }
        },
      );
    });
  });
});
