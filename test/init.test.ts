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
