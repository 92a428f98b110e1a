import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bytesOf } from "../src/backend/wasm/modules.js";
import { createSoftmax } from "../src/index.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

const LOGITS = normal("f32", 1000, 3, 1) as Float32Array;

/** The package as it is right after it is imported: nothing compiled, no instance made. */
const imported = (): Promise<typeof import("../src/index.js")> => {
  vi.resetModules();
  return import("../src/index.js");
};

describe("init", () => {
  test("is optional: everything works on the first call", async () => {
    const { softmax, logSoftmax, logSumExp, backend, allocate } = await imported();
    const library = createSoftmax();
    expectSame(softmax(LOGITS), library.softmax(LOGITS));
    expectSame(logSoftmax(LOGITS), library.logSoftmax(LOGITS));
    expect(logSumExp(LOGITS)).toBe(library.logSumExp(LOGITS));
    expect(backend()).toBe(library.backend);
    expectSame(allocate("f64", 3).view, new Float64Array(3));
  });

  test("is idempotent, and keeps the instance", async () => {
    const { init, backend, allocate, softmax } = await imported();
    const first = await init();
    const block = allocate("f32", 1000);
    block.view.set(LOGITS);
    expect(await init()).toBe(first);
    expect(await Promise.all([init(), init()])).toEqual([first, first]);
    expect(backend()).toBe(first);
    expect(softmax(block.view, { out: block.view })).toBe(block.view);
  });

  test("takes a backend or a module", async () => {
    const { init, backend } = await imported();
    expect(await init({ backend: "js" })).toBe("js");
    expect(backend()).toBe("js");
    expect(await init({ module: new WebAssembly.Module(bytesOf("simd")) })).toBe("simd");
    expect(backend()).toBe("simd");
    await expect(init({ backend: "fast" as "js" })).rejects.toThrow(/\bbackend\b/);
    expect(backend()).toBe("simd");
  });
});

describe("kernels", () => {
  /** How often the engine was asked to compile. */
  function compiling(): () => number {
    const Module = vi.spyOn(WebAssembly, "Module");
    const compile = vi.spyOn(WebAssembly, "compile");
    return () => Module.mock.calls.length + compile.mock.calls.length;
  }
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("are not compiled before the first call", async () => {
    const { softmax, sigmoid, LogSumExp } = await imported();
    const count = compiling();
    expect(() => softmax("1, 2" as never)).toThrow(TypeError);
    expectSame(softmax([]), new Float64Array(0));
    expect(() => sigmoid("1" as never)).toThrow(TypeError);
    expect(new LogSumExp().value).toBe(Number.NEGATIVE_INFINITY);
    expect(count()).toBe(0);
    softmax([1, 2, 3]);
    expect(count()).toBeGreaterThan(0);
  });

  const needs: [string, (library: Awaited<ReturnType<typeof imported>>) => unknown][] = [
    ["a call", ({ softmax }) => softmax([1, 2, 3])],
    ["a longer one", ({ softmax }) => softmax(LOGITS)],
    ["an elementwise one", ({ sigmoid }) => sigmoid(2)],
    ["a push that is not short", ({ LogSumExp }) => new LogSumExp().push(LOGITS)],
    ["a resident array", ({ allocate }) => allocate("f32", 3)],
    ["backend()", ({ backend }) => backend()],
    ["init()", ({ init }) => init()],
    ["createSoftmax()", ({ createSoftmax }) => createSoftmax()],
  ];
  test.each(needs)("are compiled for %s, once", async (_, need) => {
    const library = await imported();
    const count = compiling();
    await need(library);
    const once = count();
    expect(once).toBeGreaterThan(0);
    expect(library.backend()).toBe(createSoftmax().backend);
    expectSame(library.softmax(LOGITS), createSoftmax().softmax(LOGITS));
    await library.init();
    expect(count()).toBe(once);
  });

  test("that come later leave a backend that was chosen meanwhile", async () => {
    const { init, softmax, backend } = await imported();
    softmax([]);
    expect(await init({ backend: "js" })).toBe("js");
    expectSame(softmax(LOGITS), createSoftmax({ backend: "js" }).softmax(LOGITS));
    expect(backend()).toBe("js");
  });
});

test("accumulators of two copies of the package merge, to the last bit", async () => {
  const { LogSumExp: Own } = await imported();
  const { LogSumExp: Other } = await imported();
  const chunks = [
    [0.1, 2],
    [-3, 1e-5, 7],
    [Number.NEGATIVE_INFINITY],
    [Number.POSITIVE_INFINITY, 1],
    [Number.NaN],
  ];
  const own = new Own({ temperature: 0.3 });
  const mixed = new Own({ temperature: 0.3 });
  for (const chunk of chunks) {
    const other = new Other({ temperature: 0.3 }).push(chunk);
    expect(other).not.toBeInstanceOf(Own);
    const before = other.toJSON();
    expect(mixed.merge(other).toJSON()).toEqual(
      own.merge(new Own({ temperature: 0.3 }).push(chunk)).toJSON(),
    );
    expect(other.toJSON()).toEqual(before);
  }
  expect(() => own.merge(new Other())).toThrow(/temperature 0\.3, got 1/);
});

describe("an engine that refuses", () => {
  const refusals: [string, () => void][] = [
    ["to compile (content security policy)", () => refuse("Module", new WebAssembly.CompileError("blocked"))],
    ["to instantiate", () => refuse("Instance", new WebAssembly.LinkError("refused"))],
    ["address space", () => refuse("Memory", new RangeError("could not allocate memory"))],
  ];
  beforeEach(() => {
    vi.spyOn(WebAssembly, "compile").mockRejectedValue(new WebAssembly.CompileError("blocked"));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  function refuse(name: "Module" | "Instance" | "Memory", error: Error): void {
    vi.spyOn(WebAssembly, name).mockImplementation(() => {
      throw error;
    });
  }

  test.each(refusals)("%s: auto falls back to js, a forced backend is an error", async (_, mock) => {
    const { createSoftmax, softmax, backend, init } = await imported();
    mock();
    expect(createSoftmax().backend).toBe("js");
    expect(await init()).toBe("js");
    expect(backend()).toBe("js");
    expectSame(softmax([0, 0]), Float64Array.of(0.5, 0.5));
    expect(() => createSoftmax({ backend: "simd" })).toThrow(/simd/);
    expect(() => createSoftmax({ backend: "relaxed" })).toThrow(/relaxed/);
    await expect(init({ backend: "simd" })).rejects.toThrow(/simd/);
    expect(createSoftmax({ backend: "js" }).backend).toBe("js");
  });

  test("no WebAssembly at all", async () => {
    const { createSoftmax, softmax } = await imported();
    vi.stubGlobal("WebAssembly", undefined);
    try {
      expect(createSoftmax().backend).toBe("js");
      expectSame(softmax([0, 0]), Float64Array.of(0.5, 0.5));
      expect(() => createSoftmax({ backend: "simd" })).toThrow(/simd/);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
