import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { all } from "../src/functions/all.js";
import type { Functions } from "../src/functions/instance.js";
import { type Mask, softmaxStream } from "../src/index.js";
import type { Pool } from "../src/threads/index.js";
import { describeBackends } from "./support/backends.js";
import { INPUTS } from "./support/inputs.js";
import { pool } from "./support/pool.js";

const inspect = (value: object) =>
  (value as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")]();

type Call = (...args: unknown[]) => unknown;

describeBackends((library) => {
  /** A view of which the memory is that of another resident now. */
  function stale(): Float32Array {
    const lost = library.allocate("f32", 1000);
    const { view } = lost;
    lost.free();
    return view;
  }

  test("a view of what was freed is refused, also where another array lies now", () => {
    const x = stale();
    const other = library.allocate("f32", 1000);
    other.view.fill(7);
    const message = "softmax: x was freed, or lies in no single Resident";
    expect(() => library.softmax(x, { out: x })).toThrow(new TypeError(message));
    expect(() => library.softmax(new Float32Array(1000), { out: x })).toThrow("softmax: out was freed");
    expect(other.view.every((value) => value === 7)).toBe(true);
    other.free();
  });

  test("so is a part of it, of any type", () => {
    const x = stale();
    expect(() => library.softmax(x.subarray(3, 9))).toThrow("softmax: x was freed");
    const { buffer, byteOffset } = x;
    const mask = new Uint8Array(buffer, byteOffset, 4);
    expect(() => library.softmax([1, 2, 3, 4], { mask })).toThrow("softmax: mask was freed");
    const labels = new Int32Array(buffer, byteOffset, 1);
    expect(() => library.crossEntropy([1, 2], labels)).toThrow("crossEntropy: labels were freed");
    expect(() => library.softmax(labels)).toThrow("softmax: x was freed");
  });

  test.each(Object.keys(all) as (keyof Functions)[])("%s refuses it as any argument", (name) => {
    const count = all[name].length - 1;
    const args: unknown[] = INPUTS[name]("f32")[0].slice(0, count);
    const call = library[name] as Call;
    for (const [k, value] of args.entries()) {
      if (!(value instanceof Float32Array)) continue;
      const lost = library.allocate("f32", value.length);
      lost.view.set(value);
      const { view } = lost;
      lost.free();
      expect(() => call(...args.slice(0, k), view, ...args.slice(k + 1))).toThrow(
        /^\w+: \w+ (was|were) freed/,
      );
    }
  });

  test("options, accumulators and streams refuse it", async () => {
    const x = stale();
    const y = new Float32Array(1000);
    expect(() => library.logSumExp(y, { weights: x })).toThrow("logSumExp: weights were freed");
    expect(() => library.softmax(y, { normalizer: x.subarray(0, 1) })).toThrow("normalizer was freed");
    expect(() => library.crossEntropy(y, [0], { weight: x })).toThrow("crossEntropy: weight was freed");
    expect(() => new library.LogSumExp().push(x)).toThrow("LogSumExp.push: chunk was freed");
    const { readable, writable } = softmaxStream({ length: 10 });
    const writer = writable.getWriter();
    writer.write(x).catch(() => {});
    await expect(readable.getReader().read()).rejects.toThrow("softmaxStream: a chunk was freed");
  });

  test("parts of what is in use are right, and what lies in two residents is not", () => {
    const [a, b] = [library.allocate("f32", 1024), library.allocate("f32", 1024)];
    expect(library.softmax(a.view.subarray(5, 7))).toEqual(Float32Array.of(0.5, 0.5));
    expect(library.softmax(b.view.subarray(1020))).toEqual(new Float32Array(4).fill(0.25));
    if (library.backend !== "js") {
      const across = new Float32Array(a.view.buffer, a.view.byteOffset + 4000, 100);
      expect(() => library.softmax(across)).toThrow(TypeError);
      expect(() => library.softmax(new Float32Array(a.view.buffer))).toThrow(TypeError);
    }
    a.free();
    expect(library.softmax(b.view.subarray(0, 2))).toEqual(Float32Array.of(0.5, 0.5));
    b.free();
  });

  test("a resident in the place of its view: the error names the view", () => {
    const a = library.allocate("f32", 4);
    const x = new Float32Array(4);
    const softmax = library.softmax as Call;
    expect(() => softmax(a)).toThrow(/^softmax: x must be .* got a Resident: pass x.view$/);
    expect(() => softmax(x, { out: a })).toThrow(/^softmax: out must be .* got a Resident: pass out.view$/);
    expect(() => softmax(x, { mask: a as unknown as Mask })).toThrow(/got a Resident/);
    expect(() => (library.softmaxVjp as Call)(x, a)).toThrow(/got a Resident: pass dy.view$/);
    expect(() => (library.crossEntropy as Call)(x, a)).toThrow(/got a Resident: pass labels.view$/);
    expect(() => (library.sigmoid as Call)(a)).toThrow(/got a Resident: pass x.view$/);
    expect(() => new library.LogSumExp().push(a as never)).toThrow(/got a Resident: pass chunk.view$/);
    a.free();
    expect(() => softmax(a)).toThrow(/got a Resident: pass x.view$/);
  });

  test("it prints what it is, and no memory", () => {
    const a = library.allocate("f32", 3);
    expect(inspect(a)).toBe('Resident { type: "f32", length: 3, freed: false }');
    expect(JSON.stringify(a)).toBe("{}");
    a.free();
    expect(inspect(a)).toBe('Resident { type: "f32", length: 3, freed: true }');
  });
});

describe("in a pool", () => {
  let shared: Pool;
  beforeAll(async () => {
    shared = await pool({ backend: "simd", threads: 1 });
  });
  afterAll(() => shared.close());

  test("a view of what was freed is refused", async () => {
    const a = shared.allocate("f32", 1000);
    const { view } = a;
    await expect((shared.softmax as Call)(a)).rejects.toThrow(/got a Resident: pass x.view$/);
    a.free();
    const b = shared.allocate("f32", 1000);
    b.view.fill(7);
    await expect(shared.softmax(view, { out: view })).rejects.toThrow(/^softmax: x was freed/);
    expect(() => shared.sync.logSumExp(view)).toThrow(/^logSumExp: x was freed/);
    expect(b.view.every((value) => value === 7)).toBe(true);
    expect((await shared.softmax(b.view))[0]).toBeCloseTo(0.001);
    b.free();
  });
});
