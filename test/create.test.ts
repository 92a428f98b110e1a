import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { relaxed, simd } from "../build/binaries.js";
import { createSoftmax } from "../src/index.js";
import { backends, hasRelaxedSimd } from "./support/backends.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

const LOGITS = normal("f32", 1000, 3, 1) as Float32Array;

/** The package as it is right after it is imported: nothing compiled, no instance made. */
const imported = (): Promise<typeof import("../src/index.js")> => {
  vi.resetModules();
  return import("../src/index.js");
};

function compiled(base64: string): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

describe("what this engine runs", () => {
  test("relaxed SIMD", ({ skip }) => {
    if (hasRelaxedSimd) return expect(backends).toEqual(["relaxed", "simd", "js"]);
    console.log("The relaxed backend was left out: this engine does not compile relaxed SIMD.");
    return skip();
  });

  test.each(backends)("%s, forced", (backend) => {
    expect(createSoftmax({ backend }).backend).toBe(backend);
  });

  test("auto takes the fastest, relaxed only if it is fused", () => {
    expect(backends.slice(0, 2)).toContain(createSoftmax().backend);
    expect(createSoftmax({ backend: "auto" }).backend).toBe(createSoftmax().backend);
  });

  test("instances of one backend give the same bits, each in a memory of its own", () => {
    for (const backend of backends) {
      const [first, second] = [createSoftmax({ backend }), createSoftmax({ backend })];
      expectSame(first.softmax(LOGITS), second.softmax(LOGITS));
      expect(first.allocate("f32", 4).view.buffer).not.toBe(second.allocate("f32", 4).view.buffer);
    }
  });
});

describe("a module handed in", () => {
  test("is used under its own name", () => {
    expect(createSoftmax({ module: compiled(simd) }).backend).toBe("simd");
    expectSame(
      createSoftmax({ module: compiled(simd) }).softmax(LOGITS),
      createSoftmax({ backend: "simd" }).softmax(LOGITS),
    );
    if (hasRelaxedSimd) expect(createSoftmax({ module: compiled(relaxed) }).backend).toBe("relaxed");
  });

  test.each([{}, new Uint8Array(8), "simd", 3])("is not a module: %s", (module) => {
    expect(() => createSoftmax({ module: module as WebAssembly.Module })).toThrow(/\bmodule\b/);
  });

  test("has other exports", () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(() => createSoftmax({ module: empty })).toThrow(/\bmodule\b/);
  });

  test.each(["wasm", "", null, 1, "toString"])("backend: %s", (backend) => {
    expect(() => createSoftmax({ backend: backend as "js" })).toThrow(/\bbackend\b/);
  });
});

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
    expect(await init({ module: compiled(simd) })).toBe("simd");
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
