import { describe, expect, test } from "vitest";
import { SOFTMAX } from "../assembly/abi.js";
import type { FloatArray } from "../src/index.js";
import { shuffle } from "./support/accumulate.js";
import { hasRelaxedSimd } from "./support/backends.js";
import { debugHost, FRAME, type Host, OPERATIONS, PAGE, releaseHost } from "./support/kernels.js";
import { floatArray, normal, random } from "./support/random.js";
import { expectSame } from "./support/same.js";

const PAGES = 40;
const UNTOUCHED = new Uint8Array(PAGES * PAGE - FRAME).fill(0xa5);
const hosts: [name: string, Host][] = [
  ["debug", debugHost(PAGES)],
  ["simd", releaseHost("simd", PAGES)],
];
if (hasRelaxedSimd) hosts.push(["relaxed", releaseHost("relaxed", PAGES)]);

const CHUNKED = OPERATIONS.filter(({ chunked }) => chunked);

/** Three threads' frames, the records, and where the arrays begin. */
const FRAMES = [FRAME, FRAME + PAGE, FRAME + 2 * PAGE];
const RECORDS = FRAME + 3 * PAGE;
const SRC = FRAME + 4 * PAGE;
const END = PAGES * PAGE;

test("chunks by length", () => {
  for (const [, { kernels }] of hosts) {
    const chunks = [1, 65536, 65537, 81920, 81921, 2 ** 20, 2 ** 20 + 1, 2 ** 28, 2 ** 28 + 1].map((length) =>
      kernels.rowChunks(length),
    );
    expect(chunks).toEqual([0, 0, 5, 5, 6, 64, 64, 64, 64]);
    for (const length of [65537, 1e6, 2 ** 20 + 1, 123456789]) {
      const elements = kernels.rowChunkLength(length);
      expect(elements % 256).toBe(0);
      expect(Math.ceil(length / elements)).toBe(kernels.rowChunks(length));
    }
  }
});

test.each([
  ["the row is not long", 0, 65536, 1],
  ["there is no such chunk", 5, 65537, 1],
  ["temperature is not positive", 0, 65537, 0],
] as const)("asserts: %s", (message, chunk, length, temperature) => {
  const { rowF32, rowF64 } = hosts[0][1].kernels;
  for (const row of [rowF32, rowF64]) {
    expect(() => row(FRAME, 0, chunk, SOFTMAX, SRC, SRC, length, temperature, RECORDS)).toThrow(message);
  }
});

describe.each(hosts)("%s", (_, { kernels, memory }) => {
  const bytes = new Uint8Array(memory.buffer);
  const bytesOf = ({ buffer, byteOffset, byteLength }: FloatArray) =>
    new Uint8Array(buffer, byteOffset, byteLength);

  /** Computes in memory full of 0xa5, of which only `own` may change; results are taken from `dst`. */
  function guarded(row: FloatArray, src: number, dst: number, out: FloatArray, compute: () => void) {
    bytes.fill(0xa5, FRAME);
    bytes.set(bytesOf(row), src);
    compute();
    bytesOf(out).set(bytes.subarray(dst, dst + out.byteLength));
    if (src !== dst) {
      expect(Buffer.compare(bytes.subarray(src, src + row.byteLength), bytesOf(row))).toBe(0);
    }
    for (const frame of FRAMES) bytes.fill(0xa5, frame, frame + kernels.frameBytes());
    bytes.fill(0xa5, RECORDS, RECORDS + kernels.rowBytes());
    bytes.fill(0xa5, src, src + row.byteLength);
    bytes.fill(0xa5, dst, dst + out.byteLength);
    expect(Buffer.compare(bytes.subarray(FRAME), UNTOUCHED)).toBe(0);
    return out;
  }

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    const size = type === "f32" ? 4 : 8;
    const { runF32, runF64, rowF32, rowF64, rowChunks } = kernels;

    test.each(CHUNKED)(
      "$name: phases in any order and on any frame give what run gives",
      ({ code, perLane, parts }) => {
        for (const length of [65537, 81923]) {
          for (const peak of [undefined, 0, 20000, length - 1]) {
            const row = normal(type, length, 3, length);
            if (peak !== undefined) row[peak] = 60;
            const out = () => (parts ? new Float64Array(parts) : floatArray(type, perLane ? 1 : length));
            const next = random(length);

            const run = (src: number, dst: number) =>
              guarded(row, src, dst, out(), () => {
                (type === "f32" ? runF32 : runF64)(FRAME, code, src, dst, 1, length, 1, 1, 0.7, 0, 0);
              });
            const shared = (src: number, dst: number) =>
              guarded(row, src, dst, out(), () => {
                for (let phase = 0; phase < (perLane ? 3 : 4); phase++) {
                  const chunks = Array.from({ length: phase === 2 ? 1 : rowChunks(length) }, (_, k) => k);
                  for (const chunk of shuffle(chunks, next)) {
                    const frame = FRAMES[Math.floor(3 * next())];
                    // What calls have left in their frames is not for others.
                    bytes.fill(256 * next(), frame, frame + kernels.frameBytes());
                    const call = type === "f32" ? rowF32 : rowF64;
                    call(frame, phase, chunk, code, src, dst, length, 0.7, RECORDS);
                  }
                }
              });

            const last = END - row.byteLength;
            const expected = run(SRC, last - PAGE - length * size);
            expectSame(shared(SRC, last - PAGE - length * size), expected);
            expectSame(shared(last, SRC), expected);
            if (parts) continue;
            expectSame(run(last, last), expected);
            expectSame(shared(SRC + size, SRC + size), expected);
          }
        }
      },
    );
  });
});
