import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { describe, expect, test } from "vitest";
import type { Operation } from "../src/backend/backend.js";
import { OPERATIONS } from "./support/backends.js";
import { floatArray, normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import type { ElementType } from "./support/ulp.js";

/** The ABI of assembly/index.ts. */
type Kernel = (
  frame: number,
  src: number,
  dst: number,
  outer: number,
  length: number,
  inner: number,
  temperature: number,
) => void;
type Exports = Record<`${Operation}${"F32" | "F64"}`, Kernel> & { frameBytes(): number } & Record<
    string,
    unknown
  >;

interface Host {
  readonly kernels: Exports;
  readonly memory: WebAssembly.Memory;
}

const PAGE = 65536;
const PAGES = 4;
/** Above the static data of the debug build, its messages. */
const FRAME = PAGE;

const UNTOUCHED = new Uint8Array(PAGES * PAGE - FRAME).fill(0xa5);

const binary = (name: string) => readFileSync(new URL(`../build/${name}.wasm`, import.meta.url));

/** The debug build: a failed assertion is thrown as `abort: message at file:line`. */
function debugHost(): Host {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  return { kernels: instantiateSync<Exports>(binary("debug"), { env: { memory } }).exports, memory };
}

function releaseHost(): Host {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary("simd")), { env: { memory } });
  return { kernels: instance.exports as unknown as Exports, memory };
}

const kernelOf = (host: Host, operation: Operation, type: ElementType): Kernel =>
  host.kernels[`${operation}${type === "f32" ? "F32" : "F64"}`];

const debug = debugHost();
const release = releaseHost();

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

/** Runs on a memory filled with 0xa5 and gives the results; throws if anything but dst and frame was written. */
function runGuarded(
  host: Host,
  operation: Operation,
  type: ElementType,
  place: Placement,
  src: number,
  dst: number,
) {
  const { outer, length, inner } = place;
  const logits = normal(type, outer * length * inner, 3, length);
  const size = logits.BYTES_PER_ELEMENT;
  const results = operation === "logSumExp" ? outer * inner : logits.length;
  // Byte copies: src and dst need not be aligned to more than their type, nor the view to anything.
  const bytes = new Uint8Array(host.memory.buffer);
  bytes.fill(0xa5, FRAME);
  bytes.set(new Uint8Array(logits.buffer), src);

  kernelOf(host, operation, type)(FRAME, src, dst, outer, length, inner, 1);

  const out = floatArray(type, results);
  new Uint8Array(out.buffer).set(bytes.subarray(dst, dst + results * size));
  if (src !== dst) {
    expect(
      Buffer.compare(bytes.subarray(src, src + logits.length * size), new Uint8Array(logits.buffer)),
    ).toBe(0);
  }
  bytes.fill(0xa5, src, src + logits.length * size);
  bytes.fill(0xa5, dst, dst + results * size);
  bytes.fill(0xa5, FRAME, FRAME + host.kernels.frameBytes());
  expect(Buffer.compare(bytes.subarray(FRAME), UNTOUCHED)).toBe(0);
  return out;
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  const size = type === "f32" ? 4 : 8;
  const after = FRAME + Math.ceil(debug.kernels.frameBytes() / PAGE) * PAGE;

  describe.each(OPERATIONS)("%s", (operation) => {
    const expected = (place: Placement) => runGuarded(release, operation, type, place, after, after);

    test("the debug build gives the same bits, and only dst and frame are written", () => {
      for (const place of placements) {
        expectSame(runGuarded(debug, operation, type, place, after, after), expected(place));
        expectSame(runGuarded(debug, operation, type, place, after, after + PAGE), expected(place));
      }
    });

    test("pointers need the alignment of their type only", () => {
      for (const place of placements) {
        const [src, dst] = [after + size, after + PAGE + 3 * size];
        expectSame(runGuarded(release, operation, type, place, src, dst), expected(place));
      }
    });

    test("nothing beyond src and dst is read: they may end with the memory", () => {
      for (const place of placements) {
        const elements = place.outer * place.length * place.inner;
        const end = PAGES * PAGE - elements * size;
        expectSame(runGuarded(release, operation, type, place, end, end), expected(place));
        expectSame(runGuarded(release, operation, type, place, end, after), expected(place));
      }
    });

    test.each([
      ["length is 0", [1, 0, 1, 1]],
      ["temperature is not positive", [1, 5, 1, 0]],
      ["temperature is not positive", [1, 5, 1, -2]],
      ["temperature is not positive", [1, 5, 1, Number.NaN]],
      ["inner is neither 1 nor a multiple of the lanes", [1, 513, 3, 1]],
      ["inner is 0", [1, 5, 0, 1]],
    ] as const)("asserts: %s", (message, [outer, length, inner, temperature]) => {
      const run = () =>
        kernelOf(debug, operation, type)(FRAME, after, after, outer, length, inner, temperature);
      expect(run).toThrow(message);
      expect(run).toThrow(/abort: .* at .*layout\.ts:\d+/);
    });
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
